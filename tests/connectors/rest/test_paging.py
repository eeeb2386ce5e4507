"""A list that says it continues is not taken for the whole list; a list that ends is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from tests.connectors.rest.staff import paged
from tests.connectors.rest.test_source import LIST_ONLY, opened
from tests.connectors.stand_ins import reply, scripted
from tests.connectors.suites import read_all


def nodes(*ids: int) -> list[Any]:
    return [{"node": {"id": number, "given": "Jo", "family": f"Citizen {number}"}} for number in ids]


def listing(kind: str) -> str:
    return paged(kind).replace("details: true", "details: false")


BLIND_CURSOR = LIST_ONLY.replace(", more: info.more", "")
HAL = {"href": "/people/next?after=2"}

CONTINUING: dict[str, tuple[str, list[Any], str]] = {
    "more and no marker": (
        LIST_ONLY,
        [{"data": nodes(1, 2), "info": {"more": True, "end": None}}],
        "but not where",
    ),
    "more as a text and no marker": (
        LIST_ONLY,
        [{"data": nodes(1, 2), "info": {"more": "true"}}],
        "but not where",
    ),
    "a marker that is an object": (
        LIST_ONLY,
        [{"data": nodes(1), "info": {"end": {"id": "x"}, "more": True}}],
        "info.end",
    ),
    "the same without more": (
        BLIND_CURSOR,
        [{"data": nodes(1, 2), "info": {"end": {"id": "x"}}}],
        "`info.end`, which is an object",
    ),
    "an address in an object": (listing("next"), [{"data": nodes(1, 2), "next": HAL}], "such as `next.href`"),
    "an empty page of five": (
        listing("page"),
        [{"data": nodes(1, 2), "pages": 5}, {"data": [], "pages": 5}],
        "but not where",
    ),
    "a short page again": (listing("page"), [{"data": nodes(1, 2), "pages": 5}] * 2, "but not where"),
    "a number in a text": (listing("page"), [{"data": nodes(1, 2), "pages": "5"}] * 2, "but not where"),
}


@pytest.mark.parametrize("case", CONTINUING)
async def test_a_list_that_says_it_continues_is_not_taken_for_the_whole(tmp_path: Path, case: str) -> None:
    text, answers, message = CONTINUING[case]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, text) as source,
    ):
        with pytest.raises(TemporaryError, match=message):
            await read_all(source)
    assert len(answers) <= len(system.asked) <= max(len(answers), 5)


TOLD_TWICE = {"blind": [[1, 2], [3, 4], [3, 4]], "offset": [[1, 2], [2, 3], [3, 4], [3, 4], [3, 4]]}


@pytest.mark.parametrize("kind", TOLD_TWICE)
async def test_a_full_last_page_told_twice_is_the_end(tmp_path: Path, kind: str) -> None:
    answers = [reply(200, {"data": nodes(*page)}) for page in TOLD_TWICE[kind]]
    async with (
        scripted(*answers) as system,
        opened(tmp_path, system.url, listing(kind), page_size=2) as source,
    ):
        assert len(await read_all(source)) == 4
        assert not source.list_moved
    assert len(answers) <= len(system.asked) <= max(len(answers), 5)


async def test_the_first_full_page_told_twice_is_an_error(tmp_path: Path) -> None:
    async with (
        scripted(reply(200, {"data": nodes(1, 2)})) as system,
        opened(tmp_path, system.url, listing("blind"), page_size=2) as source,
    ):
        with pytest.raises(TemporaryError, match="but not where"):
            await read_all(source)


async def test_an_empty_page_with_the_same_cursor_is_the_end(tmp_path: Path) -> None:
    answers = [{"data": nodes(1, 2), "info": {"end": "x"}}, {"data": [], "info": {"end": "x"}}]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, BLIND_CURSOR) as source,
    ):
        assert len(await read_all(source)) == 2


async def test_a_cursor_that_moves_for_ever_over_empty_pages_is_an_error(tmp_path: Path) -> None:
    answers = [{"data": nodes(1, 2), "info": {"end": "x"}}]
    answers += [{"data": [], "info": {"end": f"x{number}"}} for number in range(100)]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, BLIND_CURSOR) as source,
    ):
        with pytest.raises(TemporaryError, match="but not where"):
            await read_all(source)
    assert len(system.asked) < 30


ENDED: dict[str, tuple[str, list[Any]]] = {
    "no more, with a marker": (LIST_ONLY, [{"data": nodes(1, 2, 3), "info": {"more": False, "end": "x"}}]),
    "no marker and no more": (LIST_ONLY, [{"data": nodes(1, 2, 3), "info": {}}]),
    "an empty marker": (BLIND_CURSOR, [{"data": nodes(1, 2, 3), "info": {"end": ""}}]),
    "a false marker": (BLIND_CURSOR, [{"data": nodes(1, 2, 3), "info": {"end": False}}]),
    "no address": (listing("next"), [{"data": nodes(1, 2, 3), "next": None}]),
    "an empty object": (listing("next"), [{"data": nodes(1, 2, 3), "next": {}}]),
    "the last of two pages": (
        listing("page"),
        [{"data": nodes(1, 2), "pages": 2}, {"data": nodes(3), "pages": 2}],
    ),
    "no pages at the end": (listing("page"), [{"data": nodes(1, 2, 3)}, {"data": []}]),
    "pages are a yes or no": (
        listing("page"),
        [{"data": nodes(1, 2), "pages": True}, {"data": nodes(3)}, {"data": []}],
    ),
}


@pytest.mark.parametrize("case", ENDED)
async def test_a_list_that_ends_is_read_to_its_end(tmp_path: Path, case: str) -> None:
    text, answers = ENDED[case]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, text) as source,
    ):
        assert [record.source_id for record in await read_all(source)] == ["1", "2", "3"]
    assert len(answers) <= len(system.asked) <= max(len(answers), 5)


NAMED = [("@odata.nextLink", None), ("links.@odata.nextLink", "links"), ("next.href", "next")]


@pytest.mark.parametrize(("place", "around"), NAMED)
async def test_a_path_with_dots_in_a_name_leads_to_the_next_page(
    tmp_path: Path, place: str, around: str | None
) -> None:
    name = place.removeprefix(f"{around}.")
    link = {name: "/people/next?after=2"}
    answers = [{"data": nodes(1, 2), **({around: link} if around else link)}, {"data": nodes(3)}]
    text = listing("next").replace("next: next,", f'next: "{place}",')
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, text) as source,
    ):
        assert len(await read_all(source)) == 3
