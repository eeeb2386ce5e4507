"""A transport connects to the address that was checked, once, and to a system that can be trusted."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import AuthError, ConfigError
from connectors.http import addresses
from connectors.http.transport import Transport
from tests.connectors.http.byte_server import LIMITS, OK, TIMES, ask, fail, saying, system


async def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolve(name: str, url: str, networks: Any) -> tuple[str, ...]:
        asked.append(url)
        return ("127.0.0.1",)

    monkeypatch.setattr(addresses, "resolve", resolve)
    async with system(saying(OK)) as (transport, _):
        port = transport._base_url.rpartition(":")[2]
        for host in ("payroll.invalid", "PAYROLL.invalid", "b\u00fccher.invalid"):
            pinned = Transport("Payroll", f"http://{host}:{port}/api", TIMES, LIMITS)
            assert [(await ask(pinned)).status for _ in range(3)] == [200] * 3
            await pinned.close()
    assert [url.removesuffix(f":{port}/api") for url in asked] == [
        "http://payroll.invalid",
        "http://payroll.invalid",
        "http://xn--bcher-kva.invalid",
    ]


async def test_another_address_is_tried_after_one_that_does_not_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "resolve", lambda *_: ("127.0.0.2", "127.0.0.1"))
    async with system(saying(OK)) as (transport, _):
        named = Transport(
            "Payroll", f"http://payroll.invalid:{transport._base_url.rpartition(':')[2]}", TIMES, LIMITS
        )
        assert not (await fail(named)).may_have_taken_effect
        assert (await ask(named)).status == 200


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "https://[::1]:6379", "https://169.254.169.254", "https://0x7f.1"]
)
async def test_an_address_that_is_not_allowed_is_never_called(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_allowed", ())
    with pytest.raises(ConfigError, match="private network"):
        await Transport("Payroll", url, TIMES, LIMITS).exchange("GET", "/", {})


@pytest.mark.parametrize(
    "url", ["payroll", "https://", "https://a b.example.com", "file:///etc/passwd", "http://["]
)
async def test_what_is_not_a_web_address_is_never_called(url: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        await Transport("Payroll", url, TIMES, LIMITS).exchange("GET", "/", {})


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/\u00e4"])
async def test_a_path_that_is_not_encoded_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        await Transport("Payroll", "http://127.0.0.1:9", TIMES, LIMITS).exchange("GET", path, {})


@pytest.mark.parametrize("token", ["x\r\nHost: elsewhere", "x\ny", "x\0"])
async def test_a_header_cannot_add_another(token: str) -> None:
    with pytest.raises(AuthError, match="cannot be sent") as refusal:
        await Transport("Payroll", "http://127.0.0.1:9", TIMES, LIMITS).exchange(
            "GET", "/", {"Authorization": token}
        )
    assert token not in str(refusal.value)


async def test_connections_are_reused_with_the_headers_of_each_request() -> None:
    heads: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    async with system(play) as (transport, opened):
        for token in ("one", "one", "two"):
            await transport.exchange("GET", "/x?page=1", {"Authorization": f"Bearer {token}"})
    assert len(opened) == 1
    assert [head.partition(b"Bearer ")[2][:3] for head in heads] == [b"one", b"one", b"two"]
    assert not any(b"cookie" in head.lower() or b"referer" in head.lower() for head in heads)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate with its key that nobody has signed."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(signed.public_bytes(pem) + private)
    return path


async def test_a_certificate_that_is_not_accepted_is_a_setting_to_correct(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        while await reader.read(1000):  # to the end: closing earlier would reset the connection
            pass
        writer.close()

    for encryption in (context, None):
        server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=encryption)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConfigError, match="cannot be trusted: its certificate was not accepted"):
            await Transport("Payroll", url, TIMES, LIMITS).exchange("POST", "/", {}, b"{}")
        server.close()


def test_a_process_that_was_forked_after_requests_refuses_to_send_any() -> None:
    async def send() -> None:
        async with system(saying(OK)) as (transport, _):
            await ask(transport)

    asyncio.run(send())
    child = os.fork()
    if child == 0:
        try:
            Transport("Payroll", "http://127.0.0.1:9", TIMES, LIMITS)._builder().build()
        except RuntimeError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
