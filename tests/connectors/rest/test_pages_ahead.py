"""Pages are requested side by side where it is known how many there are, and taken in their order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.contract.errors import TemporaryError
from connectors.http.client import Client
from connectors.http.response import Response
from connectors.rest import loader
from connectors.rest.client.lists.ahead import PAGES_AT_ONCE
from connectors.rest.client.paging import Pages
from tests.core.sync.described_source import NUMBERS, OFFSET, PEOPLE, employee

SIZE = 3
COUNTED = NUMBERS.replace("}", ", pages: pages}")


class SlowSystem:
    """A list of employees whose later pages are answered before the earlier ones."""

    def __init__(self, number: int, *, pages: bool = False, total: bool = False) -> None:
        self.people = [employee(one) for one in range(1, number + 1)]
        self.pages, self.total = pages, total
        self.at_once = self.most_at_once = self.requests = 0
        self.broken_page: int | None = None

    async def get(self, path: str, query: dict[str, Any] | None = None) -> Response:
        """Return one page after a while."""
        assert query is not None and path == "/people"
        self.requests += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        start = int(query["skip"]) if "skip" in query else int(query["page"]) * SIZE
        try:
            await asyncio.sleep(0.03 / (1 + start))
        finally:
            self.at_once -= 1
        if self.broken_page == start // SIZE:
            raise TemporaryError("The system is down. Try again later.")
        data: dict[str, Any] = {"people": self.people[start : start + SIZE]}
        data |= {"pages": -(-len(self.people) // SIZE)} if self.pages else {}
        return Response(200, data | ({"total": len(self.people)} if self.total else {}))


def pages_of(system: SlowSystem, folder: Path, paging: str) -> Pages:
    """Return the list of the system as the file describes it."""
    file = folder / "people.yaml"
    file.write_text(PEOPLE.replace("PAGING", paging))
    described = loader.load_system(file)
    settings = described.form.model_validate({"page_size": SIZE})
    return Pages(described, settings, cast(Client, system))


async def ids(pages: Pages) -> list[str]:
    """Return the ids of a list in their order."""
    return [listed.id async for page in pages for listed in page]


def expected(number: int) -> list[str]:
    return [str(one) for one in range(1, number + 1)]


@pytest.mark.parametrize(
    ("paging", "known"),
    [(COUNTED, {"pages": True}), (NUMBERS, {"total": True}), (OFFSET, {"total": True})],
    ids=["page count", "total", "offset"],
)
@pytest.mark.parametrize("number", [1, 3, 4, 30, 100])
async def test_everybody_is_listed_in_order(
    tmp_path: Path, paging: str, known: dict[str, bool], number: int
) -> None:
    system = SlowSystem(number, **known)
    pages = pages_of(system, tmp_path, paging)
    assert await ids(pages) == expected(number) and not pages.moved
    assert system.most_at_once <= PAGES_AT_ONCE and system.at_once == 0
    if number == 100:
        assert system.most_at_once == PAGES_AT_ONCE
    # No page is requested twice, and at most one after the end.
    assert system.requests <= -(-number // (SIZE - (paging == OFFSET))) + 1


async def test_pages_of_an_unknown_number_are_requested_one_by_one(tmp_path: Path) -> None:
    system = SlowSystem(30)
    assert await ids(pages_of(system, tmp_path, NUMBERS)) == expected(30)
    assert system.most_at_once == 1


async def test_a_page_that_fails_ends_the_list_in_its_turn(tmp_path: Path) -> None:
    system = SlowSystem(100, pages=True)
    system.broken_page = 5
    listed: list[str] = []
    with pytest.raises(TemporaryError, match="is down"):
        async for page in pages_of(system, tmp_path, COUNTED):
            listed += [one.id for one in page]
    assert listed == expected(15) and system.at_once == 0


async def test_a_list_that_moves_is_read_again(tmp_path: Path) -> None:
    system = SlowSystem(100, total=True)
    listed: list[str] = []
    async for page in pages_of(system, tmp_path, NUMBERS):
        listed += [one.id for one in page]
        if len(listed) == 12:
            del system.people[0]  # everybody moves to an earlier place
    assert sorted(listed, key=int) == expected(100)


async def test_who_stops_reading_leaves_no_request_behind(tmp_path: Path) -> None:
    system = SlowSystem(100, pages=True)
    pages = pages_of(system, tmp_path, COUNTED).__aiter__()
    await anext(pages)
    await cast(Any, pages).aclose()
    assert system.at_once == 0
