"""Cancelling a run: what is written stays, the rest is held, and everybody is accounted for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from connectors.contract.records import SourceRecord
from core.db import reading
from core.errors import ConflictError, NotFoundError
from core.jobs import cancellation
from core.models import Action, Connection, RunStatus
from core.runs.outcome_catalogue import Code
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import KilledError
from tests.core.sync.fakes import FakeSource, no_fault


def admin(hub: Hub) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    return Actor("Ada", ActingRole.ACCOUNT_ADMIN, None, account_id)


def test_a_run_that_waits_is_cancelled_at_once(sqlite_hub: Hub) -> None:
    run_id = sqlite_hub.request()
    assert cancellation.cancel(admin(sqlite_hub), run_id) is RunStatus.CANCELLED
    assert sqlite_hub.execute(run_id) is None
    with pytest.raises(ConflictError, match="already ended"):
        cancellation.cancel(admin(sqlite_hub), run_id)


def test_a_run_that_reads_stops_at_once_although_a_system_is_slow(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    run_id = hub.request()

    async def read(self: FakeSource, _remembered: object = None) -> AsyncIterator[Sequence[SourceRecord]]:
        assert cancellation.cancel(admin(hub), run_id) is RunStatus.RUNNING
        await asyncio.sleep(3600)
        yield []

    monkeypatch.setattr(FakeSource, "read", read)
    began = time.monotonic()
    assert hub.execute(run_id) is RunStatus.CANCELLED
    assert time.monotonic() - began < 10, "neither the page nor the next renewal is waited for"
    assert hub.ended(run_id).message.startswith("It was stopped before any employee was read")


def test_a_run_that_writes_stops_at_its_next_safe_point(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.fill(40)
    run_id = hub.request()
    monkeypatch.setattr("core.sync.runtime.heartbeat.PROGRESS_SECONDS", 0.02)
    real = hub.target.create
    written: list[object] = []

    async def create(prepared: object) -> object:
        if not written:
            assert cancellation.cancel(admin(hub), run_id) is RunStatus.RUNNING
        written.append(prepared)
        await asyncio.sleep(0.1)
        return await real(prepared)  # type: ignore[arg-type]

    monkeypatch.setattr(hub.target, "create", create)
    assert hub.execute(run_id) is RunStatus.CANCELLED
    ended = hub.ended(run_id)
    assert ended.message.startswith("Of 40 employees read before it was stopped:")
    assert ended.counters.created == len(hub.target.records) == len(written) < 40
    assert ended.counters.held == 40 - len(written)
    left = {row.reason for row in ended.rows.values() if row.action is Action.NOT_WRITTEN}
    assert left == {Code.CANCELLED}
    again = hub.run()
    assert again.status is RunStatus.COMPLETE and hub.everybody_once()


def test_a_run_of_another_account_cannot_be_cancelled(sqlite_hub: Hub) -> None:
    stranger = Actor("Olaf", ActingRole.ACCOUNT_ADMIN, None, world.account("Other"))
    run_id = sqlite_hub.request()
    for wanted in (run_id, 99_999):
        with pytest.raises(NotFoundError):
            cancellation.cancel(stranger, wanted)


def test_a_run_that_is_cancelled_while_no_worker_has_it_writes_nothing_more(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(40)
    run_id = hub.request()

    def die(step: str, number: int) -> None:
        if (step, number) == ("create", 10):
            raise KilledError

    hub.target.steps.fault = die
    with pytest.raises(KilledError):
        hub.execute(run_id)
    hub.target.steps.fault = no_fault
    before = len(hub.target.records)
    assert cancellation.cancel(admin(hub), run_id) is RunStatus.RUNNING
    hub.expire(run_id)
    assert hub.execute(run_id) is RunStatus.CANCELLED
    assert len(hub.target.records) == before < 40
    assert hub.run().status is RunStatus.COMPLETE and hub.everybody_once()


def test_a_run_that_ends_just_as_all_of_its_connection_are_cancelled_is_no_obstacle(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.fill(2)
    run_id, real, seen = hub.request(), cancellation.unfinished_runs, list[int]()

    def unfinished(connection_id: int) -> list[int]:
        found = real(connection_id)
        if not seen:
            seen.extend(found)
            hub.execute(run_id)  # it ends after it was looked up and before it is cancelled
        return found

    monkeypatch.setattr(cancellation, "unfinished_runs", unfinished)
    cancellation.cancel_all(admin(hub), hub.connection_id, timeout=5)
    assert seen == [run_id] and hub.row(run_id).status is RunStatus.COMPLETE
