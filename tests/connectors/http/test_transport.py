"""What is sent to a system, and what arrives, byte by byte: complete, broken, unrequested and endless responses."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import zlib
from contextlib import suppress

import pytest

from connectors.http.transport import RawResponse, Timeouts, Transport
from tests.connectors.http.byte_server import LIMITS, OK, TIMES, ask, closing, fail, saying, system


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
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 9_000, mtime=0)[:-9],
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


class _RequestThatLosesItsCancellation:
    """As pyreqwest does when the cancellation comes together with the response."""

    async def __aenter__(self) -> object:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return object()

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_a_request_that_is_cancelled_just_as_its_response_comes_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read(*_: object) -> RawResponse:
        return RawResponse(200, b"[]")

    async with system(saying(OK)) as (transport, _):
        await ask(transport)
        monkeypatch.setattr(transport, "_build", lambda *_: _RequestThatLosesItsCancellation())
        monkeypatch.setattr(transport, "_read", read)
        asking = asyncio.ensure_future(ask(transport))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()


async def test_silence_and_an_endless_response_are_time_outs() -> None:
    async with system(saying(OK[:-1]), Timeouts(total=20.0, connect=20.0, silence=0.3)) as (transport, _):
        assert (await fail(transport, "GET")).description == "did not respond in time"

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with system(dripping, Timeouts(total=0.5, connect=20.0, silence=20.0)) as (transport, _):
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
