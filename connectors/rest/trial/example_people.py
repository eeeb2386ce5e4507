"""Two invented employees, with numbers that pass their check digits, to try what a file would send."""

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

EXAMPLES = {
    "an employee in Australia": Employee(
        first_name="Matilda",
        surname="Example",
        employee_number="X0042",
        title="Ms",
        date_of_birth=date(1990, 2, 3),
        gender="Female",
        email="matilda@example.com",
        work_email="matilda@work.example.com",
        mobile="0412 345 678",
        address=Address("12 Wharf Street", None, "New Farm", "QLD", "4005", "Australia"),
        position="Cook",
        employment_type="Permanent_FullTime",
        status="Current",
        start_date=date(2024, 7, 1),
        bank_accounts=(BankAccount("M Example", "12345678", bsb="064-000", remainder=True),),
        au_tax=AustralianTax(tfn="123 456 782", basis="FULL_TIME", residency="AUSTRALIAN_RESIDENT"),
        super_funds=(SuperFund("REGULATED", "Harbour Super", "65714394898", "HSF0001AU", "12345678"),),
    ),
    "an employee in New Zealand": Employee(
        first_name="Aroha",
        surname="Example",
        employee_number="X0077",
        date_of_birth=date(1985, 12, 31),
        gender="Female",
        email="aroha@example.com",
        work_email="aroha@work.example.com",
        mobile="021 123 4567",
        address=Address("5 Cuba Street", None, "Te Aro", "Wellington", "6011", "New Zealand"),
        position="Cook",
        employment_type="Permanent_FullTime",
        status="Current",
        start_date=date(2023, 1, 16),
        bank_accounts=(BankAccount("A Example", "01-902-0068389-00"),),
        nz_tax=NewZealandTax(ird="49-091-850", code="M"),
        kiwisaver=KiwiSaver("ACTIVE", employee_rate="3"),
    ),
}
