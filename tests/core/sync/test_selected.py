"""A run of chosen employees: only they are read, all that a run promises holds, and nothing of the others moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Reason, SourceRecord
from core.db import reading
from core.errors import InvalidError
from core.jobs import schedules, start
from core.jobs.recurrence import Rule
from core.models import Action, Decision, Every, Link, Plan, PlanState, RunStatus, Schedule
from core.problems.open_problems import ProblemFilter
from core.queue import task_queue
from core.reports.records import Group, RecordFilter
from core.review import approvals
from core.runs import selection
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import FakeSource, FakeTarget, person, raises

pytestmark = pytest.mark.both_engines


def marks(hub: Hub) -> dict[str, str | None]:
    with reading() as session:
        return {link.source_id: link.source_version for link in session.scalars(select(Link))}


def test_only_they_are_read_and_written(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    before = marks(hub)
    for number in (3, 4):
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    hub.source.details, hub.source.steps.done, hub.target.steps.done = 0, {}, {}
    ended = hub.sync("s3")
    assert (ended.status, ended.counters.read, ended.counters.updated) == (RunStatus.COMPLETE, 1, 1)
    assert ended.message == "The only employee was processed: 1 updated."
    assert (hub.source.details, hub.source.steps.done) == (1, {})
    assert hub.target.steps.done == {"find": 1, "update": 1, "update.done": 1}
    assert hub.target.records["1004"]["phone"] != "0411 222 333"
    assert {one for one, mark in marks(hub).items() if mark != before[one]} == {"s3"}
    again = hub.run()
    assert (again.counters.updated, again.counters.unchanged, again.status) == (1, 11, RunStatus.COMPLETE)


def test_each_of_several_is_accounted_for_and_nobody_else(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    before = marks(hub)
    for number in (3, 4, 5):
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    hub.source.edit("s6", start_date=None)
    hub.source.unreadable = {"s7"}
    hub.source.steps.done, hub.target.steps.done = {}, {}
    ended = hub.sync("s3", "s4", "s4 ", "s6", "s7", "gone", "s8")
    assert (ended.status, ended.counters.read) == (RunStatus.ERROR, 6)
    assert {one: (row.decision, row.reason) for one, row in ended.rows.items()} == {
        "s3": (Decision.UPDATE, None),
        "s4": (Decision.UPDATE, None),
        "s6": (Decision.FILTERED, Reason.MISSING_FIELD),
        "s7": (Decision.ERROR, Reason.UNREADABLE),
        "gone": (Decision.ERROR, Reason.NOT_AT_SOURCE),
        "s8": (Decision.NO_CHANGE, None),
    }
    assert hub.source.steps.done == {} and "list" not in hub.target.steps.done
    changed = {one for one, mark in marks(hub).items() if mark != before[one]}
    assert changed <= {"s3", "s4", "s6", "s7"} and {"s3", "s4"} <= changed
    assert hub.target.records["1005"]["phone"] != "0411 222 333"


def test_many_are_found_in_the_targets_list(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(30)
    hub.run()
    hub.target.records["1001"]["phone"] = "0400 000 111"
    hub.target.steps.done = {}
    ended = hub.sync(*(f"s{number}" for number in range(25)))
    assert (ended.counters.read, ended.counters.updated, ended.counters.unchanged) == (25, 1, 24)
    assert hub.target.steps.done.get("find") is None


def test_a_source_that_shows_only_a_list_is_listed_once(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.fill(12)
    hub.run()
    monkeypatch.setattr(FakeSource, "shows_only_list", True, raising=False)
    hub.source.steps.done = {}
    ended = hub.sync("s1", "s9", "gone")
    assert hub.source.steps.done == {"read": 3}
    assert (ended.counters.read, ended.counters.unchanged, ended.reasons()["gone"]) == (
        3,
        2,
        Reason.NOT_AT_SOURCE,
    )


def test_a_source_that_fails_for_one_stops_no_other_and_down_it_ends_the_run(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.fill(9)
    hub.run()
    real, failing = hub.source.read_one, {"s1"}

    async def read_one(source_id: str) -> SourceRecord | None:
        if source_id in failing:
            raise TemporaryError("enableHR is busy.")
        return await real(source_id)

    monkeypatch.setattr(hub.source, "read_one", read_one)
    ended = hub.sync("s0", "s1", "s2")
    assert (ended.counters.unchanged, ended.reasons()["s1"]) == (2, Reason.UNREADABLE)
    failing |= {f"s{number}" for number in range(9)}
    ended = hub.sync(*failing)
    assert (ended.status, ended.message) == (RunStatus.ERROR, "enableHR is busy.")


def test_two_chosen_employees_who_are_one_at_the_target_wait_for_a_person(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1, employee_number="7"))
    hub.source.put("b", person(1, employee_number="7"))
    ended = hub.sync("a", "b")
    assert set(ended.decisions().values()) == {Decision.AMBIGUOUS} and not hub.target.records


def test_shares_of_limits_are_of_all_employees(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(60)
    hub.run()
    hub.set_job(limits={"bank": {"share": 0.25}, "shares_from": 1})
    for number in range(15):
        hub.source.edit(f"s{number}", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    everybody = [f"s{number}" for number in range(16)]
    assert hub.sync(*everybody[:15]).counters.updated == 15
    for number in range(16):
        hub.source.edit(f"s{number}", bank_accounts=(BankAccount("Anna", "87654321", "064000"),))
    held = hub.sync(*everybody)
    assert held.status is RunStatus.HELD and "the limit is 15 (25 % of 60)" in held.message


def test_a_plan_is_replaced_by_a_run_of_the_same_people_and_more(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(4)
    hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    for number in (51, 52, 53):
        hub.source.put(f"n{number}", person(number))
    runs = [hub.sync("n51", "n52"), hub.sync("n52"), hub.sync("n53", "n51", "n52")]
    with reading() as session:
        states = [session.get_one(Plan, run.id).state for run in runs]
    assert states == [PlanState.REPLACED, PlanState.REPLACED, PlanState.OPEN]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "Choose at least one employee."),
        ([" "], "Enter the employee's source ID."),
        (["s1", "a\0b"], "A source ID has at most 200 characters"),
        (["x" * 201], "A source ID has at most 200 characters"),
        ([f"s{number}" for number in range(501)], "These are 501 employees, and at most 500 can be synced"),
    ],
)
def test_a_selection_that_cannot_be_is_a_sentence(chosen: list[str], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        selection.parse(chosen)


def test_what_is_chosen_twice_is_one_and_odd_ids_are_kept() -> None:
    assert selection.parse([" s2", "s1", "s2", "Ünï/..?#"]) == ("s2", "s1", "Ünï/..?#")
    assert selection.digest(["s2", "s1"]) == selection.digest(["s1", "s2"]) != selection.digest(["s1"])


def test_those_with_an_error_or_a_problem_are_synced_again(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    hub = sqlite_hub
    hub.fill(5)
    hub.source.edit("s1", start_date=None)
    hub.target.refuse = {"Surname2"}
    first = hub.run()
    actor = replace(OPERATOR, account_id=hub.row(first.id).account_id)
    hub.source.edit("s1", start_date=date(2024, 2, 1))
    hub.target.refuse = set()
    failed = start.sync_records(actor, first.id, RecordFilter((Group.ERRORS,)))
    assert hub.execute(failed) is RunStatus.COMPLETE and list(hub.ended(failed).rows) == ["s2"]
    open_ones = start.sync_problems(actor, hub.connection_id, ProblemFilter())
    assert hub.execute(open_ones) is RunStatus.COMPLETE and list(hub.ended(open_ones).rows) == ["s1"]
    with pytest.raises(InvalidError, match="Choose at least one employee"):
        start.sync_problems(actor, hub.connection_id, ProblemFilter())
    monkeypatch.setattr(selection, "MAX_CHOSEN", 4)
    with pytest.raises(InvalidError, match="These are 5 employees, and at most 4"):
        start.sync_records(actor, first.id, RecordFilter())


def test_none_of_those_chosen_is_there(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(2)
    ended = sqlite_hub.sync("nobody", "no/body")
    assert (ended.status, ended.counters.read) == (RunStatus.ERROR, 0)
    assert ended.message.startswith("The source has none of the 2 employees chosen.")


def test_a_change_at_the_target_is_corrected_although_the_source_is_unchanged(
    sqlite_hub: Hub,
) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.target.records["1001"]["phone"] = "0400 000 111"
    assert hub.sync("s1").counters.updated == 1
    assert hub.sync("s1").counters.unchanged == 1


def test_somebody_new_is_matched_against_the_whole_target(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(4)
    hub.target.adopt("1002", hub.source.people["s2"])
    assert hub.sync("s2").decisions() == {"s2": Decision.NO_CHANGE}
    assert hub.sync("s3").counters.created == 1
    assert sorted(hub.target.records) == ["1002", "1003"] and hub.links() == {"s2": "1002", "s3": "1003"}


def test_a_match_by_name_waits_for_a_person_because_others_were_not_read(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    alike = {
        "first_name": "Kim",
        "surname": "Lee",
        "date_of_birth": date(1990, 3, 4),
        "au_tax": None,
        "email": None,
    }
    hub.source.put("a", person(1, **alike, employee_number=None))
    hub.target.adopt("T1", hub.source.people["a"])
    ended = hub.sync("a")
    assert (ended.decisions()["a"], ended.reasons()["a"]) == (Decision.AMBIGUOUS, Code.WEAK_MATCH)
    assert hub.links() == {} and len(hub.target.records) == 1
    assert hub.run().decisions()["a"] is Decision.NO_CHANGE


def test_an_employee_under_another_id_at_the_target_is_found(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.fill(2)
    hub.run()
    hub.target.records["X"], hub.target.external["X"] = hub.target.records.pop("T1"), None
    assert hub.sync("s0").decisions() == {"s0": Decision.NO_CHANGE}
    assert hub.links()["s0"] == "X" and len(hub.target.records) == 2


def test_an_employee_the_source_does_not_have_is_an_error_that_says_so(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    ended = hub.sync("nobody")
    assert (ended.status, ended.counters.read) == (RunStatus.ERROR, 0)
    assert (
        ended.message == "The source has no employee with the id nobody. Look the id up there and try again."
    )


def test_an_unreadable_employee_is_an_error(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.source.unreadable = {"s1"}
    ended = hub.sync("s1")
    assert (ended.status, ended.counters.errors) == (RunStatus.ERROR, 1)


def test_the_limits_hold_and_the_plan_can_be_approved(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    hub = sqlite_hub
    hub.fill(30)
    hub.run()
    hub.set_job(limits={"bank": {"count": 0}})
    hub.source.edit("s1", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    ended = hub.sync("s1")
    assert (ended.status, ended.rows["s1"].reason) == (RunStatus.HELD, Code.MANY_BANK_CHANGES)
    assert hub.target.records["1001"].get("bank") is None
    new = approvals.approve(OPERATOR, ended.id)
    assert new is not None
    hub.execute(new)
    assert hub.ended(new).counters.updated == 1 and hub.target.records["1001"]["bank"] == "12345678"


def test_the_plan_of_a_held_run_of_everybody_stays_open(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.put("new", person(51))
    held = hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    assert hub.sync("s1").status is RunStatus.COMPLETE
    first = hub.sync("new")
    second = hub.sync("new")
    with reading() as session:
        states = [session.get_one(Plan, run.id).state for run in (held, first, second)]
    assert states == [PlanState.OPEN, PlanState.REPLACED, PlanState.OPEN]


def test_it_says_nothing_of_how_many_are_usually_read(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(24)
    hub.run()
    for number in range(5):
        assert hub.sync(f"s{number}").status is RunStatus.COMPLETE
    for source_id in list(hub.source.people)[10:]:
        del hub.source.people[source_id]
    assert hub.run().status is RunStatus.HELD


def test_it_leaves_the_schedule_alone(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.jobs.scheduler.enqueue", lambda *_: None)
        schedules.create(
            OPERATOR, hub.connection_id, Rule(Every.DAY, at="07:30", time_zone="Australia/Brisbane")
        )

    def schedule() -> list[object]:
        with reading() as session:
            return [(row.id, row.active, row.next_due_at) for row in session.scalars(select(Schedule))]

    before = schedule()
    hub.sync("s1")
    assert schedule() == before and len(before) == 1


def test_an_unanswered_create_is_looked_up(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(2)
    hub.target.steps.fault = raises("create.done", 1, UnansweredError("Payroll did not respond."))
    assert hub.sync("s1").counters.created == 1
    assert len(hub.target.records) == 1


@pytest.mark.slow
def test_a_crash_at_any_step_leaves_them_exactly_once(either_hub: Hub) -> None:
    hub, at, happened = either_hub, 1, True
    while happened:
        hub.source.put(f"n{at}", person(100 + 2 * at))
        hub.source.put(f"m{at}", person(101 + 2 * at))
        run_id = hub.request_selected(f"n{at}", f"m{at}", "gone")
        happened = run_into(hub, Crash(at), run_id)
        ended = hub.ended(run_id) if hub.row(run_id).status.ended else hub.resume(run_id)
        assert ended.count(Action.CREATED) == 2 and ended.counters.read == 3
        assert hub.everybody_once()
        at += 1
    assert at > 8
