"""Page through enableHR's list of employees by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.enablehr.error_text import error_text
from connectors.http.client import Client
from connectors.values.normalise import without_point

# The summary of one employee.
Node = Mapping[str, Any]


async def read_pages(
    client: Client, path: str, size: int, *, what: str = "employees"
) -> AsyncIterator[Sequence[Node]]:
    """Yield the summaries of each page, every employee once.

    ``hasNextPage`` cannot be relied on (contract §1.3), so paging ends where it is false or where the page is empty;
    after a short page that says nothing, one further request asks. Raises TemporaryError when the list continues
    without moving, or when a full page does not say how: what was read until then is not every employee.
    """
    cursor: str | None = None
    seen_ids: set[str] = set()
    used_cursors: set[str] = set()
    while True:
        entries, info = await _read_page(client, path, size, cursor, what)
        nodes = [_node(entry) for entry in entries]
        fresh = [node for node in nodes if node["id"] not in seen_ids]
        seen_ids.update(node["id"] for node in fresh)
        if fresh:
            yield list({node["id"]: node for node in fresh}.values())
        if not entries or info.get("hasNextPage") is False:
            return
        cursor = _next_cursor(entries, info)
        if cursor is None and info.get("hasNextPage") is None and len(entries) < size:
            return
        if cursor is None or cursor in used_cursors or not fresh:
            raise TemporaryError(
                "enableHR says that its list continues, but not where. Nothing was changed. Try again later."
            )
        used_cursors.add(cursor)


async def _read_page(
    client: Client, path: str, size: int, cursor: str | None, what: str
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    query: dict[str, str | int] = {"first": size} | ({"after": cursor} if cursor else {})
    response = await client.get(path, query)
    if response.status in {403, 404}:
        raise ConfigError(
            f"This sign-in cannot read the {what} of the enableHR account. "
            "Check the account id, or reconnect enableHR."
        )
    if not response.ok:
        raise TemporaryError(f"enableHR did not list its {what}: {error_text(response)}")
    page = response.data if isinstance(response.data, dict) else {}
    entries, info = page.get("data"), page.get("pageInfo") or {}
    if (
        not isinstance(entries, list)
        or not isinstance(info, dict)
        or not all(isinstance(entry, dict) for entry in entries)
    ):
        raise TemporaryError(
            f"enableHR listed its {what} in a form iHUB does not understand. Try again later."
        )
    return entries, info


def _node(entry: Mapping[str, Any]) -> Node:
    node = entry.get("node")
    if not isinstance(node, dict) or not node.get("id"):
        raise TemporaryError("enableHR listed an employee without an id. Try again later.")
    return {**node, "id": str(without_point(node["id"]))}


def _next_cursor(entries: Sequence[Mapping[str, Any]], info: Mapping[str, Any]) -> str | None:
    cursor = info.get("endCursor") or (entries[-1].get("cursor") if entries else None)
    return str(cursor) if cursor else None
