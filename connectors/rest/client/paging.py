"""Page through the list of a described system."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from connectors.concurrency import gather
from connectors.contract.connector import SideSettings
from connectors.contract.errors import TemporaryError
from connectors.contract.protocols import RecordDigest
from connectors.http.client import Client
from connectors.http.json_body import dump_json
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client.lists.ahead import PagesAhead
from connectors.rest.client.lists.entries import read_entries
from connectors.rest.client.lists.next_page import NextPage, ReceivedPage, Request
from connectors.rest.client.lists.reading import Listed, Reading, unkeyed_digest
from connectors.rest.client.lists.signs import read_signs
from connectors.rest.client.refusals.failure_signs import holds
from connectors.rest.description.base import ResponseValue
from connectors.rest.description.settings_form import fill_json, fill_query
from connectors.rest.description.system import System
from connectors.values.normalise import text

Json = Mapping[str, Any]

# How often a list is read at most when it moves while it is read.
MOST_READINGS = 4


class Pages:
    """The list of one system, a page at a time.

    An employee is yielded once, and again where the list has them again with other contents. A list that says it
    continues but does not move is an error, not the end. A list that moves while it is read is read again.
    """

    def __init__(self, system: System, settings: SideSettings, client: Client) -> None:
        self._system, self._client, self._settings = system, client, settings
        self._list = system.description.employees.list
        self._next_page = NextPage(system, settings)
        self._get_id = paths.compile_path(system.description.employees.id)
        # Tells whether two records are the same; the engine sets one with a key.
        self.digest: RecordDigest = unkeyed_digest
        # Whether employees came or went while a list was read.
        self.moved = False
        # Whether the last list was a response without a list: blank, or without the place where the list is.
        self.answered_without_list = False

    async def __aiter__(self) -> AsyncIterator[Sequence[Listed]]:
        """Yield the employees of each page. Raises ConnectorError."""
        self.answered_without_list = False
        seen: dict[str, int] = {}
        earlier: int | None = None
        for number in range(1, MOST_READINGS + 1):
            reading = Reading(number, seen, self.digest)
            async for page in self._read(reading):
                yield page
            if earlier not in {None, reading.ids}:
                self.moved = True
            if reading.ids == earlier and reading.missing:
                raise self._next_page.not_whole(reading)
            if reading.ids == earlier or not reading.moved:
                return
            earlier = reading.ids
        raise TemporaryError(
            f"The {self._system.listed} of {self._system.name} changed each time while they were listed. Nothing was "
            "changed. "
            "Try again later."
        )

    async def _read(self, reading: Reading) -> AsyncIterator[Sequence[Listed]]:
        """Read the list once."""
        ahead = PagesAhead(self._ask)
        try:
            async for page in self._read_pages(reading, ahead):
                yield page
        finally:
            await ahead.close()

    async def _read_pages(self, reading: Reading, ahead: PagesAhead) -> AsyncIterator[Sequence[Listed]]:
        request: Request | None = self._next_page.first()
        while request is not None:
            is_first = not reading.requested
            reading.requested.add(request.key)
            response = await ahead.get(request)
            entries = read_entries(self._system, response, is_first=is_first)
            signs = read_signs(response, paths.value_at(response.data, self._list.records))
            if entries is None:
                self.answered_without_list = is_first
                self._next_page.end_without_list(signs, reading)
                return
            listed = [(self._id(entry), entry) for entry in entries]
            page = reading.without_overlap(listed)
            if page is None:
                request = self._next_page.at_offset(request, reading)
                continue
            changed, is_fresh = reading.take(page, signs)
            if changed:
                yield changed
            ids = [entry_id for entry_id, _ in listed]
            received = ReceivedPage(response, signs, ids, not page, is_fresh)
            request = self._next_page.after(request, received, reading)
            reading.last_page = ids or reading.last_page
            if request is not None:
                ahead.request(self._next_page.expected(request, received, reading))

    async def _ask(self, request: Request) -> Response:
        """Request a page. With POST, the parameters of the paging go into what is sent."""
        if self._list.method == "GET":
            return await self._client.get(*request)
        fixed = fill_query(self._list.query, self._settings)
        content = fill_json(self._list.content or {}, self._settings)
        for name, value in request.query.items():
            if name not in fixed:
                paths.set_value(content, name, value)
        return await self._client.send("POST", request.path, content, fixed, repeatable=True)

    def listed(self, entry_id: str, entry: Json) -> Listed:
        """Return an employee as if the list had them so."""
        data = dump_json(entry)
        return Listed(entry_id, entry, data, self.digest(data))

    def _id(self, entry: Json) -> str:
        entry_id = text(self._get_id(entry))
        if entry_id is None:
            raise TemporaryError(_without_id(self._system))
        return entry_id


async def without(pages: Pages, passed_over: ResponseValue) -> AsyncIterator[Sequence[Listed]]:
    """Yield the employees of a list without those that have a value by which they are passed over."""
    async for page in pages:
        yield [listed for listed in page if not holds(passed_over, listed.entry)]


async def with_details(
    listing: AsyncIterable[Sequence[Listed]],
    pages: Pages,
    read: Callable[[str], Coroutine[Any, Any, Json | None]],
) -> AsyncIterator[Sequence[Listed]]:
    """Yield the employees of a listing that is a summary, each with what the system shows of them alone."""
    async for page in listing:
        last = list({listed.id: listed for listed in page}.values())
        shown = await gather(read(listed.id) for listed in last)
        yield [
            listed if raw is None else pages.listed(listed.id, raw)
            for listed, raw in zip(last, shown, strict=True)
        ]


def _without_id(system: System) -> str:
    what = "an employee" if system.listed == "employees" else f"one of its {system.listed}"
    return f"{system.name} listed {what} without an id. Try again later."
