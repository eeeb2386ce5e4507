"""Find people of an account by name, employee number, source id or target id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.db import reading
from core.errors import InvalidError
from core.folding import MAX_LENGTH, Search
from core.models import Connection, ConnectionStatus, KnownPerson, Link, Pairing
from core.people import name_index
from core.people.entries import Person
from core.people.kept_facts import facts_of
from core.people.name_index import number_digest
from core.runs.system_names import connection_labels
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

MOST_FOUND = 50
# What SQL finds is checked once more, because it cannot tell where words begin. More than this is never looked at.
MOST_READ = 5000
# Pairing, source id, name, folded name, hash of the employee number, target id.
_Row: TypeAlias = "Row[int, str, str, str, bytes | None, str]"


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """One person of the source, with what tells people of one name apart; None where it is not known."""

    connection_id: int
    connection: str
    source_id: str
    target_id: str | None
    name: str
    employee_number: str | None
    status: str | None
    branch: str | None


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """The people that a search finds, at most 50, and how many there are in all, or at least (``or_more``)."""

    rows: Sequence[FoundPerson]
    total: int
    or_more: bool = False


def find_people(actor: Actor, text: str, connection_id: int | None = None) -> FoundPeople:
    """Return the people of the account that a text finds, those with exactly this number or id first, then by name.

    Raises InvalidError for a text that is empty or too long, NotFoundError for another account's connection.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    search = Search.of(text)
    if not search:
        raise InvalidError("Type a name, an employee number or an id.")
    if search.is_too_long:
        raise InvalidError(f"Nobody has a name or an id this long. Type at most {MAX_LENGTH} characters.")
    with reading() as session:
        if connection_id is not None:
            require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        connections = _connections(session, actor, connection_id)
    name_index.refresh(sorted(connections))
    with reading() as session:
        rows = session.execute(_query(search, sorted(connections)).limit(MOST_READ)).all()
        found = [row for row in rows if _fits(search, row)]
        found.sort(key=lambda row: (not _is_exact(search, row), row.name.casefold(), row.source_id))
        shown = found[:MOST_FOUND]
        facts = {
            (pairing_id, source_id): person
            for pairing_id in {row.pairing_id for row in shown}
            for source_id, person in facts_of(session, pairing_id, {row.source_id for row in shown}).items()
        }
    views = (
        _view(row, facts.get((row.pairing_id, row.source_id)), connections[row.pairing_id]) for row in shown
    )
    return FoundPeople(list(views), len(found), len(rows) == MOST_READ)


def _connections(session: Session, actor: Actor, only: int | None) -> dict[int, tuple[int, str]]:
    """Return id and name of the connection that stands for each pairing: the newest that is not deleted, if any."""
    query = (
        select(Connection.pairing_id, Connection.id)
        .join(Pairing, Pairing.id == Connection.pairing_id)
        .where(Pairing.account_id == actor.account_id)
        .order_by(Connection.status != ConnectionStatus.DELETED, Connection.id)
    )
    if only is not None:
        query = query.where(Connection.id == only)
    labels = connection_labels(session, actor.account_id)
    return {row.pairing_id: (row.id, labels[row.id]) for row in session.execute(query)}


def _query(search: Search, pairing_ids: Sequence[int]) -> Select[int, str, str, str, bytes | None, str]:
    is_theirs = and_(Link.pairing_id == KnownPerson.pairing_id, Link.source_id == KnownPerson.source_id)
    columns = (KnownPerson.pairing_id, KnownPerson.source_id, KnownPerson.name, KnownPerson.folded)
    query = select(*columns, KnownPerson.number_digest, Link.target_id).outerjoin(Link, is_theirs)
    matches = or_(_has_id(search.text), and_(*(_matches_part(*part) for part in search.parts)))
    return query.where(KnownPerson.pairing_id.in_(pairing_ids), matches).order_by(KnownPerson.name)


def _matches_part(part: str, spellings: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    names = [
        and_(*(KnownPerson.folded.contains(word, autoescape=True) for word in words)) for words in spellings
    ]
    return or_(_has_id(part), *names)


def _has_id(text: str) -> ColumnElement[bool]:
    small = text.casefold()
    return or_(
        KnownPerson.number_digest == number_digest(text),
        func.lower(KnownPerson.source_id) == small,
        func.lower(Link.target_id) == small,
    )


def _fits(search: Search, row: _Row) -> bool:
    has_number = row.number_digest is not None
    numbers = [part for part, _ in search.parts if has_number and row.number_digest == number_digest(part)]
    return _is_exact(search, row) or search.finds(row.folded, (row.source_id, row.target_id, *numbers))


def _is_exact(search: Search, row: _Row) -> bool:
    ids = {each.casefold() for each in (row.source_id, row.target_id) if each}
    return search.text.casefold() in ids or row.number_digest == number_digest(search.text)


def _view(row: _Row, facts: Person | None, connection: tuple[int, str]) -> FoundPerson:
    return FoundPerson(
        *connection,
        row.source_id,
        row.target_id,
        row.name,
        None if facts is None else facts.employee_number,
        None if facts is None else facts.status,
        None if facts is None else facts.branch or facts.branch_id,
    )
