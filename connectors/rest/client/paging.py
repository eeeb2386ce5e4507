"""Page through the list of a described system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.connector import SideSettings
from connectors.contract.errors import TemporaryError
from connectors.http.client import Client
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.description.endpoints import Cursor, NextLink, Offset, PageNumbers
from connectors.rest.description.settings_form import fill_braces
from connectors.rest.description.system import System
from connectors.values.normalise import boolean, number, text

Json = Mapping[str, Any]
Query = dict[str, str | int]


class Pages:
    """The list of one system, a page at a time.

    No employee appears twice. A list that says it continues but does not move is an error, not the end.
    """

    def __init__(self, system: System, settings: SideSettings, client: Client) -> None:
        self._system, self._client = system, client
        self._list = system.description.employees.list
        self._paging = self._list.paging
        side: Any = settings
        self._base_path = urlsplit(str(side.url)).path
        self._path = fill_braces(self._list.path, settings)
        size = getattr(self._paging, "size_parameter", None)
        self._size: Query = {size: side.page_size} if size else {}

    async def __aiter__(self) -> AsyncIterator[Sequence[Json]]:
        """Yield the employees of each page, each employee once. Raises ConnectorError."""
        seen_ids: set[str] = set()
        requested: set[tuple[Any, ...]] = set()
        count, path, query = 0, self._path, self._first_query()
        while True:
            response = await self._client.get(path, query)
            entries = self._entries(response)
            new = {entry_id: entry for entry in entries if (entry_id := self._id(entry)) not in seen_ids}
            seen_ids.update(new)
            count += len(entries)
            if new:
                yield list(new.values())
            following = self._following(response, query, count)
            if following is None or (not new and self._is_end(response, entries)):
                return
            requested.add((path, *query.items()))
            stuck = not new and (entries or isinstance(self._paging, PageNumbers))
            path, query = following
            if stuck or (path, *query.items()) in requested:
                raise self._incomplete()

    def _first_query(self) -> Query:
        start: Query = {}
        if isinstance(self._paging, PageNumbers | Offset):
            start = {self._paging.parameter: self._paging.first}
        return {**self._list.query, **self._size, **start}

    def _is_end(self, response: Response, entries: Sequence[Json]) -> bool:
        """Say whether a page without new employees ends the list: an empty one, or one shorter than requested.

        Only for numbered pages, and not when the system gives the number of pages.
        """
        if not isinstance(self._paging, PageNumbers | Offset) or self._page_count(response) is not None:
            return False
        size = next(iter(self._size.values()), None)
        return not entries or (size is not None and len(entries) < int(size))

    def _following(self, response: Response, query: Query, count: int) -> tuple[str, Query] | None:
        """Return path and query of the next page; None at the end of the list."""
        match self._paging:
            case PageNumbers() as paging:
                following = int(query[paging.parameter]) + 1
                pages = self._page_count(response)
                is_over = pages is not None and following - paging.first >= pages
                return None if is_over else (self._path, query | {paging.parameter: following})
            case Offset() as paging:
                return self._path, query | {paging.parameter: paging.first + count}
            case Cursor() as paging:
                return self._by_cursor(paging, response, query)
            case NextLink() as paging:
                address = self._marker(response, paging.next) if paging.next else response.next_address
                return (self._own_path(address), {}) if address else None
            case None:
                return None

    def _by_cursor(self, paging: Cursor, response: Response, query: Query) -> tuple[str, Query] | None:
        more = boolean(paths.value_at(response.data, paging.more)) if paging.more else None
        if more is False:
            return None
        cursor = self._marker(response, paging.cursor)
        if cursor is None and more is True:
            raise self._incomplete()
        return None if cursor is None else (self._path, query | {paging.parameter: cursor})

    def _marker(self, response: Response, path: str) -> str | None:
        """Return the cursor or address that leads to the next page; None when there is none."""
        value = paths.value_at(response.data, path)
        if value and isinstance(value, dict | list):
            raise TemporaryError(
                f"{self._system.name} continues its list at `{path}`, which is an object or a list. "
                f"Nothing was changed. Name the text inside it in the description, such as `{path}.href`."
            )
        return None if value is False else text(value)

    def _page_count(self, response: Response) -> int | None:
        """Return the system's number of pages; None when it does not give one."""
        path = self._paging.pages if isinstance(self._paging, PageNumbers) else None
        pages = number(paths.value_at(response.data, path)) if path else None
        return None if pages is None else int(pages)

    def _incomplete(self) -> TemporaryError:
        return TemporaryError(
            f"{self._system.name} says that its list continues, but not where. Nothing was changed. Try again later."
        )

    def _own_path(self, address: str) -> str:
        """Return the path of the next page; it is always requested from the host of the settings, and no other."""
        base, parts = self._base_path, urlsplit(address)
        if not parts.path.startswith(f"{base}/"):
            raise TemporaryError(
                f"{self._system.name} continues its list at an address that is not its own. Try again later."
            )
        return parts.path.removeprefix(base) + (f"?{parts.query}" if parts.query else "")

    def _entries(self, response: Response) -> Sequence[Json]:
        responses.raise_if_failed(self._system, response, "list its employees")
        records = paths.value_at(response.data, self._list.records)
        if isinstance(records, list):
            entries = [paths.value_at(record, self._list.record) for record in records]
            if all(isinstance(entry, dict) for entry in entries):
                return entries
        raise TemporaryError(
            f"{self._system.name} listed its employees in a form iHUB does not understand. Try again later."
        )

    def _id(self, entry: Json) -> str:
        entry_id = text(paths.value_at(entry, self._system.description.employees.id))
        if entry_id is None:
            raise TemporaryError(f"{self._system.name} listed an employee without an id. Try again later.")
        return entry_id
