"""A list in pages, as systems give it: while it is read, people come and go, and pages can be short."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.proofs.web import Answer

Json = dict[str, Any]


class Listing:
    """One way of paging; a None among the entries is a place that the system leaves out of its page."""

    def __init__(self, paging: str, entries: Callable[[], Sequence[Json | None]], url: str) -> None:
        self.paging, self._entries, self._url = paging, entries, url
        # What happens once, after the first page that is not the last one.
        self.between_pages: Callable[[], None] | None = None

    def answer(self, query: Mapping[str, str]) -> Answer:
        """Answer a request for a page."""
        entries = list(self._entries())
        total = sum(entry is not None for entry in entries)
        if self.paging == "whole":
            return Answer(200, {"people": [entry for entry in entries if entry is not None]})
        size, first = int(query.get("size", "3")), self._first(query)
        page = entries[first : first + size]
        following = first + size if first + size < len(entries) else None
        body: Json = {"people": [entry for entry in page if entry is not None], "total": total}
        headers = {}
        if self.paging == "page":
            body["pages"] = -(-len(entries) // size)
        elif self.paging == "cursor":
            body["next"] = None if following is None else f"c{following}"
        elif self.paging == "link" and following is not None:
            headers["Link"] = f'<{self._url}/people?size={size}&first={following}>; rel="next"'
        if following is not None and self.between_pages is not None:
            happen, self.between_pages = self.between_pages, None
            happen()
        return Answer(200, body, headers)

    def _first(self, query: Mapping[str, str]) -> int:
        match self.paging:
            case "page" | "uncounted":
                return (int(query.get("page", "1")) - 1) * int(query.get("size", "3"))
            case "offset":
                return int(query.get("skip", "0"))
            case "cursor":
                return int(query.get("after", "c0")[1:])
            case _:
                return int(query.get("first", "0"))
