"""Two complete employees, one in each country, with invented numbers that pass their check digits."""

from __future__ import annotations

from datetime import date

from connectors.contract.employee import (
    Address,
    AustralianTax,
    BankAccount,
    Employee,
    KiwiSaver,
    NewZealandTax,
    SuperFund,
)

AUSTRALIAN = Employee(
    first_name="Matilda",
    surname="O’Brien",
    employee_number="HF0042",
    title="Ms",
    middle_name="Rose",
    preferred_name="Tilly",
    date_of_birth=date(1990, 2, 3),
    gender="Female",
    email="Matilda@Example.com ",
    work_email="matilda@harbour.example.com",
    phone="07 3123 4567",
    mobile="+61 412 345 678",
    address=Address("12 Wharf  Street", "Unit 3", "New Farm", "Queensland", "4005", "AU"),
    position="Deckhand",
    status="Current",
    start_date=date(2024, 7, 1),
    bank_accounts=(BankAccount("M O’Brien", "1234 5678", bsb="064-000", remainder=True),),
    au_tax=AustralianTax(tfn="123 456 782", basis="FULL_TIME", residency="AUSTRALIAN_RESIDENT"),
    super_funds=(SuperFund("REGULATED", "Harbour Super", "65714394898", "HSF0001AU", "12345678"),),
)
NEW_ZEALANDER = Employee(
    first_name="Aroha",
    surname="Ngata",
    employee_number="HF0077",
    date_of_birth=date(1985, 12, 31),
    gender="Female",
    email="aroha@example.com",
    mobile="021 123 4567",
    address=Address("5 Cuba Street", None, "Te Aro", "Wellington", "6011", "New Zealand"),
    status="Current",
    start_date=date(2023, 1, 16),
    bank_accounts=(BankAccount("A Ngata", "01-902-0068389-00"),),
    nz_tax=NewZealandTax(ird="49-091-850", code="M_SL", student_loan_rate="12"),
    kiwisaver=KiwiSaver("ACTIVE", employee_rate="3", employer_rate="3.0", esct_rate="17.5"),
)
