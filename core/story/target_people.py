"""Search everybody at the target for an employee, by number or by name: the target is asked at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.capabilities import FindsExternalId
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Target
from connectors.contract.records import TargetRecord
from core.db import reading
from core.errors import ConflictError, InvalidError, NotFoundError
from core.folding import Search, searchable
from core.models import Connection, ConnectionStatus, KnownPerson, Link
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sides import systems

# How many are shown, and for how long the target's list is read at most.
MOST_FOUND, MOST_SECONDS = 20, 20.0
LONGEST_ID = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TargetPerson:
    """One employee of the target. ``owner_id`` and ``owner`` are those of the source who are linked with them."""

    target_id: str
    name: str
    owner_id: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class TargetPeople:
    """The people who were found. ``is_cut``: there may be more, because the list is long or too many match."""

    rows: tuple[TargetPerson, ...]
    is_cut: bool


def search_target(actor: Actor, connection_id: int, text: str) -> TargetPeople:
    """Return who at the target has a number, an id or a name. Asks the target, for up to 20 seconds.

    Raises ConflictError with the target's problem, and InvalidError for a search that can find nobody.
    """
    search = Search.of(text)
    _require_active(actor, connection_id)
    if not search or search.is_too_long:
        raise InvalidError("Enter a name, an employee number or an id.")
    found, is_cut = _ask(connection_id, lambda target: _search(target, search))
    with reading() as session:
        owners = _owners(session, connection_id, [record.target_id for record in found])
    nobody = (None, None)
    rows = [
        TargetPerson(record.target_id, record.name, *owners.get(record.target_id, nobody)) for record in found
    ]
    return TargetPeople(tuple(rows), is_cut)


def find_at_target(actor: Actor, connection_id: int, target_id: str) -> str:
    """Return the id of an employee of the target, after asking the target. Raises NotFoundError, ConflictError."""
    _require_active(actor, connection_id)
    record = _ask(connection_id, lambda target: _find(target, target_id))
    if record is None:
        raise NotFoundError("There is no such employee at the target any more. Search for them again.")
    return record.target_id


def _require_active(actor: Actor, connection_id: int) -> None:
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.APPROVE_RUNS)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise ConflictError("The connection is not Active. Connect both systems first.")


def _ask(connection_id: int, work: Callable[[Target], Awaitable[T]]) -> T:
    """Do something with the target. Raises ConflictError with the target's problem."""

    async def opened(target: Target) -> T:
        async with target:
            return await work(target)

    try:
        return systems.run_async(opened(systems.load_system_pair(connection_id).target))
    except ConnectorError as error:
        raise ConflictError(str(error)) from error


async def _find(target: Target, target_id: str) -> TargetRecord | None:
    return await target.find(target_id) if 0 < len(target_id) <= LONGEST_ID else None


async def _search(target: Target, search: Search) -> tuple[list[TargetRecord], bool]:
    """Return who has an id or a number, or otherwise a name."""
    found: dict[str, TargetRecord] = {}
    if len(search.parts) == 1 and any(letter.isdigit() for letter in search.text):
        by_number = target.find_external(search.text) if isinstance(target, FindsExternalId) else None
        for request in filter(None, (_find(target, search.text), by_number)):
            if (record := await request) is not None:
                found[record.target_id] = record
        if found:
            return list(found.values()), False
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for page in target.list():
                for record in page:
                    if search.finds(searchable(record.name), (record.target_id, record.external_id)):
                        found[record.target_id] = record
                if len(found) > MOST_FOUND:
                    return list(found.values())[:MOST_FOUND], True
    except TimeoutError:
        return list(found.values()), True
    return list(found.values()), False


def _owners(
    session: Session, connection_id: int, target_ids: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Return source id and name of the employees who are linked with some of the target."""
    pairing_id = session.get_one(Connection, connection_id).pairing_id
    is_known = (KnownPerson.pairing_id == Link.pairing_id) & (KnownPerson.source_id == Link.source_id)
    query = select(Link.target_id, Link.source_id, KnownPerson.name).outerjoin(KnownPerson, is_known)
    rows = session.execute(query.where(Link.pairing_id == pairing_id, Link.target_id.in_(target_ids)))
    return {target_id: (source_id, name) for target_id, source_id, name in rows}
