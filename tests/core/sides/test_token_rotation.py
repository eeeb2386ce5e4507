"""Refreshing at a system that rotates its refresh tokens, also when a process is killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from connectors.contract.errors import AuthError
from core import db
from core.clock import now
from core.connections import connections
from core.connections.connections import ConnectionView
from core.db import transaction
from core.models import Position, Side
from core.operations.demo import _fetch_tokens
from core.security.vault import vault
from core.sides import probes, token_refresh
from core.sides.credentials import SideAuthoriser
from core.sides.side_status import SideStatus
from harness.sandbox import Sandbox
from tests.core.sandboxed import connect_both, demo_team
from tests.core.stand_ins import People

pytestmark = pytest.mark.slow

SOURCE, TARGET = Position.SOURCE, Position.TARGET


@pytest.fixture
def team(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Add people, and let iHUB be registered at the sandbox."""
    with demo_team(monkeypatch) as team:
        yield team


@pytest.fixture
def pair(team: People, sandbox: Sandbox) -> ConnectionView:
    """Connect both sandboxes; the source's access token has to be refreshed."""
    view = connect_both(team, sandbox)
    held = token_refresh.load_credentials(view.source.id).credentials | {
        "expires_at": now().isoformat(),
        "refresh_at": None,
    }
    with transaction() as session:
        session.get_one(Side, view.source.id).credentials = vault().seal(held)
    return view


def ask(side_id: int) -> None:
    asyncio.run(SideAuthoriser(side_id).headers())


def killed_between_answer_and_save(side_id: int, patch: pytest.MonkeyPatch) -> None:
    """Let a process refresh, and kill it when the answer has come and nothing is saved yet."""
    fork = multiprocessing.get_context("fork")
    db.engine().dispose()

    def refresh_and_die() -> None:
        db.forget_engine()
        token_refresh._store = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        ask(side_id)

    patch.setattr(token_refresh, "LOCK_SECONDS", 1)
    child = fork.Process(target=refresh_and_die)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.timing
def test_a_process_killed_between_answer_and_save_costs_nothing_within_the_grace(
    pair: ConnectionView, team: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = token_refresh.load_credentials(pair.source.id).credentials["refresh_token"]
    killed_between_answer_and_save(pair.source.id, monkeypatch)
    assert token_refresh.load_credentials(pair.source.id).credentials["refresh_token"] == before
    begun = time.monotonic()
    ask(pair.source.id)
    assert time.monotonic() - begun < 30
    assert token_refresh.load_credentials(pair.source.id).credentials["refresh_token"] != before
    assert sandbox.control.counters("enablehr")["tokens_refreshed"] == 2
    assert probes.probe(pair.source.id) is None


def test_without_a_grace_it_is_told_that_a_person_has_to_reconnect(
    pair: ConnectionView, team: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.control.switches("enablehr", strict_refresh=True)
    killed_between_answer_and_save(pair.source.id, monkeypatch)
    with pytest.raises(AuthError):
        ask(pair.source.id)
    view = connections.get(team.admin, pair.id)
    assert view.source.status is SideStatus.NEEDS_RECONNECT and view.target.status is SideStatus.CONNECTED
    connections.connect_side(team.admin, pair.id, SOURCE, _fetch_tokens("enablehr", sandbox.url))
    assert connections.get(team.admin, pair.id).source.status is SideStatus.CONNECTED


def test_a_revoked_grant_shows_within_one_probe(pair: ConnectionView, team: People, sandbox: Sandbox) -> None:
    sandbox.control.switches("ipayroll", revoke_tokens=True)
    assert isinstance(probes.probe(pair.target.id), AuthError)
    view = connections.get(team.admin, pair.id)
    assert (view.source.status, view.target.status) == (SideStatus.CONNECTED, SideStatus.NEEDS_RECONNECT)
