"""Deleting a connection: what stops, what stays, and what is revoked at the systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors import registry
from connectors.contract.connector import Connector
from core.connections import connections, deletion
from core.connections.connections import ConnectionView
from core.db import reading
from core.errors import ConflictError
from core.models import Alert, ConnectionStatus, PendingGrant, Position, Run, RunStatus, Side, Trigger
from core.runs import counters, request
from core.runs import lease as run_lease
from core.settings import settings
from core.sides import probes
from harness.sandbox import Sandbox
from tests.core.sandboxed import connect_both, demo_team
from tests.core.stand_ins import People

SOURCE, TARGET = Position.SOURCE, Position.TARGET


@pytest.fixture
def team(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Add people; of the demo systems, enableHR takes tokens back and iPayroll does not."""
    found = dict(registry._by_kind())
    found["enablehr"] = _revoking(found["enablehr"])
    monkeypatch.setattr(registry, "_by_kind", lambda: found)
    with demo_team(monkeypatch) as team:
        yield team


def _revoking(connector: Connector) -> Connector:
    assert connector.sign_in.oauth is not None
    return connector.with_oauth(replace(connector.sign_in.oauth, revoke_path="/oauth/revoke"))


@pytest.fixture
def pair(team: People, sandbox: Sandbox) -> ConnectionView:
    """Connect both sandboxes."""
    return connect_both(team, sandbox)


def test_a_sign_in_is_given_back_where_the_system_takes_it_back(
    pair: ConnectionView, team: People, sandbox: Sandbox
) -> None:
    done = connections.delete(team.admin, pair.id)
    assert (done.revoked, done.left) == (("enableHR",), ("iPayroll",))
    assert sandbox.control.counters("enablehr")["tokens_revoked"] == 1
    assert connections.get(team.admin, pair.id).status is ConnectionStatus.DELETED


def test_access_that_another_connection_uses_is_to_be_left(pair: ConnectionView, team: People) -> None:
    connections.create(team.admin, "Second", "enablehr", "ipayroll")
    done = connections.delete(team.admin, pair.id)
    assert (done.left, done.shared) == ((), ("iPayroll",))


def test_a_system_that_is_down_does_not_keep_a_connection_from_being_deleted(
    pair: ConnectionView, team: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IHUB_DEMO")
    settings.cache_clear()
    done = connections.delete(team.admin, pair.id)
    assert done.left == ("enableHR", "iPayroll")
    with reading() as session:
        assert session.scalars(select(Side.credentials)).all() == [None, None]


def test_no_sign_in_is_given_back_at_an_address_that_is_not_allowed(
    pair: ConnectionView, team: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "ihub")
    done = connections.delete(team.admin, pair.id)
    assert done.left == ("enableHR", "iPayroll")
    assert sandbox.control.counters("enablehr")["tokens_revoked"] == 0


def test_a_run_that_waits_can_be_cancelled_along_with_it(pair: ConnectionView, team: People) -> None:
    run = request.request(pair.id, Trigger.MANUAL)
    with pytest.raises(ConflictError, match="Wait until it has ended or stop it"):
        connections.delete(team.admin, pair.id)
    connections.delete(team.admin, pair.id, cancel_run=True)
    with reading() as session:
        assert session.get_one(Run, run).status is RunStatus.CANCELLED


def test_a_run_that_does_not_stop_in_time_keeps_the_connection(
    pair: ConnectionView, team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = request.request(pair.id, Trigger.MANUAL)
    lease = run_lease.claim(run)
    assert lease is not None
    monkeypatch.setattr(deletion, "CANCEL_SECONDS", 0.3)
    with pytest.raises(ConflictError, match="asked to stop"):
        connections.delete(team.admin, pair.id, cancel_run=True)
    assert run_lease.renew_lease(lease) is True
    run_lease.finish(lease, RunStatus.CANCELLED, "Cancelled.", counters.Counters())
    connections.delete(team.admin, pair.id)


def test_the_alerts_of_a_deleted_connection_are_over(
    pair: ConnectionView, team: People, sandbox: Sandbox
) -> None:
    sandbox.control.switches("enablehr", revoke_tokens=True)
    probes.probe(pair.source.id)
    connections.delete(team.admin, pair.id)
    with reading() as session:
        assert [alert.cleared_at is not None for alert in session.scalars(select(Alert))] == [True]
        assert session.scalars(select(PendingGrant)).all() == []
