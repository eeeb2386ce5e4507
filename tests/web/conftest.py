"""The routes of the web process without its pages, people of two accounts, and browsers for them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from core import settings
from core.db import transaction
from core.models import Role, User
from core.sign_in import local
from harness import world
from tests.conftest import CHEAP_HASHER
from web import server

PASSWORD = "correct horse battery"
HASHED = CHEAP_HASHER.hash(PASSWORD)


@dataclass(frozen=True)
class People:
    """An account with three people, and another account with one."""

    account: int
    other_account: int
    admin: int
    analyst: int
    support: int
    stranger: int


@pytest.fixture
def people(sqlite_store: str) -> People:
    """Add the people, all with the same password."""
    return populate()


def populate() -> People:
    """Add the people to the store of the test."""
    account, other = world.account("Harbour Foods"), world.account("Kiwi Timber")
    ids = (
        world.person(account, username="admin"),
        world.person(account, Role.ANALYST, username="analyst"),
        world.person(None, None, username="support", support=True),
        world.person(other, username="stranger"),
    )
    with transaction() as session:
        for user_id in ids:
            session.get_one(User, user_id).password_hash = HASHED
    return People(account, other, *ids)


class Browser:
    """One browser; follows no redirect, so that a test sees each answer."""

    def __init__(self, url: str) -> None:
        """Visit iHUB for the first time."""
        self.url, self.session = url, requests.Session()
        self.get("/auth/enter", headers={"accept": "text/html"})

    def get(
        self, path: str, *, own: bool = True, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Open an address, from a page of iHUB or from elsewhere."""
        sent = {"sec-fetch-site": "same-origin" if own else "cross-site"} | (headers or {})
        return self.session.get(self.url + path, headers=sent, allow_redirects=False, timeout=30, **options)

    @property
    def nonce(self) -> str:
        """Return the browser's nonce."""
        return self.session.cookies["ihub_browser"]

    def sign_in(self, user_id: int) -> Browser:
        """Go through the ticket as after the right password."""
        self.get(f"/auth/enter?ticket={local.issue_ticket(user_id, self.nonce)}")
        return self

    @property
    def token(self) -> str | None:
        """Return the id in the session cookie."""
        found: str | None = self.session.cookies.get("ihub_session")
        return found


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
def web(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the routes as Home.py does; yields their address."""
    app = Starlette(
        routes=server.routes, middleware=server.middleware, exception_handlers=server.exception_handlers
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("IHUB_URL", url)
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.settings.cache_clear()
    serving = _Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(serving.serve([listener])), daemon=True)
    thread.start()
    assert serving.ready.wait(60), "the routes were not served"
    yield url
    serving.should_exit = True
    thread.join(10)
    listener.close()
    settings.settings.cache_clear()


@pytest.fixture
def browser(web: str) -> Browser:
    """Open a browser in which nobody is signed in."""
    return Browser(web)


@pytest.fixture
def admin(web: str, people: People) -> Browser:
    """Open a browser in which the Account Admin is signed in."""
    return Browser(web).sign_in(people.admin)


@pytest.fixture
def stranger(web: str, people: People) -> Browser:
    """Open a browser in which the admin of another account is signed in."""
    return Browser(web).sign_in(people.stranger)
