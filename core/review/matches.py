"""List the employees of a run who wait for a match decision, with their candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Candidate, Connection, Decision, Link, Record, RejectedMatch, Run
from core.runs import matched_by
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

MAX_EMPLOYEES = 100
MAX_PAIRS = 500
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
    # What agrees, in words; empty where nothing is known.
    agrees: str
    owner_id: str | None
    owner: str | None
    linked: bool
    ruled_out: bool
    # The other employees of the run who wait for a decision about this one.
    contenders: tuple[str, ...]
    # Source id and name of the employee a person has unlinked from this one, while no run has linked it since.
    unlinked_from: tuple[str, str] | None


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
    def can_undo(self) -> bool:
        """Say whether a person has decided against a candidate and no run has linked the employee since."""
        return self.linked_to is None and any(candidate.ruled_out for candidate in self.candidates)

    @property
    def settled(self) -> bool:
        """Say whether a person has decided; the next run acts on it."""
        return self.linked_to is not None or self.is_new


def waiting_employees(actor: Actor, run_id: int, source_id: str | None = None) -> list[WaitingView]:
    """Return the employees of a run who wait for a match decision, or one of them, with candidates; at most 100."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        pairing_id = pairing_of(session, run.connection_id)
        query = select(Record).where(Record.run_id == run_id, Record.decision.in_(WAITING))
        if source_id is not None:
            query = query.where(Record.source_id == source_id)
        rows = session.scalars(query.order_by(Record.position).limit(MAX_EMPLOYEES)).all()
        candidates = _candidate_views(session, pairing_id, run_id, rows)
        linked = linked_since(session, pairing_id, run, [row.source_id for row in rows])
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


@dataclass(frozen=True, slots=True)
class PairView:
    """A waiting employee and their only candidate, who is not linked to another employee."""

    position: int
    source_id: str
    name: str
    target_id: str
    target_name: str
    # What agrees, in words; empty where nothing is known.
    agrees: str


def confirmable_pairs(actor: Actor, run_id: int) -> dict[str, list[PairView]]:
    """Return the employees who can be confirmed together, by the reason why they wait; at most 500.

    Each has exactly one candidate. Neither is linked, and no person has decided about the two.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        pairing_id = pairing_of(session, run.connection_id)
        only = (
            select(Candidate.position)
            .where(Candidate.run_id == run_id)
            .group_by(Candidate.position)
            .having(func.count() == 1)
        )
        query = (
            select(Record, Candidate)
            .join(Candidate, (Candidate.run_id == Record.run_id) & (Candidate.position == Record.position))
            .where(Record.run_id == run_id, Record.decision.in_(WAITING), Record.position.in_(only))
            .order_by(Record.position)
            .limit(MAX_PAIRS)
        )
        rows = session.execute(query).all()
        rejected = _rejections(session, pairing_id)
        taken = _taken(session, pairing_id, run, rows)
    claims = Counter(candidate.target_id for _, candidate in rows)
    pairs: dict[str, list[PairView]] = {}
    for row, candidate in rows:
        agrees = matched_by.describe(candidate.matched_by)
        pair = PairView(row.position, row.source_id, row.name, candidate.target_id, candidate.name, agrees)
        is_free = taken.isdisjoint({pair.target_id, pair.source_id}) and claims[pair.target_id] == 1
        if row.reason and is_free and (pair.source_id, pair.target_id) not in rejected:
            pairs.setdefault(row.reason, []).append(pair)
    return pairs


def _taken(
    session: Session, pairing_id: int | None, run: Run, rows: Sequence[Row[Record, Candidate]]
) -> set[str]:
    """Return the source ids that were linked since the run, and the target ids that belong to other employees."""
    ids = [row.source_id for row, _ in rows]
    owners = _owners(session, pairing_id, run.id, [candidate.target_id for _, candidate in rows])
    own = {(row.source_id, candidate.target_id) for row, candidate in rows}
    others = {target_id for target_id, (owner, _) in owners.items() if (str(owner), target_id) not in own}
    return {*linked_since(session, pairing_id, run, ids), *others}


def pairing_of(session: Session, connection_id: int) -> int | None:
    """Return the pairing of a connection; None until both systems have been connected."""
    return session.scalar(select(Connection.pairing_id).where(Connection.id == connection_id))


def linked_since(
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
    waiting = {row.position: row for row in rows}
    of_rows = Candidate.run_id == run_id, Candidate.position.in_(waiting)
    candidates = session.scalars(select(Candidate).where(*of_rows).order_by(Candidate.target_id)).all()
    owners = _owners(session, pairing_id, run_id, [candidate.target_id for candidate in candidates])
    rejected = _rejections(session, pairing_id)
    names = _names(session, run_id, {rejection.source_id for rejection in rejected.values()})
    views: dict[int, tuple[CandidateView, ...]] = {}
    for candidate in candidates:
        source_id, target_id = waiting[candidate.position].source_id, candidate.target_id
        owner_id, owner = owners.get(target_id, (None, None))
        linked = owner_id == source_id
        unlinked = _unlinked_from(rejected.values(), source_id, target_id) if owner_id is None else None
        view = CandidateView(
            target_id=target_id,
            name=candidate.name,
            same_number=candidate.same_number,
            agrees=matched_by.describe(candidate.matched_by),
            owner_id=None if linked else owner_id,
            owner=None if linked else owner,
            linked=linked,
            ruled_out=(source_id, target_id) in rejected,
            contenders=tuple(
                waiting[other.position].name
                for other in candidates
                if other.target_id == target_id and other.position != candidate.position
            ),
            unlinked_from=None if unlinked is None else (unlinked, names.get(unlinked, unlinked)),
        )
        views[candidate.position] = (*views.get(candidate.position, ()), view)
    return views


def _rejections(session: Session, pairing_id: int | None) -> dict[tuple[str, str], RejectedMatch]:
    rejected = session.scalars(select(RejectedMatch).where(RejectedMatch.pairing_id == pairing_id))
    return {(rejection.source_id, rejection.target_id): rejection for rejection in rejected}


def _unlinked_from(rejected: Collection[RejectedMatch], source_id: str, target_id: str) -> str | None:
    """Return the other employee of the source who was linked to a target employee until a person decided."""
    unlinked = [
        rejection
        for rejection in rejected
        if rejection.target_id == target_id
        and rejection.source_id != source_id
        and rejection.linked_at is not None
    ]
    return max(unlinked, key=lambda rejection: rejection.decided_at).source_id if unlinked else None


def _names(session: Session, run_id: int, source_ids: Collection[str]) -> dict[str, str]:
    query = select(Record.source_id, Record.name).where(Record.run_id == run_id)
    rows = session.execute(query.where(Record.source_id.in_(source_ids))) if source_ids else ()
    return {row.source_id: row.name for row in rows}


def _owners(
    session: Session, pairing_id: int | None, run_id: int, target_ids: Sequence[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return the source employees who are linked to target employees: source id and name, by target id."""
    record = (Record.run_id == run_id) & (Record.source_id == Link.source_id)
    query = select(Link.target_id, Link.source_id, Record.name).outerjoin(Record, record)
    query = query.where(Link.pairing_id == pairing_id, Link.target_id.in_(target_ids))
    return {row.target_id: (row.source_id, row.name) for row in session.execute(query)}
