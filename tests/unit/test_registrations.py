"""iHUB's registrations at other systems: entered once, sealed, never shown again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connectors.errors import ConfigError
from core import credentials, registrations
from core.actor import OPERATOR
from core.db import reading
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, ClientRegistration
from tests.unit.stand_ins import People

CANARY = "canary-client-secret"


def test_a_registration_of_the_store_is_used_and_its_secret_is_not_shown(team: People) -> None:
    registrations.enter(team.support, "enablehr", " our-id ", CANARY)
    client = credentials.client_for("enablehr")
    assert (client.id, client.secret) == ("our-id", CANARY)
    shown = registrations.list_all(team.support)
    ours = next(each for each in shown if each.kind == "enablehr")
    assert (ours.client_id, ours.place, ours.has_secret, ours.set_by) == ("our-id", "store", True, "Sue")
    assert CANARY not in repr(shown)
    with reading() as session:
        assert CANARY.encode() not in (session.scalars(select(ClientRegistration.secret)).one() or b"")
        assert CANARY not in str([row.detail for row in session.scalars(select(Audit))])


def test_the_environment_goes_before_the_store(team: People, monkeypatch: pytest.MonkeyPatch) -> None:
    registrations.enter(OPERATOR, "enablehr", "stored", CANARY)
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "set")
    assert credentials.client_for("enablehr").id == "set"
    assert registrations.list_all(OPERATOR)[0].place == "environment"


def test_a_registration_can_be_replaced_and_removed(team: People) -> None:
    registrations.enter(OPERATOR, "ipayroll", "one", "first")
    registrations.enter(OPERATOR, "ipayroll", "two", "second")
    assert credentials.client_for("ipayroll").secret == "second"
    registrations.remove(OPERATOR, "ipayroll")
    with pytest.raises(ConfigError, match="client set ipayroll"):
        credentials.client_for("ipayroll")
    with pytest.raises(NotFoundError):
        registrations.remove(OPERATOR, "ipayroll")


def test_only_support_and_the_operator_may_see_or_change_registrations(team: People) -> None:
    for actor in (team.admin, team.analyst):
        with pytest.raises(ForbiddenError):
            registrations.list_all(actor)
        with pytest.raises(ForbiddenError):
            registrations.enter(actor, "enablehr", "x", "y")
        with pytest.raises(ForbiddenError):
            registrations.remove(actor, "enablehr")


def test_what_cannot_be_a_registration_is_a_sentence(team: People) -> None:
    with pytest.raises(InvalidError, match="There is no connector"):
        registrations.enter(OPERATOR, "nothing", "x", "y")
    with pytest.raises(InvalidError, match="Enter the client id"):
        registrations.enter(OPERATOR, "enablehr", "  ", "y")
