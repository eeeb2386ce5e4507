"""An account whose sides are connected to the sandbox, with the OAuth client of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.connections import connections
from core.connections.connections import ConnectionView
from core.models import Position
from core.operations.demo import _fetch_tokens
from core.settings import settings
from harness.sandbox import Sandbox
from tests.core.stand_ins import People, people


@contextmanager
def demo_team(monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Add people, and let iHUB be registered at the sandbox."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    yield people()
    settings.cache_clear()


def connect_both(team: People, sandbox: Sandbox) -> ConnectionView:
    """Connect enableHR and iPayroll of the sandbox."""
    fast = {"requests_per_second": 500.0}
    hr = {"api_url": sandbox.enablehr_url, "login_url": sandbox.login_url, **fast}
    connection = connections.create(
        team.admin, "c", "enablehr", "ipayroll", hr, {"url": sandbox.ipayroll_url, **fast}
    )
    for position, kind in ((Position.SOURCE, "enablehr"), (Position.TARGET, "ipayroll")):
        connections.connect_side(team.admin, connection, position, _fetch_tokens(kind, sandbox.url))
    return connections.get(team.admin, connection)
