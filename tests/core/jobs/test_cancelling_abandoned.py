"""A run whose worker is gone ends as soon as a person cancels it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.clock import now
from core.connections import deletion
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.jobs import cancellation
from core.models import Connection, ConnectionStatus, Run, RunStatus, Trigger
from core.reports import run_list
from core.runs import lease, request
from core.security.actor import OPERATOR
from core.settings import settings
from harness.world import active_connection


def running(connection: int, last_renewed: timedelta) -> lease.Lease:
    """Have a worker claim a run and renew its lease for the last time some time ago."""
    claimed = lease.claim(request.request(connection, Trigger.MANUAL))
    assert claimed is not None
    until = now() + timedelta(seconds=settings().lease_seconds) - last_renewed
    with transaction() as session:
        session.execute(update(Run).where(Run.id == claimed.run_id).values(lease_until=until))
    return claimed


def stored(run_id: int) -> Run:
    with reading() as session:
        return session.get_one(Run, run_id)


@pytest.mark.both_engines
def test_a_run_without_a_worker_is_cancelled_at_once(store: str) -> None:
    claimed = running(active_connection(), timedelta(seconds=16))
    assert cancellation.cancel(OPERATOR, claimed.run_id) is RunStatus.CANCELLED
    assert stored(claimed.run_id).message == "It was stopped before any employee was read."
    with pytest.raises(LeaseLostError):
        lease.renew_lease(claimed)


def test_a_run_with_a_worker_says_what_it_waits_for(store: str) -> None:
    claimed = running(active_connection(), timedelta(seconds=1))
    assert cancellation.cancel(OPERATOR, claimed.run_id) is RunStatus.RUNNING
    run = run_list.run_view(stored(claimed.run_id), "", None, None, None)
    assert run.waits_for == f"Stopping run #{claimed.run_id}: what is being written now is finished first."
    with transaction() as session:
        silent = now() + timedelta(seconds=settings().lease_seconds - 12)
        session.execute(update(Run).values(lease_until=silent))
    run = run_list.run_view(stored(claimed.run_id), "", None, None, None)
    assert "has not responded for 12 seconds. If it is gone, the run ends within seconds." in run.waits_for
    assert cancellation.end_abandoned() == 0
    with transaction() as session:
        session.execute(update(Run).values(lease_until=now() - timedelta(seconds=1)))
    run = run_list.run_view(stored(claimed.run_id), "", None, None, None)
    assert "ends once a scheduler is running, or when it is stopped again." in run.waits_for
    assert cancellation.end_abandoned() == 1
    assert stored(claimed.run_id).status is RunStatus.CANCELLED


def test_nobody_ends_a_run_that_was_not_cancelled(store: str) -> None:
    claimed = running(active_connection(), timedelta(seconds=25))
    assert cancellation.end_abandoned() == 0
    assert stored(claimed.run_id).status is RunStatus.RUNNING


def test_deleting_a_connection_does_not_wait_for_a_worker_that_is_gone(store: str) -> None:
    connection = active_connection()
    running(connection, timedelta(seconds=16))
    begun = time.monotonic()
    deletion.delete(OPERATOR, connection, cancel_run=True)
    assert time.monotonic() - begun < 5
    with reading() as session:
        assert session.get_one(Connection, connection).status is ConnectionStatus.DELETED


def test_a_lease_taken_under_a_clock_far_ahead_ends_in_time(store: str) -> None:
    ahead, right = (running(active_connection(), -timedelta(hours=hours)) for hours in (1, 0))
    before = stored(right.run_id).lease_until
    lease.shorten_implausible()
    until = stored(ahead.run_id).lease_until
    assert until is not None and until <= now() + timedelta(seconds=settings().lease_seconds)
    assert stored(right.run_id).lease_until == before
    assert lease.renew_lease(ahead) is False  # its worker, where there is one, still has the run
