"""How far one reading of a list has come, and whether the list moved while it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from connectors.contract.protocols import RecordDigest
from connectors.http.json_body import dump_json
from connectors.rest.client.lists.signs import ListSigns

Json = Mapping[str, Any]
# The low bits of what is kept of an employee hold the number of a reading.
_DIGEST_MASK = ((1 << 57) - 1) << 3


def unkeyed_digest(data: bytes) -> bytes:
    """Return the digest of a record where the engine has given no key, so that it is never stored."""
    return blake2b(data, digest_size=16).digest()


class Listed(NamedTuple):
    """An employee as the list has them; ``again`` when it has listed the same id before, with other contents."""

    id: str
    entry: Json
    # The entry as JSON, and its digest.
    data: bytes
    digest: bytes
    again: bool = False


@dataclass
class Reading:
    """One reading of the whole list, as far as it has come."""

    number: int
    # The contents of every employee, hashed, with the number of the reading that listed them last.
    seen: dict[str, int]
    digest: RecordDigest = unkeyed_digest
    # Employees and pages listed so far, and the sum of the hashes of all ids: the same people give the same sum.
    count: int = 0
    pages: int = 0
    ids: int = 0
    empty_pages: int = 0
    last_page: Sequence[str] = ()
    longest_page: int = 0
    # Whether the next page is requested with the last employee of this one, to see whether the list has moved.
    overlaps: bool = False
    may_overlap: bool = True
    total: int | None = None
    largest_count: int | None = None
    page_count: int | None = None
    # Whether the place of the cursor or address was ever in a response.
    place_found: bool = False
    moved: bool = False
    # What says that employees are missing, although the list has ended.
    missing: str | None = None
    requested: set[tuple[Any, ...]] = field(default_factory=set)

    def take(self, page: Sequence[tuple[str, Json]], signs: ListSigns) -> tuple[list[Listed], bool]:
        """Add a page; return the employees whose contents are new, and whether it lists anybody not listed before."""
        seen, number, take_digest = self.seen, self.number, self.digest
        changed: list[Listed] = []
        fresh, is_repeated = 0, False
        for index, (entry_id, entry) in enumerate(page):
            data = dump_json(entry)
            digest = take_digest(data)
            contents = int.from_bytes(digest[:8]) & _DIGEST_MASK
            known = seen.get(entry_id)
            seen[entry_id] = contents | number
            if known is None or known & _DIGEST_MASK != contents:
                changed.append(Listed(entry_id, entry, data, digest, known is not None))
            if known is None or known & ~_DIGEST_MASK != number:
                fresh += 1
            elif not any(entry_id == other for other, _ in page[:index]):
                is_repeated = True
        if fresh or changed or [entry_id for entry_id, _ in page] != self.last_page:
            self.count += len(page)
        if fresh:
            self.moved = self.moved or is_repeated
            self.pages += 1
            self.ids += sum(hash(entry_id) for entry_id, _ in page)
        self.longest_page = max(self.longest_page, len(page))
        self.empty_pages = 0 if page else self.empty_pages + 1
        self.note_total(signs)
        return changed, bool(fresh)

    def note_total(self, signs: ListSigns) -> None:
        """Keep the totals of a response; the list has moved when they are others than before."""
        if signs.total is not None:
            self.moved = self.moved or self.total not in {None, signs.total}
            self.total = signs.total
        if signs.largest_count is not None:
            self.largest_count = signs.largest_count

    def without_overlap(self, page: list[tuple[str, Json]]) -> list[tuple[str, Json]] | None:
        """Return a page without the last employee of the page before, who has to come first, or the list has moved.

        None when the page begins where the page before began: the system only accepts multiples of the page size.
        """
        if not self.overlaps:
            return page
        first_id = page[0][0] if page else None
        if first_id == self.last_page[-1]:
            return page[1:]
        if first_id == self.last_page[0]:
            self.overlaps = self.may_overlap = False
            return None
        self.moved = True
        return page
