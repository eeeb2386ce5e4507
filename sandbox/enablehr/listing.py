"""Lists with cursor, filter and sorting, as enableHR returns them."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from starlette.datastructures import QueryParams

from sandbox.enablehr import shapes
from sandbox.enablehr.employees import Employees

Node = dict[str, Any]
_PAGE = 100


class ListingError(Exception):
    """A list that cannot be returned as requested; the message says why."""


def list_page(
    query: QueryParams, nodes: list[Node], people: Employees | None, *, stuck: bool = False
) -> Node:
    """Return a page of the nodes or, if given, of the people; ``stuck`` repeats the first page endlessly."""
    forward, size, position = _paging(query)
    order = f"{query.get('filter', '')}|{','.join(query.getlist('sort'))}"
    last_seen = None if stuck else _read_cursor(position, order)
    if people is not None and forward and order == "|":
        people_page, more = people.after(last_seen, size)
        page = [shapes.summary(person) for person in people_page]
        return cursor_page(page, has_next=more or stuck, has_previous=last_seen is not None, order=order)
    if people is not None:
        nodes = [shapes.summary(person) for person in people.everyone()]
    nodes = _sorted(
        [node for node in nodes if _matches(node, query.get("filter", ""))], query.getlist("sort")
    )
    begin, end = _slice(nodes, last_seen, size, forward=forward)
    return cursor_page(
        nodes[begin:end], has_next=end < len(nodes) or stuck, has_previous=begin > 0, order=order
    )


def cursor_page(nodes: list[Node], *, has_next: bool, has_previous: bool = False, order: str = "|") -> Node:
    """Return a page of nodes, each with its cursor."""
    data: list[Node] = [{"cursor": _cursor(node["id"], order), "node": node} for node in nodes]
    info: Node = {"hasPreviousPage": has_previous, "hasNextPage": has_next}
    if data:
        info |= {"startCursor": data[0]["cursor"], "endCursor": data[-1]["cursor"]}
    return {"pageInfo": info, "data": data}


def _paging(query: QueryParams) -> tuple[bool, int, str | None]:
    backward = "last" in query or "before" in query
    if backward and ("first" in query or "after" in query):
        raise ListingError("Use first and after, or last and before, not both.")
    text = query.get("last" if backward else "first", str(_PAGE))
    if not text.isdigit() or int(text) < 1:
        raise ListingError("first and last must be whole numbers above 0.")
    return not backward, int(text), query.get("before" if backward else "after")


def _slice(nodes: list[Node], last_seen: str | None, size: int, *, forward: bool) -> tuple[int, int]:
    position = next((index for index, node in enumerate(nodes) if node["id"] == last_seen), None)
    if forward:
        begin = 0 if position is None else position + 1
        return begin, min(begin + size, len(nodes))
    end = len(nodes) if position is None else position
    return max(0, end - size), end


def _cursor(name: str, order: str) -> str:
    return base64.urlsafe_b64encode(f"{zlib.crc32(order.encode()):x}:{name}".encode()).decode()


def _read_cursor(cursor: str | None, order: str) -> str | None:
    if cursor is None:
        return None
    try:
        mark, name = base64.urlsafe_b64decode(cursor).decode().split(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        mark, name = "", ""
    if mark != f"{zlib.crc32(order.encode()):x}" or not name.isdigit():
        raise ListingError("The cursor is not valid for this list, filter and sort.")
    return name


def _matches(node: Node, text: str) -> bool:
    """Apply ``field:value`` terms joined by OR and AND, with * for any text."""
    if not text:
        return True
    return any(
        all(_matches_term(node, term) for term in group.split(" AND ")) for group in text.split(" OR ")
    )


def _matches_term(node: Node, term: str) -> bool:
    field, colon, pattern = term.strip(" ()").partition(":")
    if not colon:
        raise ListingError("A filter is field:value, joined by AND and OR.")
    return fnmatchcase(str(_value(node, field)).lower(), pattern.strip('"').lower())


def _value(node: Mapping[str, Any], field: str) -> Any:
    value: Any = node
    for part in field.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value


def _sort_key(field: str, node: Node) -> str:
    return str(_value(node, field))


def _sorted(nodes: list[Node], sorts: list[str]) -> list[Node]:
    for entry in reversed([entry for text in sorts for entry in text.split(",")]):
        field, _, direction = entry.partition(":")
        nodes = sorted(nodes, key=partial(_sort_key, field), reverse=direction == "desc")
    return nodes
