"""A run that reads suspiciously little is held before its first write."""

from __future__ import annotations

from core.models import Action, RunKind, RunStatus
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person, raises


def shrink(hub: Hub, number: int) -> None:
    for source_id in list(hub.source.people)[number:]:
        del hub.source.people[source_id]


def test_nobody_read_is_never_a_quiet_complete(hub: Hub) -> None:
    ended = hub.run()
    assert (ended.status, ended.counters.read) == (RunStatus.HELD, 0)
    assert ended.message.startswith("enableHR returned no employees")


def test_far_fewer_than_usual_are_held_and_nothing_is_written(hub: Hub) -> None:
    hub.fill(24)
    hub.run()
    shrink(hub, 10)
    hub.source.edit("s1", mobile="0411 222 333")
    hub.source.put("new", person(99))
    ended = hub.run()
    assert (ended.status, ended.counters.held, ended.counters.unchanged) == (RunStatus.HELD, 2, 9)
    assert ended.message.startswith("Only 11 employees were read; the last runs read about 24 each.")
    held = [row for row in ended.rows.values() if row.action is Action.NOT_WRITTEN]
    assert {row.reason for row in held} == {Code.VOLUME_DROP}
    assert hub.target.writes == 24


def test_a_held_run_does_not_make_fewer_usual(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(24)
    hub.run()
    shrink(hub, 5)
    for _ in range(4):
        assert hub.run().status is RunStatus.HELD


def test_a_run_that_broke_off_while_reading_does_not_make_fewer_usual(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(24)
    hub.run()
    from connectors.contract.errors import TemporaryError

    hub.source.steps.done.clear()
    hub.source.steps.fault = raises("read", 2, TemporaryError("enableHR is down."))
    assert hub.run().status is RunStatus.ERROR
    shrink(hub, 11)
    assert hub.run().status is RunStatus.HELD


def test_half_of_the_usual_number_goes_through(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(24)
    sqlite_hub.run()
    shrink(sqlite_hub, 12)
    assert sqlite_hub.run().status is RunStatus.COMPLETE


def test_how_many_fewer_than_usual_can_be_limited_too(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(12)
    hub.run()
    hub.set_job(limits={"most_fewer": 2})
    shrink(hub, 10)
    assert hub.run().status is RunStatus.COMPLETE
    shrink(hub, 8)
    ended = hub.run()
    assert (ended.status, ended.counters.read) == (RunStatus.HELD, 8)
    assert ended.message.startswith("Only 8 employees were read; the last runs read about 11 each.")


def test_small_companies_are_not_held_for_a_few_people(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(12)
    sqlite_hub.run()
    shrink(sqlite_hub, 3)
    assert sqlite_hub.run().status is RunStatus.COMPLETE


def test_the_job_can_set_the_limits(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(24)
    hub.run()
    shrink(hub, 3)
    hub.set_job(limits={"least_share": 0.1, "allow_none_read": True})
    assert hub.run().status is RunStatus.COMPLETE
    shrink(hub, 0)
    hub.set_job(limits={"least_share": 0.0, "allow_none_read": True})
    assert hub.run().status is RunStatus.COMPLETE


def test_a_preview_says_that_a_run_would_be_held(sqlite_hub: Hub) -> None:
    ended = sqlite_hub.run(RunKind.PREVIEW)
    assert ended.status is RunStatus.COMPLETE
    assert "A run would be held: enableHR returned no employees" in ended.message
