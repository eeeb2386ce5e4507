"""Where the next page of a list is, and whether a list that has ended is the whole.

One file, because what leads to the next page is also what says that one is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client.lists.reading import Reading
from connectors.rest.client.lists.signs import ListSigns, says_more
from connectors.rest.description.reads import Cursor, NextLink, Offset, PageNumbers
from connectors.rest.description.settings_form import fill_braces, fill_query
from connectors.rest.description.system import System
from connectors.values.normalise import number, text

Query = dict[str, str | int]

# How many empty pages in a row are followed.
MOST_EMPTY_PAGES = 20
# What systems put in the place of a cursor or address that there is not.
_NO_MARKERS = frozenset({"0", "-1", "null", "none"})
# What may stand in an address as it is; everything else is percent-encoded (RFC 3986).
_LEGAL = "/%:@!$&'()*+,;=~[]?"


class Request(NamedTuple):
    """One page to request."""

    path: str
    query: Query

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what tells two requests apart."""
        return self.path, *self.query.items()


class ReceivedPage(NamedTuple):
    """One page as it came."""

    response: Response
    signs: ListSigns
    # The ids on it, with the one that overlaps.
    ids: Sequence[str]
    # Whether there is nobody else on it, and whether it has anybody who was not listed before.
    is_empty: bool
    is_fresh: bool


class NextPage:
    """The way from page to page through the list of one system."""

    def __init__(self, system: System, settings: SideSettings) -> None:
        self._name, self._list = system.name, system.description.employees.list
        self._listed = system.listed
        self._paging = self._list.paging
        side: Any = settings
        self._base_path = urlsplit(str(side.url)).path.rstrip("/")
        self._path = fill_braces(self._list.path, settings)
        self._query = fill_query(self._list.query, settings)
        size = getattr(self._paging, "size_parameter", None)
        self._size: int | None = int(side.page_size) if size else None
        self._size_query: Query = {size: side.page_size} if size else {}

    def first(self) -> Request:
        """Return the first page."""
        start: Query = {}
        if isinstance(self._paging, PageNumbers | Offset):
            start = {self._paging.parameter: self._paging.first}
        return Request(self._path, {**self._query, **self._size_query, **start})

    def after(self, request: Request, page: ReceivedPage, reading: Reading) -> Request | None:
        """Return the page after this one; None at the end of the list. Raises ConnectorError when it cannot be."""
        following = self._following(request, page, reading)
        if following is None or following.key not in reading.requested:
            return following
        if not page.is_empty:
            raise self.incomplete()
        self._end(page.signs, reading)
        return None

    def _following(self, request: Request, page: ReceivedPage, reading: Reading) -> Request | None:
        match self._paging:
            case PageNumbers() as paging:
                return self._by_number(paging, request, page, reading)
            case Offset() as paging:
                if self._is_end(page, reading):
                    self._end(page.signs, reading)
                    return None
                reading.overlaps = reading.may_overlap and len(page.ids) > 1
                return self.at_offset(request, reading)
            case Cursor() as paging:
                return self._by_cursor(paging, request, page, reading)
            case NextLink() as paging:
                return self._by_link(paging, request, page, reading)
            case None:
                if sign := page.signs.continues(reading.count, 1):
                    raise self._unpaged(sign)
                return None

    def _by_number(
        self, paging: PageNumbers, request: Request, page: ReceivedPage, reading: Reading
    ) -> Request | None:
        pages = number(paths.value_at(page.response.data, paging.pages)) if paging.pages else None
        reading.page_count = reading.page_count if pages is None else int(pages)
        following = int(request.query[paging.parameter]) + 1
        if reading.page_count is None:
            is_over = self._is_end(page, reading)
        else:
            is_over = following - paging.first >= reading.page_count
            if not is_over and not page.is_fresh:
                raise self.incomplete()
        if is_over:
            self._end(page.signs, reading)
            return None
        return Request(self._path, request.query | {paging.parameter: following})

    def expected(self, request: Request, page: ReceivedPage, reading: Reading) -> Iterator[Request]:
        """Yield the next page and those after it, as far as the list is known to go."""
        step, end = 0, 0
        if isinstance(self._paging, PageNumbers) and page.ids:
            pages = reading.page_count
            if pages is None and reading.total is not None:
                pages = -(-reading.total // reading.longest_page)
            step, end = 1, self._paging.first + (pages or 0)
        elif isinstance(self._paging, Offset) and reading.total is not None and reading.pages > 1:
            # Only now is it known whether pages may overlap.
            step = len(page.ids) - int(reading.overlaps)
            end = self._paging.first + reading.total - int(reading.overlaps)
        if step > 0:
            assert isinstance(self._paging, PageNumbers | Offset)
            parameter = self._paging.parameter
            for place in range(int(request.query[parameter]), end, step):
                yield Request(self._path, request.query | {parameter: place})

    def at_offset(self, request: Request, reading: Reading) -> Request:
        """Return the page that begins after those who have been listed, or with the last of them."""
        assert isinstance(self._paging, Offset)
        offset = self._paging.first + reading.count - int(reading.overlaps)
        return Request(self._path, request.query | {self._paging.parameter: offset})

    def _is_end(self, page: ReceivedPage, reading: Reading) -> bool:
        """Say whether a page ends a list whose length the system does not say.

        It is empty, or has nobody new and is short, or the last page of several once more, or everybody was listed. A
        full page of people who are listed twice ends nothing as long as the total says that there is more.
        """
        if page.is_fresh or page.is_empty:
            return page.is_empty
        is_short = self._size is not None and len(page.ids) < self._size
        comes_twice = reading.pages > 1 and page.ids == reading.last_page
        if is_short or comes_twice or page.signs.total == reading.count:
            return True
        if page.signs.total is not None and page.signs.total > reading.count and reading.pages > 1:
            return False
        raise self.incomplete()

    def _by_cursor(
        self, paging: Cursor, request: Request, page: ReceivedPage, reading: Reading
    ) -> Request | None:
        data = page.response.data
        reading.place_found = reading.place_found or paths.is_shown(data, paging.cursor)
        more = says_more(paths.value_at(data, paging.more)) if paging.more else None
        if more is False:  # then a cursor leads nowhere, but a total counts
            self._end(page.signs._replace(more=False), reading)
            return None
        cursor = self._marker(page.response, paging.cursor)
        if cursor is not None:
            self._check_movement(page, reading)
            return Request(self._path, request.query | {paging.parameter: cursor})
        if more and not (page.is_empty and reading.pages):
            raise self.incomplete()
        self._end_at_place("cursor", paging.cursor, page, reading)
        return None

    def _by_link(
        self, paging: NextLink, request: Request, page: ReceivedPage, reading: Reading
    ) -> Request | None:
        response = page.response
        if paging.next is None:
            reading.place_found, address = True, response.next_address
        else:
            reading.place_found = reading.place_found or paths.is_shown(response.data, paging.next)
            address = self._marker(response, paging.next)
        if address is None:
            self._end_at_place("next", paging.next or "Link", page, reading)
            return None
        self._check_movement(page, reading)
        return Request(self._own_path(request.path, address), {})

    def _check_movement(self, page: ReceivedPage, reading: Reading) -> None:
        """Raise TemporaryError when a page has nobody new although the list says that it continues."""
        if not (page.is_fresh or page.is_empty) or reading.empty_pages > MOST_EMPTY_PAGES:
            raise self.incomplete()

    def _end_at_place(self, key: str, path: str, page: ReceivedPage, reading: Reading) -> None:
        """End a list whose last response does not say where it continues. Raises ConfigError when it should."""
        signs = page.signs if not reading.place_found else page.signs._replace(weak_marker=None)
        sign = signs.continues(reading.count, reading.pages)
        is_full = self._size is not None and len(page.ids) >= self._size
        if not reading.place_found and (sign or is_full):
            raise ConfigError(
                f"{self._name} never showed a `{path}`, where its file looks for the next page, but its response has "
                f"{sign or 'as many entries as were asked for'}. Nothing was changed. Correct `{key}` under `paging` "
                f"in the file that describes {self._name}."
            )
        self._end(signs, reading)

    def end_without_list(self, signs: ListSigns, reading: Reading) -> None:
        """End a list after a response that has no list. Raises TemporaryError when it says that the list continues."""
        if reading.page_count is not None and reading.pages < reading.page_count:
            raise self.incomplete()
        if signs.more or (signs.marker and signs.more is None):
            raise self.incomplete()
        reading.note_total(signs)
        self._end(signs, reading)

    def _end(self, signs: ListSigns, reading: Reading) -> None:
        """Note what says that employees are missing: a total, and what leads to a page that was not requested."""
        signs = signs._replace(largest_count=reading.largest_count, weak_marker=None)
        if isinstance(self._paging, PageNumbers | Offset):
            signs = signs._replace(pages=None, marker=None, more=None)
        reading.missing = signs.continues(reading.count, reading.pages)
        reading.moved = reading.moved or reading.missing is not None

    def _marker(self, response: Response, path: str) -> str | None:
        """Return the cursor or address that leads to the next page; None when there is none."""
        value = paths.value_at(response.data, path)
        if value and isinstance(value, dict | list):
            raise TemporaryError(
                f"{self._name} continues its list at `{path}`, which is an object or a list. "
                f"Nothing was changed. Name the text inside it in the description, such as `{path}.href`."
            )
        shown = None if value is False else text(value)
        return None if shown is None or shown.casefold() in _NO_MARKERS else shown

    def _own_path(self, path: str, address: str) -> str:
        """Return the path of the next page; it is always requested from the host of the settings, and no other."""
        try:
            parts = urlsplit(urljoin(f"{self._base_path}{path}", address.strip()))
        except ValueError:
            parts = urlsplit("")
        if not parts.path.startswith(f"{self._base_path}/"):
            raise TemporaryError(
                f"{self._name} continues its list at an address that is not its own. Try again later."
            )
        own = parts.path.removeprefix(self._base_path) + (f"?{parts.query}" if parts.query else "")
        return quote(own, safe=_LEGAL, errors="surrogateescape")

    def incomplete(self) -> TemporaryError:
        """Return the error of a list that says it continues, but not where."""
        return TemporaryError(
            f"{self._name} says that its list continues, but not where. Nothing was changed. Try again later."
        )

    def _unpaged(self, sign: str) -> ConfigError:
        return ConfigError(
            f"The list of {self._name} has {sign}, but its file does not say how to read the next page. Nothing was "
            f"changed. Add `paging` under `list` in the file that describes {self._name}."
        )

    def not_whole(self, reading: Reading) -> ConfigError:
        """Return the error of a list that ends before it is whole."""
        return ConfigError(
            f"{self._name} listed {reading.count} {self._listed}, but its responses have {reading.missing}. Nothing "
            f"was changed. Correct `paging` under `list` in the file that describes {self._name}."
        )
