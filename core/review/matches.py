"""List the ambiguous matches of a run, and store the match decisions that people make.

*Link* decides that a source employee and a target employee are the same person: the link is stored and the next run
compares the two. *Create new* decides that an employee is none of the candidates, *unlink* that two linked employees
are different people: both store rejected matches, which later runs respect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Candidate, Connection, Decision, Link, Record, RejectedMatch, Run, RunStatus
from core.reports.run_list import require_run
from core.security.actor import Actor, Permission, require

MAX_EMPLOYEES = 100
WAITING = (Decision.AMBIGUOUS, Decision.ALREADY_LINKED)


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One employee at the target who could be the waiting employee.

    ``owner_id`` and ``owner`` are source id and name of another employee linked to this one. ``linked`` says that
    the waiting employee is; ``ruled_out`` that a person has decided that the two are different people.
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
    """One employee of a run who waits for a decision; ``linked_to`` is the target id they were linked to since."""

    position: int
    source_id: str
    name: str
    decision: Decision
    reason: str | None
    candidates: tuple[CandidateView, ...]
    linked_to: str | None

    @property
    def can_be_new(self) -> bool:
        """Say whether *create new* can be chosen: not if a candidate already has the employee's number."""
        return bool(self.candidates) and not any(candidate.same_number for candidate in self.candidates)

    @property
    def is_new(self) -> bool:
        """Say whether a person has decided that the employee is none of the candidates."""
        all_ruled_out = all(candidate.ruled_out for candidate in self.candidates)
        return self.can_be_new and all_ruled_out and self.linked_to is None

    @property
    def settled(self) -> bool:
        """Say whether a person has decided; the next run acts on it."""
        return self.linked_to is not None or self.is_new


def waiting_employees(actor: Actor, run_id: int) -> list[WaitingView]:
    """Return the employees of a run who wait for a match decision, with their candidates; at most 100."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        pairing_id = _pairing(session, run.connection_id)
        query = select(Record).where(Record.run_id == run_id, Record.decision.in_(WAITING))
        rows = session.scalars(query.order_by(Record.position).limit(MAX_EMPLOYEES)).all()
        candidates = _candidate_views(session, pairing_id, run_id, rows)
        linked = _linked_since(session, pairing_id, run, [row.source_id for row in rows])
    return [
        WaitingView(
            row.position,
            row.source_id,
            row.name,
            row.decision,
            row.reason,
            candidates.get(row.position, ()),
            linked.get(row.source_id),
        )
        for row in rows
    ]


def link(actor: Actor, run_id: int, position: int, target_id: str) -> None:
    """Decide that a waiting employee is one of the candidates. Raises ConflictError if that one is linked already."""
    with transaction() as session:
        row, pairing_id = _waiting_record(session, actor, run_id, position)
        if target_id not in _target_ids(session, row):
            raise InvalidError("This is not one of the candidates. Reload the page.")
        owner = session.scalar(
            select(Link.source_id).where(Link.pairing_id == pairing_id, Link.target_id == target_id)
        )
        if owner is not None and owner != row.source_id:
            raise ConflictError("This target employee is linked to another employee. Unlink that one first.")
        rejected = _rejections_of(pairing_id, row.source_id)
        session.execute(delete(RejectedMatch).where(*rejected, RejectedMatch.target_id == target_id))
        fresh = {
            "fingerprint": None,
            "source_version": None,
            "identity_digest": None,
            "run_id": None,
            "updated_at": now(),
        }
        session.merge(Link(pairing_id=pairing_id, source_id=row.source_id, target_id=target_id, **fresh))
        _audit(session, actor, "link.make", row, target=target_id)


def create_new(actor: Actor, run_id: int, position: int) -> None:
    """Decide that a waiting employee is none of the candidates. The next run creates them."""
    with transaction() as session:
        row, pairing_id = _waiting_record(session, actor, run_id, position)
        candidates = session.scalars(select(Candidate).where(*_candidates_of(row))).all()
        if not candidates:
            raise InvalidError("No matching employee at the target. Fix the duplicate at the source.")
        if any(candidate.same_number for candidate in candidates):
            raise InvalidError(
                "Another employee at the target already has this employee number. Change one of the two numbers."
            )
        if _linked_since(session, pairing_id, session.get_one(Run, run_id), [row.source_id]):
            raise ConflictError("This employee is linked already. Unlink them first.")
        session.execute(delete(Link).where(Link.pairing_id == pairing_id, Link.source_id == row.source_id))
        for candidate in candidates:
            _reject(session, actor, pairing_id, row.source_id, candidate.target_id)
        _audit(session, actor, "link.refuse", row)


def unlink(actor: Actor, connection_id: int, source_id: str) -> None:
    """Remove the link of an employee. Later runs do not make it again by themselves."""
    with transaction() as session:
        connection = session.get(Connection, connection_id)
        require(actor, Permission.APPROVE_RUNS, connection.account_id if connection else None)
        pairing_id = _free_pairing(session, connection_id)
        stored = session.get(Link, (pairing_id, source_id))
        if stored is None:
            raise NotFoundError("This employee is not linked.")
        _reject(session, actor, pairing_id, source_id, stored.target_id)
        session.delete(stored)
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "link.break", subject, source=source_id, target=stored.target_id)


def _waiting_record(session: Session, actor: Actor, run_id: int, position: int) -> tuple[Record, int]:
    """Return a waiting employee and the pairing to decide in."""
    run = session.get(Run, run_id)
    require(actor, Permission.APPROVE_RUNS, run.account_id if run else None)
    row = session.get(Record, (run_id, position))
    if run is None or row is None or row.decision not in WAITING:
        raise NotFoundError("This employee does not wait for a decision.")
    return row, _free_pairing(session, run.connection_id)


def _free_pairing(session: Session, connection_id: int) -> int:
    """Return the pairing of a connection while no run is using its links."""
    running = select(exists().where(Run.connection_id == connection_id, Run.status == RunStatus.RUNNING))
    if session.scalar(running):
        raise ConflictError("A run of this integration is in progress. Decide when it has ended.")
    pairing_id = _pairing(session, connection_id)
    if pairing_id is None:
        raise InvalidError("This connection is not Active. Connect both systems first.")
    return pairing_id


def _pairing(session: Session, connection_id: int) -> int | None:
    return session.scalar(select(Connection.pairing_id).where(Connection.id == connection_id))


def _reject(session: Session, actor: Actor, pairing_id: int, source_id: str, target_id: str) -> None:
    rejected = RejectedMatch(
        pairing_id=pairing_id,
        source_id=source_id,
        target_id=target_id,
        decided_by=actor.user_id,
        decided_at=now(),
    )
    session.merge(rejected)


def _audit(session: Session, actor: Actor, action: str, row: Record, target: str | None = None) -> None:
    trail.record(session, actor, action, f"run:{row.run_id}", source=row.source_id, target=target)


def _target_ids(session: Session, row: Record) -> set[str]:
    return set(session.scalars(select(Candidate.target_id).where(*_candidates_of(row))))


def _candidates_of(row: Record) -> tuple[ColumnElement[bool], ...]:
    return (Candidate.run_id == row.run_id, Candidate.position == row.position)


def _rejections_of(pairing_id: int, source_id: str) -> tuple[ColumnElement[bool], ...]:
    return (RejectedMatch.pairing_id == pairing_id, RejectedMatch.source_id == source_id)


def _linked_since(
    session: Session, pairing_id: int | None, run: Run, source_ids: Sequence[str]
) -> dict[str, str]:
    """Return target ids by source id for links made since the run; the run itself doubted the older ones."""
    of_employees = Link.pairing_id == pairing_id, Link.source_id.in_(source_ids)
    query = select(Link.source_id, Link.target_id).where(*of_employees)
    if run.started_at is not None:
        query = query.where(Link.updated_at > run.started_at)
    return {row.source_id: row.target_id for row in session.execute(query)}


def _candidate_views(
    session: Session, pairing_id: int | None, run_id: int, rows: Sequence[Record]
) -> dict[int, tuple[CandidateView, ...]]:
    """Return the candidates of waiting employees, by position."""
    source_ids = {row.position: row.source_id for row in rows}
    of_rows = Candidate.run_id == run_id, Candidate.position.in_(source_ids)
    candidates = session.scalars(select(Candidate).where(*of_rows).order_by(Candidate.target_id)).all()
    owners = _owners(session, pairing_id, run_id, [candidate.target_id for candidate in candidates])
    rejected = _rejected_pairs(session, pairing_id)
    views: dict[int, tuple[CandidateView, ...]] = {}
    for candidate in candidates:
        source_id, target_id = source_ids[candidate.position], candidate.target_id
        owner_id, owner = owners.get(target_id, (None, None))
        linked = owner_id == source_id
        view = CandidateView(
            target_id=target_id,
            name=candidate.name,
            same_number=candidate.same_number,
            owner_id=None if linked else owner_id,
            owner=None if linked else owner,
            linked=linked,
            ruled_out=(source_id, target_id) in rejected,
        )
        views[candidate.position] = (*views.get(candidate.position, ()), view)
    return views


def _rejected_pairs(session: Session, pairing_id: int | None) -> set[tuple[str, str]]:
    query = select(RejectedMatch.source_id, RejectedMatch.target_id)
    rows = session.execute(query.where(RejectedMatch.pairing_id == pairing_id))
    return {(row.source_id, row.target_id) for row in rows}


def _owners(
    session: Session, pairing_id: int | None, run_id: int, target_ids: Sequence[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return the source employees who are linked to target employees: source id and name, by target id."""
    record = (Record.run_id == run_id) & (Record.source_id == Link.source_id)
    query = select(Link.target_id, Link.source_id, Record.name).outerjoin(Record, record)
    query = query.where(Link.pairing_id == pairing_id, Link.target_id.in_(target_ids))
    return {row.target_id: (row.source_id, row.name) for row in session.execute(query)}
