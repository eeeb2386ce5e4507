"""A list that says it continues is not taken for the whole list; a list that ends is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import ConfigError, TemporaryError
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
    assert len(system.asked) == len(answers)


def first_page_only(paging: str, /, **answer: Any) -> tuple[str, Any]:
    """Return a description with this paging, and a first page of two from pages of two."""
    cursor = "{kind: cursor, parameter: after, cursor: info.end, more: info.more, size_parameter: first}"
    return LIST_ONLY.replace(f"    paging: {cursor}\n", paging and f"    paging: {paging}\n"), answer


CURSOR_AT = "{kind: cursor, parameter: after, size_parameter: first, cursor: %s}"
NOT_FOLLOWED: dict[str, tuple[tuple[str, Any], str]] = {
    "a misspelt cursor and a full page": (
        first_page_only(CURSOR_AT % "info.ned", info={"end": "x"}),
        "`info.ned`",
    ),
    "a renamed cursor": (
        first_page_only("{kind: cursor, parameter: after, cursor: nxt}", next_cursor="x"),
        "`nxt`",
    ),
    "another cursor": (first_page_only("{kind: cursor, parameter: after, cursor: nxt}", cursor="x"), "`nxt`"),
    "the last of a list": (
        first_page_only("{kind: link, next: links.-1.href}", links=[{"href": "/people/x"}], total=3),
        "`links.-1.href`",
    ),
    "a misspelt address": (first_page_only("{kind: link, next: nxt}", next="/people/x"), "`nxt`"),
    "a nested address": (
        first_page_only("{kind: link, next: nxt}", _links={"next": {"href": "/x"}}),
        "`nxt`",
    ),
    "a total": (first_page_only("{kind: link}", meta={"total_count": 3}), "a total of 3"),
    "a count": (first_page_only("{kind: link}", count=3), "a total of 3"),
    "no paging and a total": (first_page_only("", totalElements="3"), "Add `paging`"),
    "no paging and a cursor": (first_page_only("", paging={"next_page_token": "x"}), "Add `paging`"),
    "no paging and an address": (first_page_only("", **{"@odata.nextLink": "/people/x"}), "Add `paging`"),
    "no paging and more": (first_page_only("", hasMore=1), "Add `paging`"),
    "no paging and pages": (first_page_only("", page={"totalPages": 2}), "Add `paging`"),
    "no paging and not done": (first_page_only("", done=False), "Add `paging`"),
}


@pytest.mark.parametrize("case", NOT_FOLLOWED)
async def test_the_first_page_is_not_taken_for_the_whole(tmp_path: Path, case: str) -> None:
    (text, answer), message = NOT_FOLLOWED[case]
    async with (
        scripted(reply(200, {"data": nodes(1, 2)} | answer)) as system,
        opened(tmp_path, system.url, text, page_size=2 if "size_parameter" in text else None) as source,
    ):
        with pytest.raises(ConfigError, match=message):
            await read_all(source)


async def test_a_link_header_that_the_file_does_not_follow_is_not_the_end(tmp_path: Path) -> None:
    text, _ = first_page_only("{kind: link, next: next}")
    answer = reply(200, {"data": nodes(1, 2)}, Link='</people/x>; rel="next"')
    async with scripted(answer) as system, opened(tmp_path, system.url, text, page_size=None) as source:
        with pytest.raises(ConfigError, match="`next`"):
            await read_all(source)


async def test_a_total_in_a_header_counts(tmp_path: Path) -> None:
    text = first_page_only("")[0].replace("    records: data\n    record: node\n", "")
    answer = reply(200, [node["node"] for node in nodes(1, 2)], X_Total_Count="3")
    async with scripted(answer) as system, opened(tmp_path, system.url, text, page_size=None) as source:
        with pytest.raises(ConfigError, match="a total of 3"):
            await read_all(source)


WHOLE: dict[str, tuple[str, Any]] = {
    "the total is reached": first_page_only("", total=3),
    "fewer than were listed": first_page_only("", total=2),
    "a blank cursor": first_page_only(CURSOR_AT % "info.end", info={"end": None}),
    "a blank object": first_page_only(CURSOR_AT % "info.end", info={}),
    "no object": first_page_only(CURSOR_AT % "info.end", info=None),
    "no more and a cursor": first_page_only("", hasNextPage=False, endCursor="x"),
    "done": first_page_only("", done=True, cursor="x"),
    "a blank next and a cursor": first_page_only("", next_cursor="", cursor="x"),
    "one page": first_page_only("", page={"totalPages": 1, "next": None}),
    "no Link header": first_page_only("{kind: link, size_parameter: first}"),
}


@pytest.mark.parametrize("case", WHOLE)
async def test_a_list_that_is_whole_is_no_error(tmp_path: Path, case: str) -> None:
    text, answer = WHOLE[case]
    size = 3 if "size_parameter" in text else None
    async with (
        scripted(reply(200, {"data": nodes(1, 2, 3)} | answer)) as system,
        opened(tmp_path, system.url, text, page_size=size) as source,
    ):
        assert len(await read_all(source)) == 3
    assert len(system.asked) == 1


MORE: list[tuple[Any, Any]] = [
    (1, 0),
    ("true", "false"),
    ("1", "0"),
    ("True", ""),
    (True, None),
    ("yes", "no"),
    (2, 0),
]


@pytest.mark.parametrize(("more", "no_more"), MORE)
async def test_more_is_said_in_many_ways(tmp_path: Path, more: Any, no_more: Any) -> None:
    answers = [
        {"data": nodes(1, 2), "info": {"more": more, "end": "x"}},
        {"data": nodes(3), "info": {"more": no_more, "end": None if no_more is None else "y"}},
    ]
    if no_more == "":
        answers[1]["info"]["end"] = ""
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, LIST_ONLY) as source,
    ):
        assert len(await read_all(source)) == 3
    assert len(system.asked) == 2


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
    assert len(system.asked) == len(answers)


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
    answers += [{"data": [], "info": {"end": str(number)}} for number in range(100)]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, BLIND_CURSOR) as source,
    ):
        with pytest.raises(TemporaryError, match="but not where"):
            await read_all(source)
    assert len(system.asked) < 30


ADDRESSES = {
    "?page=2": "/hr/people/next?page=2",
    "next?page=2": "/hr/people/next?page=2",
    "./next?page=2": "/hr/people/next?page=2",
    "/hr/people/next?page=2": "/hr/people/next?page=2",
    "?q=Jo Ann&n=Māui": "/hr/people/next?q=Jo%20Ann&n=M%C4%81ui",
    "?q=Jo%20Ann%2B&x=a+b": "/hr/people/next?q=Jo%20Ann%2B&x=a+b",
    " ?page=2#top ": "/hr/people/next?page=2",
    "https://elsewhere.example.com/hr/people/next?page=2": "/hr/people/next?page=2",
    "//elsewhere.example.com/hr/people/next?page=2": "/hr/people/next?page=2",
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("in_header", [True, False])
async def test_the_next_address_is_resolved_as_rfc_3986_says(
    tmp_path: Path, address: str, in_header: bool
) -> None:
    kind = "link" if in_header else "next"
    expected = ADDRESSES[address].replace("next?", f"{kind}?")
    address = address.replace("next?", f"{kind}?")
    header = f'<{address}>; rel="next"'.encode()
    first = reply(200, {"data": nodes(1, 2), "next": address})
    if in_header:
        first = reply(200, {"data": nodes(1, 2)}).replace(b"\r\n", b"\r\nLink: %b\r\n" % header, 1)
    async with (
        scripted(first, reply(200, {"data": nodes(3), "next": None})) as system,
        opened(tmp_path, f"{system.url}/hr", listing(kind)) as source,
    ):
        assert len(await read_all(source)) == 3
    assert system.asked[1].path == expected


@pytest.mark.parametrize(
    "address", ["https://evil.example.com/other", "//evil.example.com", "http://[::1", "../.."]
)
async def test_a_next_address_outside_the_systems_own_is_not_requested(tmp_path: Path, address: str) -> None:
    answer = reply(200, {"data": nodes(1, 2), "next": address})
    async with scripted(answer) as system, opened(tmp_path, f"{system.url}/hr", listing("next")) as source:
        with pytest.raises(TemporaryError, match="not its own"):
            await read_all(source)
    assert len(system.asked) == 1


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


async def test_a_list_with_somebody_twice_is_read_twice_and_has_not_moved(tmp_path: Path) -> None:
    answers = [{"data": nodes(1, 2), "info": {"end": "x"}}, {"data": nodes(1, 3), "info": {}}] * 2
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, BLIND_CURSOR) as source,
    ):
        assert len(await read_all(source)) == 3
        assert not source.list_moved
    assert len(system.asked) == 4


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
    assert len(system.asked) == len(answers)


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
