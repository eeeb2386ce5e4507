"""What is sent to a system, and what arrives, byte by byte: complete, broken, unrequested and endless responses."""

from __future__ import annotations

import asyncio
import gzip
import os
import resource
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import AuthError, ConfigError
from connectors.http import addresses
from connectors.http.json_body import Limits
from connectors.http.retry import Failure
from connectors.http.transport import RawResponse, Timeouts, Transport

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
TIMES = Timeouts(total=2.0, connect=1.0, silence=0.3)
LIMITS = Limits(bytes=1_000_000)


@asynccontextmanager
async def system(play: Play, times: Timeouts = TIMES) -> AsyncIterator[tuple[Transport, list[int]]]:
    """Run a system that plays something on each connection; yield a transport for it and a list of its connections."""
    opened: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(len(opened))
        try:
            await play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    transport = Transport("Payroll", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", times, LIMITS)
    try:
        yield transport, opened
    finally:
        await transport.close()
        server.close()


async def ask(transport: Transport) -> RawResponse:
    response = await transport.exchange("GET", "/x", {})
    assert isinstance(response, RawResponse), response
    return response


async def fail(transport: Transport, method: str = "POST") -> Failure:
    failure = await transport.exchange(method, "/x", {}, b"{}" if method == "POST" else None)
    assert isinstance(failure, Failure), failure
    return failure


def saying(*pieces: bytes) -> Play:
    """Respond to each request on a connection with these pieces, a moment between them."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)

    return play


def closing(*pieces: bytes) -> Play:
    """Respond to one request with these pieces and close the connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
        await writer.drain()

    return play


async def test_a_response_may_arrive_in_pieces() -> None:
    async with system(saying(OK[:5], OK[5:20], OK[20:-1], OK[-1:])) as (transport, opened):
        assert [(await ask(transport)).body for _ in range(3)] == [b"[]"] * 3
        assert len(opened) == 1


async def test_chunked_and_compressed_responses_are_decoded() -> None:
    packed = gzip.compress(b'{"name": "Ada"}' * 5_000)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (packed[:7], packed[7:])) + b"0\r\n\r\n"
    async with system(saying(head, chunks)) as (transport, opened):
        assert [(await ask(transport)).body for _ in range(2)] == [b'{"name": "Ada"}' * 5_000] * 2
        assert len(opened) == 1


async def test_a_100_continue_before_the_response_is_ignored() -> None:
    async with system(saying(b"HTTP/1.1 100 Continue\r\n\r\n", OK)) as (transport, _):
        assert (await ask(transport)).status == 200


async def test_a_response_without_a_length_ends_with_the_connection() -> None:
    async with system(closing(b"HTTP/1.1 200 OK\r\n\r\n[1,", b"2]")) as (transport, opened):
        assert [(await ask(transport)).body for _ in range(2)] == [b"[1,2]"] * 2
        assert len(opened) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nLink: \xe9\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 9_000)[:-9],
    ],
)
async def test_incomplete_and_invalid_responses_are_errors(answer: bytes) -> None:
    async with system(closing(answer)) as (transport, opened):
        for _ in range(2):
            assert (await fail(transport)).may_have_taken_effect
        assert len(opened) == 2


async def test_a_connection_that_sends_an_unrequested_response_is_not_reused() -> None:
    async with system(saying(OK, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")) as (
        transport,
        opened,
    ):
        for _ in range(2):
            assert (await ask(transport)).status == 200
            await asyncio.sleep(0.05)
        assert len(opened) == 2


async def test_a_second_response_to_one_request_is_not_used_for_the_next_request() -> None:
    async with system(saying(OK + OK.replace(b"[]", b"{}"))) as (transport, opened):
        assert [(await ask(transport)).body for _ in range(2)] == [b"[]"] * 2
        assert len(opened) == 2


async def test_the_response_to_a_cancelled_request_is_dropped() -> None:
    answers = iter([b"[1]", b"[2]"])

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            body = next(answers)
            await asyncio.sleep(0.1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)

    async with system(late) as (transport, opened):
        cancelled = asyncio.ensure_future(ask(transport))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        assert (await ask(transport)).body == b"[2]"
        assert len(opened) == 2


async def test_silence_and_an_endless_response_are_time_outs() -> None:
    async with system(saying(OK[:-1])) as (transport, _):
        assert (await fail(transport, "GET")).description == "did not respond in time"

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with system(dripping, Timeouts(total=0.5, connect=1.0, silence=0.3)) as (
        transport,
        _,
    ):
        assert (await fail(transport, "GET")).description == "did not respond in time"


async def test_a_connection_that_is_refused_has_sent_nothing() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound, but not listening
        transport = Transport("Payroll", f"http://127.0.0.1:{bound.getsockname()[1]}", TIMES, LIMITS)
        failure = await fail(transport)
    assert (failure.description, failure.may_have_taken_effect) == ("could not be reached", False)


async def test_a_connection_that_is_not_accepted_in_time_has_sent_nothing() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        times = Timeouts(total=5.0, connect=0.2, silence=5.0)
        failure = await fail(Transport("Payroll", f"http://127.0.0.1:{full.getsockname()[1]}", times, LIMITS))
        for each in waiting:
            each.close()
    assert (failure.description, failure.may_have_taken_effect) == ("could not be reached", False)


async def test_a_connection_that_ends_after_the_request_may_have_done_it() -> None:
    async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.transport.abort()

    for play in (closing(), resetting):
        async with system(play) as (transport, opened):
            failure = await fail(transport)
        assert failure.description == "closed the connection before it responded"
        assert failure.may_have_taken_effect and len(opened) == 1


async def test_a_connection_that_the_system_closed_while_idle_is_not_used_for_the_next_request() -> None:
    async with system(closing(OK)) as (transport, opened):
        for _ in range(20):
            assert (await ask(transport)).status == 200
            await asyncio.sleep(0.005)
        assert len(opened) == 20


async def test_a_small_body_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"0" * 1_000_000
    bomb = b"".join([packer.compress(zeros) for _ in range(400)]) + packer.flush()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with system(closing(head, bomb)) as (transport, _):
        answers = await asyncio.gather(*(fail(transport, "GET") for _ in range(8)))
        assert {answer.description for answer in answers} == {"responded with more than 1 MB"}
        assert all(answer.too_large and answer.may_have_taken_effect for answer in answers)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


async def test_responses_read_at_the_same_time_share_the_limit() -> None:
    async with system(closing(b"HTTP/1.1 200 OK\r\n\r\n" + b"1" * 400_000)) as (transport, _):
        answers = await asyncio.gather(*(transport.exchange("GET", "/x", {}) for _ in range(4)))
        assert (await ask(transport)).body == b"1" * 400_000
    assert all(isinstance(answer, RawResponse) or answer.too_large for answer in answers)


async def test_a_body_without_an_end_is_stopped() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"[" * 100_000)
            await writer.drain()

    async with system(endless) as (transport, _):
        assert (await fail(transport, "GET")).too_large


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
        await writer.drain()
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
