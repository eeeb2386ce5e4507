"""Decide who is whom: the employees of a run that wait for a person, and what people decide about them.

*Link* says that two are one; the link is stored and the next run compares them. *Create new* says that an employee
is none of the candidates, *unlink* that two are not one after all: both are rulings that later runs keep to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Candidate, Connection, Decision, Link, Record, RejectedMatch, Run, RunStatus
from core.security.actor import Actor, Permission, require

SHOWN = 100
WAITING = (Decision.AMBIGUOUS, Decision.ALREADY_LINKED)


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One employee at the target who could be meant.

    ``owner`` is whom a link gives them to, if anybody else: source id and name; ``linked`` says that it is the waiting employee
    themselves; ``ruled_out`` that a person has decided that they are somebody else.
    """

    target_id: str
    name: str
    same_number: bool
    owner_id: str | None
    owner: str | None
    linked: bool
    ruled_out: bool


@dataclass(frozen=True, slots=True)
class WaitingView:
    """One employee of a run who waits for a person; ``linked_to`` is the target id they have been linked to since."""

    position: int
    source_id: str
    name: str
    decision: Decision
    reason: str | None
    candidates: tuple[CandidateView, ...]
    linked_to: str | None

    @property
    def can_be_new(self) -> bool:
        """Say whether *create new* can be chosen: not under a number that somebody at the target has."""
        return bool(self.candidates) and not any(candidate.same_number for candidate in self.candidates)

    @property
    def is_new(self) -> bool:
        """Say whether a person has decided that this is none of the candidates."""
        return (
            self.can_be_new
            and all(candidate.ruled_out for candidate in self.candidates)
            and self.linked_to is None
        )

    @property
    def settled(self) -> bool:
        """Say whether a person has decided; the next run acts on it."""
        return self.linked_to is not None or self.is_new


def waiting(actor: Actor, run_id: int) -> list[WaitingView]:
    """Return the employees of a run that wait for a person, with those to choose from; the first hundred."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = session.get(Run, run_id)
        if run is None or run.account_id != actor.account_id:
            raise NotFoundError("There is no such run in this account.")
        pairing_id = _pairing(session, run.connection_id)
        query = select(Record).where(Record.run_id == run_id, Record.decision.in_(WAITING))
        rows = session.scalars(query.order_by(Record.position).limit(SHOWN)).all()
        offered = _offered(session, pairing_id, run_id, rows)
        linked = _linked_since(session, pairing_id, run, [row.source_id for row in rows])
    return [
        WaitingView(
            row.position,
            row.source_id,
            row.name,
            row.decision,
            row.reason,
            offered.get(row.position, ()),
            linked.get(row.source_id),
        )
        for row in rows
    ]


def link(actor: Actor, run_id: int, position: int, target_id: str) -> None:
    """Decide that a waiting employee is one of the candidates. Raises ConflictError when that one is somebody else's."""
    with transaction() as session:
        row, pairing_id = _decide(session, actor, run_id, position)
        if target_id not in _target_ids(session, row):
            raise InvalidError("This is not one of the candidates. Load the page again.")
        owner = session.scalar(
            select(Link.source_id).where(Link.pairing_id == pairing_id, Link.target_id == target_id)
        )
        if owner is not None and owner != row.source_id:
            raise ConflictError("The employee at the target is linked to another one. Unlink that one first.")
        session.execute(
            delete(RejectedMatch).where(
                *_ruled(pairing_id, row.source_id), RejectedMatch.target_id == target_id
            )
        )
        fresh = {
            "fingerprint": None,
            "source_version": None,
            "identity_digest": None,
            "run_id": None,
            "updated_at": now(),
        }
        session.merge(Link(pairing_id=pairing_id, source_id=row.source_id, target_id=target_id, **fresh))
        _write_down(session, actor, "link.make", row, target=target_id)


def create_new(actor: Actor, run_id: int, position: int) -> None:
    """Decide that a waiting employee is none of the candidates, so that later runs create them."""
    with transaction() as session:
        row, pairing_id = _decide(session, actor, run_id, position)
        candidates = session.scalars(select(Candidate).where(*_of(row))).all()
        if not candidates:
            raise InvalidError(
                "Nobody at the target stands in the way. Correct the double at the source instead."
            )
        if any(candidate.same_number for candidate in candidates):
            raise InvalidError(
                "Somebody at the target has this employee number already. Give one of the two another number."
            )
        if _linked_since(session, pairing_id, session.get_one(Run, run_id), [row.source_id]):
            raise ConflictError("This employee has been linked. Unlink them first.")
        session.execute(delete(Link).where(Link.pairing_id == pairing_id, Link.source_id == row.source_id))
        for candidate in candidates:
            _rule(session, actor, pairing_id, row.source_id, candidate.target_id)
        _write_down(session, actor, "link.refuse", row)


def unlink(actor: Actor, connection_id: int, source_id: str) -> None:
    """Take the link of an employee apart; later runs do not make it again by themselves."""
    with transaction() as session:
        connection = session.get(Connection, connection_id)
        require(actor, Permission.APPROVE_RUNS, connection.account_id if connection else None)
        pairing_id = _free_pairing(session, connection_id)
        found = session.get(Link, (pairing_id, source_id))
        if found is None:
            raise NotFoundError("This employee is not linked.")
        _rule(session, actor, pairing_id, source_id, found.target_id)
        session.delete(found)
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "link.break", subject, source=source_id, target=found.target_id)


def _decide(session: Session, actor: Actor, run_id: int, position: int) -> tuple[Record, int]:
    """Return a waiting employee and the pairing to decide in."""
    run = session.get(Run, run_id)
    require(actor, Permission.APPROVE_RUNS, run.account_id if run else None)
    row = session.get(Record, (run_id, position))
    if run is None or row is None or row.decision not in WAITING:
        raise NotFoundError("Nobody waits for a decision here.")
    return row, _free_pairing(session, run.connection_id)


def _free_pairing(session: Session, connection_id: int) -> int:
    """Return the pairing of a connection while no run is using its links."""
    running = select(exists().where(Run.connection_id == connection_id, Run.status == RunStatus.RUNNING))
    if session.scalar(running):
        raise ConflictError("A run of this integration is going on. Decide when it has ended.")
    pairing_id = _pairing(session, connection_id)
    if pairing_id is None:
        raise InvalidError("This connection is not Active. Connect both of its sides first.")
    return pairing_id


def _pairing(session: Session, connection_id: int) -> int | None:
    return session.scalar(select(Connection.pairing_id).where(Connection.id == connection_id))


def _rule(session: Session, actor: Actor, pairing_id: int, source_id: str, target_id: str) -> None:
    ruling = RejectedMatch(
        pairing_id=pairing_id,
        source_id=source_id,
        target_id=target_id,
        decided_by=actor.user_id,
        decided_at=now(),
    )
    session.merge(ruling)


def _write_down(session: Session, actor: Actor, action: str, row: Record, target: str | None = None) -> None:
    trail.record(session, actor, action, f"run:{row.run_id}", source=row.source_id, target=target)


def _target_ids(session: Session, row: Record) -> set[str]:
    return set(session.scalars(select(Candidate.target_id).where(*_of(row))))


def _of(row: Record) -> tuple[ColumnElement[bool], ...]:
    return (Candidate.run_id == row.run_id, Candidate.position == row.position)


def _ruled(pairing_id: int, source_id: str) -> tuple[ColumnElement[bool], ...]:
    return (RejectedMatch.pairing_id == pairing_id, RejectedMatch.source_id == source_id)


def _linked_since(
    session: Session, pairing_id: int | None, run: Run, source_ids: Sequence[str]
) -> dict[str, str]:
    """Return whom waiting employees have been linked to since the run; a link from before it is what the run doubted."""
    query = select(Link.source_id, Link.target_id).where(
        Link.pairing_id == pairing_id, Link.source_id.in_(source_ids)
    )
    if run.started_at is not None:
        query = query.where(Link.updated_at > run.started_at)
    return {row.source_id: row.target_id for row in session.execute(query)}


def _offered(
    session: Session, pairing_id: int | None, run_id: int, rows: Sequence[Record]
) -> Mapping[int, tuple[CandidateView, ...]]:
    """Return whom each of the waiting employees could be."""
    places = [row.position for row in rows]
    query = (
        select(Candidate)
        .where(Candidate.run_id == run_id, Candidate.position.in_(places))
        .order_by(Candidate.target_id)
    )
    found = session.scalars(query).all()
    owners = _owners(session, pairing_id, run_id, [candidate.target_id for candidate in found])
    apart = select(RejectedMatch.source_id, RejectedMatch.target_id).where(
        RejectedMatch.pairing_id == pairing_id
    )
    ruled = {(row.source_id, row.target_id) for row in session.execute(apart)}
    source_ids = {row.position: row.source_id for row in rows}
    offered: dict[int, tuple[CandidateView, ...]] = {}
    for one in found:
        source_id = source_ids[one.position]
        owner_id, owner = owners.get(one.target_id, (None, None))
        mine = owner_id == source_id
        view = CandidateView(
            one.target_id,
            one.name,
            one.same_number,
            None if mine else owner_id,
            None if mine else owner,
            mine,
            (source_id, one.target_id) in ruled,
        )
        offered[one.position] = (*offered.get(one.position, ()), view)
    return offered


def _owners(
    session: Session, pairing_id: int | None, run_id: int, target_ids: Sequence[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return whom some employees of the target are linked to: target id → source id and name, as the run read it."""
    query = select(Link.target_id, Link.source_id, Record.name).outerjoin(
        Record, (Record.run_id == run_id) & (Record.source_id == Link.source_id)
    )
    query = query.where(Link.pairing_id == pairing_id, Link.target_id.in_(target_ids))
    return {row.target_id: (row.source_id, row.name) for row in session.execute(query)}
