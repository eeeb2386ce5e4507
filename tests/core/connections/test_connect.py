"""A side is connected with a key that is tested first; one of several businesses is chosen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connectors.contract.errors import AuthError
from core.connections import connect, connections, oauth_flow, organisation_choice
from core.connections.connections import ConnectionView, SideView
from core.db import reading
from core.errors import ForbiddenError, InvalidError
from core.models import Audit, Position, Side, SideState
from core.sides import probes, token_refresh
from core.sides.side_status import SideStatus
from harness.sandbox import Sandbox
from sandbox.keypay.keys import FIRST
from tests.core.stand_ins import People, people

pytestmark = pytest.mark.sandbox(employees=3)
SOURCE, TARGET, SESSION = Position.SOURCE, Position.TARGET, "a session"


@pytest.fixture
def team(store: str) -> People:
    return people()


@pytest.fixture
def pair(team: People, sandbox: Sandbox) -> ConnectionView:
    """Add a connection to Employment Hero Payroll, not connected yet."""
    where = {"url": sandbox.keypay_url, "requests_per_second": 200.0}
    return connections.get(team.admin, connections.create(team.admin, "c", "enablehr", "keypay", {}, where))


def enter(team: People, pair: ConnectionView, key: str) -> SideView | None:
    return connect.connect_or_choose(team.admin, SESSION, pair.id, TARGET, {"api_key": key})


def kept(pair: ConnectionView) -> Side:
    with reading() as session:
        return session.get_one(Side, pair.target.id)


def test_a_wrong_key_is_refused_and_nothing_is_saved(team: People, pair: ConnectionView) -> None:
    before = kept(pair)
    with pytest.raises(
        InvalidError, match=r"Employment Hero Payroll did not accept the credentials\. Check them"
    ) as refusal:
        enter(team, pair, "canary-key")
    assert "canary" not in str(refusal.value)
    after = kept(pair)
    assert (after.credentials, after.settings, after.state) == (
        None,
        before.settings,
        SideState.NOT_CONNECTED,
    )
    with reading() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "side.connect"))
    assert (row.result, row.subject) == ("refused", f"side:{after.id}") and "did not accept" in row.detail[
        "why"
    ]
    assert "canary" not in str(row.detail)


def test_the_one_business_that_a_key_opens_is_taken(team: People, pair: ConnectionView) -> None:
    side = enter(team, pair, FIRST)
    assert side is not None and side.status is SideStatus.CONNECTED
    assert (side.organisation_id, side.organisation_name) == ("4711", "Harbour Foods Pty Ltd")
    assert side.settings["business_id"] == "4711" and side.authorised_by == "Ada"
    assert FIRST.encode() not in (kept(pair).credentials or b"")


def test_one_of_several_businesses_is_chosen(team: People, pair: ConnectionView, sandbox: Sandbox) -> None:
    sandbox.control.switches("keypay", two_accounts=True)
    assert enter(team, pair, FIRST) is None
    assert kept(pair).credentials is None
    found = organisation_choice.choices(SESSION, pair.target.id)
    assert [choice.id for choice in found] == ["4711", "4712"]
    with pytest.raises(InvalidError, match="Click Connect to start again"):
        oauth_flow.choose(team.admin, "another session", pair.target.id, "4712")
    side = oauth_flow.choose(team.admin, SESSION, pair.target.id, "4712")
    assert (side.organisation_name, side.settings["business_id"]) == ("Harbour Fishing Pty Ltd", "4712")
    assert organisation_choice.choices(SESSION, pair.target.id) == []


def test_a_new_key_reconnects_the_same_business(team: People, pair: ConnectionView, sandbox: Sandbox) -> None:
    enter(team, pair, FIRST)
    sandbox.control.switches("keypay", revoke_tokens=True)
    assert isinstance(probes.probe(pair.target.id), AuthError)
    assert connections.get(team.admin, pair.id).target.status is SideStatus.NEEDS_RECONNECT
    with pytest.raises(InvalidError):
        enter(team, pair, FIRST)
    new = sandbox.control.hero_key()
    side = enter(team, pair, new)
    assert side is not None and side.status is SideStatus.CONNECTED and side.organisation_id == "4711"
    assert token_refresh.load_credentials(pair.target.id).credentials == {"api_key": new}


def test_only_an_admin_enters_keys(team: People, pair: ConnectionView) -> None:
    with pytest.raises(ForbiddenError):
        connect.connect_or_choose(team.support, SESSION, pair.id, TARGET, {"api_key": FIRST})
