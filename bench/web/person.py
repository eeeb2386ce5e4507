"""One person at a browser: opens iHUB, signs in, and clicks."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

import aiohttp

from bench.web.protocol import Address, Kept, Page, Widget, click, is_end

GO_TO = re.compile(r'data-to="([^"]+)"')
USER_NAME, PASSWORD, SIGN_IN = "User name", "Password", "Sign in"
Values = Mapping[Widget, object]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a click took: seconds until the page was complete, and how many bytes the server sent."""

    seconds: float
    size: int


class Person:
    """A browser with a session of its own."""

    def __init__(self, url: str) -> None:
        self._url, self._kept = url, Kept()
        self.page_hashes: dict[str, str] = {}
        self._resting: asyncio.Task[None] | None = None

    async def start(self, username: str, password: str) -> None:
        """Sign in as a browser does: a form sent over the websocket, then the ticket that comes back."""
        # Cookies of a host without a name, such as 127.0.0.1, are kept too.
        jar = aiohttp.CookieJar(unsafe=True)
        self._browser = aiohttp.ClientSession(self._url, cookie_jar=jar, headers={"Accept": "text/html"})
        await (await self._browser.get("/")).read()
        await self._connect()
        form = await self.read(Address(""))
        if USER_NAME not in form.widgets:
            raise SystemExit(f"{username} is shown no form to sign in: {form.html}")
        entered = {
            form.widgets[USER_NAME]: username,
            form.widgets[PASSWORD]: password,
            form.widgets[SIGN_IN]: True,
        }
        answer = await self.read(Address(""), entered)
        await self._socket.close()
        found = GO_TO.search(" ".join(answer.html))
        if found is None:
            raise SystemExit(f"{username} could not sign in: {answer.html}")
        await (await self._browser.get(unescape(found[1]))).read()
        await self._connect()
        self.rest()

    def rest(self) -> None:
        """Do nothing until the next click, but answer when the server asks whether the browser is there."""
        self._resting = asyncio.create_task(self._ignore())

    async def _ignore(self) -> None:
        while not self._socket.closed:
            await self._socket.receive()

    async def _connect(self) -> None:
        address = f"{self._url}/_stcore/stream"
        self._kept = Kept()
        self._socket = await self._browser.ws_connect(
            address, protocols=["streamlit"], origin=self._url, max_msg_size=0
        )

    async def close(self) -> None:
        """Close the browser."""
        await self._socket.close()
        await self._browser.close()

    async def read(self, address: Address, values: Values | None = None) -> Page:
        """Open an address and read what it shows."""
        messages: list[bytes] = []
        await self._draw(address, values, messages)
        page = Page(messages)
        self.page_hashes = page.page_hashes or self.page_hashes
        return page

    async def open(self, address: Address, values: Values | None = None) -> Drawn:
        """Open an address and wait until its page is complete."""
        began = time.perf_counter()
        size = await self._draw(address, values)
        return Drawn(time.perf_counter() - began, size)

    async def _draw(
        self, address: Address, values: Values | None = None, messages: list[bytes] | None = None
    ) -> int:
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.wait([self._resting])
            self._resting = None
        page_hash = self.page_hashes.get(address.page, "")
        await self._socket.send_bytes(click(address, page_hash, self._kept.begin(), values))
        size = 0
        while True:
            message = await self._socket.receive_bytes()
            size += len(message)
            if messages is not None:
                messages.append(message)
            if is_end(message):
                return size
            self._kept.notice(message)
