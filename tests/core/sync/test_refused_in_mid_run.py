"""A system accepts the sign-in when a run begins and rejects it in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.connections import connections
from core.connections.connections import ConnectionView
from core.jobs import tasks
from core.models import AlertKind, ConnectionStatus, Position, RunStatus, Trigger
from core.operations.demo import _fetch_tokens
from core.runs import lease as run_lease
from core.runs import request
from core.sides import alerts, token_refresh
from core.sides.side_status import SideStatus
from core.sync import engine
from core.sync.write.sender import Sender
from harness.sandbox import Sandbox
from tests.core.sandboxed import connect_both, demo_team
from tests.core.stand_ins import People

pytestmark = pytest.mark.sandbox(employees=30)


@pytest.fixture
def team(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Add people, and let iHUB be registered at the sandbox."""
    with demo_team(monkeypatch) as team:
        yield team


@pytest.fixture
def pair(team: People, sandbox: Sandbox) -> ConnectionView:
    """Connect both sandboxes."""
    return connect_both(team, sandbox)


def test_the_side_needs_a_person_before_the_run_has_ended(
    pair: ConnectionView, team: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, finish, seen = Sender.send, run_lease.finish, []

    async def refused_from_now_on(sender: Sender, batch: Any) -> Any:
        sandbox.control.switches("ipayroll", unauthorised=True)
        return await send(sender, batch)

    def look_first(lease: run_lease.Lease, *ended: Any, **columns: Any) -> None:
        seen.append(connections.get(team.admin, pair.id))
        finish(lease, *ended, **columns)

    monkeypatch.setattr(Sender, "send", refused_from_now_on)
    monkeypatch.setattr(run_lease, "finish", look_first)
    before = sandbox.control.counters("ipayroll")["tokens_refreshed"]
    run_id = request.request(pair.id, Trigger.MANUAL)
    assert engine.execute(run_id) is RunStatus.ERROR
    [view] = seen
    assert (view.target.status, view.source.status) == (SideStatus.NEEDS_RECONNECT, SideStatus.CONNECTED)
    assert view.status is ConnectionStatus.ATTENTION
    assert "iPayroll refused the sign-in" in str(view.target.status_reason)
    assert sandbox.control.counters("ipayroll")["tokens_refreshed"] == before + 1, "a refresh was tried once"
    tasks.probe_after_error(run_id)
    assert [(alert.side_id, alert.kind) for alert in alerts.open_alerts(team.admin)] == [
        (view.target.id, AlertKind.GRANT_REFUSED)
    ]


def test_both_systems_are_asked_before_a_run(pair: ConnectionView, team: People, sandbox: Sandbox) -> None:
    sandbox.control.switches("ipayroll", revoke_tokens=True)
    asked = sandbox.control.counters("enablehr")["routes"].get("employees", 0)
    run_id = request.request(pair.id, Trigger.MANUAL)
    assert engine.execute(run_id) is RunStatus.ERROR
    assert sandbox.control.counters("enablehr")["routes"].get("employees", 0) == asked, "nobody was read"
    assert connections.get(team.admin, pair.id).target.status is SideStatus.NEEDS_RECONNECT


def test_a_refusal_of_what_was_replaced_meanwhile_changes_nothing(
    pair: ConnectionView, team: People, sandbox: Sandbox
) -> None:
    before = token_refresh.load_credentials(pair.target.id).credentials
    connections.connect_side(team.admin, pair.id, Position.TARGET, _fetch_tokens("ipayroll", sandbox.url))
    token_refresh.reject(pair.target.id, before, "Too late.")
    assert connections.get(team.admin, pair.id).target.status is SideStatus.CONNECTED
    token_refresh.reject(
        pair.target.id, token_refresh.load_credentials(pair.target.id).credentials, "It is refused."
    )
    token_refresh.reject(pair.target.id, before, "Again.")
    shown = connections.get(team.admin, pair.id).target
    assert (shown.status, shown.status_reason) == (SideStatus.NEEDS_RECONNECT, "It is refused.")
