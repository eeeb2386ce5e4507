"""People who are employed again under another record of the HR system keep their one record in payroll."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from connectors.contract.records import Outcome, Problem, Reason
from core.models import Decision, RunKind
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person

pytestmark = pytest.mark.slow

LEFT: dict[str, Any] = {"status": "Terminated", "end_date": date(2026, 3, 31)}
BACK: dict[str, Any] = {"employee_number": "2001", "start_date": date(2026, 9, 1)}
MASKED: dict[str, Any] = {"au_tax": None}


@pytest.fixture(params=["numbers of ours", "numbers of payroll"])
def left(sqlite_hub: Hub, request: pytest.FixtureRequest) -> Hub:
    """Give three employees, one has left at both ends."""
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=request.param == "numbers of ours", takes_terminations=True)
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", **LEFT)
    assert hub.run().decisions()["s1"] is Decision.TERMINATE
    hub.run()
    return hub


@pytest.mark.parametrize("unlisted", [False, True], ids=["listed", "no longer listed"])
@pytest.mark.parametrize("details", [{}, MASKED], ids=["tax number", "name and birth date"])
def test_a_rehire_under_a_new_record_is_their_old_record_again(
    left: Hub, unlisted: bool, details: dict[str, Any]
) -> None:
    old = left.links()["s1"]
    if unlisted:
        left.target.unlisted = {old}
    left.source.put("again", person(1, **BACK, **details))
    ended = left.run()
    assert ended.decisions()["again"] is Decision.UPDATE
    assert left.target.records[old]["end"] is None and len(left.target.records) == 3
    assert "s1" not in left.links() and left.links()["again"] == old
    again = left.run()
    assert again.counters.written == 0 and again.counters.held == 0
    assert left.links()["again"] == old and left.target.records[old]["end"] is None


def test_the_old_record_says_why_nothing_is_done(left: Hub) -> None:
    left.target.takes_terminations = True
    left.source.put("again", person(1, **BACK))
    left.source.edit("s1", mobile="0400 999 999")
    first = left.run()
    assert (first.decisions()["s1"], first.reasons()["s1"]) == (Decision.FILTERED, Code.EMPLOYED_AGAIN)
    left.source.edit("s1", mobile="0400 999 998")
    later = left.run()
    assert (later.decisions()["s1"], later.reasons()["s1"]) == (Decision.FILTERED, Code.EMPLOYED_AGAIN)
    assert left.run().counters.written == 0


@pytest.mark.parametrize("status", ["Transferred", "merged"])
def test_a_transfer_moves_the_link(sqlite_hub: Hub, status: str) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", status=status)
    hub.source.put("branch", person(1, employee_number="2001", position="Manager"))
    hub.run()
    assert hub.links()["branch"] == "1001" and len(hub.target.records) == 2


@pytest.mark.parametrize("details", [{}, MASKED], ids=["tax number", "name and birth date"])
def test_a_new_record_out_of_scope_keeps_nobody_employed(sqlite_hub: Hub, details: dict[str, Any]) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(takes_terminations=True)
    hub.set_job(scope={"branches": ["North"]})
    for number in range(8):
        hub.source.put(f"s{number}", person(number, branch="North"))
    hub.run()
    hub.source.edit("s1", **LEFT)
    hub.source.put("again", person(1, branch="South", **BACK, **details))
    assert hub.run().decisions()["s1"] is Decision.TERMINATE
    assert hub.run().counters.written == 0 and "s1" in hub.links()


@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("details", [{}, MASKED], ids=["tax number", "name and birth date"])
def test_in_a_first_run_both_records_of_one_person_are_one(
    sqlite_hub: Hub, others: int, details: dict[str, Any]
) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(takes_terminations=True)
    hub.source.put("s1", person(1, **LEFT, **details))
    hub.source.put("again", person(1, **BACK, **details))
    for number in (1, *range(10, 10 + others)):
        hub.target.adopt(str(1000 + number), person(number))
    for number in range(10, 10 + others):
        hub.source.put(f"s{number}", person(number))
    ended = hub.run()
    assert ended.decisions()["again"] in (Decision.UPDATE, Decision.AMBIGUOUS)
    assert ended.reasons()["s1"] == Code.EMPLOYED_AGAIN
    assert len(hub.target.records) == 1 + others and hub.target.records["1001"].get("end") is None


def test_somebody_else_with_one_name_does_not_get_the_old_record(left: Hub) -> None:
    twin = replace(person(7, **BACK), first_name="Given1", surname="Surname1")
    left.source.put("again", twin)
    assert left.run().decisions()["again"] is Decision.CREATE
    assert left.links()["s1"] != left.links()["again"]


def test_somebody_who_has_not_left_keeps_their_record(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(2)
    sqlite_hub.run()
    sqlite_hub.source.put("again", person(1, **BACK))
    assert sqlite_hub.run().reasons()["again"] == Code.TWO_ACTIVE_RECORDS
    assert sqlite_hub.links()["s1"] == "1001"


def test_two_new_records_of_one_person_move_nothing(left: Hub) -> None:
    old = left.links()["s1"]
    left.source.put("again", person(1, **BACK))
    left.source.put("twice", person(1, **{**BACK, "employee_number": "2002"}))
    ended = left.run()
    assert {ended.decisions()["again"], ended.decisions()["twice"]} <= {
        Decision.ALREADY_LINKED,
        Decision.AMBIGUOUS,
    }
    assert left.links()["s1"] == old and len(left.target.records) == 3


def test_a_preview_moves_nothing(left: Hub) -> None:
    old = left.links()["s1"]
    left.source.put("again", person(1, **BACK))
    assert left.run(RunKind.PREVIEW).decisions()["again"] is Decision.UPDATE
    assert left.links()["s1"] == old


def test_one_who_is_employed_again_can_be_synced_alone(left: Hub) -> None:
    old = left.links()["s1"]
    left.source.put("again", person(1, **BACK))
    assert left.sync("again").decisions() == {"again": Decision.UPDATE}
    assert left.links()["again"] == old and "s1" not in left.links()


def test_the_link_has_moved_even_when_payroll_refuses_the_employee(left: Hub) -> None:
    old = left.links()["s1"]
    left.target.unlisted = {old}
    left.source.put("again", person(1, **BACK))
    update, left.target.update = left.target.update, refuse  # type: ignore[assignment, method-assign]
    assert left.run().reasons()["again"] == Reason.REFUSED
    assert left.links()["again"] == old
    left.target.update = update  # type: ignore[method-assign]
    assert left.run().decisions()["again"] is Decision.UPDATE
    assert len(left.target.records) == 3


@pytest.mark.parametrize("details", [{}, MASKED], ids=["tax number", "name and birth date"])
def test_nobody_is_created_while_payroll_cannot_show_their_old_record(
    left: Hub, details: dict[str, Any]
) -> None:
    old, find = left.links()["s1"], left.target.find
    left.target.unlisted = {old}
    left.target.find = fail  # type: ignore[assignment, method-assign]
    left.source.put("again", person(1, **BACK, **details))
    assert left.run().reasons()["again"] == Reason.NOT_SHOWN
    left.target.find = find  # type: ignore[method-assign]
    left.run()
    assert left.links()["again"] == old and len(left.target.records) == 3


@pytest.mark.parametrize("details", [{}, MASKED], ids=["tax number", "name and birth date"])
@pytest.mark.parametrize("fails", [False, True], ids=["unreadable", "no response"])
def test_nobody_is_created_while_their_old_record_cannot_be_read(
    left: Hub, details: dict[str, Any], fails: bool
) -> None:
    old, read_one = left.links()["s1"], left.source.read_one
    left.source.put("again", person(1, **BACK, **details))
    if fails:
        left.source.read_one = fail  # type: ignore[assignment, method-assign]
    else:
        left.source.unreadable = {"s1"}
    assert left.run().reasons()["again"] == Code.ALREADY_LINKED
    left.source.unreadable, left.source.read_one = set(), read_one  # type: ignore[method-assign]
    left.run()
    assert left.links()["again"] == old and len(left.target.records) == 3


async def fail(_: str) -> Any:
    raise TemporaryError("The system does not respond.")


async def refuse(*_: object) -> Outcome:
    return Outcome(problem=Problem(Reason.REFUSED, "Payroll refused the employee: it is closed."))
