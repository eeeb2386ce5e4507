"""Half a lease without a renewal, a person who cancels may end the run: until it is renewed, nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy.exc import OperationalError

from core import settings
from core.models import RunStatus
from core.runs import lease as run_lease
from tests.core.sync.conftest import Hub

pytestmark = pytest.mark.timing

LEASE_SECONDS, PEOPLE = 2.0, 60


@pytest.fixture(autouse=True)
def short_lease(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("IHUB_LEASE_SECONDS", f"{LEASE_SECONDS:g}")
    monkeypatch.setenv("IHUB_CONCURRENCY", "4")
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


def seconds_of_creates(hub: Hub, monkeypatch: pytest.MonkeyPatch, outage: float) -> list[float]:
    """Run while no renewal succeeds for some seconds; return when each create began."""
    renew, begun, creates = run_lease.renew_lease, time.monotonic(), list[float]()

    def fail(*arguments: object, **columns: object) -> bool:
        if time.monotonic() - begun < outage:
            raise OperationalError("", {}, ConnectionError())
        return renew(*arguments, **columns)  # type: ignore[arg-type]

    def note(step: str, _number: int) -> None:
        if step == "create":
            creates.append(time.monotonic() - begun)

    monkeypatch.setattr(run_lease, "renew_lease", fail)
    hub.fill(PEOPLE)
    hub.target.latency, hub.target.steps.fault = 0.1, note
    hub.execute(hub.request())
    return creates


def test_nothing_is_sent_while_a_person_may_end_the_run(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    creates = seconds_of_creates(sqlite_hub, monkeypatch, outage=60)
    assert 0 < len(creates) < PEOPLE
    assert max(creates) < LEASE_SECONDS * 0.75


def test_a_run_goes_on_once_its_lease_is_renewed(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    creates = seconds_of_creates(sqlite_hub, monkeypatch, outage=LEASE_SECONDS * 0.7)
    assert len(creates) == PEOPLE and sqlite_hub.everybody_once()
    gap = max(later - earlier for earlier, later in pairwise(creates))
    assert gap > LEASE_SECONDS * 0.15
    assert sqlite_hub.row(1).status is RunStatus.COMPLETE
