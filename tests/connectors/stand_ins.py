"""Stand-ins for what a connector works with: a clock, credentials and a scripted system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from connectors.contract.errors import AuthError
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer
from connectors.http.retry import Retry

RESET = b"RESET"
SILENCE = b"SILENCE"


class FakeClock:
    """Time that passes only while a task waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run, then move the time forward; sleepers wake in the order of their times."""
        until = self.now + seconds
        self.waits.append(seconds)
        await asyncio.sleep(0)
        self.now = max(self.now, until)


class Held:
    """Credentials that can be refreshed as often as there are tokens left."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens) or ["token"]
        self.renewals, self.refusals = 0, list[str]()

    async def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._tokens[0]}"}

    async def renew(self) -> None:
        if len(self._tokens) == 1:
            raise AuthError("The credentials are no longer accepted.")
        self.renewals += 1
        self._tokens.pop(0)

    async def refused(self, reason: str) -> None:
        self.refusals.append(reason)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(slots=True)
class Script:
    """A system that gives each request the next of its responses, and repeats the last one."""

    answers: list[bytes]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    _sleepers: list[asyncio.Event] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await self._request(reader):
                self.asked.append(request)
                if not await self._reply(writer):
                    return
        except (ConnectionError, asyncio.CancelledError):  # cancelled with the loop of a test
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> Asked | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
        return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))

    async def _reply(self, writer: asyncio.StreamWriter) -> bool:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == RESET:
            writer.transport.abort()
            return False
        if answer == SILENCE:
            self._sleepers.append(asyncio.Event())
            await self._sleepers[-1].wait()
            return False
        writer.write(answer)
        await writer.drain()
        return not answer.startswith(b"HTTP/1.1 200 HALF")

    def wake(self) -> None:
        for event in self._sleepers:
            event.set()


def reply(status: int, body: Any = None, *, raw: bytes | None = None, **headers: str) -> bytes:
    """Return an HTTP response with a JSON or a raw body."""
    data = raw if raw is not None else (b"" if body is None else orjson.dumps(body))
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(data)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def half(body: bytes) -> bytes:
    """Return a response that is shorter than it promises."""
    return b"HTTP/1.1 200 HALF\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n" + body


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[Script]:
    """Run a system that gives these responses."""
    async with served(Script(list(answers))) as script:
        yield script


@asynccontextmanager
async def served(script: Script) -> AsyncIterator[Script]:
    """Run a system."""
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        script.wake()
        server.close()


class Patient(Client):
    """A client that waits without costing the test time."""

    def __init__(self, url: str, authoriser: Held | None = None, **options: Any) -> None:
        self.clock = FakeClock()
        pacer = LocalPacer(100, self.clock)
        retry = options.pop("retry", Retry(jitter=lambda: 1.0))
        super().__init__(
            "Payroll", url, authoriser or Held(), pacer, retry=retry, clock=self.clock, **options
        )

    async def __aenter__(self) -> Self:
        return await super().__aenter__()
