"""What an account no longer keeps is removed a little at a time, and counters stay true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.clock import now
from core.db import reading, transaction, try_transaction
from core.errors import InvalidError
from core.models import (
    Account,
    Action,
    Candidate,
    HiddenProblems,
    Link,
    Plan,
    Record,
    RecordPart,
    RequestLog,
    Run,
    RunStatus,
)
from core.reports import run_list
from core.reports.outcomes import comparison, headline
from core.retention import removal
from core.retention.periods import Periods, save_periods
from core.security.actor import OPERATOR
from harness import world
from tests.core.reports import reported_runs


@pytest.fixture
def connection(store: str) -> int:
    return world.active_connection()


def old_run(connection: int, days: int) -> int:
    """Add a run of nine employees with everything that hangs on them, some days ago."""
    run_id = reported_runs.whole_run(connection)
    with transaction() as session:
        session.get_one(Run, run_id).ended_at = now() - timedelta(days=days)
        session.add(Candidate(run_id=run_id, position=7, target_id="9", name="Ava", same_number=False))
        session.add(HiddenProblems(run_id=run_id, position=4, outcome=True, warnings=False, problems=[]))
        session.add(RecordPart(run_id=run_id, position=0, number=0, label="Employee", action=Action.CREATED))
        session.add(RequestLog(id=run_id, run_id=run_id, first_position=0, last_position=8, entries=b""))
    return run_id


def rows(table: Any, run_id: int) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(table.run_id == run_id)) or 0


TABLES = (Record, Candidate, HiddenProblems, RecordPart, RequestLog)


def test_employees_of_old_runs_go_and_the_counters_stay(connection: int) -> None:
    old, new = old_run(connection, 400), old_run(connection, 390)
    before = run_list.run_details(OPERATOR.within(1), old)
    assert removal.remove_old(10)
    after = run_list.run_details(OPERATOR.within(1), old)
    assert [rows(table, old) for table in TABLES] == [0, 0, 0, 0, 0]
    assert [rows(table, new) for table in TABLES] == [9, 1, 1, 1, 1]
    assert after.counters == before.counters and after.rows_removed_at is not None
    assert run_list.run_details(OPERATOR.within(1), new).rows_removed_at is None


def test_a_removed_run_is_compared_with_none(connection: int) -> None:
    old, new = old_run(connection, 400), old_run(connection, 1)
    assert headline.same_as_last_time(OPERATOR.within(1), new) == f"The same 3 as in run #{old}."
    removal.remove_old(10)
    assert headline.same_as_last_time(OPERATOR.within(1), new) == ""
    assert comparison.comparable_runs(OPERATOR.within(1), new) == {}
    with pytest.raises(InvalidError, match="were removed"):
        comparison.compare(OPERATOR.within(1), old, new)


def test_a_round_without_time_leaves_the_rest_for_the_next(
    connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = old_run(connection, 400)
    monkeypatch.setattr(removal, "POSITIONS", 4)
    assert not removal.remove_old(0) and rows(Record, old) == 9
    is_free = iter([True])
    monkeypatch.setattr(
        "core.retention.removal.try_transaction",
        lambda change: next(is_free, False) and try_transaction(change),
    )
    assert not removal.remove_old(10)
    assert rows(Record, old) == 5, "a transaction removes a few, and a busy store is left alone"
    monkeypatch.undo()
    assert removal.remove_old(10) and rows(Record, old) == 0


def test_what_waits_or_runs_is_kept_however_old(connection: int) -> None:
    waiting, running = old_run(connection, 900), old_run(connection, 900)
    with transaction() as session:
        session.add(Plan(run_id=waiting, breaches=[], kept_until=now() + timedelta(days=1)))
        session.get_one(Run, running).status = RunStatus.RUNNING
    removal.remove_old(10)
    assert rows(Record, waiting) == rows(Record, running) == 9


def test_each_account_has_periods_of_its_own(connection: int) -> None:
    other = world.active_connection(world.account("Other"), "hr")
    mine, theirs = old_run(connection, 100), old_run(other, 100)
    save_periods(OPERATOR, 2, Periods(24, 2, 5))
    removal.remove_old(10)
    assert (rows(Record, mine), rows(Record, theirs)) == (9, 0)
    with reading() as session:
        assert session.get_one(Account, 1).keep_row_months == 13


def test_after_years_the_run_goes_and_what_mentions_it_stays(connection: int) -> None:
    ancient, new = old_run(connection, 8 * 366), old_run(connection, 1)
    with transaction() as session:
        session.add(Link(pairing_id=1, source_id="1", target_id="2", run_id=ancient))
    removal.remove_old(10)
    with reading() as session:
        assert list(session.scalars(select(Run.id))) == [new]
        assert session.scalar(select(Link.run_id)) is None


@pytest.mark.parametrize(
    "bad", [Periods(11), Periods(84, 85), Periods(84, 0), Periods(84, 13, 0), Periods(84, 13, 366)]
)
def test_periods_that_make_no_sense_are_refused(connection: int, bad: Periods) -> None:
    with pytest.raises(InvalidError):
        save_periods(OPERATOR, 1, bad)


def test_requests_go_after_their_days(connection: int) -> None:
    run = old_run(connection, 1)
    with transaction() as session:
        session.execute(update(RequestLog).values(created_at=now() - timedelta(days=31)))
    removal.remove_old(10)
    assert rows(RequestLog, run) == 0 and rows(Record, run) == 9
