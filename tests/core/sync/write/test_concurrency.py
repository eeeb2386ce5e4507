"""A run keeps as many requests in flight as its target may get, and no more than the operator allows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.http.retry import Failure
from connectors.http.transport import RawResponse, Transport
from connectors.registry import connector_of
from core.models import RunStatus
from core.settings import settings
from core.sides import systems
from core.sides.credentials import GivenAuthoriser
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub

PEOPLE = 120


@pytest.fixture
def hub(sqlite_store: str) -> Iterator[DescribedHub]:
    with roster.running() as running:
        yield DescribedHub(active_connection(), roster=running, description=roster.DESCRIPTION)


@pytest.fixture
def in_flight(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many requests that create somebody are on their way together, whenever there is one more."""
    noted, exchange, running = [0], Transport.exchange, 0

    async def noting(self: Transport, method: str, *rest: Any) -> RawResponse | Failure:
        nonlocal running
        running += method == "POST"
        noted.append(running)
        try:
            await asyncio.sleep(0.02)
            return await exchange(self, method, *rest)
        finally:
            running -= method == "POST"

    monkeypatch.setattr(Transport, "exchange", noting)
    return noted


def test_a_described_target_gets_more_than_eight_at_once(hub: DescribedHub, in_flight: list[int]) -> None:
    hub.description = roster.DESCRIPTION.replace("requests_per_second: 1000\n", "")
    hub.fill(PEOPLE)
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once() and 16 <= max(in_flight) <= 64


def test_a_described_target_gets_no_more_than_its_file_says(hub: DescribedHub, in_flight: list[int]) -> None:
    hub.description = roster.DESCRIPTION.replace("requests_per_second: 1000", "concurrency: 3")
    hub.fill(30)
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once() and max(in_flight) == 3


def test_a_described_target_gets_no_more_than_the_operator_allows(
    hub: DescribedHub, in_flight: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CONCURRENCY", "2")
    settings.cache_clear()
    hub.fill(30)
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once() and max(in_flight) == 2


@pytest.mark.parametrize(("chosen", "allowed", "used"), [(64, 10, 10), (5, 10, 5)])
def test_a_systems_setting_holds_below_what_the_operator_allows(
    home: Path, monkeypatch: pytest.MonkeyPatch, chosen: int, allowed: int, used: int
) -> None:
    monkeypatch.setenv("IHUB_CONCURRENCY", str(allowed))
    settings.cache_clear()
    for kind, address in (("ipayroll", "url"), ("enablehr", "api_url")):
        connector = connector_of(kind)
        side = connector.settings.model_validate({address: "https://x.example.com", "concurrency": chosen})
        system = systems.ConnectedSystem(
            connector, side, GivenAuthoriser(connector, {"access_token": "x"}), 1
        )
        opened: Any = systems._source(system) if kind == "enablehr" else systems._target(system)
        assert opened.concurrency == used
