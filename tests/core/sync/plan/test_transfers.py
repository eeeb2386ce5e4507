"""An employee who is transferred or merged in the HR system keeps their one record in payroll."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from connectors.contract.records import Reason
from core.models import Action, Decision
from core.review import match_decisions
from core.runs.outcome_catalogue import Code, Fixer
from core.scope import holds
from core.security.actor import OPERATOR
from tests.core.problems.open_problems import codes, stored
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import FakeTarget, person
from tests.core.sync.match.test_decisions import actor_of

pytestmark = pytest.mark.slow

MASKED: dict[str, Any] = {"au_tax": None}
NOTHING_KNOWN: dict[str, Any] = {"au_tax": None, "date_of_birth": None}
MARRIED: dict[str, Any] = {"surname": "Newname", "email": "new@example.test"}
COPY: dict[str, Any] = {"employee_number": "2001", "branch": "Perth", "start_date": date(2026, 9, 1)}
POINTER: dict[str, Any] = {"earlier_record_id": "s1"}


@pytest.fixture(params=["numbers of ours", "numbers of payroll"])
def staff(sqlite_hub: Hub, request: pytest.FixtureRequest) -> Hub:
    """Give three employees who are in payroll, which would also take an end of their employment."""
    sqlite_hub.target = FakeTarget(chosen_ids=request.param == "numbers of ours", takes_terminations=True)
    sqlite_hub.fill(3)
    sqlite_hub.run()
    return sqlite_hub


def transfer(hub: Hub, old: str, new: str, status: str = "Transferred", **changes: Any) -> None:
    """Give an employee a new record, and leave the old one as a transfer does."""
    employee = replace(hub.source.people[old], status="Current", **{**COPY, **changes})
    hub.source.edit(old, status=status, later_record_id=new if "earlier_record_id" in changes else None)
    hub.source.put(new, employee)


def assert_follows(hub: Hub, ended: Ended, old: str, new: str, target_id: str) -> None:
    """Check that the link has followed, that nobody was created, ended or is an error, and that it stays so."""
    assert ended.decisions()[new] in (Decision.UPDATE, Decision.NO_CHANGE), ended.reasons()
    assert (ended.counters.created, ended.counters.terminated, ended.counters.errors) == (0, 0, 0)
    assert ended.rows[old].decision is Decision.FILTERED
    assert hub.links().get(new) == target_id and old not in hub.links()
    assert len(hub.target.records) == 3 and hub.target.records[target_id].get("end") is None
    again = hub.run()
    assert again.counters.written == again.counters.held == again.counters.errors == 0
    assert again.reasons()[old] in (Code.TRANSFERRED, Code.MERGED, Reason.NOT_IN_SCOPE)
    assert hub.links().get(new) == target_id and not codes()


@pytest.mark.parametrize(
    ("status", "code"),
    [("Transferred", Code.TRANSFERRED), ("merged", Code.MERGED)],
    ids=["transfer", "merge"],
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        MASKED,
        {"date_of_birth": None},
        MARRIED,
        POINTER | NOTHING_KNOWN,
        POINTER | MASKED | MARRIED,
        POINTER | NOTHING_KNOWN | MARRIED,
        POINTER | {"employee_number": "1001"},
    ],
    ids=[
        "tax number",
        "name and birth date",
        "no birth date",
        "other name and e-mail",
        "named, nothing else",
        "named, other name, no tax number",
        "named, nothing agrees",
        "named, same number",
    ],
)
def test_the_link_follows_to_the_new_record_in_the_same_run(
    staff: Hub, status: str, code: Code, changes: dict[str, Any]
) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "copy", status, **changes)
    ended = staff.run()
    assert ended.reasons()["s1"] == code
    assert "stays theirs" in str(ended.rows["s1"].message) and "source ID copy" in str(
        ended.rows["s1"].message
    )
    assert_follows(staff, ended, "s1", "copy", old)


@pytest.mark.parametrize("changes", [{}, POINTER | NOTHING_KNOWN], ids=["tax number", "named by the source"])
def test_a_run_between_the_transfer_and_the_new_record_ends_nobody(
    staff: Hub, changes: dict[str, Any]
) -> None:
    old = staff.links()["s1"]
    copy = replace(staff.source.people["s1"], **{**COPY, **changes})
    staff.source.edit("s1", status="Transferred")
    for _ in range(2):
        between = staff.run()
        assert (between.decisions()["s1"], between.reasons()["s1"]) == (
            Decision.FILTERED,
            Reason.TRANSFERRED_AWAY,
        )
        assert between.counters.written == between.counters.errors == 0 and staff.links()["s1"] == old
        (problem,) = stored()
        assert (problem.source_id, problem.fixer) == ("s1", Fixer.PAYROLL)
    staff.source.put("copy", copy)
    ended = staff.run()
    assert ended.reasons()["s1"] == Code.TRANSFERRED
    assert_follows(staff, ended, "s1", "copy", old)


@pytest.mark.parametrize("unlisted", [False, True], ids=["listed", "no longer listed"])
def test_the_row_of_an_old_record_that_was_not_read_again_says_so_too(staff: Hub, unlisted: bool) -> None:
    old = staff.links()["s1"]
    staff.source.edit("s1", status="Transferred")
    staff.run()
    staff.target.unlisted = {old} if unlisted else set()
    staff.source.put("copy", replace(staff.source.people["s1"], status="Current", **COPY))
    ended = staff.run()
    assert ended.reasons()["s1"] == Code.TRANSFERRED and staff.links()["copy"] == old


@pytest.mark.parametrize(
    "changes",
    [{}, POINTER | MASKED, POINTER | NOTHING_KNOWN | MARRIED],
    ids=["tax number", "named by the source", "named, nothing agrees"],
)
def test_two_active_records_wait_until_one_is_transferred(staff: Hub, changes: dict[str, Any]) -> None:
    old = staff.links()["s1"]
    copy = replace(staff.source.people["s1"], **{**COPY, **changes})
    staff.source.put("copy", copy)
    for _ in range(2):
        waiting = staff.run()
        assert waiting.decisions()["copy"] is Decision.AMBIGUOUS
        assert waiting.reasons()["copy"] == Code.TWO_ACTIVE_RECORDS
        assert "source ID s1" in str(waiting.rows["copy"].message)
        assert waiting.decisions()["s1"] is Decision.NO_CHANGE
        assert staff.links()["s1"] == old and staff.candidates()["copy"] == [old]
        assert len(staff.target.records) == 3
    staff.source.edit("s1", status="Transferred")
    assert_follows(staff, staff.run(), "s1", "copy", old)


def test_an_old_record_of_one_name_and_nothing_else_waits_for_a_person(staff: Hub) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "copy", **NOTHING_KNOWN)
    waiting = staff.run()
    assert (waiting.decisions()["copy"], waiting.reasons()["copy"]) == (Decision.AMBIGUOUS, Code.WEAK_MATCH)
    assert staff.candidates()["copy"] == [old] and len(staff.target.records) == 3
    assert waiting.counters.terminated == 0 and staff.links()["s1"] == old


def test_a_chain_of_transfers_is_one_person(staff: Hub) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "b", **POINTER, **NOTHING_KNOWN)
    staff.source.edit("b", status="Transferred", later_record_id="c")
    last = replace(staff.source.people["b"], status="Current", employee_number="3001", earlier_record_id="b")
    staff.source.put("c", replace(last, later_record_id=None))
    ended = staff.run()
    assert ended.decisions()["b"] is Decision.FILTERED
    assert_follows(staff, ended, "s1", "c", old)


def test_a_chain_run_by_run_is_one_person(staff: Hub) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "b")
    assert_follows(staff, staff.run(), "s1", "b", old)
    transfer(staff, "b", "c", employee_number="3001")
    assert_follows(staff, staff.run(), "b", "c", old)


@pytest.mark.parametrize("changes", [{}, POINTER | MASKED], ids=["tax number", "named by the source"])
def test_a_transfer_back_returns_the_record(staff: Hub, changes: dict[str, Any]) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "b", **changes)
    staff.run()
    staff.source.edit("s1", status="Current", earlier_record_id="b")
    staff.source.edit("b", status="Transferred", later_record_id="s1")
    assert_follows(staff, staff.run(), "b", "s1", old)


def test_a_transfer_to_an_organisation_that_is_not_read_is_left_to_payroll(staff: Hub) -> None:
    old = staff.links()["s1"]
    staff.source.edit("s1", status="Transferred", later_record_id="elsewhere")
    for _ in range(2):
        ended = staff.run()
        assert ended.counters.written == ended.counters.errors == 0
        assert ended.reasons()["s1"] == Reason.TRANSFERRED_AWAY
    assert codes() == {"s1": [Reason.TRANSFERRED_AWAY]} and staff.links()["s1"] == old
    assert staff.target.records[old].get("end") is None


def test_a_new_record_that_the_job_leaves_out_does_not_take_over(staff: Hub) -> None:
    old = staff.links()["s1"]
    staff.set_job(scope={"branches": ["North"]})
    for one in ("s0", "s1", "s2"):
        staff.source.edit(one, branch="North")
    staff.run()
    transfer(staff, "s1", "copy", **POINTER)
    ended = staff.run()
    assert ended.reasons()["copy"] == Reason.NOT_IN_SCOPE and ended.reasons()["s1"] == Reason.TRANSFERRED_AWAY
    assert staff.links()["s1"] == old and ended.counters.written == 0


def test_a_merged_record_leaves_the_link_of_the_surviving_one(staff: Hub) -> None:
    before = staff.links()
    staff.source.put("twice", replace(staff.source.people["s1"], employee_number="2001"))
    staff.run()
    staff.source.edit("twice", status="Merged", later_record_id="s1")
    ended = staff.run()
    assert (
        ended.decisions()["twice"] is Decision.FILTERED and ended.counters.errors == ended.counters.held == 0
    )
    assert staff.links() == before and len(staff.target.records) == 3 and not codes()


def test_in_a_first_run_the_transferred_record_and_its_copy_are_one(staff: Hub) -> None:
    staff.target.adopt("1050", person(50))
    staff.source.put("old", person(50, status="Transferred", later_record_id="new"))
    staff.source.put("new", person(50, employee_number="2050", earlier_record_id="old"))
    ended = staff.run()
    assert ended.counters.created == 0 and staff.links().get("new") == "1050"
    assert ended.reasons()["old"] == Code.TRANSFERRED and len(staff.target.records) == 4


def test_a_person_who_decides_that_they_are_two_people_is_heard(staff: Hub) -> None:
    staff.target.chosen_ids = False
    staff.source.put("copy", replace(staff.source.people["s1"], **{**COPY, **POINTER, **MASKED}))
    waiting = staff.run()
    actor = actor_of(staff)
    match_decisions.create_new(actor, waiting.id, waiting.rows["copy"].position)
    assert staff.run().decisions()["copy"] is Decision.CREATE
    staff.source.edit("s1", status="Transferred")
    assert staff.run().reasons()["s1"] == Reason.TRANSFERRED_AWAY and len(staff.target.records) == 4


def test_two_payroll_records_of_merged_people_are_left_to_payroll(staff: Hub) -> None:
    before = staff.links()
    staff.source.edit("s1", status="Merged", later_record_id="s2")
    ended = staff.run()
    assert ended.counters.written == ended.counters.errors == 0 and staff.links() == before
    assert codes() == {"s1": [Reason.TRANSFERRED_AWAY]}


def test_a_copy_that_contradicts_its_earlier_record_waits(staff: Hub) -> None:
    old = staff.links()["s1"]
    transfer(staff, "s1", "copy", **POINTER, au_tax=staff.source.people["s2"].au_tax)
    ended = staff.run()
    assert ended.decisions()["copy"] is Decision.AMBIGUOUS and staff.links()["s1"] == old
    assert len(staff.target.records) == 3


def test_a_copy_waits_while_its_earlier_record_cannot_be_read(staff: Hub) -> None:
    transfer(staff, "s1", "b", **POINTER, **NOTHING_KNOWN, **MARRIED)
    staff.source.edit("b", status="Transferred")
    staff.source.put("c", replace(staff.source.people["b"], status="Current", earlier_record_id="b"))
    read_one = staff.source.read_one

    async def fail(_: str) -> Any:
        raise TemporaryError("The system does not respond.")

    staff.source.read_one = fail  # type: ignore[assignment, method-assign]
    ended = staff.run()
    assert (ended.rows["c"].action, ended.reasons()["c"]) == (Action.FAILED, Reason.UNREADABLE)
    staff.source.read_one = read_one  # type: ignore[method-assign]
    assert staff.run().counters.created == 0 and len(staff.target.records) == 3


def test_records_that_name_each_other_in_a_circle_end(staff: Hub) -> None:
    staff.source.put("a", person(60, earlier_record_id="b", status="Current"))
    staff.source.put("b", person(61, earlier_record_id="a", status="Current"))
    staff.source.put("self", person(62, earlier_record_id="self", status="Current"))
    assert staff.run().counters.created == 3


def test_a_copy_waits_while_its_earlier_record_is_on_hold(staff: Hub) -> None:
    target_id, before = staff.links()["s1"], staff.target.writes
    holds.put(OPERATOR, staff.connection_id, "s1", "Pay is being checked")
    transfer(staff, "s1", "copy", mobile="0411 222 333")
    for _ in range(2):
        ended = staff.run()
        assert ended.reasons()["s1"] == ended.reasons()["copy"] == Reason.ON_HOLD
        assert "s1" in str(ended.rows["copy"].message)
        assert (staff.links()["s1"], staff.target.writes) == (target_id, before)
    holds.release(OPERATOR, staff.connection_id, "s1")
    assert_follows(staff, staff.run(), "s1", "copy", target_id)


def test_a_transfer_survives_a_crash_at_any_step(sqlite_hub: Hub) -> None:
    hub, at = sqlite_hub, 1
    hub.fill(3)
    hub.run()
    new = "s1"
    while True:
        old, new = new, f"copy{at}"
        transfer(hub, old, new, earlier_record_id=old)
        crash = Crash(at)
        run_id = hub.request()
        ended = hub.resume(run_id) if run_into(hub, crash, run_id) else hub.ended(run_id)
        hub.source.people.pop(old)
        assert ended.counters.created == ended.counters.errors == 0
        assert len(hub.target.records) == 3 and hub.links() == {"s0": "1000", "s2": "1002", new: "1001"}
        if not crash.happened:
            break
        at += 1
    assert "journal.move_links" in crash.completed and at > 20
