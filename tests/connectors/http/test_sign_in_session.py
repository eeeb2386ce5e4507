"""Sign-in requests go to an address that was checked, and to no other."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import ConfigError, ConnectorError, TemporaryError
from connectors.enablehr import users
from connectors.http import addresses
from connectors.http.sign_in import oauth, sign_in_session
from connectors.http.sign_in.sign_in_session import guard
from connectors.registry import connector_of
from tests.browser.tls import make_certificate
from tests.connectors.stand_ins import reply, scripted

CLIENT = oauth.Client("ihub", "canary-client-secret")


@pytest.fixture
def no_private_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = addresses.allowed()
    addresses.allow(())
    yield
    addresses.allow(before)


def _side(url: str) -> tuple[Connector, SideSettings]:
    payroll = connector_of("ipayroll")
    settings: Any = payroll.settings
    return payroll, settings.model_construct(url=url)


def _revoke(url: str) -> bool:
    payroll, settings = _side(url)
    assert payroll.sign_in.oauth is not None
    endpoints = replace(payroll.sign_in.oauth, revoke_path="/revoke")
    return oauth.revoke(payroll.with_oauth(endpoints), settings, CLIENT, "R1")


FLOWS: dict[str, Callable[[str], object]] = {
    "code": lambda url: oauth.exchange(*_side(url), CLIENT, "code", "https://ihub.example/oauth/callback"),
    "refresh": lambda url: oauth.refresh(*_side(url), CLIENT, "R1"),
    "revocation": _revoke,
    "token": lambda url: users.by_token(url, "A"),
    "password": lambda url: users.by_password(url, "grace", "pass"),
}


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://127.1:6379",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::a9fe:a9fe]",
        "http://127.0.0.1:6379",
        "http://localhost:6379",
    ],
)
def test_no_sign_in_request_goes_into_a_private_network(
    no_private_network: None, flow: str, url: str
) -> None:
    with pytest.raises(ConfigError, match=r"private network|must begin with https"):
        FLOWS[flow](url)


async def test_open_and_closed_ports_get_the_same_words(no_private_network: None) -> None:
    async with scripted(reply(200, {})) as system:
        words = set()
        for url in (system.url, "http://127.0.0.1:9"):
            with pytest.raises(ConfigError) as caught:
                await asyncio.to_thread(FLOWS["refresh"], url)
            words.add(str(caught.value))
    assert len(words) == 1 and system.asked == []


async def test_the_address_that_was_checked_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        looked_up.append(host)
        answer = "127.0.0.1" if host in {"payroll.example", "127.0.0.1"} else "0.0.0.0"  # noqa: S104
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    async with scripted(reply(200, {})) as system:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        port = system.url.rpartition(":")[2]
        with guard(requests.Session(), "Payroll") as session:
            await asyncio.to_thread(session.post, f"http://payroll.example:{port}/token", data={"a": "b"})
    assert looked_up.count("payroll.example") == 1, "a name that is resolved again may lead elsewhere"
    (asked,) = system.asked
    assert {name.lower(): value for name, value in asked.headers.items()}["host"] == f"payroll.example:{port}"


@pytest.mark.parametrize("host", ["localhost", "another.example"])
async def test_a_certificate_has_to_be_of_the_name_that_was_entered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    monkeypatch.setattr(addresses, "_look_up", lambda _host, _port: ["127.0.0.1"])
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://{host}:{server.sockets[0].getsockname()[1]}/"
        with guard(requests.Session(), "Payroll") as session:
            session.verify = str(certificate)
            if host == "localhost":
                assert (await asyncio.to_thread(session.get, url)).ok
            else:
                with pytest.raises(requests.exceptions.SSLError):
                    await asyncio.to_thread(session.get, url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_the_token_endpoint_gets_no_secret(status: int) -> None:
    async with scripted(reply(200, {"access_token": "A"})) as thief:
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {thief.url}/token\r\nContent-Length: 0\r\n\r\n"
        for ask in FLOWS.values():
            async with scripted(moved.encode()) as system:
                with pytest.raises(ConnectorError, match=r"iPayroll|enableHR"):
                    await asyncio.to_thread(ask, system.url)
    assert thief.asked == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    ],
    ids=["a long header", "interim responses", "ever more headers"],
)
async def test_headers_that_never_end_are_given_up(
    monkeypatch: pytest.MonkeyPatch, first: bytes, then: bytes
) -> None:
    monkeypatch.setattr(sign_in_session, "TOTAL_SECONDS", 0.3)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        with suppress(ConnectionError):
            while not ended.is_set():
                writer.write(then)
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            for ask in FLOWS.values():
                with pytest.raises(TemporaryError):
                    async with asyncio.timeout(20):
                        await asyncio.to_thread(ask, url)
        finally:
            ended.set()


async def test_a_deep_or_broken_response_says_that_it_was_not_understood() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n"
    bodies_read = {name: ask for name, ask in FLOWS.items() if name != "revocation"}
    for answer, flows in ((reply(200, raw=b"[" * 50_000), bodies_read), (chunked, FLOWS)):
        async with scripted(answer) as system:
            for ask in flows.values():
                with pytest.raises(TemporaryError):
                    await asyncio.to_thread(ask, system.url)
