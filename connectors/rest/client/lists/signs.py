"""What a response says about the rest of a list, whatever the description of the system makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.http.response import Response
from connectors.values.normalise import number

# Names as systems write them, without case and punctuation.
_TOTALS = frozenset(
    {
        "count",
        "odatacount",
        "recordcount",
        "recordstotal",
        "resultcount",
        "total",
        "totalcount",
        "totalelements",
        "totalemployees",
        "totalentries",
        "totalhits",
        "totalitems",
        "totalnumber",
        "totalrecords",
        "totalresults",
        "totalrows",
        "totalsize",
    }
)
# Also the name of how many there are on this page.
_PAGE_OR_LIST = frozenset({"count", "recordcount", "resultcount", "totalnumber"})
_PAGE_COUNTS = frozenset(
    {
        "lastpage",
        "numberofpages",
        "numpages",
        "pagecount",
        "pagestotal",
        "totalpagecount",
        "totalpages",
    }
)
_MORE = frozenset(
    {
        "hasmore",
        "hasmoreitems",
        "hasmorepages",
        "hasmoreresults",
        "hasnext",
        "hasnextpage",
        "ismore",
        "ismoredata",
        "more",
        "moredata",
        "moreitems",
        "morepages",
        "morerecords",
        "moreresults",
    }
)
_DONE = frozenset(
    {
        "done",
        "endoflist",
        "isdone",
        "isfinal",
        "islast",
        "islastpage",
        "last",
        "lastpage",
    }
)
_MARKERS = frozenset(
    {
        "continuation",
        "continuationkey",
        "continuationtoken",
        "next",
        "nextcontinuation",
        "nextcursor",
        "nexthref",
        "nextkey",
        "nextlink",
        "nextmarker",
        "nextoffset",
        "nextpage",
        "nextpagecursor",
        "nextpageid",
        "nextpagelink",
        "nextpagetoken",
        "nextpageurl",
        "nextrecordsurl",
        "nextstart",
        "nexttoken",
        "nexturi",
        "nexturl",
        "odatanextlink",
    }
)
# Where they stand alone, they may also be the marker of the page that was requested.
_WEAK_MARKERS = frozenset(
    {
        "after",
        "bookmark",
        "cursor",
        "endcursor",
        "marker",
        "pagetoken",
        "pagingtoken",
        "scrollid",
    }
)
# Objects whose totals are about the list, and not, say, about money.
_ABOUT_THE_LIST = re.compile(
    "pag|meta|info|list|result|cursor|count|data|response|employee|people|staff|search|query"
)
_DEPTH = 4
_FALSE = frozenset({"", "0", "false", "no", "n", "none", "null", "nil", "-1", "off"})
_PUNCTUATION = re.compile(r"[^a-z0-9]")


class ListSigns(NamedTuple):
    """The signs of one response."""

    # How many employees the whole list has, and the same where it may also be the number on this page.
    total: int | None = None
    largest_count: int | None = None
    pages: int | None = None
    # Whether the list continues; None where the response does not say.
    more: bool | None = None
    # Where the response has what leads to the next page.
    marker: str | None = None
    # What may also lead to the page that was requested.
    weak_marker: str | None = None

    def continues(self, employees: int, pages: int) -> str | None:
        """Return the sign that there is more than this number of employees and pages; None where there is none."""
        if self.largest_count is not None and self.largest_count > employees:
            return f"a total of {self.largest_count}"
        if self.more is False:
            return None
        if self.pages is not None and self.pages > pages:
            return f"{self.pages} pages"
        if marker := self.marker or self.weak_marker:
            return f"the way to a next page at `{marker}`"
        return "a sign that there is more" if self.more else None


def says_more(value: Any) -> bool | None:
    """Return whether a value says that there is more; None where it says nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, str):
        return value.strip().casefold() not in _FALSE if value.strip() else None
    return bool(value)


def is_marker(value: Any) -> bool:
    """Say whether a value leads to a next page, itself or by something in it."""
    if isinstance(value, Mapping):
        return any(is_marker(inner) for inner in value.values())
    if isinstance(value, list) or value is None or isinstance(value, bool):
        return False
    return str(value).strip().casefold() not in _FALSE


def read_signs(response: Response, records: Any) -> ListSigns:
    """Return what a response says beside its ``records``."""
    found = list(_values(response.data, records))
    numbers = [
        (name, int(whole))
        for path, name, value in found
        if (whole := number(value)) is not None and whole == int(whole) and _is_about_the_list(path)
    ]
    if (whole := number(response.total)) is not None:
        numbers.append(("total", int(whole)))
    counts = [(name, count) for name, count in numbers if name in _TOTALS]
    more = _read_more(found)
    markers = [(path, is_marker(value)) for path, name, value in found if name in _MARKERS]
    if response.next_address:
        markers.append(("Link", True))
    weak = [path for path, name, value in found if name in _WEAK_MARKERS and is_marker(value)]
    return ListSigns(
        total=max((count for name, count in counts if name not in _PAGE_OR_LIST), default=None),
        largest_count=max((count for _, count in counts), default=None),
        pages=max((count for name, count in numbers if name in _PAGE_COUNTS), default=None),
        more=more,
        marker=next((path for path, leads_on in markers if leads_on), None),
        weak_marker=None if markers or more is not None else next(iter(weak), None),
    )


def _is_about_the_list(path: str) -> bool:
    around, _, _ = path.rpartition(".")
    return not around or _ABOUT_THE_LIST.search(around.casefold()) is not None


def _read_more(found: Sequence[tuple[str, str, Any]]) -> bool | None:
    answers = [says_more(value) for _, name, value in found if name in _MORE]
    answers += [not value for _, name, value in found if name in _DONE and isinstance(value, bool)]
    return next((answer for answer in answers if answer is not None), None)


def _values(data: Any, records: Any, prefix: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, str, Any]]:
    """Yield path, plain name and value of everything in the objects of a response but its records."""
    if not isinstance(data, Mapping) or not depth:
        return
    for key, value in data.items():
        if value is records or isinstance(value, list):
            continue
        name = _PUNCTUATION.sub("", key.casefold())
        yield prefix + key, name, value
        if name not in _MARKERS:
            yield from _values(value, records, f"{prefix}{key}.", depth - 1)
