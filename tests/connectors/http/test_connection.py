"""What arrives over a connection, byte by byte: complete, broken and unrequested responses."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from connectors.http.pool import ConnectionPool, RawResponse

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
TIMES = aiohttp.ClientTimeout(total=2.0, sock_connect=1.0, sock_read=0.3)


@asynccontextmanager
async def system(
    play: Play, times: aiohttp.ClientTimeout = TIMES
) -> AsyncIterator[tuple[ConnectionPool, list[int]]]:
    """Run a system that plays something on each connection; yield a pool for it and an entry for each connection."""
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
    pool = ConnectionPool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", 4, times)
    pool.open()
    try:
        yield pool, opened
    finally:
        await pool.close()
        server.close()


async def ask(pool: ConnectionPool) -> RawResponse:
    return await pool.exchange("GET", "/x", {}, None)


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
    async with system(saying(OK[:5], OK[5:20], OK[20:-1], OK[-1:])) as (pool, opened):
        assert [(await ask(pool)).body for _ in range(3)] == [b"[]"] * 3
        assert len(opened) == 1


async def test_chunked_and_compressed_responses_are_decoded() -> None:
    packed = gzip.compress(b'{"name": "Ada"}' * 5_000)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (packed[:7], packed[7:])) + b"0\r\n\r\n"
    async with system(saying(head, chunks)) as (pool, opened):
        assert [(await ask(pool)).body for _ in range(2)] == [b'{"name": "Ada"}' * 5_000] * 2
        assert len(opened) == 1


async def test_a_100_continue_before_the_response_is_ignored() -> None:
    async with system(saying(b"HTTP/1.1 100 Continue\r\n\r\n", OK)) as (pool, _):
        assert (await ask(pool)).status == 200


async def test_a_response_without_a_length_ends_with_the_connection() -> None:
    async with system(closing(b"HTTP/1.1 200 OK\r\n\r\n[1,", b"2]")) as (pool, opened):
        assert [(await ask(pool)).body for _ in range(2)] == [b"[1,2]"] * 2
        assert len(opened) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
    ],
)
async def test_incomplete_and_invalid_responses_are_errors(answer: bytes) -> None:
    async with system(closing(answer)) as (pool, opened):
        for _ in range(2):
            with pytest.raises((aiohttp.ClientError, OSError)):
                await ask(pool)
        assert len(opened) == 2


async def test_a_connection_that_sends_an_unrequested_response_is_not_reused() -> None:
    async with system(saying(OK, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")) as (
        pool,
        opened,
    ):
        for _ in range(2):
            assert (await ask(pool)).status == 200
            await asyncio.sleep(0.05)
        assert len(opened) == 2


async def test_a_second_response_to_one_request_is_not_used_for_the_next_request() -> None:
    async with system(saying(OK + OK.replace(b"[]", b"{}"))) as (pool, opened):
        assert [(await ask(pool)).body for _ in range(2)] == [b"[]"] * 2
        assert len(opened) == 2


async def test_the_response_to_a_cancelled_request_is_dropped() -> None:
    answers = iter([b"[1]", b"[2]"])

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            body = next(answers)
            await asyncio.sleep(0.1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)

    async with system(late) as (pool, opened):
        cancelled = asyncio.ensure_future(ask(pool))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        assert (await ask(pool)).body == b"[2]"
        assert len(opened) == 2


async def test_silence_and_an_endless_response_are_time_outs() -> None:
    async with system(saying(OK[:-1])) as (pool, _):
        with pytest.raises(TimeoutError):
            await ask(pool)

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with system(dripping, aiohttp.ClientTimeout(total=0.5, sock_connect=1.0, sock_read=0.3)) as (
        pool,
        _,
    ):
        with pytest.raises(TimeoutError):
            await ask(pool)
