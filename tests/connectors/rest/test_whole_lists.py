"""A list with a total, a cursor or a link that was not followed is not the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import ConfigError, ConnectorError
from tests.connectors.rest.test_paging import nodes
from tests.connectors.rest.test_source import LIST_ONLY, opened
from tests.connectors.stand_ins import reply, scripted
from tests.connectors.suites import read_all


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
    "a total and no more": ((LIST_ONLY, {"info": {"end": "x", "more": False}, "total": 3}), "a total of 3"),
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
    "a total of money": first_page_only("", pay={"total": 5000}, total=3.5),
    "fewer than were listed": first_page_only("", total=2),
    "a blank cursor": first_page_only(CURSOR_AT % "info.end", info={"end": None}),
    "a blank object": first_page_only(CURSOR_AT % "info.end", info={}),
    "no object": first_page_only(CURSOR_AT % "info.end", info=None),
    "no more and a cursor": first_page_only("", hasNextPage=False, endCursor="x"),
    "no more where the file says so": (LIST_ONLY, {"info": {"end": "x", "more": False}, "total": 3}),
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
        {"data": nodes(3), "info": {"more": no_more, "end": no_more if no_more in {"", None} else "y"}},
    ]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(tmp_path, system.url, LIST_ONLY) as source,
    ):
        assert len(await read_all(source)) == 3
    assert len(system.asked) == 2


LISTED = {"data": nodes(1, 2), "info": {"end": "x", "more": True}}
CONTINUES = {"more": True, "end": "y"}
COUNTED = "{kind: page, parameter: page, size_parameter: first}"
NOT_WHOLE: dict[str, tuple[str, list[bytes], str]] = {
    "an error and a blank list": (
        COUNTED,
        [reply(200, {"data": [], "errors": ["Try later"]})],
        "did not list its employees: Try later",
    ),
    "no success and a blank list": (COUNTED, [reply(200, {"data": [], "Success": False})], "did not list"),
    "no success and no list": (COUNTED, [reply(200, {"data": None, "success": False})], "did not list"),
    "a status of an error": (COUNTED, [reply(200, {"data": [], "status": "error"})], "did not list"),
    "an error later": (
        COUNTED,
        [reply(200, {"data": nodes(1, 2)}), reply(200, {"data": None, "success": False})],
        "did not list",
    ),
    "no list of five": (COUNTED, [reply(200, {"data": None, "total": 5})], "a total of 5"),
    "a cursor that is gone": ("", [reply(200, LISTED), reply(404)], "no longer has the next page"),
    "an address that is gone": (
        "{kind: link, next: next}",
        [reply(200, {"data": nodes(1, 2), "next": "?page=2"}), reply(404)],
        "no longer has the next page",
    ),
    "a page without a list that continues": (
        "",
        [reply(200, LISTED), reply(200, {"data": None, "info": CONTINUES})],
        "but not where",
    ),
    "no more before the total is reached": (
        "",
        [reply(200, {"data": nodes(1, 2), "total": 5, "info": {"end": None, "more": False}})],
        "a total of 5",
    ),
}


@pytest.mark.parametrize("case", NOT_WHOLE)
async def test_a_list_with_an_error_or_a_lost_page_is_not_the_whole(tmp_path: Path, case: str) -> None:
    paging, answers, message = NOT_WHOLE[case]
    text = first_page_only(paging)[0] if paging else LIST_ONLY
    size = 2 if "size_parameter" in text else None
    async with (
        scripted(*answers) as system,
        opened(tmp_path, system.url, text, page_size=size) as source,
    ):
        with pytest.raises(ConnectorError, match=message):
            await read_all(source)


@pytest.mark.parametrize("error", [None, "", [], {}, 0, "none", {"code": 0, "message": "Success"}])
async def test_a_list_without_an_error_is_read(tmp_path: Path, error: Any) -> None:
    text, _ = first_page_only("")
    answer = {"data": nodes(1, 2), "error": error, "success": True, "status": "ok"}
    async with (
        scripted(reply(200, answer)) as system,
        opened(tmp_path, system.url, text, page_size=None) as source,
    ):
        assert len(await read_all(source)) == 2


@pytest.mark.parametrize("marker", [0, "0", -1, "-1", "null", "None"])
@pytest.mark.parametrize("paging", [CURSOR_AT % "next", "{kind: link, next: next}"])
async def test_a_marker_of_nothing_ends_a_list(tmp_path: Path, marker: Any, paging: str) -> None:
    text, _ = first_page_only(paging)
    size = 2 if "size_parameter" in text else None
    answer = reply(200, {"data": nodes(1, 2), "next": marker})
    async with scripted(answer) as system, opened(tmp_path, system.url, text, page_size=size) as source:
        assert len(await read_all(source)) == 2
