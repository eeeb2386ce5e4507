"""The OAuth flow: all the way through the sandbox's pages, and what can go wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import pytest
import requests

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import AuthError, ConfigError, ConnectorError, TemporaryError
from connectors.http.sign_in import oauth, sign_in_session
from connectors.http.sign_in.tokens import Tokens
from connectors.registry import connector_of
from connectors.values.web_address import origin
from core.sides.token_refresh import LOCK_SECONDS
from harness.sandbox import Sandbox
from tests.connectors.stand_ins import RESET, Script, reply, scripted

CALLBACK = "http://127.0.0.1:8501/oauth/callback"
CLIENT = oauth.Client("ihub", "ihub-demo-secret")
GRANTED = {
    "access_token": "A",
    "refresh_token": "R2",
    "expires_in": "1799",
    "scope": "employees",
    "token_type": "bearer",
}


def enablehr(sandbox: Sandbox) -> tuple[Connector, SideSettings]:
    connector = connector_of("enablehr")
    return connector, connector.settings.model_validate(
        {"api_url": sandbox.enablehr_url, "login_url": sandbox.login_url}
    )


def ipayroll(url: str) -> tuple[Connector, SideSettings]:
    connector = connector_of("ipayroll")
    return connector, connector.settings.model_validate({"url": url})


def consent(
    address: str, username: str, password: str, decision: str = "allow", without: str = ""
) -> dict[str, str]:
    """Sign in and consent on the sandbox's pages; return the query that the browser is sent back with."""
    with requests.Session() as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        page = browser.post(address, data={"username": username, "password": password}, timeout=30)
        ticket = re.findall(r'name="ticket" value="([^"]+)"', page.text)[0]
        scopes = [
            scope for scope in re.findall(r'name="scope" value="([^"]+)"', page.text) if scope != without
        ]
        form = {"ticket": ticket, "scope": scopes, "decision": decision}
        back = browser.post(urljoin(address, "consent"), data=form, timeout=30, allow_redirects=False)
    assert back.headers["location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(back.headers["location"]).query))


@pytest.fixture(autouse=True)
def insecure_transport_stays_off() -> Any:
    yield
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ
    assert "OAUTHLIB_RELAX_TOKEN_SCOPE" not in os.environ


@pytest.mark.sandbox(employees=1)
def test_a_person_signs_in_to_enablehr_and_the_tokens_can_be_refreshed(sandbox: Sandbox) -> None:
    side = enablehr(sandbox)
    address = oauth.authorization_url(*side, CLIENT, CALLBACK, "the-state")
    back = consent(address, "hr.admin@example.com", "harbour-hr")
    assert back["state"] == "the-state"
    tokens = oauth.exchange(*side, CLIENT, back["code"], CALLBACK)
    assert timedelta(minutes=29) < _expiry(tokens) - datetime.now(UTC) < timedelta(minutes=31)
    assert oauth.missing_scopes(side[0], tokens) == ()
    fresh = oauth.refresh(*side, CLIENT, tokens.refresh_token or "")
    assert fresh.access_token != tokens.access_token
    assert fresh.refresh_token != tokens.refresh_token


def _expiry(tokens: Tokens) -> datetime:
    assert tokens.expires_at is not None
    return tokens.expires_at


@pytest.mark.sandbox(employees=1)
def test_ipayroll_takes_the_client_in_the_body_and_keeps_its_refresh_token(sandbox: Sandbox) -> None:
    side = ipayroll(sandbox.ipayroll_url)
    back = consent(
        oauth.authorization_url(*side, CLIENT, CALLBACK, "s"), "payroll.admin@example.com", "harbour-pay"
    )
    tokens = oauth.exchange(*side, CLIENT, back["code"], CALLBACK)
    assert tokens.scope == "employees"
    assert oauth.refresh(*side, CLIENT, tokens.refresh_token or "").refresh_token == tokens.refresh_token


@pytest.mark.sandbox(employees=1)
def test_a_code_works_once(sandbox: Sandbox) -> None:
    side = ipayroll(sandbox.ipayroll_url)
    back = consent(
        oauth.authorization_url(*side, CLIENT, CALLBACK, "s"), "payroll.admin@example.com", "harbour-pay"
    )
    oauth.exchange(*side, CLIENT, back["code"], CALLBACK)
    with pytest.raises(AuthError, match="reconnect it"):
        oauth.exchange(*side, CLIENT, back["code"], CALLBACK)


@pytest.mark.sandbox(employees=1)
def test_scopes_that_a_person_did_not_grant_are_reported(sandbox: Sandbox) -> None:
    side = enablehr(sandbox)
    address = oauth.authorization_url(*side, CLIENT, CALLBACK, "s")
    back = consent(address, "hr.admin@example.com", "harbour-hr", without="read:employees:payroll")
    tokens = oauth.exchange(*side, CLIENT, back["code"], CALLBACK)
    assert oauth.missing_scopes(side[0], tokens) == ("payroll details of employees",)


@pytest.mark.sandbox(employees=1)
def test_a_wrong_client_secret_is_for_the_operator_to_correct(sandbox: Sandbox) -> None:
    granted = sandbox.control.grant("enablehr")
    with pytest.raises(ConfigError, match="operator"):
        oauth.refresh(*enablehr(sandbox), oauth.Client("ihub", "wrong"), granted["refresh_token"])


@pytest.mark.sandbox(employees=1)
def test_a_revoked_consent_is_an_auth_error(sandbox: Sandbox) -> None:
    granted = sandbox.control.grant("enablehr")
    sandbox.control.switches("enablehr", revoke_tokens=True)
    with pytest.raises(AuthError, match="enableHR"):
        oauth.refresh(*enablehr(sandbox), CLIENT, granted["refresh_token"])


async def _refreshed(system: Script) -> Tokens:
    return await asyncio.to_thread(oauth.refresh, *ipayroll(system.url), CLIENT, "R1")


@pytest.mark.parametrize("expires_in", ["1799", 1799, 1799.0])
async def test_the_time_to_live_may_be_a_text(expires_in: Any) -> None:
    async with scripted(reply(200, GRANTED | {"expires_in": expires_in})) as system:
        tokens = await _refreshed(system)
    assert timedelta(seconds=1700) < _expiry(tokens) - datetime.now(UTC) <= timedelta(seconds=1799)


async def test_a_response_without_a_time_to_live_is_accepted() -> None:
    async with scripted(reply(200, {"access_token": "A"})) as system:
        tokens = await _refreshed(system)
    assert (tokens.expires_at, tokens.scope, tokens.token_type) == (None, "", "Bearer")
    assert oauth.missing_scopes(connector_of("ipayroll"), tokens) == ()


@pytest.mark.parametrize("expires_in", [10**12, 1e300, "99999999999999"])
async def test_a_time_to_live_beyond_the_calendar_is_none_and_the_tokens_are_kept(expires_in: Any) -> None:
    async with scripted(reply(200, GRANTED | {"expires_in": expires_in})) as system:
        tokens = await _refreshed(system)
    assert (tokens.refresh_token, tokens.expires_at) == ("R2", None)


async def test_the_old_refresh_token_is_kept_when_there_is_no_new_one() -> None:
    async with scripted(reply(200, {"access_token": "A", "expires_in": 60})) as system:
        assert (await _refreshed(system)).refresh_token == "R1"
    body = parse_qs(system.asked[0].body.decode())
    assert body == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["R1"],
        "client_id": ["ihub"],
        "client_secret": ["ihub-demo-secret"],
    }


REFUSALS: dict[str, tuple[bytes, type[ConnectorError]]] = {
    "invalid grant": (reply(400, {"error": "invalid_grant"}), AuthError),
    "invalid token": (reply(401, {"error": "invalid_token"}), AuthError),
    "something new": (reply(400, {"error": "consent_paused"}), AuthError),
    "invalid client": (reply(401, {"error": "invalid_client"}), ConfigError),
    "bare 401": (reply(401, raw=b"<html>"), ConfigError),
    "overloaded": (reply(400, {"error": "temporarily_unavailable"}), TemporaryError),
    "status 500": (reply(500, {"error": "invalid_grant"}), TemporaryError),
    "status 429": (reply(429), TemporaryError),
    "html": (reply(200, raw=b"<html>down</html>"), TemporaryError),
    "a list": (reply(200, []), TemporaryError),
    "no token": (reply(200, {"expires_in": 5}), TemporaryError),
    "odd time to live": (reply(200, GRANTED | {"expires_in": "soon"}), TemporaryError),
    "a time to live without end": (
        reply(200, raw=b'{"access_token":"A","expires_in":1e999}'),
        TemporaryError,
    ),
    "deep lists": (reply(200, raw=b"[" * 50_000), TemporaryError),
    "deep objects": (reply(200, raw=b'{"a":' * 16_000 + b"1" + b"}" * 16_000), TemporaryError),
    "a form": (reply(200, raw=b"access_token=A%0D%0AB&token_type=b"), TemporaryError),
    "a chunk of no length": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n",
        TemporaryError,
    ),
    "reset": (RESET, TemporaryError),
    "redirect": (reply(302, Location="http://127.0.0.1:1/"), TemporaryError),
}


@pytest.mark.parametrize(("answer", "kind"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_each_failure_is_the_error_that_says_what_happens_next(
    answer: bytes, kind: type[ConnectorError]
) -> None:
    async with scripted(answer) as system:
        with pytest.raises(kind) as caught:
            await _refreshed(system)
    assert type(caught.value) is kind
    assert "iPayroll" in str(caught.value)
    assert "R1" not in repr(caught.value)


async def test_a_response_that_arrives_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_session, "TOTAL_SECONDS", 0.3)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not ended.is_set():
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(TemporaryError, match="iPayroll took too long to respond to the sign-in"):
            async with asyncio.timeout(10):
                await asyncio.to_thread(oauth.refresh, *ipayroll(url), CLIENT, "R1")
    finally:
        ended.set()
        server.close()


async def test_a_response_that_is_too_long_is_given_up() -> None:
    async with scripted(reply(200, raw=b" " * (sign_in_session.MAX_BYTES + 1))) as system:
        with pytest.raises(TemporaryError, match="took too long"):
            await _refreshed(system)


def test_a_claim_to_refresh_outlasts_the_longest_answer() -> None:
    headers_and_body = 2 * sign_in_session.TOTAL_SECONDS
    assert oauth.TIMEOUT_SECONDS + headers_and_body < LOCK_SECONDS


def test_credentials_are_never_sent_over_plain_http_to_another_machine() -> None:
    payroll, settings = connector_of("ipayroll"), connector_of("ipayroll").settings()
    endpoints = payroll.sign_in.oauth
    assert endpoints is not None
    elsewhere = payroll.with_oauth(
        dataclasses.replace(endpoints, base_url=lambda _: "http://payroll.example.com")
    )
    calls: list[Callable[[], object]] = [
        lambda: oauth.refresh(elsewhere, settings, CLIENT, "R1"),
        lambda: oauth.authorization_url(elsewhere, settings, CLIENT, CALLBACK, "s"),
    ]
    for call in calls:
        with pytest.raises(ConfigError, match="https"):
            call()


def test_the_verifier_is_used_only_where_the_system_takes_one() -> None:
    with_pkce = connector_of("enablehr")
    assert with_pkce.sign_in.oauth is not None
    with_pkce = with_pkce.with_oauth(dataclasses.replace(with_pkce.sign_in.oauth, pkce=True))
    settings = with_pkce.settings()
    address = oauth.authorization_url(
        with_pkce, settings, CLIENT, CALLBACK, "s", "a-verifier-of-at-least-43-characters-1234567"
    )
    assert parse_qs(urlsplit(address).query)["code_challenge_method"] == ["S256"]
    plain = oauth.authorization_url(connector_of("enablehr"), settings, CLIENT, CALLBACK, "s", "a-verifier")
    assert "code_challenge" not in plain
    assert plain.startswith("https://login.enablehr.com/oauth/authorize?")


def test_tokens_and_secrets_are_not_printed() -> None:
    tokens = Tokens("the-access", "the-refresh", None, "employees")
    assert not any(word in f"{tokens!r} {CLIENT!r}" for word in ("the-access", "the-refresh", "demo-secret"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_never_gets_a_secret(status: int) -> None:
    async with (
        scripted(reply(200, {})) as elsewhere,
        scripted(*[reply(status, Location=elsewhere.url)] * 3) as system,
    ):
        described, side = ipayroll(system.url)
        assert described.sign_in.oauth is not None
        payroll = described.with_oauth(dataclasses.replace(described.sign_in.oauth, revoke_path="/revoke"))
        calls: list[Callable[[], object]] = [
            lambda: oauth.refresh(payroll, side, CLIENT, "R1"),
            lambda: oauth.exchange(payroll, side, CLIENT, "C1", CALLBACK),
            lambda: oauth.revoke(payroll, side, CLIENT, "R1"),
        ]
        for call in calls:
            with suppress(TemporaryError):
                await asyncio.to_thread(call)
        assert len(system.asked) == 3 and not elsewhere.asked


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Pay.Example:443/a?b#c", "https://pay.example"),
        ("http://pay.example:80", "http://pay.example"),
        ("https://pay.example:8443/", "https://pay.example:8443"),
        ("https://pay.example:", "https://pay.example"),
        ("http://[::1]:8600/x", "http://[::1]:8600"),
        ("https://löhne.example", "https://xn--lhne-5qa.example"),
        ("https://pay.example.", None),
        ("https://pay.example@evil.test", None),
        ("https://pay.example\\@evil.test", None),
        ("https://pay.example%2eevil.test", "https://pay.example.evil.test"),
        ("https://pay.example:99999", None),
        ("https://pay example", None),
        ("https://pay.example\t", None),
        ("ftp://pay.example", None),
        ("//pay.example", None),
        ("", None),
    ],
)
def test_the_origin_of_an_address_is_the_server_it_leads_to(address: str, expected: str | None) -> None:
    assert origin(address) == expected
