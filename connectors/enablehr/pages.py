"""Page through enableHR's list of employees by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.enablehr.problems import words
from connectors.http.client import Client

Node = Mapping[str, Any]


async def pages(client: Client, path: str, size: int) -> AsyncIterator[Sequence[Node]]:
    """Yield the summaries of each page, every employee once.

    ``hasNextPage`` cannot be relied on (contract §1.3), so paging ends at the first of: it is false, the page is
    empty or short, or there is no cursor. Raises TemporaryError when the list goes on without moving: what was read until
    then is not everybody.
    """
    cursor: str | None = None
    seen: set[str] = set()
    passed: set[str] = set()
    while True:
        entries, info = await _page(client, path, size, cursor)
        nodes = [_node(entry) for entry in entries]
        fresh = [node for node in nodes if node["id"] not in seen]
        seen.update(node["id"] for node in fresh)
        if fresh:
            yield list({node["id"]: node for node in fresh}.values())
        cursor = _next(entries, info)
        if len(entries) < size or info.get("hasNextPage") is False:
            return
        if cursor is None and info.get("hasNextPage") is None:
            return
        if cursor is None or cursor in passed:
            raise TemporaryError(
                "enableHR says that its list goes on, but not where. Nothing was changed. Try again later."
            )
        passed.add(cursor)


async def _page(
    client: Client, path: str, size: int, cursor: str | None
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    query: dict[str, str | int] = {"first": size} | ({"after": cursor} if cursor else {})
    answer = await client.get(path, query)
    if answer.status in {403, 404}:
        raise ConfigError(
            "This sign-in cannot read the employees of the enableHR account. Check the account id, or connect enableHR again."
        )
    if not answer.ok:
        raise TemporaryError(f"enableHR did not list its employees: {words(answer)}")
    entries = answer.data.get("data") if isinstance(answer.data, dict) else None
    info = answer.data.get("pageInfo") or {} if isinstance(answer.data, dict) else {}
    if (
        not isinstance(entries, list)
        or not isinstance(info, dict)
        or not all(isinstance(one, dict) for one in entries)
    ):
        raise TemporaryError(
            "enableHR listed its employees in a form iHUB does not understand. Try again later."
        )
    return entries, info


def _node(entry: Mapping[str, Any]) -> Node:
    node = entry.get("node")
    if not isinstance(node, dict) or not node.get("id"):
        raise TemporaryError("enableHR listed an employee without an id. Try again later.")
    return {**node, "id": str(node["id"])}


def _next(entries: Sequence[Mapping[str, Any]], info: Mapping[str, Any]) -> str | None:
    cursor = info.get("endCursor") or (entries[-1].get("cursor") if entries else None)
    return str(cursor) if cursor else None
