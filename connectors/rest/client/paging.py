"""Page through the list of a described system, whichever way it pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.connector import SideSettings
from connectors.contract.errors import TemporaryError
from connectors.http.client import Client
from connectors.http.response import Answer
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.description.endpoints import Cursor, NextLink, Offset, PageNumbers
from connectors.rest.description.settings_form import filled
from connectors.rest.description.system import System
from connectors.values.normalise import boolean, number, text

Json = Mapping[str, Any]
Query = dict[str, str | int]


class Pages:
    """The list of one system. Nobody comes twice, and a list that says it goes on without moving is an error, not an end."""

    def __init__(self, system: System, settings: SideSettings, client: Client) -> None:
        """Take what to ask; nothing is asked yet."""
        self._system, self._client, self._settings = system, client, settings
        self._list = system.described.employees.list
        self._paging = self._list.paging
        self._path = filled(self._list.path, settings)
        self._size = self._sized()

    async def __aiter__(self) -> AsyncIterator[Sequence[Json]]:
        """Yield the employees of each page, each one once. Raises ConnectorError."""
        seen: set[str] = set()
        asked: set[tuple[Any, ...]] = set()
        read, path, query = 0, self._path, self._first()
        while True:
            answer = await self._client.get(path, query)
            entries = self._entries(answer)
            new = {one: entry for entry in entries if (one := self._id(entry)) not in seen}
            seen.update(new)
            read += len(entries)
            if new:
                yield list(new.values())
            following = self._following(answer, query, read)
            if following is None or (not new and self._is_end(answer, entries)):
                return
            asked.add((path, *query.items()))
            stuck = not new and (entries or isinstance(self._paging, PageNumbers))
            if stuck or (following[0], *following[1].items()) in asked:
                raise self._lost()
            path, query = following

    async def one(self) -> Sequence[Json]:
        """Return the first page of one employee, where the size can be chosen."""
        size = getattr(self._paging, "size_parameter", None)
        return self._entries(await self._client.get(self._path, self._first() | ({size: 1} if size else {})))

    def _sized(self) -> Query:
        size = getattr(self._paging, "size_parameter", None)
        return {size: self._settings.page_size} if size else {}  # type: ignore[attr-defined]

    def _first(self) -> Query:
        start: Query = {}
        if isinstance(self._paging, PageNumbers | Offset):
            start = {self._paging.parameter: self._paging.first}
        return {**self._list.query, **self._size, **start}

    def _is_end(self, answer: Answer, entries: Sequence[Json]) -> bool:
        """Say whether a page with nobody new ends a list of numbered pages: it is empty, or shorter than was asked for.

        It does not where the system says that there are more pages.
        """
        if not isinstance(self._paging, PageNumbers | Offset) or self._pages(answer) is not None:
            return False
        size = next(iter(self._size.values()), None)
        return not entries or (size is not None and len(entries) < int(size))

    def _following(self, answer: Answer, query: Query, read: int) -> tuple[str, Query] | None:
        """Return where the list goes on; None where it ends."""
        match self._paging:
            case PageNumbers() as paging:
                following = int(query[paging.parameter]) + 1
                pages = self._pages(answer)
                over = pages is not None and following - paging.first >= pages
                return None if over else (self._path, query | {paging.parameter: following})
            case Offset() as paging:
                return self._path, query | {paging.parameter: paging.first + read}
            case Cursor() as paging:
                return self._by_cursor(paging, answer, query)
            case NextLink() as paging:
                address = self._marker(answer, paging.next) if paging.next else answer.next_address
                return (self._own(address), {}) if address else None
            case None:
                return None

    def _by_cursor(self, paging: Cursor, answer: Answer, query: Query) -> tuple[str, Query] | None:
        more = boolean(paths.at(answer.data, paging.more)) if paging.more else None
        if more is False:
            return None
        cursor = self._marker(answer, paging.cursor)
        if cursor is None and more is True:
            raise self._lost()
        return None if cursor is None else (self._path, query | {paging.parameter: cursor})

    def _marker(self, answer: Answer, place: str) -> str | None:
        """Return the text that leads to the next page; None where there is none."""
        found = paths.at(answer.data, place)
        if found and isinstance(found, dict | list):
            raise TemporaryError(
                f"{self._system.name} goes on with its list at `{place}`, which is an object or a list. Nothing was changed. "
                f"Name the text in it in the description, such as `{place}.href`."
            )
        return None if found is False else text(found)

    def _pages(self, answer: Answer) -> int | None:
        """Return how many numbered pages the system says there are; None where it does not say."""
        place = self._paging.pages if isinstance(self._paging, PageNumbers) else None
        pages = number(paths.at(answer.data, place)) if place else None
        return None if pages is None else int(pages)

    def _lost(self) -> TemporaryError:
        return TemporaryError(
            f"{self._system.name} says that its list goes on, but not where. Nothing was changed. Try again later."
        )

    def _own(self, address: str) -> str:
        """Return the path of the next page: the credentials never go to another host than the one in the settings."""
        base = urlsplit(str(self._settings.url)).path  # type: ignore[attr-defined]
        parts = urlsplit(address)
        if not parts.path.startswith(f"{base}/"):
            raise TemporaryError(
                f"{self._system.name} continues its list at an address that is not its own. Try again later."
            )
        return parts.path.removeprefix(base) + (f"?{parts.query}" if parts.query else "")

    def _entries(self, answer: Answer) -> Sequence[Json]:
        responses.must_be_good(self._system, answer, "list its employees")
        found = paths.at(answer.data, self._list.records)
        entries = [paths.at(entry, self._list.record) for entry in found] if isinstance(found, list) else None
        if entries is None or not all(isinstance(entry, dict) for entry in entries):
            raise TemporaryError(
                f"{self._system.name} listed its employees in a form iHUB does not understand. Try again later."
            )
        return entries

    def _id(self, entry: Json) -> str:
        found = text(paths.at(entry, self._system.described.employees.id))
        if found is None:
            raise TemporaryError(f"{self._system.name} listed an employee without an id. Try again later.")
        return found
