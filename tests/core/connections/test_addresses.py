"""A system's address that leads into a private network is refused where it is entered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.http import addresses
from core.connections import connections
from core.errors import InvalidError
from core.models import Position
from core.settings import settings
from tests.core.stand_ins import People

PRIVATE = [
    "http://127.0.0.1:6379",
    "http://localhost:8501",
    "https://169.254.169.254",
    "https://10.0.0.1",
    "https://[::1]:5432",
    "https://[::ffff:169.254.169.254]",
    "https://2130706433",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://localhost",
]


@pytest.fixture(autouse=True)
def no_private_network(team: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("IHUB_ALLOWED_NETWORKS")
    settings.cache_clear()
    settings()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    addresses.allow(addresses.LOOPBACK)


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused_before_it_is_asked(team: People, url: str) -> None:
    with pytest.raises(InvalidError, match=r"leads to this machine or to a private network|https://"):
        connections.create(team.admin, "", "enablehr", "ipayroll", {}, {"url": url})
    with pytest.raises(InvalidError, match=r"leads to this machine or to a private network|https://"):
        connections.create(team.admin, "", "enablehr", "ipayroll", {"login_url": url}, {})
    connection = connections.create(team.admin, "", "enablehr", "ipayroll")
    with pytest.raises(InvalidError, match=r"leads to this machine or to a private network|https://"):
        connections.change_settings(team.admin, connection, Position.TARGET, {"url": url})
