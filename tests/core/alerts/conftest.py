"""A clock that the tests set, an account with people who have addresses, and the settings of a mail server."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from core import alerts, settings
from core.db import transaction
from core.models import Role, User
from harness import world
from harness.receivers import free_port

# A Tuesday, noon in Brisbane.
BEGIN = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


@dataclass
class Clock:
    """The moment that it is for core.alerts."""

    moment: datetime = BEGIN

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    def forward(self, **duration: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**duration)


@dataclass(frozen=True)
class Team:
    """An account with an Account Admin, another one, and an Analyst; and one connection of it."""

    account: int
    admin: int
    other: int
    analyst: int
    connection: int


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give core.alerts a clock that stands still until the test moves it."""
    clock = Clock()
    for info in pkgutil.walk_packages(alerts.__path__, "core.alerts."):
        module = importlib.import_module(info.name)
        if hasattr(module, "now"):
            monkeypatch.setattr(module, "now", clock.now)
    return clock


@pytest.fixture
def smtp_port(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Set iHUB up for a mail server on this machine, which the test runs, or not."""
    port = free_port()
    for name, value in {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_SECURITY": "none",
    }.items():
        monkeypatch.setenv(f"IHUB_{name}", value)
    monkeypatch.setenv("IHUB_MAIL_FROM", "ihub@hub.example")
    settings.settings.cache_clear()
    yield port
    settings.settings.cache_clear()


@pytest.fixture
def team(store: str, smtp_port: int) -> Team:
    """Add an account with people who have e-mail addresses."""
    account = world.account()
    admin = world.person(account, username="ada@example.com")
    other = world.person(account, username="bob")
    analyst = world.person(account, Role.ANALYST, username="ann@example.com")
    with transaction() as session:
        session.get_one(User, other).email = "bob@work.example"
    return Team(account, admin, other, analyst, world.active_connection(account))
