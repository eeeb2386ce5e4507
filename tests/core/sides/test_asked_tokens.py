"""A side whose token is asked for with what was entered: connected, kept encrypted, asked for again, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import registry
from core.clock import now
from core.connections import connect, connections
from core.connections.connections import ConnectionView
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import Position, Side
from core.security.vault import vault
from core.sides import probes, token_refresh
from core.sides.credentials import SideAuthoriser
from core.sides.side_status import SideStatus
from tests.connectors.rest.test_asked_tokens import FILE
from tests.connectors.vendor import Answer, Asked, Vendor, vendor
from tests.core.stand_ins import People, people

TARGET = Position.SOURCE
ENTERED = {"client_id": "abc", "client_secret": "canary-secret"}


class Clerk:
    """A system that gives tokens T1, T2, … for the right secret, and accepts only the last one."""

    def __init__(self) -> None:
        self.given, self.secret = 0, "canary-secret"

    def reply(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            if asked.form["client_secret"] != self.secret:
                return Answer(401, {"error": "invalid_client"})
            self.given += 1
            return Answer(200, {"access_token": f"T{self.given}", "expires_in": 3600})
        is_known = asked.headers.get("authorization") == f"Bearer T{self.given}"
        return Answer(200, {"id": "h"}) if is_known else Answer(401)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def system(clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    method = "{kind: client_credentials, token_path: /token, client_in_body: true}"
    (tmp_path / "keyed.yaml").write_text(FILE.replace("{AUTHORISATION}", method))
    monkeypatch.setenv("IHUB_CONNECTORS", str(tmp_path))
    registry.reload()
    with vendor(clerk.reply) as running:
        yield running
    registry.reload()


@pytest.fixture
def team(store: str) -> People:
    return people()


@pytest.fixture
def pair(team: People, system: Vendor) -> ConnectionView:
    made = connections.create(team.admin, "c", "keyed", "keypay", {"url": system.url}, {})
    return connections.get(team.admin, made)


def stored(pair: ConnectionView) -> Side:
    with reading() as session:
        return session.get_one(Side, pair.source.id)


def headers(pair: ConnectionView) -> str:
    return dict(asyncio.run(SideAuthoriser(pair.source.id).headers()))["Authorization"]


def enter(team: People, pair: ConnectionView, **changes: str) -> None:
    connect.connect_or_choose(team.admin, "a session", pair.id, TARGET, ENTERED | changes)


def test_a_wrong_secret_is_refused_and_nothing_is_kept(team: People, pair: ConnectionView) -> None:
    with pytest.raises(InvalidError, match="did not accept the credentials") as refused:
        enter(team, pair, client_secret="canary-wrong")
    assert "canary" not in str(refused.value) and stored(pair).credentials is None


def test_a_token_is_kept_sealed_used_and_asked_for_again_before_it_ends(
    team: People, pair: ConnectionView, clerk: Clerk, system: Vendor
) -> None:
    enter(team, pair)
    assert clerk.given == 1 and headers(pair) == "Bearer T1"
    view = connections.get(team.admin, pair.id).source
    assert view.status is SideStatus.CONNECTED and stored(pair).consent_ends_at is None
    assert b"canary" not in (stored(pair).credentials or b"")
    held = token_refresh.load_credentials(pair.source.id).credentials
    ending = held | {
        "expires_at": (now() + timedelta(seconds=5)).isoformat(),
        "refresh_at": now().isoformat(),
    }
    with transaction() as session:
        session.get_one(Side, pair.source.id).credentials = vault().seal(ending)
    assert headers(pair) == "Bearer T2" and clerk.given == 2
    assert token_refresh.load_credentials(pair.source.id).credentials["entered"] == ENTERED
    clerk.given = 3  # somebody else has asked, so that ours is good no longer
    assert probes.probe(pair.source.id) is None and clerk.given == 4
    assert not any("canary" in str(asked.query) + asked.path for asked in system.asked)


def test_a_secret_that_is_withdrawn_needs_a_person(team: People, pair: ConnectionView, clerk: Clerk) -> None:
    enter(team, pair)
    clerk.given, clerk.secret = 9, "another"
    probes.probe(pair.source.id)
    assert connections.get(team.admin, pair.id).source.status is SideStatus.NEEDS_RECONNECT
    clerk.secret = "canary-new"
    enter(team, pair, client_secret="canary-new")
    assert connections.get(team.admin, pair.id).source.status is SideStatus.CONNECTED
