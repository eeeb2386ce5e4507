"""Connected sides are probed, their grants kept alive, and alerts raised once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors import registry
from connectors.contract.connector import Connector
from connectors.contract.errors import AuthError
from connectors.http.sign_in import oauth
from connectors.http.sign_in.tokens import Tokens
from core.clock import now
from core.connections import connections
from core.connections.connections import ConnectionView
from core.db import reading, transaction
from core.models import Alert, AlertKind, ConnectionStatus, Membership, Position, Side
from core.sides import alerts, probes
from core.sides.side_status import SideStatus
from tests.core.stand_ins import People, Systems, connected, temporary

SOURCE, TARGET = Position.SOURCE, Position.TARGET


@pytest.fixture
def pair(team: People, stand_ins: Systems) -> ConnectionView:
    """Connect both sides of a connection."""
    return connected(team, stand_ins)


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch, stand_ins: Systems) -> Iterator[None]:
    """Let refresh tokens of the stand-ins die after 14 unused days."""
    found = {kind: _expiring(connector) for kind, connector in registry._by_kind().items()}
    monkeypatch.setattr(registry, "_by_kind", lambda: found)
    yield


def _expiring(connector: Connector) -> Connector:
    endpoints = connector.sign_in.oauth
    return connector if endpoints is None else connector.with_oauth(replace(endpoints, refresh_days=14))


def change(side_id: int, **columns: object) -> None:
    with transaction() as session:
        session.execute(update(Side).where(Side.id == side_id).values(**columns))


def opened_alerts() -> list[Alert]:
    with reading() as session:
        return list(session.scalars(select(Alert).where(Alert.cleared_at.is_(None))))


@pytest.mark.both_engines
def test_a_side_that_was_not_asked_for_an_hour_is_due_and_then_is_not(
    pair: ConnectionView, stand_ins: Systems
) -> None:
    assert probes.due_sides() == []
    change(pair.source.id, probed_at=now() - timedelta(minutes=61))
    assert probes.due_sides() == [pair.source.id]
    probes.probe_if_due(pair.source.id)
    assert probes.due_sides() == []


def test_a_side_that_was_asked_under_a_clock_that_was_ahead_is_due(
    mortal: None, pair: ConnectionView, stand_ins: Systems
) -> None:
    ahead = now() + timedelta(days=2)
    change(pair.source.id, probed_at=ahead, refreshed_at=ahead)
    assert probes.due_sides() == [pair.source.id]
    probes.probe_if_due(pair.source.id)
    assert probes.due_sides() == [] and len(stand_ins.refreshes) == 1


@pytest.mark.both_engines
def test_a_revoked_grant_shows_within_one_probe_and_raises_one_alert(
    pair: ConnectionView, team: People, stand_ins: Systems
) -> None:
    stand_ins.organisations.clear()
    stand_ins.refresh_tokens.clear()
    assert isinstance(probes.probe(pair.source.id), AuthError)
    probes.probe(pair.source.id)
    view = connections.get(team.admin, pair.id)
    assert (view.source.status, view.status) == (SideStatus.NEEDS_RECONNECT, ConnectionStatus.ATTENTION)
    assert (
        "did not accept" in str(view.source.status_reason)
        and view.source.status_since > pair.source.state_since
    )
    assert view.target.connected
    shown = alerts.open_alerts(team.admin)
    assert [(alert.side_id, alert.kind) for alert in shown] == [(pair.source.id, AlertKind.GRANT_REFUSED)]
    assert alerts.open_alerts(team.outsider) == []
    connections.connect_side(team.admin, pair.id, SOURCE, stand_ins.consent("7"))
    assert alerts.open_alerts(team.admin) == []
    assert connections.get(team.admin, pair.id).status is ConnectionStatus.ACTIVE


def test_a_revoked_grant_stops_no_other_account(
    pair: ConnectionView, team: People, stand_ins: Systems
) -> None:
    other = connections.create(team.outsider, "Other", "hr", "pay")
    theirs = {position: stand_ins.consent(name) for position, name in ((SOURCE, "70"), (TARGET, "80"))}
    for position in Position:
        connections.connect_side(team.outsider, other, position, theirs[position])
    revoked = [token for token, place in stand_ins.organisations.items() if place.id == "7"]
    for token in revoked:
        del stand_ins.organisations[token]
    stand_ins.refresh_tokens = {
        key: value for key, value in stand_ins.refresh_tokens.items() if value not in revoked
    }
    with pytest.raises(AuthError):
        probes.before_run(pair.id)
    probes.before_run(other)
    assert connections.get(team.outsider, other).status is ConnectionStatus.ACTIVE


def test_a_401_right_after_a_refresh_needs_a_person(
    pair: ConnectionView, team: People, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins.organisations.clear()
    useless = Tokens("not accepted either", "refresh-9", now() + timedelta(hours=1), "people")
    monkeypatch.setattr(oauth, "refresh", lambda *_given: useless)
    probes.probe(pair.source.id)
    assert connections.get(team.admin, pair.id).source.status is SideStatus.NEEDS_RECONNECT


def test_a_system_that_does_not_answer_is_unreachable_and_stops_no_run(
    pair: ConnectionView, team: People, stand_ins: Systems
) -> None:
    stand_ins.trouble = temporary()
    probes.before_run(pair.id)
    first = connections.get(team.admin, pair.id).source
    assert first.status is SideStatus.UNREACHABLE and "does not respond" in str(first.status_reason)
    probes.probe(pair.source.id)
    assert connections.get(team.admin, pair.id).source.status_since == first.status_since
    assert connections.get(team.admin, pair.id).status is ConnectionStatus.ACTIVE and not opened_alerts()
    stand_ins.trouble = None
    assert connections.check_side(team.admin, pair.id, SOURCE).status is SideStatus.CONNECTED


def test_a_grant_that_ends_soon_is_expiring(mortal: None, pair: ConnectionView, team: People) -> None:
    ends = connections.get(team.admin, pair.id).source.consent_ends_at
    assert ends is not None and timedelta(days=13) < ends - now() < timedelta(days=15)
    change(pair.source.id, consent_ends_at=now() + timedelta(days=2))
    view = connections.get(team.admin, pair.id).source
    assert view.status is SideStatus.EXPIRING and "expires on" in str(view.status_reason)


def test_a_grant_that_would_die_unused_is_used_once_a_day(
    mortal: None, pair: ConnectionView, stand_ins: Systems
) -> None:
    for _ in range(2):
        change(pair.source.id, probed_at=None)
        probes.probe_if_due(pair.source.id)
    assert stand_ins.refreshes == []
    change(
        pair.source.id, refreshed_at=now() - timedelta(hours=25), consent_ends_at=now() + timedelta(days=1)
    )
    for _ in range(3):
        change(pair.source.id, probed_at=None)
        probes.probe_if_due(pair.source.id)
    assert len(stand_ins.refreshes) == 1
    with reading() as session:
        ends = session.get_one(Side, pair.source.id).consent_ends_at
    assert ends is not None and ends - now() > timedelta(days=13)


def test_a_grant_that_cannot_be_kept_alive_says_why(
    mortal: None, pair: ConnectionView, team: People, stand_ins: Systems
) -> None:
    change(pair.source.id, refreshed_at=now() - timedelta(hours=25), probed_at=None)
    stand_ins.refresh_tokens.clear()
    probes.probe_if_due(pair.source.id)
    assert connections.get(team.admin, pair.id).source.status is SideStatus.NEEDS_RECONNECT
    assert len(opened_alerts()) == 1


def test_a_side_that_opens_another_organisation_now_needs_a_person(
    pair: ConnectionView, team: People, stand_ins: Systems
) -> None:
    for token, organisation in list(stand_ins.organisations.items()):
        if organisation.id == "7":
            stand_ins.organisations[token] = type(organisation)("9", "Company 9")
    probes.probe(pair.source.id)
    view = connections.get(team.admin, pair.id).source
    assert view.status is SideStatus.NEEDS_RECONNECT
    assert "now gives access to Company 9 instead of Company 7" in str(view.status_reason)


def test_it_is_told_that_the_person_who_connected_a_side_has_no_access_any_more(
    pair: ConnectionView, team: People
) -> None:
    assert not pair.source.authoriser_left
    with transaction() as session:
        for membership in session.scalars(select(Membership).where(Membership.user_id == team.admin.user_id)):
            session.delete(membership)
    assert connections.get(team.admin, pair.id).source.authoriser_left
