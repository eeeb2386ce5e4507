"""The alert that the target refuses what it accepted before: a value of several people, or a field it now requires.

It looks at people who are linked, so that the target has accepted them once, and who would not be accepted now. One
alert names what most of them lack; it ends by itself once fewer than two of them lack one thing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from connectors.contract.records import Reason
from connectors.registry import name_of
from core.db import transaction
from core.models import (
    AlertKind,
    Connection,
    ConnectionStatus,
    KeptEmployee,
    KeptEmployeeBatch,
    Link,
    OpenProblem,
    Position,
    ProblemKind,
    Side,
)
from core.people.entries import Person, to_person, unseal
from core.people.verdicts import Missing
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import CATALOGUE
from core.sides import alerts

# What a target says about the fields of an employee, before they are sent or in response.
CONTRACT = (Reason.MISSING_FIELD, Reason.BAD_FORMAT, Reason.NO_VALUE_MAP, Reason.TOO_LONG)
FEWEST = 2
LINKED = and_(Link.pairing_id == OpenProblem.pairing_id, Link.source_id == OpenProblem.source_id)
FOUND = (
    select(OpenProblem.source_id, OpenProblem.code, OpenProblem.message)
    .join(Link, LINKED)
    .where(
        OpenProblem.pairing_id == bindparam("pairing_id"),
        OpenProblem.kind == ProblemKind.OUTCOME,
        OpenProblem.code.in_((*CONTRACT, Reason.REFUSED)),
    )
)


def refresh(lease: Lease, pairing_id: int) -> None:
    """Raise, change or end the alert of each connection of a pairing, from the problems that the run has kept."""
    with transaction() as session:
        assert_lease(session, lease)
        _refresh(session, pairing_id)


def warm_up(nobody: int) -> None:
    """Execute the statements for a pairing that does not exist (core/sync/warm_up.py)."""
    with transaction() as session:
        _refresh(session, nobody)


def _refresh(session: Session, pairing_id: int) -> None:
    found = session.connection().execute(FOUND, {"pairing_id": pairing_id}).all()
    of_pairing = select(Connection.id).where(Connection.pairing_id == pairing_id)
    if len(found) < FEWEST and not alerts.any_open(session, of_pairing, AlertKind.REFUSES_ACCEPTED):
        return
    refused = Counter(row.message for row in found if row.code == Reason.REFUSED)
    lacking = [row.source_id for row in found if row.code != Reason.REFUSED]
    things = _things(_people(session, pairing_id, lacking))
    for message, number in refused.most_common(1):
        if number >= FEWEST:
            things.append((message, CATALOGUE[Reason.REFUSED].remedy, number))
    for side in _targets(session, of_pairing):
        if things:
            source, target = _system_names(session, side)
            sentence = _sentence(things).replace("{source}", source).replace("{target}", target)
            alerts.raise_or_change(session, side, AlertKind.REFUSES_ACCEPTED, sentence)
        else:
            alerts.clear_kind(session, side.id, AlertKind.REFUSES_ACCEPTED)


def _things(people: Iterable[Person]) -> list[tuple[str, str, int]]:
    """Return what at least two people lack, what to do about it, and how many they are; most people first."""
    counted = Counter(
        (finding.reason, finding.label, finding.value)
        for person in people
        for finding in person.findings
        if finding.stops and finding.reason in CONTRACT
    )
    return [
        (Missing(reason, label).title, CATALOGUE[reason].remedy, number)
        for (reason, label, _), number in counted.most_common()
        if number >= FEWEST
    ]


def _sentence(things: Sequence[tuple[str, str, int]]) -> str:
    title, remedy, number = max(things, key=lambda each: each[2])
    more = f" {len(things) - 1} more under Readiness." if len(things) > 1 else ""
    return (
        f"{{target}} no longer accepts {number} employees that it accepted before. {title.rstrip('.')}. {remedy} "
        f"Open Readiness to see who they are.{more}"
    )


def _people(session: Session, pairing_id: int, source_ids: Sequence[str]) -> list[Person]:
    """Return what is kept of some employees."""
    wanted = set(source_ids)
    if len(wanted) < FEWEST:
        return []
    query = select(KeptEmployee.source_id, KeptEmployee.batch_id).where(KeptEmployee.pairing_id == pairing_id)
    theirs = {row.source_id: row.batch_id for row in session.execute(query) if row.source_id in wanted}
    people: list[Person] = []
    for batch_id in sorted(set(theirs.values())):
        batch = session.get_one(KeptEmployeeBatch, batch_id)
        entries = (entry for entry in unseal(batch.ciphertext) if theirs.get(entry[0]) == batch_id)
        people += map(to_person, entries)
    return people


def _targets(session: Session, of_pairing: Select[int]) -> Sequence[Side]:
    query = select(Side).join(Connection, Connection.id == Side.connection_id)
    is_there = (Connection.status != ConnectionStatus.DELETED, Side.position == Position.TARGET)
    return session.scalars(query.where(Side.connection_id.in_(of_pairing), *is_there)).all()


def _system_names(session: Session, target: Side) -> tuple[str, str]:
    of_source = (Side.connection_id == target.connection_id, Side.position == Position.SOURCE)
    kind = session.scalars(select(Side.kind).where(*of_source)).one()
    return name_of(kind), name_of(target.kind)
