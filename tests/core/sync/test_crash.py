"""Whenever the process dies, the next one continues, and everybody is in payroll exactly once."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from connectors.contract.employee import BankAccount
from connectors.contract.fields import Owner
from core.db import reading, transaction
from core.mapping import document as documents
from core.mapping import versions
from core.models import FieldConflict, Link, OpenProblem, Pairing, Phase, RunStatus, ScopeRecheck
from core.scope import holds
from core.security.actor import OPERATOR
from core.sync.plan import buffer, planner, settlement
from core.sync.store import journal
from core.sync.write import feeder, outcome_saver
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import PACKAGES, Crash, KilledError, lease_users, named, run_into, store_steps
from tests.core.sync.fakes import FakeTarget, person
from tests.core.sync.ownership.owned import USE, at_target, conflicts, decide, edit, owned_hub, problems

pytestmark = [pytest.mark.both_engines, pytest.mark.slow]

PEOPLE = 7
# What only other runs store: first and second attempts, runs that are held, cancelled, aborted or interrupted, those
# that apply a kept plan, and those with conflicts.
NOT_IN_A_PLAIN_RUN = {
    "config_fingerprint.save",
    "field_conflicts.save",
    "journal.abort",
    "journal.begin",
    "journal.cancel",
    "journal.keep_requests",
    "journal.look_again",
    "journal.mark_unsent",
    "journal.move_links",
    "journal.save_parts",
    "journal.withdraw",
    "keeping.keep_hidden",
    "kept_plans.hold_back",
    "numbering.save",
    "unanswered.drop_pending",
    "unanswered.keep_pending",
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
    folders = [Path(str(each.__file__)).parent for each in PACKAGES]
    assert steps == {one for folder in folders for one in lease_users(folder)}


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


def with_conflicts() -> Hub:
    """Give a bank account that waits for a person, one that a person has decided on, and people out of scope.

    One is on hold, and one is judged again on a day to come.
    """
    forget_links()
    hub = owned_hub(bank=Owner.ASK)
    for number in range(5):
        hub.source.put(f"s{number}", person(number, bank_accounts=(BankAccount("A", f"1234567{number}"),)))
    hub.run()
    for source_id in ("s0", "s1"):
        edit(hub, source_id, bank="99999999")
        hub.source.edit(source_id, mobile="0411 222 333")
    hub.run()
    decide(USE, "s1")
    holds.put(OPERATOR, hub.connection_id, "s2", "Pay is being checked")
    hub.source.edit("s2", mobile="0411 222 444")
    hub.source.edit("s3", end_date=date(2050, 1, 1))
    ended = {"at": "end_date", "within_days": {"before": 100}}
    said = {"connector": "ipayroll", "scope": {"any": [{"at": "end_date", "empty": True}, ended]}}
    versions.save(OPERATOR, hub.connection_id, documents.from_json(said), based_on=0)
    edit(hub, "s4", bank="88888888")
    return hub


def test_a_crash_at_any_step_asks_and_decides_about_fields_once(sqlite_store: str) -> None:
    at, completed = 0, set[str]()
    while True:
        at += 2  # nothing is stored between the end of one step and the beginning of the next
        hub, crash = with_conflicts(), Crash(at)
        run_id = hub.request()
        happened = run_into(hub, crash, run_id)
        completed |= crash.completed
        ended = hub.ended(run_id) if hub.row(run_id).status.ended else hub.resume(run_id)
        counters = ended.counters
        assert (counters.updated, counters.held, counters.filtered) == (1, 2, 2), at
        assert [at_target(hub, "bank", one) for one in ("s0", "s1", "s4")] == [
            "99999999",
            "12345671",
            "88888888",
        ]
        assert at_target(hub, "phone", "s2") != "0411 222 444"
        assert conflicts().keys() == {("s0", "bank"), ("s4", "bank")}
        assert [problem[:2] for problem in problems()] == [("s0", "bank"), ("s4", "bank")]
        with reading() as session:
            assert set(session.scalars(select(ScopeRecheck.source_id))) == {"s2", "s3"}
        writes = hub.target.writes
        assert hub.run().counters.held == 2 and hub.target.writes == writes
        if not happened:
            break
    assert {"field_conflicts.save", "keeping.keep"} <= completed


def test_a_crash_as_writing_begins_leaves_one_first_run(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = owned_hub(is_first_run=True)
    hub.fill(2)
    run_id, start_writing = hub.request(), journal.start_writing

    def die_after(*of_run: Any) -> None:
        start_writing(*of_run)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(journal, "start_writing", die_after)
        with pytest.raises(KilledError):
            hub.execute(run_id)
    assert hub.resume(run_id).counters.created == 2
    with reading() as session:
        assert session.scalars(select(Pairing.first_changes_decided_at)).one() is not None


def forget_links() -> None:
    with transaction() as session:
        for each in (Link, FieldConflict, OpenProblem, ScopeRecheck):
            session.execute(delete(each))


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
