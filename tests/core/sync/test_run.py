"""What a run does with the employees it reads, on both engines of the store."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.records import Reason
from core.models import Action, Decision, RunKind, RunStatus
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import TWO_ACCOUNTS, no_fault, person, raises

pytestmark = pytest.mark.both_engines


def test_the_first_run_writes_everybody_and_the_second_writes_nothing(hub: Hub) -> None:
    hub.fill(12)
    first = hub.run()
    assert (first.status, first.counters.created) == (RunStatus.COMPLETE, 12)
    assert first.message.startswith("All 12 employees were processed: 12 created.")
    assert hub.everybody_once()
    assert hub.links() == {f"s{number}": str(1000 + number) for number in range(12)}
    writes = hub.target.writes
    second = hub.run()
    assert (second.status, second.counters.unchanged) == (RunStatus.COMPLETE, 12)
    assert hub.target.writes == writes


def test_details_of_unchanged_employees_are_not_read_again(hub: Hub) -> None:
    hub.fill(6)
    hub.run()
    hub.source.edit("s2", mobile="0400 999 999")
    hub.source.details = 0
    assert hub.run().counters.updated == 1
    assert hub.source.details == 1


def test_an_employee_who_left_the_target_is_read_in_full_although_unchanged(hub: Hub) -> None:
    hub.fill(6)
    hub.run()
    del hub.target.records["1003"]
    again = hub.run()
    assert again.decisions()["s3"] is Decision.CREATE
    assert hub.everybody_once()


def test_a_full_read_is_due_when_the_job_says_so(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.set_job(full_read_days=0)
    hub.target.records["1001"]["phone"] = "0400 000 111"
    assert hub.run().decisions() == {
        "s0": Decision.NO_CHANGE,
        "s1": Decision.UPDATE,
        "s2": Decision.NO_CHANGE,
    }


def test_a_source_version_changes_only_with_the_outcome_of_its_employee(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    for source_id in ("s1", "s2"):
        hub.source.edit(source_id, mobile="0411 222 333")
    hub.target.steps.fault = raises("update", 1, TemporaryError("Payroll is down. Try again later."))
    hub.target.steps.done.clear()
    hub.source.unreadable = {"s2"}
    failed = hub.run()
    assert {
        source_id: row.action for source_id, row in failed.rows.items() if row.action is Action.FAILED
    }.keys() == {"s1", "s2"}
    hub.target.steps.fault, hub.source.unreadable, hub.source.details = no_fault, set(), 0
    again = hub.run()
    assert (again.counters.updated, again.counters.unchanged, hub.source.details) == (2, 2, 2)


def test_three_changed_employees_are_three_updates(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    for source_id in ("s1", "s5", "s9"):
        hub.source.edit(source_id, mobile="0411 222 333")
    hub.source.edit("s7", mobile="(0400) 000-007")  # the same number, written otherwise
    ended = hub.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (3, 9)
    assert hub.target.steps.done["update"] == 3
    assert ended.rows["s5"].changes == [
        {"field": "phone", "label": "Phone", "before": "0400 000005", "after": "0411 222 333"}
    ]


def test_sensitive_values_are_masked_in_the_changes(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    tax = hub.source.people["s1"].au_tax
    assert tax is not None
    hub.source.edit("s1", au_tax=type(tax)(tfn="865 414 088"))
    changes = hub.run().rows["s1"].changes
    assert changes == [
        {"field": "tax", "label": "Tax number", "before": "••• 001", "after": "••• 088", "concern": "tax"}
    ]


def test_a_birthday_is_masked_in_the_changes(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", date_of_birth=date(1981, 4, 23))
    changes = hub.run().rows["s1"].changes
    assert changes == [{"field": "birth", "label": "Date of birth", "before": "•••", "after": "•••"}]


def test_an_incomplete_employee_is_filtered_with_field_and_reason(hub: Hub) -> None:
    hub.fill(4)
    hub.source.edit("s2", start_date=None)
    ended = hub.run()
    row = ended.rows["s2"]
    assert (row.decision, row.action, row.reason) == (Decision.FILTERED, Action.SKIPPED, Reason.MISSING_FIELD)
    assert row.message == "Start date is missing. Add it in enableHR."
    assert (ended.status, ended.counters.created, ended.counters.filtered) == (RunStatus.COMPLETE, 3, 1)


def test_a_refused_employee_is_an_error_in_the_words_of_the_target(hub: Hub) -> None:
    hub.fill(8)
    hub.target.refuse = {"Surname3"}
    ended = hub.run()
    row = ended.rows["s3"]
    assert (row.action, row.reason) == (Action.FAILED, Reason.REFUSED)
    assert row.message == "Payroll refused the employee: the surname is not allowed."
    message = "1 of 8 employees could not be written; 7 created. 1 needs you (see To fix)."
    assert (ended.status, ended.message) == (RunStatus.ERROR, message)
    assert ended.counters.created == 7
    assert "s3" not in hub.links()


def test_an_unfit_employee_is_an_error_that_does_not_hide_the_others(hub: Hub) -> None:
    hub.fill(3)
    hub.source.edit("s0", bank_accounts=TWO_ACCOUNTS)
    ended = hub.run()
    assert (ended.rows["s0"].decision, ended.rows["s0"].action) == (Decision.ERROR, Action.FAILED)
    assert (ended.counters.errors, ended.counters.created) == (1, 2)


def test_an_unreadable_employee_is_an_error_that_does_not_hide_the_others(hub: Hub) -> None:
    hub.fill(7)
    hub.source.unreadable = {"s4"}
    ended = hub.run()
    assert (ended.rows["s4"].decision, ended.rows["s4"].reason) == (Decision.ERROR, Reason.UNREADABLE)
    assert (ended.counters.errors, ended.counters.created) == (1, 6)


def test_an_employee_listed_on_two_pages_is_counted_once(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(6)
    read = sqlite_hub.source.read

    async def twice(remembered: object = None) -> object:
        async for page in read():
            yield page
            yield page[-1:]

    sqlite_hub.source.read = twice  # type: ignore[assignment, method-assign]
    assert sqlite_hub.run().counters.read == 6
    assert sqlite_hub.everybody_once()


def test_a_preview_shows_the_plan_and_writes_nothing(hub: Hub) -> None:
    hub.fill(5)
    ended = hub.run(RunKind.PREVIEW)
    assert (ended.status, ended.counters.held) == (RunStatus.COMPLETE, 5)
    assert ended.message == "Preview of 5 employees; nothing was written: 5 would be written."
    assert {(row.decision, row.action, row.reason) for row in ended.rows.values()} == {
        (Decision.CREATE, Action.NOT_WRITTEN, Code.PREVIEW)
    }
    assert hub.target.records == {} and hub.links() == {}
    assert hub.run().counters.created == 5
    assert hub.run(RunKind.PREVIEW).message == (
        "Preview of 5 employees; nothing was written: none would be written, 5 unchanged."
    )


def test_somebody_who_has_left_is_sent_only_where_there_is_an_employment_to_end(hub: Hub) -> None:
    hub.target.takes_terminations = True
    hub.fill(3)
    hub.source.put("gone", person(50, status="Terminated", end_date=date(2024, 5, 1)))
    first = hub.run()
    assert first.reasons()["gone"] == Reason.NOT_IN_SCOPE
    hub.source.edit("s1", status="Terminated", end_date=date(2024, 6, 1))
    second = hub.run()
    assert (second.rows["s1"].decision, second.rows["s1"].action) == (Decision.TERMINATE, Action.TERMINATED)
    assert (second.counters.terminated, second.counters.written) == (1, 1)
    assert hub.run().counters.written == 0


def test_a_termination_the_target_does_not_take_is_a_warning(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", status="Terminated", end_date=date(2024, 6, 1))
    row = hub.run().rows["s1"]
    assert row.decision is Decision.NO_CHANGE
    assert [(warning["code"], warning["kind"]) for warning in row.warnings or []] == [
        ("FINISH_DATE", "BY_HAND")
    ]


def test_the_scope_of_the_job_leaves_employees_out(hub: Hub) -> None:
    hub.fill(5)
    hub.source.edit("s0", status="Transferred")
    hub.source.edit("s1", branch="Perth")
    hub.source.edit("s2", branch="Sydney", employment_type="Casual")
    hub.source.edit("s3", branch="Sydney", employment_type="Full Time")
    hub.source.edit("s4", branch="Sydney", employment_type="Full Time", start_date=date(2999, 1, 1))
    hub.set_job(scope={"branches": ["sydney"], "employment_types": ["FULL_TIME"], "future_start_days": 30})
    ended = hub.run()
    scope = dict.fromkeys(("s0", "s1", "s2"), Reason.NOT_IN_SCOPE)
    assert ended.reasons() == scope | {"s3": None, "s4": Reason.FUTURE_START}
    assert ended.counters.created == 1


def test_a_linked_employee_that_the_target_does_not_list_is_looked_up(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    hub.target.unlisted = {"1002"}
    hub.source.edit("s2", mobile="0411 000 000")
    ended = hub.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (1, 3)
    assert hub.everybody_once()


@pytest.mark.parametrize("error", [AuthError, ConfigError, TemporaryError])
def test_a_source_that_fails_ends_the_run_with_its_sentence(hub: Hub, error: type[Exception]) -> None:
    hub.fill(12)
    hub.source.steps.fault = raises("read", 2, error("enableHR could not be used. Try again."))
    ended = hub.run()
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith("enableHR could not be used. Try again.")
    assert set(ended.reasons().values()) == {Code.NOT_ATTEMPTED}
    assert hub.target.writes == 0


def test_a_target_that_fails_at_once_ends_the_run_with_nobody_read(hub: Hub) -> None:
    hub.fill(3)
    hub.target.adopt("1000", person(0))
    hub.target.steps.fault = raises("list", 1, AuthError("Payroll refused the sign-in. Connect it again."))
    ended = hub.run()
    assert (ended.status, ended.message) == (
        RunStatus.ERROR,
        "Payroll refused the sign-in. Connect it again.",
    )
    assert ended.counters.read == 0


def test_a_target_that_dies_while_writing_keeps_what_was_done(hub: Hub) -> None:
    hub.fill(30)
    hub.target.steps.fault = raises(
        "create", 11, TemporaryError("Payroll does not respond. Try again later.")
    )
    ended = hub.run()
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith("Payroll does not respond. Try again later. Of 30 employees read,")
    assert 0 < ended.counters.created == len(hub.target.records) < 30
    assert {row.reason for row in ended.rows.values() if row.action is Action.FAILED} == {Code.NOT_ATTEMPTED}
    hub.target.steps.fault = lambda _step, _number: None
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_settings_of_the_job_that_cannot_be_used_are_named(hub: Hub) -> None:
    hub.fill(2)
    hub.set_job(scope={"future_start_days": "soon"})
    ended = hub.run()
    assert ended.status is RunStatus.ERROR
    assert "scope.future_start_days" in ended.message and "soon" not in ended.message


def test_an_unexpected_error_ends_the_run_with_a_reference_and_is_raised_again(hub: Hub) -> None:
    hub.fill(20)
    hub.target.steps.fault = raises("create", 9, ZeroDivisionError("0412 345 678"))
    run_id = hub.request()
    with pytest.raises(ZeroDivisionError):
        hub.execute(run_id)
    ended = hub.ended(run_id)
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith(f"iHUB failed in run {run_id}. Give Support this reference: ")
    assert "0412" not in ended.message
    hub.target.steps.fault = lambda _step, _number: None
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_a_run_that_is_not_ours_is_left_alone(hub: Hub) -> None:
    hub.fill(2)
    ended = hub.run()
    assert hub.execute(ended.id) is None
