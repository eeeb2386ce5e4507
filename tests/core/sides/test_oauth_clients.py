"""iHUB's OAuth clients: saved with an encrypted secret, never shown again, used only at allowed addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError
from connectors.http.sign_in import oauth
from connectors.registry import connector_of
from core.db import reading
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, OAuthClient
from core.security.actor import OPERATOR
from core.settings import settings
from core.sides import client_lookup, oauth_clients
from tests.core.stand_ins import People

CANARY = "canary-client-secret"
ELSEWHERE = "https://sign-in.example"


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Have the settings read again after a test that changed them."""
    yield
    settings.cache_clear()


def client(kind: str, **entered: str) -> oauth.Client:
    """Look up the client as a side with these settings would."""
    connector = connector_of(kind)
    side: SideSettings = connector.settings.model_validate(entered)
    return client_lookup.client_for(connector, side)


def test_a_registration_of_the_store_is_used_and_its_secret_is_not_shown(team: People) -> None:
    oauth_clients.save_client(team.support, "enablehr", " our-id ", CANARY)
    found = client("enablehr")
    assert (found.id, found.secret) == ("our-id", CANARY)
    shown = oauth_clients.list_clients(team.support)
    ours = next(each for each in shown if each.kind == "enablehr")
    assert (ours.client_id, ours.place, ours.has_secret, ours.set_by) == ("our-id", "store", True, "Sue")
    assert CANARY not in repr(shown)
    with reading() as session:
        assert CANARY.encode() not in (session.scalars(select(OAuthClient.secret)).one() or b"")
        assert CANARY not in str([row.detail for row in session.scalars(select(Audit))])


def test_the_environment_goes_before_the_store(team: People, monkeypatch: pytest.MonkeyPatch) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "stored", CANARY)
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "set")
    assert client("enablehr").id == "set"
    assert oauth_clients.list_clients(OPERATOR)[0].place == "environment"


@pytest.mark.both_engines
def test_a_registration_can_be_replaced_and_removed(team: People) -> None:
    oauth_clients.save_client(OPERATOR, "ipayroll", "one", "first")
    oauth_clients.save_client(OPERATOR, "ipayroll", "two", "second")
    assert client("ipayroll").secret == "second"
    oauth_clients.remove_client(OPERATOR, "ipayroll")
    with pytest.raises(ConfigError, match="client set ipayroll"):
        client("ipayroll")
    with pytest.raises(NotFoundError):
        oauth_clients.remove_client(OPERATOR, "ipayroll")


def test_only_support_and_the_operator_may_see_or_change_registrations(team: People) -> None:
    for actor in (team.admin, team.analyst):
        with pytest.raises(ForbiddenError):
            oauth_clients.list_clients(actor)
        with pytest.raises(ForbiddenError):
            oauth_clients.save_client(actor, "enablehr", "x", "y")
        with pytest.raises(ForbiddenError):
            oauth_clients.remove_client(actor, "enablehr")


def test_an_unusable_client_is_refused_with_a_sentence(team: People) -> None:
    with pytest.raises(InvalidError, match="There is no connector"):
        oauth_clients.save_client(OPERATOR, "nothing", "x", "y")
    with pytest.raises(InvalidError, match="Enter the client id"):
        oauth_clients.save_client(OPERATOR, "enablehr", "  ", "y")


@pytest.mark.parametrize(
    "address",
    [
        "https://sign-in.example.",
        "https://sign-in.example:444",
        "https://sign-in.example.evil.test",
        "https://evil.sign-in.example",
        "https://evilsign-in.example",
        "https://sign-in.exampl",
        "https://evil.test/sign-in.example",
        "https://evil.test\\.sign-in.example",
        "https://sign-in.example%2eevil.test",
        "https://sıgn-in.example",
        "https://login.enablehr.com.evil.test",
        "https://login.enablehr.com.",
        "http://localhost",
    ],
)
def test_an_address_that_only_looks_like_an_allowed_one_gets_no_client(team: People, address: str) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY, [ELSEWHERE])
    with pytest.raises(
        ConfigError,
        match=r"iHUB's registration with enableHR does not cover .* Ask enableHR Support to allow",
    ):
        client("enablehr", login_url=address)


@pytest.mark.parametrize(
    "address", ["https://sign-in.example@evil.test", "https://a:b@evil.test", "http://sign-in.example"]
)
def test_an_address_that_no_settings_hold_gets_no_client_either(team: People, address: str) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY, [ELSEWHERE])
    connector = connector_of("enablehr")
    side = connector.settings().model_copy(update={"login_url": address})
    with pytest.raises(ConfigError):
        client_lookup.client_for(connector, side)


@pytest.mark.parametrize(
    "address",
    [
        "https://login.enablehr.com",
        "https://LOGIN.enablehr.com:443/x",
        f"{ELSEWHERE}/oauth",
        "https://SIGN-IN.example:443",
    ],
)
def test_the_system_itself_and_addresses_the_operator_named_get_the_client(
    team: People, address: str
) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY, [f"{ELSEWHERE}/login", " "])
    assert client("enablehr", login_url=address).secret == CANARY
    assert oauth_clients.list_clients(OPERATOR)[0].addresses == (ELSEWHERE,)


def test_an_international_name_is_the_server_that_is_called(team: People) -> None:
    oauth_clients.save_client(
        OPERATOR, "enablehr", "ours", CANARY, ["https://löhne.example", "https://fass.example"]
    )
    assert client("enablehr", login_url="https://xn--lhne-5qa.example").id == "ours"
    with pytest.raises(ConfigError, match=r"https://xn--fa-hia\.example"):
        client("enablehr", login_url="https://faß.example")


def test_each_system_has_addresses_of_its_own(team: People) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY, [ELSEWHERE])
    oauth_clients.save_client(OPERATOR, "ipayroll", "ours", CANARY)
    with pytest.raises(ConfigError, match=rf"registration with iPayroll does not cover {ELSEWHERE}"):
        client("ipayroll", url=ELSEWHERE)


def test_the_environment_names_addresses_beside_its_own_registration(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "set")
    with pytest.raises(ConfigError, match="does not cover"):
        client("enablehr", login_url=ELSEWHERE)
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ADDRESSES", f"https://one.example, {ELSEWHERE}")
    assert client("enablehr", login_url=ELSEWHERE).id == "set"
    assert oauth_clients.list_clients(OPERATOR)[0].addresses == ("https://one.example", ELSEWHERE)
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ADDRESSES", "http://one.example")
    with pytest.raises(ConfigError, match="IHUB_CLIENT_ENABLEHR_ADDRESSES cannot be used"):
        client("enablehr")


def test_the_sign_in_address_of_ihubs_own_settings_needs_no_naming(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY)
    monkeypatch.setenv("IHUB_ENABLEHR_LOGIN_URL", ELSEWHERE)
    settings.cache_clear()
    assert client("enablehr", login_url=ELSEWHERE).id == "ours"


def test_the_registration_of_the_demo_stays_on_this_machine(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    assert client("ipayroll", url="http://127.0.0.1:8600/ipayroll").id == "ihub"
    for address in (ELSEWHERE, "https://127.0.0.1.evil.test"):
        with pytest.raises(ConfigError, match="does not cover"):
            client("ipayroll", url=address)
    with pytest.raises(ConfigError, match="does not cover"):
        client("ipayroll")


def test_allowed_addresses_change_without_the_secret_and_are_written_down(team: People) -> None:
    with pytest.raises(NotFoundError, match="Enter it with its client id and secret"):
        oauth_clients.set_addresses(OPERATOR, "enablehr", [ELSEWHERE])
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY)
    oauth_clients.set_addresses(team.support, "enablehr", [ELSEWHERE, f"{ELSEWHERE}/"])
    assert client("enablehr", login_url=ELSEWHERE).secret == CANARY
    oauth_clients.save_client(OPERATOR, "enablehr", "ours", "another")
    assert client("enablehr", login_url=ELSEWHERE).secret == "another"
    oauth_clients.set_addresses(team.support, "enablehr", [])
    with pytest.raises(ConfigError, match="does not cover"):
        client("enablehr", login_url=ELSEWHERE)
    with reading() as session:
        rows = session.scalars(
            select(Audit).where(Audit.action == "client.addresses").order_by(Audit.id)
        ).all()
    assert [(row.user_id, row.detail["changes"][0]["after"]) for row in rows] == [
        (team.support.user_id, ELSEWHERE),
        (team.support.user_id, "none"),
    ]
    for actor in (team.admin, team.analyst):
        with pytest.raises(ForbiddenError):
            oauth_clients.set_addresses(actor, "enablehr", [ELSEWHERE])


@pytest.mark.parametrize(
    "address", ["sign-in.example", "http://sign-in.example", "https://a@b.example", "https://", "ftp://x"]
)
def test_an_unusable_address_is_refused_with_a_sentence(team: People, address: str) -> None:
    with pytest.raises(InvalidError, match="is not a sign-in address"):
        oauth_clients.save_client(OPERATOR, "enablehr", "ours", CANARY, [address])
