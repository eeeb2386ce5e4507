"""Whenever the process dies, the next one continues, and everybody is in payroll exactly once."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

import core.sync
from core.models import Phase, RunStatus
from core.sync.plan import buffer, planner, settlement
from core.sync.write import feeder, outcome_saver
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import Crash, lease_users, named, run_into, store_steps
from tests.core.sync.fakes import FakeTarget, person

pytestmark = [pytest.mark.both_engines, pytest.mark.slow]

PEOPLE = 7
# What only other runs store: first and second attempts, runs that are held, cancelled, aborted or interrupted, those
# that apply a kept plan, and those with conflicts.
NOT_IN_A_PLAIN_RUN = {
    "config_fingerprint.save",
    "journal.abort",
    "journal.begin",
    "journal.cancel",
    "journal.look_again",
    "journal.mark_unsent",
    "journal.move_links",
    "journal.withdraw",
    "kept_plans.hold_back",
    "numbering.save",
    "revalidation.end_stale",
    "tally.end_draft_preview",
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even a few employees take several transactions."""
    monkeypatch.setattr(buffer, "ROWS_A_TRANSACTION", 3)
    monkeypatch.setattr(settlement, "LINKS_A_TRANSACTION", 3)
    monkeypatch.setattr(planner, "DECIDED_AT_ONCE", 3)
    monkeypatch.setattr(feeder, "ROWS_RESERVED", 2)
    monkeypatch.setattr(outcome_saver, "RESULTS_PER_TRANSACTION", 2)


def prepare(hub: Hub) -> None:
    """Two are known already, one of them has changed; one is filtered; the others are new."""
    hub.source.page_size, hub.target.page_size = 3, 3
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    for number in range(2, PEOPLE):
        hub.source.put(f"s{number}", person(number))
    hub.source.put("left", person(60, status="Terminated"))


def check(hub: Hub, run_id: int) -> None:
    """Everybody is in payroll exactly once and as the source has them, and a further run finds nothing to do."""
    del hub.source.people["left"]
    ended = hub.ended(run_id)
    assert ended.status is RunStatus.COMPLETE
    assert ended.counters.read == PEOPLE + 1
    assert hub.everybody_once()
    assert {values["phone"] for values in hub.target.records.values()} == {
        one.mobile for one in hub.source.people.values()
    }
    writes = hub.target.writes
    assert hub.run().counters.unchanged == PEOPLE
    assert hub.target.writes == writes


def test_every_transaction_of_the_engine_is_a_step() -> None:
    steps = {named(module, name) for module, name in store_steps()}
    assert steps == set(lease_users(Path(core.sync.__file__).parent))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def save(lease):\n    assert_lease(session, lease)\n", ["rows.save"]),
        ("def _save(lease):\n    lease.assert_lease(session, lease)\n", ["rows._save"]),
        (
            "def end(lease):\n    _end(lease)\ndef _end(lease):\n    assert_lease(session, lease)\n",
            ["rows.end"],
        ),
    ],
)
def test_every_check_of_the_lease_is_found(text: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "rows.py").write_text(text)
    assert list(lease_users(tmp_path)) == found


def test_a_crash_at_any_step_leaves_everybody_exactly_once(either_hub: Hub) -> None:
    hub = either_hub
    start_target, start_source = dict(hub.target.records), dict(hub.source.people)
    assert start_target == {} and start_source == {}
    crash = Crash(1)
    while True:
        fresh = Hub(hub.connection_id, target=type(hub.target)(chosen_ids=hub.target.chosen_ids))
        forget_links()
        prepare(fresh)
        run_id = fresh.request()
        happened = run_into(fresh, crash, run_id)
        if not fresh.row(run_id).status.ended:
            fresh.resume(run_id)
        check(fresh, run_id)
        if not happened:
            break
        crash = Crash(crash.at + 1)
    steps = {named(module, name) for module, name in store_steps()}
    without_our_numbers = set() if hub.target.chosen_ids else {"numbering.add_created"}
    assert steps - crash.completed == NOT_IN_A_PLAIN_RUN | without_our_numbers


def test_a_crash_at_any_step_moves_the_link_of_a_rehired_employee_once(sqlite_hub: Hub) -> None:
    at, completed = 0, set[str]()
    while True:
        at += 1
        forget_links()
        hub = Hub(sqlite_hub.connection_id, target=FakeTarget(chosen_ids=False, takes_terminations=True))
        hub.fill(2)
        hub.run()
        hub.source.edit("s1", status="Terminated", end_date=date(2026, 3, 31))
        hub.run()
        old = hub.links()["s1"]
        hub.source.put("again", person(1, employee_number="2001", start_date=date(2026, 9, 1)))
        run_id, crash = hub.request(), Crash(at)
        happened = run_into(hub, crash, run_id)
        completed |= crash.completed
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        hub.run()
        assert hub.links()["again"] == old and "s1" not in hub.links()
        assert len(hub.target.records) == 2 and hub.target.records[old]["end"] is None
        if not happened:
            break
    assert "journal.move_links" in completed


def forget_links() -> None:
    from sqlalchemy import delete

    from core.db import transaction
    from core.models import Link

    with transaction() as session:
        session.execute(delete(Link))


@pytest.mark.parametrize("seed", range(4))
def test_crash_after_crash_at_random_steps_leaves_everybody_exactly_once(hub: Hub, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test wants the same numbers again
    prepare(hub)
    run_id = hub.request()
    for _ in range(6):
        run_into(hub, Crash(chance.randint(1, 45)), run_id)
        if hub.row(run_id).status.ended:
            break
        hub.expire(run_id)
    else:
        hub.resume(run_id)
    check(hub, run_id)


def test_a_plan_is_kept_once_writing_has_begun(hub: Hub) -> None:
    hub.fill(5)
    run_id = hub.request()
    hub.target.steps.fault = Crash(4).step
    crash = Crash(10**6)
    hub.source.steps.fault = crash.step
    with pytest.raises(BaseException):  # noqa: B017
        hub.execute(run_id)
    assert hub.row(run_id).phase is Phase.WRITING
    hub.source.people.clear()
    assert hub.resume(run_id).counters.created == 5
