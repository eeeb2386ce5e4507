"""Fixtures of the unit tests: stand-ins for other systems, and the people of an account."""

from __future__ import annotations

import pytest

from tests.core.stand_ins import People, Systems, install, people


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Systems:
    """Make two stand-in systems the only connectors there are."""
    return install(monkeypatch)


@pytest.fixture
def team(store: str) -> People:
    """Add an account with people to the store."""
    return people()
