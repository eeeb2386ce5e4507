"""Nobody's record is overwritten by a namesake, a twin, a placeholder or a number that was used before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from connectors.contract.employee import AustralianTax, BankAccount, Employee
from core.db import reading
from core.models import Decision, Pairing
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person

pytestmark = pytest.mark.slow

MAY_1999 = date(1999, 5, 5)
BANK = (BankAccount("Somebody", "12345678", "064000"),)
TAX_A, TAX_B = AustralianTax(tfn="865414088"), AustralianTax(tfn="459599230")


@pytest.fixture(params=["numbers of ours", "numbers of payroll"])
def payroll(sqlite_hub: Hub, request: pytest.FixtureRequest) -> Hub:
    sqlite_hub.target = FakeTarget(chosen_ids=request.param == "numbers of ours")
    return sqlite_hub


def employee(number: int, first: str, surname: str, **details: Any) -> Employee:
    """Return an employee with these details and no others."""
    nothing = {"date_of_birth": None, "email": None, "mobile": None, "address": None, "au_tax": None}
    return person(number, first_name=first, surname=surname, **{**nothing, **details})


def assert_untouched(hub: Hub, target_id: str, before: dict[str, Any]) -> None:
    assert hub.target.records[target_id] == before


def run_beside(
    hub: Hub, ours: Employee, theirs: Employee, target_id: str = "P9"
) -> tuple[Decision, str | None]:
    """Return what a run decides about one employee beside one in payroll who must not change."""
    hub.source.put("ours", ours)
    hub.target.adopt(target_id, theirs)
    before = dict(hub.target.records[target_id])
    ended = hub.run()
    assert_untouched(hub, target_id, before)
    assert hub.run().counters.written == 0
    assert_untouched(hub, target_id, before)
    return ended.decisions()["ours"], ended.reasons().get("ours")


def test_twins_with_one_birthday_and_e_mail_are_two_people(payroll: Hub) -> None:
    family: dict[str, Any] = {"email": "rahman@example.com", "date_of_birth": MAY_1999}
    ali = employee(1, "Mohammed Ali", "Rahman", **family, au_tax=TAX_A, bank_accounts=BANK)
    hassan = employee(2, "Mohammed Hassan", "Rahman", **family, au_tax=TAX_B)
    assert run_beside(payroll, hassan, ali)[0] in (Decision.CREATE, Decision.AMBIGUOUS)


def test_middle_names_tell_twins_apart_where_payroll_has_them_with_the_first(payroll: Hub) -> None:
    family: dict[str, Any] = {"email": "rahman@example.com", "date_of_birth": MAY_1999}
    ali = employee(1, "Mohammed Ali", "Rahman", **family)
    hassan = employee(2, "Mohammed", "Rahman", **family, middle_name="Hassan")
    assert run_beside(payroll, hassan, ali)[0] is Decision.AMBIGUOUS


def test_an_initial_is_no_other_middle_name(payroll: Hub) -> None:
    payroll.source.put("ours", employee(1, "Anna M", "Lee", date_of_birth=MAY_1999))
    payroll.target.adopt("1001", employee(1, "Anna Louise", "Lee", date_of_birth=MAY_1999))
    assert payroll.run().decisions()["ours"] is Decision.UPDATE


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
@pytest.mark.parametrize("email", ["no-email@example.com", "noreply@x.example", "Test2@x.example"])
def test_placeholders_identify_nobody(payroll: Hub, day: date, email: str) -> None:
    placeholders: dict[str, Any] = {"date_of_birth": day, "email": email}
    theirs = employee(1, "David", "Brown", **placeholders, au_tax=TAX_A, bank_accounts=BANK)
    ours = employee(2, "David", "Lee", **placeholders, au_tax=AustralianTax(tfn="###-###-123"))
    assert run_beside(payroll, ours, theirs)[0] is Decision.CREATE


def test_what_many_employees_of_payroll_share_identifies_nobody(payroll: Hub) -> None:
    shared: dict[str, Any] = {"date_of_birth": date(1985, 7, 1), "email": "office@example.com"}
    for number in range(10, 16):
        payroll.target.adopt(f"P{number}", person(number, **shared))
    theirs = employee(1, "David", "Brown", **shared, au_tax=TAX_A)
    assert run_beside(payroll, employee(2, "Dave", "Lee", **shared), theirs)[0] is Decision.CREATE


@pytest.mark.parametrize("tax", [TAX_B, AustralianTax(tfn="111111111"), None])
def test_one_name_with_a_placeholder_for_the_birth_date_waits(
    payroll: Hub, tax: AustralianTax | None
) -> None:
    theirs = employee(1, "John", "Smith", date_of_birth=date(1900, 1, 1), au_tax=TAX_A, bank_accounts=BANK)
    ours = employee(2, "John", "Smith", date_of_birth=date(1900, 1, 1), au_tax=tax)
    assert run_beside(payroll, ours, theirs)[0] is Decision.AMBIGUOUS


def test_a_number_used_again_for_somebody_else_waits(sqlite_hub: Hub) -> None:
    john = employee(1, "John", "Smith", gender="Male", bank_accounts=BANK)
    jane = employee(1, "Jane", "Quill", gender="Female", date_of_birth=MAY_1999, au_tax=TAX_A)
    assert run_beside(sqlite_hub, jane, john, "1001") == (Decision.AMBIGUOUS, Code.CONFLICTING_KEYS)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Søren", "Kjær"), ("Soren", "Kjaer")),
        (("Łukasz", "Nowak"), ("Lukasz", "Nowak")),
        (("Đặng", "Nguyễn"), ("Dang", "Nguyen")),
        (("Işıl", "Aydın"), ("Isil", "Aydin")),
        (("Anna", "Müller"), ("Anna", "Mueller")),
        (("Mary-Anne", "Lee"), ("Mary Anne", "Lee")),
        (("Ji Hoon", "Kim"), ("Jihoon", "Kim")),
        (("Björn", "Ågård"), ("Bjoern", "Aagaard")),
        (("Strauß", "Weiß"), ("Strauss", "Weiss")),
        (("An\u200bna", "Le\u00ade"), ("Anna", "Lee")),
    ],
)
def test_another_spelling_of_a_name_makes_no_second_employee(
    payroll: Hub, ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    at_source = employee(1, *ours, date_of_birth=MAY_1999, email="one@example.com")
    payroll.source.put("ours", at_source)
    payroll.target.adopt("P9", replace(at_source, first_name=theirs[0], surname=theirs[1], email=None))
    payroll.run()
    assert len(payroll.target.records) == 1
    payroll.target.records["P9"]["email"] = "one@example.com"
    payroll.target.external["P9"] = None
    assert payroll.run().decisions()["ours"] in (Decision.UPDATE, Decision.NO_CHANGE)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Suharto", "."), ("Suharto", "-")),
        (("Suharto", "."), ("Suharto", "Suharto")),
        ((".", "Suharto"), ("Suharto", ".")),
        (("Thi Mai", "Nguyễn"), ("Nguyen", "Thi Mai")),
        (("Wei", "Zhang"), ("Zhang", "Wei")),
        (("John", "Smith"), ("J.", "Smith")),
    ],
)
def test_one_name_only_another_order_or_an_initial_waits(
    payroll: Hub, ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    at_source = employee(1, *ours, date_of_birth=MAY_1999, gender="Male")
    at_target = employee(2, *theirs, date_of_birth=MAY_1999, gender="Male")
    assert run_beside(payroll, at_source, at_target)[0] is Decision.AMBIGUOUS


def test_an_initial_that_is_somebody_elses_makes_nobody_wait(payroll: Hub) -> None:
    james = employee(2, "James", "Smith", date_of_birth=MAY_1999, au_tax=TAX_A)
    payroll.target.adopt("1002", replace(james, first_name="J."))
    payroll.source.put("james", james)
    payroll.source.put("john", employee(1, "John", "Smith", date_of_birth=MAY_1999))
    assert payroll.run().decisions() == {"james": Decision.UPDATE, "john": Decision.CREATE}


@pytest.mark.parametrize(("ours", "theirs"), [("रमा", "रमी"), ("がく", "かく"), ("ธิดา", "ธุดา")])
def test_signs_that_are_letters_tell_twins_apart(payroll: Hub, ours: str, theirs: str) -> None:
    one = employee(1, ours, "Singh", date_of_birth=MAY_1999)
    assert run_beside(payroll, one, employee(2, theirs, "Singh", date_of_birth=MAY_1999))[0] in (
        Decision.CREATE,
        Decision.AMBIGUOUS,
    )


def test_invisible_characters_are_no_part_of_a_number(sqlite_hub: Hub) -> None:
    sqlite_hub.source.put("ours", employee(4, "Anna", "Lee", employee_number="\u200bE004"))
    sqlite_hub.target.adopt("E004", employee(4, "Anna", "Lee"))
    sqlite_hub.run()
    assert list(sqlite_hub.target.records) == ["E004"]


def test_e_mail_and_birth_date_alone_wait(payroll: Hub) -> None:
    shared: dict[str, Any] = {"email": "one@example.com", "date_of_birth": MAY_1999}
    ours, theirs = employee(1, "Anna", "Lee", **shared), employee(2, "Anna", "Brown", **shared)
    assert run_beside(payroll, ours, theirs)[0] is Decision.AMBIGUOUS


def test_pay_details_are_never_replaced_on_a_match_by_name(payroll: Hub) -> None:
    theirs = employee(1, "Anna", "Lee", date_of_birth=MAY_1999, bank_accounts=BANK)
    other = (BankAccount("Anna", "87654321", "064000"),)
    payroll.target.adopt("P9", theirs)
    payroll.target.external["P9"] = None
    before = dict(payroll.target.records["P9"])
    payroll.source.put("ours", replace(theirs, bank_accounts=other))
    ended = payroll.run()
    assert ended.reasons() == {"ours": Code.WOULD_CHANGE_PAY}
    assert payroll.candidates() == {"ours": ["P9"]}
    changes = ended.rows["ours"].changes or []
    assert [(change["field"], change["before"], change["after"]) for change in changes] == [
        ("bank", "••• 678", "••• 321")
    ]
    assert_untouched(payroll, "P9", before)


def test_blank_pay_details_are_filled_on_a_match_by_name_and_birth_date(payroll: Hub) -> None:
    theirs = employee(1, "Anna", "Lee", date_of_birth=MAY_1999)
    payroll.target.adopt("P9", theirs)
    payroll.target.external["P9"] = None
    payroll.source.put("ours", replace(theirs, bank_accounts=BANK, au_tax=TAX_A))
    assert payroll.run().decisions() == {"ours": Decision.UPDATE}
    assert payroll.target.records["P9"]["bank"] == "12345678"


def test_another_number_counts_only_where_both_systems_number_alike(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    for number in (21, 22):
        hub.source.put(f"s{number}", person(number))
        hub.target.adopt(f"OLD-{number}", person(number))
    hub.source.put("ours", employee(1, "Anna", "Lee", date_of_birth=MAY_1999))
    hub.target.adopt("OLD-1", employee(1, "Anna", "Lee", date_of_birth=MAY_1999))
    hub.run()
    assert hub.run().decisions()["ours"] in (Decision.UPDATE, Decision.NO_CHANGE)
    assert hub.links()["ours"] == "OLD-1"


def test_one_tax_number_under_two_numbers_waits_where_both_systems_number_alike(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.source.put("ours", employee(50, "Anna", "Lee", au_tax=TAX_A))
    hub.target.adopt("1060", employee(60, "Anna", "Lee", au_tax=TAX_A))
    assert hub.run().reasons()["ours"] == Code.OTHER_NUMBER


def test_who_waits_because_of_another_number_still_waits_in_later_runs(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.source.put("ours", employee(50, "Anna", "Lee", au_tax=TAX_A))
    hub.target.adopt("1060", employee(60, "Anna", "Lee", au_tax=TAX_A))
    reasons = {hub.run().reasons().get("ours") for _ in range(6)}
    assert reasons == {Code.OTHER_NUMBER}


def test_who_is_filtered_is_not_counted_in_each_run(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.source.put("transferred", employee(50, "Anna", "Lee", au_tax=TAX_A, status="Transferred"))
    hub.target.adopt("1060", employee(60, "Anna", "Lee", au_tax=TAX_A))
    for _ in range(4):
        hub.run()
    with reading() as session:
        assert session.scalar(select(Pairing.other_numbers)) == 0


def test_who_waits_for_their_number_waits_in_every_run(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.source.put("twice", person(1, employee_number="2001"))
    hub.source.put("filtered", person(2, employee_number="2002", status="Suspended"))
    hub.source.put("ours", employee(50, "Anna", "Lee", au_tax=TAX_A))
    hub.target.adopt("1060", employee(60, "Anna", "Lee", au_tax=TAX_A))
    for _ in range(6):
        assert hub.run().reasons()["ours"] == Code.OTHER_NUMBER
