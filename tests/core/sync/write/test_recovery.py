"""A request that was not answered is looked up, never blindly repeated."""

from __future__ import annotations

from datetime import date

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Reason
from core.models import Action, RunStatus
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import KilledError
from tests.core.sync.fakes import FakeTarget, person, raises

SILENCE = UnansweredError("Payroll did not respond.")


def test_an_unanswered_create_that_was_carried_out_counts_as_created(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(6)
    hub.target.steps.fault = raises("create.done", 3, SILENCE)
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 6)
    assert hub.target.steps.done["create"] == 6
    assert hub.everybody_once() and len(hub.links()) == 6


def test_an_unanswered_create_that_was_not_carried_out_is_an_error_and_not_repeated(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(6)
    hub.target.steps.fault = raises("create", 3, SILENCE)
    ended = hub.run()
    assert (ended.status, ended.counters.created, ended.counters.errors) == (RunStatus.ERROR, 5, 1)
    assert hub.target.steps.done["create"] == 6
    failed = next(row for row in ended.rows.values() if row.action is Action.FAILED)
    assert failed.reason == Reason.UNANSWERED and failed.message is not None
    assert "may or may not have been written" in failed.message
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_an_unanswered_update_is_looked_up(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    hub.target.steps.fault = raises("update.done", 1, SILENCE)
    assert hub.run().counters.updated == 1
    hub.source.edit("s1", mobile="0411 222 444")
    hub.target.steps.fault = raises("update", 2, SILENCE)
    failed = hub.run().rows["s1"]
    assert (failed.action, failed.reason) == (Action.FAILED, Reason.UNANSWERED)
    assert hub.run().counters.updated == 1


def test_when_the_look_up_fails_too_the_run_ends_and_says_which_is_in_doubt(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(30)

    def fault(step: str, number: int) -> None:
        raises("create.done", 5, SILENCE)(step, number)
        raises("find", 1, TemporaryError("Payroll is down. Try again later."))(step, number)

    hub.target.steps.fault = fault
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and ended.message.startswith("Payroll is down. Try again later.")
    assert list(ended.reasons().values()).count(Reason.UNANSWERED) == 1
    hub.target.steps.fault = lambda _step, _number: None
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_a_target_that_never_answers_ends_the_run_early(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(80)

    def silent(step: str, _number: int) -> None:
        if step == "create":
            raise SILENCE

    hub.target.steps.fault = silent
    ended = hub.run()
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith("Payroll has not responded to 20 requests in a row.")
    assert hub.target.steps.done["create"] < 40


def test_twins_sent_before_a_crash_are_told_apart_by_what_is_linked(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    twin = {
        "first_name": "Kim",
        "surname": "Lee",
        "date_of_birth": date(1990, 3, 4),
        "au_tax": None,
        "email": None,
    }
    hub.source.put("a", person(1, **twin))
    hub.source.put("b", person(2, **twin))
    for number, step in enumerate(("create.done", "create"), start=1):
        hub.target.steps.fault = raises(step, number, KilledError())
        run_id = hub.request()
        try:
            hub.execute(run_id)
        except KilledError:
            assert hub.resume(run_id).status is RunStatus.COMPLETE
        assert sorted(str(one["phone"]) for one in hub.target.records.values()) == [
            "0400 000001",
            "0400 000002",
        ]
        assert len(set(hub.links().values())) == 2


def test_somebody_found_after_a_crash_is_completed_where_they_differ(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(1)
    hub.target.steps.fault = raises("create.done", 1, KilledError())
    run_id = hub.request()
    try:
        hub.execute(run_id)
    except KilledError:
        hub.target.records["1000"]["phone"] = None
    ended = hub.resume(run_id)
    assert (ended.counters.created, ended.counters.updated) == (1, 0)
    assert hub.target.records["1000"]["phone"] == "0400 000000"
    assert hub.target.steps.done["create"] == 1
