"""A list that moves while it is read is read again."""

from __future__ import annotations

from pathlib import Path

from tests.connectors.rest.test_paging import BLIND_CURSOR, listing, nodes
from tests.connectors.rest.test_source import opened
from tests.connectors.stand_ins import reply, scripted
from tests.connectors.suites import read_all


def skip(*pages: list[int]) -> list[bytes]:
    return [reply(200, {"data": nodes(*page)}) for page in pages]


async def offset_ids(tmp_path: Path, *answers: bytes) -> tuple[list[str], list[str], bool]:
    """Read a list by offset; return the ids, the offsets requested, and whether the list moved."""
    async with scripted(*answers) as system, opened(tmp_path, system.url, listing("offset"), 3) as source:
        ids = [record.source_id for record in await read_all(source)]
        moved = source.list_moved
    return ids, [asked.path.partition("skip=")[2] for asked in system.asked], moved


async def test_pages_by_offset_overlap_by_one(tmp_path: Path) -> None:
    answers = skip([1, 2, 3], [3, 4, 5], [5])
    assert await offset_ids(tmp_path, *answers) == (list("12345"), ["0", "2", "4"], False)


async def test_a_page_that_does_not_begin_with_the_last_employee_has_the_list_read_again(
    tmp_path: Path,
) -> None:
    answers = skip([1, 2, 3], [5, 6], [6], [2, 3, 4], [4, 5, 6], [6])
    ids, offsets, moved = await offset_ids(tmp_path, *answers)
    assert (sorted(ids), moved) == (list("123456"), True)
    assert offsets == ["0", "2", "4", "0", "2", "4"]


async def test_a_system_that_only_accepts_whole_pages_is_read_without_overlap(tmp_path: Path) -> None:
    answers = skip([1, 2, 3], [1, 2, 3], [4, 5], [])
    assert await offset_ids(tmp_path, *answers) == (list("12345"), ["0", "2", "3", "5"], False)


async def test_a_page_of_people_who_were_listed_before_ends_nothing_while_the_total_says_more(
    tmp_path: Path,
) -> None:
    pages = [1, 2, 3], [3, 4, 5], [5, 2, 3], [3, 4, 6], [6]
    answers = [reply(200, {"data": nodes(*page), "total": 9}) for page in pages]
    ids, offsets, _ = await offset_ids(tmp_path, *answers, *answers)
    assert (ids, offsets[:5]) == (list("123456"), ["0", "2", "4", "6", "8"])


async def test_a_list_with_somebody_twice_is_read_twice_and_has_not_moved(tmp_path: Path) -> None:
    answers = [{"data": nodes(1, 2), "info": {"end": "x"}}, {"data": nodes(1, 3), "info": {}}] * 2
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, BLIND_CURSOR) as source,
    ):
        assert len(await read_all(source)) == 3
        assert not source.list_moved
    assert len(system.asked) == 4
