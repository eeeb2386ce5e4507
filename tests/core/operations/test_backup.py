"""A copy of the store holds everything, and what was written since then is found at the target, not written twice."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from core import db, store_version
from core.clock import now
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.jobs import tasks
from core.models import Base, Run, RunStatus, Session
from core.operations import backup
from core.queue import health
from core.queue.health import Health
from core.runs import lease
from harness.world import active_connection, person
from tests.core.cli.conftest import Command, command
from tests.core.sync.conftest import Hub

__all__ = ["command"]

PEOPLE = 6


@pytest.fixture
def hub(store: str) -> Hub:
    return Hub(active_connection())


def counts() -> dict[str, int]:
    """Return how many rows each table has, sessions apart."""
    tables = [table for table in Base.metadata.sorted_tables if table is not Session.__table__]
    with reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def counters(run_id: int) -> dict[str, Any]:
    with reading() as session:
        run = session.get_one(Run, run_id)
        return {
            column.name: getattr(run, column.key)
            for column in Run.__table__.columns
            if column.key != "measures"
        }


@pytest.mark.both_engines
def test_a_restored_store_has_the_same_counters_and_nobody_is_written_twice(
    hub: Hub, tmp_path: Path, command: Command
) -> None:
    hub.fill(PEOPLE)
    first = hub.run()
    signed_in(person(None, None, username="ana"))
    file = tmp_path / "copy"
    assert command("db", "backup", file).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before, run_before = counts(), counters(first.id)

    hub.fill(PEOPLE + 3)
    assert hub.run().counters.created == 3
    stale = hub.request()
    held = lease.claim(stale)  # by a worker that nobody has stopped
    assert held is not None and counts() != before

    assert "add --yes" in command("db", "restore", file).err
    assert command("db", "restore", file, "--yes").code == 0
    assert (counts(), counters(first.id)) == (before, run_before)
    assert store_version.why_waiting() is None
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Session)) == 0
    with pytest.raises(LeaseLostError):
        lease.renew_lease(held)
    tasks.sync_run(stale)  # what Redis still holds of it
    again = hub.run()
    assert (again.counters.created, again.counters.errors) == (0, 0) and hub.everybody_once()
    assert len(hub.links()) == PEOPLE + 3


def signed_in(user_id: int) -> None:
    with transaction() as session:
        columns = Session.__table__.columns
        values = {"user_id": user_id} | {
            each.name: now() if "_at" in each.name else "x"
            for each in columns
            if not each.nullable and each.name not in ("user_id", "id") and each.default is None
        }
        session.execute(insert(Session).values(**values))


@pytest.mark.both_engines
def test_a_run_that_was_in_progress_is_resumed_at_once(hub: Hub, tmp_path: Path) -> None:
    hub.fill(2)
    run_id = hub.request()
    assert lease.claim(run_id) is not None
    backup.back_up(tmp_path / "copy")
    with transaction() as session:
        session.execute(update(Run).values(status=RunStatus.CANCELLED, ended_at=now()))
    backup.restore(tmp_path / "copy")
    assert lease.claimable() == [run_id]
    hub.execute(run_id)
    assert hub.ended(run_id).status is RunStatus.COMPLETE


def test_a_restore_is_refused_while_workers_run_and_of_what_is_no_copy(
    sqlite_store: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "copy"
    assert command("db", "backup", file).code == 0
    assert "exists already" in command("db", "backup", file).err
    assert "cannot be written" in command("db", "backup", tmp_path / "no" / "copy").err
    (tmp_path / "text").write_text("no store")
    assert "no copy of a store" in command("db", "restore", tmp_path / "text", "--yes").err
    assert "There is no file" in command("db", "restore", tmp_path / "none", "--yes").err
    monkeypatch.setattr(health, "health", lambda: Health(reachable=True, workers=1))
    answer = command("db", "restore", file, "--yes")
    assert answer.code == 2 and "Stop all processes" in answer.err
    assert db.engine().url.database == str(Path(sqlite_store.removeprefix("sqlite:///")))
