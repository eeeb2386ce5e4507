"""Credentials of a side are refreshed once for all processes, stored before use, and correct after crashes."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.registry import connector_of
from core import db
from core.clock import now
from core.connections import connections
from core.db import reading, transaction
from core.models import ConnectionStatus, Position, Side, SideState
from core.security.vault import vault
from core.settings import settings
from core.sides import client_lookup, credentials, probes, token_refresh
from core.sides.credentials import SideAuthoriser
from tests.core.stand_ins import People, Systems, temporary

pytestmark = pytest.mark.both_engines

PROCESSES = 50


@pytest.fixture
def side(team: People, stand_ins: Systems) -> int:
    """Connect a source whose access token has just run out, and a target."""
    connection = connections.create(team.admin, "c", "hr", "pay")
    source = connections.connect_side(team.admin, connection, Position.SOURCE, stand_ins.consent("7"))
    connections.connect_side(team.admin, connection, Position.TARGET, stand_ins.consent("8"))
    keep(source.id, opened(source.id) | {"expires_at": now().isoformat(), "refresh_at": None})
    return source.id


def opened(side_id: int) -> dict[str, object]:
    return dict(token_refresh.load_credentials(side_id).credentials)


def keep(side_id: int, values: dict[str, object]) -> None:
    with transaction() as session:
        session.get_one(Side, side_id).credentials = vault().seal(values)


def header(side_id: int) -> str:
    """Ask for the headers as a request in a process of its own would."""
    return asyncio.run(_headers(SideAuthoriser(side_id)))


async def _headers(authoriser: SideAuthoriser) -> str:
    return (await authoriser.headers())["Authorization"]


def test_a_token_near_its_end_is_refreshed_and_stored_before_it_is_used(
    side: int, stand_ins: Systems
) -> None:
    before = opened(side)
    after = header(side)
    assert stand_ins.refreshes == [before["refresh_token"]]
    assert after == f"Bearer {opened(side)['access_token']}" != f"Bearer {before['access_token']}"
    assert header(side) == after
    assert len(stand_ins.refreshes) == 1


def test_twenty_threads_that_need_a_refresh_cause_one_call(side: int, stand_ins: Systems) -> None:
    together = threading.Barrier(20)

    def ask(_: int) -> str:
        together.wait()
        return header(side)

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(ask, range(20)))
    assert len(stand_ins.refreshes) == 1
    assert answers == {f"Bearer {opened(side)['access_token']}"}


@pytest.mark.slow
def test_fifty_processes_that_need_a_refresh_cause_one_call(side: int, stand_ins: Systems) -> None:
    fork = multiprocessing.get_context("fork")
    together, answers, calls = fork.Barrier(PROCESSES), fork.Queue(), fork.Value("i", 0)

    def ask() -> None:
        db.forget_engine()
        together.wait()
        answers.put(header(side))
        with calls:
            calls.value += len(stand_ins.refreshes)

    db.engine().dispose()
    children = [fork.Process(target=ask) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    found = {answers.get(timeout=60) for _ in children}
    for child in children:
        child.join(60)
    assert calls.value == 1
    assert found == {f"Bearer {opened(side)['access_token']}"}


def test_many_requests_of_one_process_refresh_once_after_a_401(side: int, stand_ins: Systems) -> None:
    async def scenario() -> None:
        authoriser = SideAuthoriser(side)
        first = await _headers(authoriser)
        await asyncio.gather(*(authoriser.renew() for _ in range(10)))
        assert await _headers(authoriser) != first

    asyncio.run(scenario())
    assert len(stand_ins.refreshes) == 2


def test_a_401_under_an_old_token_takes_the_one_another_process_has_stored(
    side: int, stand_ins: Systems
) -> None:
    async def scenario() -> None:
        slow, quick = SideAuthoriser(side), SideAuthoriser(side)
        assert await _headers(slow) == await _headers(quick)
        await quick.renew()
        await slow.renew()
        assert await _headers(slow) == await _headers(quick)

    asyncio.run(scenario())
    assert len(stand_ins.refreshes) == 2


def test_a_refusal_asks_for_a_person_and_stops_everybody(side: int, team: People, stand_ins: Systems) -> None:
    stand_ins.refresh_tokens.clear()
    with pytest.raises(AuthError):
        header(side)
    with pytest.raises(AuthError, match="reconnect it"):
        header(side)
    assert len(stand_ins.refreshes) == 1
    connection = connections.list_connections(team.admin)[0]
    assert connection.status is ConnectionStatus.ATTENTION
    assert connection.source.state is SideState.NEEDS_RECONNECT
    assert "did not accept" in str(connection.source.state_reason)
    assert connection.target.connected


def test_a_system_that_is_down_costs_no_reconnect_and_can_be_asked_again_at_once(
    side: int, stand_ins: Systems
) -> None:
    stand_ins.trouble = temporary()
    with pytest.raises(TemporaryError):
        header(side)
    stand_ins.trouble = None
    assert header(side)
    assert len(stand_ins.refreshes) == 2


def test_the_claim_of_a_process_that_died_ends_by_itself(
    side: int, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        row = session.get_one(Side, side)
        row.refresh_lock_token, row.refresh_lock_until = "dead", now() + timedelta(seconds=0.4)
    assert header(side)
    assert len(stand_ins.refreshes) == 1
    with reading() as session:
        assert session.get_one(Side, side).refresh_lock_until is None


def test_a_lock_from_a_clock_that_was_ahead_blocks_no_refresh(
    side: int, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_refresh, "WAIT_SECONDS", 0.5)
    with transaction() as session:
        row = session.get_one(Side, side)
        row.refresh_lock_token, row.refresh_lock_until = "dead", now() + timedelta(hours=10)
    assert header(side)
    assert len(stand_ins.refreshes) == 1


def test_waiting_for_another_process_has_an_end(
    side: int, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_refresh, "WAIT_SECONDS", 0.3)
    with transaction() as session:
        row = session.get_one(Side, side)
        row.refresh_lock_token, row.refresh_lock_until = "busy", now() + timedelta(minutes=1)
    with pytest.raises(TemporaryError, match="too long"):
        header(side)
    assert stand_ins.refreshes == []


def test_a_reconnect_during_a_refresh_wins(
    side: int, team: People, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connections.list_connections(team.admin)[0]

    def refresh(held: token_refresh.StoredCredentials) -> dict[str, object]:
        connections.connect_side(team.admin, connection.id, Position.SOURCE, stand_ins.consent("7"))
        raise AuthError("The old sign-in is refused.")

    with pytest.raises(AuthError):
        token_refresh.refresh_once(side, lambda values: not credentials.refresh_due(values), refresh)
    assert connections.get(team.admin, connection.id).status is ConnectionStatus.ACTIVE
    assert header(side)


def test_a_token_with_a_short_life_is_not_refreshed_at_every_request(side: int, stand_ins: Systems) -> None:
    keep(side, stand_ins.consent("7", seconds=20))
    header(side)
    header(side)
    assert stand_ins.refreshes == []


def test_a_token_without_a_refresh_token_is_used_to_its_end(
    side: int, team: People, stand_ins: Systems
) -> None:
    keep(side, stand_ins.consent("7", seconds=10) | {"refresh_token": None})
    assert header(side)
    with pytest.raises(AuthError, match="no longer accepts"):
        asyncio.run(_used_then_refused(side))
    assert connections.list_connections(team.admin)[0].status is ConnectionStatus.ATTENTION


async def _used_then_refused(side_id: int) -> None:
    authoriser = SideAuthoriser(side_id)
    await authoriser.headers()
    await authoriser.renew()


@pytest.fixture
def demo(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Switch the demo on."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_registration_comes_from_the_environment_or_the_demo(
    demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    enablehr = connector_of("enablehr")
    side = enablehr.settings.model_validate({"login_url": "http://127.0.0.1:8600/enablehr/login"})
    assert client_lookup.client_for(enablehr, side).id == "ihub"
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "mine")
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_SECRET", "canary-secret")
    client = client_lookup.client_for(enablehr, side)
    assert (client.id, client.secret) == ("mine", "canary-secret")
    assert "canary" not in repr(client)


def test_a_missing_registration_is_a_sentence(sqlite_store: str) -> None:
    payroll = replace(connector_of("ipayroll"), kind="key-pay")
    with pytest.raises(ConfigError, match="IHUB_CLIENT_KEY_PAY_ID"):
        client_lookup.client_for(payroll, payroll.settings())


def test_a_refresh_at_an_address_that_is_not_allowed_asks_nobody_and_says_so(
    side: int, team: People, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        session.get_one(Side, side).settings = {"url": "https://evil.test"}
    sentence = r"registration with People First does not cover https://evil\.test\. Ask enableHR Support"
    with pytest.raises(ConfigError, match=sentence):
        header(side)
    connection = connections.list_connections(team.admin)[0]
    assert isinstance(probes.probe(side), ConfigError)
    with pytest.raises(ConfigError, match=sentence):
        probes.before_run(connection.id)
    with reading() as session:
        row = session.get_one(Side, side)
    assert row.refresh_lock_token is None
    assert "does not cover https://evil.test" in str(row.unreachable_reason)
    assert stand_ins.refreshes == []
    monkeypatch.setenv("IHUB_CLIENT_HR_ADDRESSES", "https://evil.test")
    assert header(side)
