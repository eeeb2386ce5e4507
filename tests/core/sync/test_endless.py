"""A run ends by itself: with a list that never ends, and when nothing moves on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any

import pytest

from connectors.contract.records import SourceRecord, TargetRecord
from core.models import RunStatus
from core.settings import settings
from core.sync.runtime import interruption
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeSource, FakeTarget, person


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_RUN_MAX_EMPLOYEES", "200")
    monkeypatch.setenv("IHUB_RUN_MAX_PAGES", "30")
    monkeypatch.setenv("IHUB_RUN_STALL_MINUTES", "0.005")
    monkeypatch.setattr(interruption, "CHECK_SECONDS", 0.05)
    settings.cache_clear()


def ended(hub: Hub) -> tuple[RunStatus, str]:
    run = hub.run()
    return run.status, run.message or ""


@pytest.mark.parametrize("employees_a_page", [0, 1, 50])
def test_a_source_that_never_ends(
    sqlite_hub: Hub, small_limits: None, monkeypatch: pytest.MonkeyPatch, employees_a_page: int
) -> None:
    async def read(self: FakeSource, _remembered: Any = None) -> AsyncIterator[Sequence[SourceRecord]]:
        for number in count():
            page = range(number * employees_a_page, (number + 1) * employees_a_page)
            yield [SourceRecord(f"s{each}", f"Name {each}", person(each), "1") for each in page]
            await asyncio.sleep(0)

    monkeypatch.setattr(FakeSource, "read", read)
    status, message = ended(sqlite_hub)
    assert status is RunStatus.ERROR
    assert "The source listed more than 200 employees or 30 pages" in message
    assert sqlite_hub.target.records == {}


def test_a_target_that_never_ends(
    sqlite_hub: Hub, small_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listing(self: FakeTarget) -> AsyncIterator[Sequence[TargetRecord]]:
        while True:
            yield []
            await asyncio.sleep(0)

    monkeypatch.setattr(FakeTarget, "list", listing)
    status, message = ended(sqlite_hub)
    assert status is RunStatus.ERROR
    assert "The target listed more than" in message


def test_a_system_that_never_answers(
    sqlite_hub: Hub, small_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(self: FakeSource, _remembered: Any = None) -> AsyncIterator[Sequence[SourceRecord]]:
        await asyncio.sleep(3600)
        yield []

    monkeypatch.setattr(FakeSource, "read", read)
    status, message = ended(sqlite_hub)
    assert status is RunStatus.ERROR
    assert message.startswith("Nothing was read or written for 0.005 minutes")


def test_a_slow_run_that_moves_on_is_left_alone(
    sqlite_hub: Hub, small_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(self: FakeSource, _remembered: Any = None) -> AsyncIterator[Sequence[SourceRecord]]:
        for number in range(6):
            await asyncio.sleep(0.15)
            yield [SourceRecord(f"s{number}", f"Name {number}", person(number), "1")]

    monkeypatch.setattr(FakeSource, "read", read)
    status, message = ended(sqlite_hub)
    assert status is RunStatus.COMPLETE, message
