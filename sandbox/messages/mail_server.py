"""A small SMTP server that takes every mail into the inbox. Those to ``unknown@…`` are refused: nobody has it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sandbox.messages.inbox import Inbox

MOST_BYTES, SILENCE_SECONDS = 1_000_000, 60
UNKNOWN = "unknown@"
_ADDRESS = re.compile(r"<([^<>\s]*)>")
_END = b".\r\n"


@asynccontextmanager
async def mail_server(inbox: Inbox, port: int) -> AsyncIterator[None]:
    """Take mails at a port of this machine. Raises OSError when it is in use."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, TimeoutError, ValueError):
            await _Dialogue(inbox, reader, writer).hold()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


class _Dialogue:
    """What is said over one connection."""

    def __init__(self, inbox: Inbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._inbox, self._reader, self._writer = inbox, reader, writer
        self._recipients: list[str] = []
        self._verbs: dict[str, Callable[[str], Awaitable[str]]] = {
            "EHLO": self._hello,
            "HELO": self._hello,
            "MAIL": self._mail,
            "RCPT": self._recipient,
            "RSET": self._mail,
            "NOOP": self._hello,
            "DATA": self._data,
        }

    async def hold(self) -> None:
        """Answer until the other side says goodbye."""
        await self._say("220 The sandbox takes every mail")
        while line := await self._line():
            words = line.decode("utf-8", "replace").strip()
            verb = words[:4].upper()
            if verb == "QUIT":
                await self._say("221 Goodbye")
                return
            answer = self._verbs.get(verb)
            await self._say(await answer(words) if answer else "502 Not known here")

    async def _hello(self, _words: str) -> str:
        return "250 OK"

    async def _mail(self, _words: str) -> str:
        self._recipients = []
        return "250 OK"

    async def _recipient(self, words: str) -> str:
        found = _ADDRESS.search(words)
        if found is None:
            return "501 Write it as RCPT TO:<ann@example.com>"
        if found[1].startswith(UNKNOWN):
            return "550 5.1.1 User unknown"
        self._recipients.append(found[1])
        return "250 OK"

    async def _data(self, _words: str) -> str:
        if not self._recipients:
            return "503 First name a recipient"
        await self._say("354 End with a dot on a line of its own")
        lines, size = [], 0
        while (line := await self._line()) not in (_END, b""):
            size += len(line)
            lines.append(line.removeprefix(b"."))
            if size > MOST_BYTES:
                raise ValueError("The mail is too large.")
        self._inbox.take_mail(self._recipients, b"".join(lines))
        self._recipients = []
        return "250 2.0.0 Taken by the sandbox"

    async def _line(self) -> bytes:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await self._reader.readline()

    async def _say(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()
