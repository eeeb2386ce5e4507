"""Store the match decisions that people make.

*Link* decides that a source employee and a target employee are the same person: the link is stored and the next run
compares the two. *Create new* decides that an employee is none of the candidates, *unlink* that two linked employees
are different people: both store rejected matches, which later runs respect.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Candidate, KnownPerson, Link, Record, RejectedMatch, Run, RunStatus
from core.problems import no_longer_listed
from core.review.matches import WAITING, linked_since, pairing_of
from core.runs.matched_by import MatchedBy
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection
from core.story import target_people
from core.sync.compare import link_state
from core.sync.store import field_conflicts

NOTE_LENGTH = 500


def link(actor: Actor, run_id: int, position: int, target_id: str) -> None:
    """Decide that a waiting employee is one of the candidates. Raises ConflictError if that one is linked already."""
    with transaction() as session:
        row, pairing_id = _waiting_record(session, actor, run_id, position)
        if target_id not in _target_ids(session, row):
            raise InvalidError("This is not one of the candidates. Reload the page.")
        _store_link(session, pairing_id, row.source_id, target_id)
        _audit(session, actor, "link.make", row, target=target_id)


def link_to(actor: Actor, connection_id: int, source_id: str, target_id: str) -> None:
    """Decide that an employee is one of the target, which is asked for them once more.

    Raises NotFoundError where the target has nobody with this id, InvalidError where no run has read the employee, and
    ConflictError when one of the two is linked already.
    """
    target_id = target_people.find_at_target(actor, connection_id, target_id)
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.APPROVE_RUNS)
        pairing_id = _free_pairing(session, connection_id)
        if session.get(KnownPerson, (pairing_id, source_id)) is None:
            raise InvalidError("No run of this connection has read this employee.")
        stored = session.get(Link, (pairing_id, source_id))
        if stored is not None and stored.target_id != target_id:
            raise ConflictError("This employee is linked already. Unlink them first.")
        _store_link(session, pairing_id, source_id, target_id)
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "link.make", subject, source=source_id, target=target_id)


def confirm_several(actor: Actor, run_id: int, code: str, positions: Sequence[int], note: str) -> int:
    """Decide that each of several employees, who wait for the same reason, is their only candidate; return how many.

    All or none are linked. Raises InvalidError for an employee with another reason or several candidates, and
    ConflictError when a candidate is linked already or chosen twice.
    """
    why = " ".join(note.split())
    if not why or len(why) > NOTE_LENGTH:
        raise InvalidError(f"Enter how you know that they are the same, in at most {NOTE_LENGTH} characters.")
    if not positions:
        raise InvalidError("Choose at least one employee.")
    with transaction() as session:
        for position in sorted(set(positions)):
            row, pairing_id = _waiting_record(session, actor, run_id, position)
            target_ids = _target_ids(session, row)
            if row.reason != code or len(target_ids) != 1:
                raise InvalidError(f"{row.name} cannot be confirmed with the others. Decide on them alone.")
            (target_id,) = target_ids
            _store_link(session, pairing_id, row.source_id, target_id)
            _audit(session, actor, "link.make", row, target=target_id, note=why)
    return len(set(positions))


def _store_link(session: Session, pairing_id: int, source_id: str, target_id: str) -> None:
    """Link two employees, so that the next run compares them in full."""
    of_target = (Link.pairing_id == pairing_id, Link.target_id == target_id)
    owner = session.scalar(select(Link.source_id).where(*of_target))
    if owner is not None and owner != source_id:
        raise ConflictError("This target employee is linked to another employee. Unlink that one first.")
    rejected = _rejections_of(pairing_id, source_id)
    session.execute(delete(RejectedMatch).where(*rejected, RejectedMatch.target_id == target_id))
    fresh = {
        "source_version": None,
        "state": None,
        "matched_by": MatchedBy.DECISION.value,
        "run_id": None,
        "updated_at": now(),
    }
    field_conflicts.forget(session, pairing_id, [source_id])
    session.merge(Link(pairing_id=pairing_id, source_id=source_id, target_id=target_id, **fresh))
    session.flush()


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
        if linked_since(session, pairing_id, session.get_one(Run, run_id), [row.source_id]):
            raise ConflictError("This employee is linked already. Unlink them first.")
        target_ids = [candidate.target_id for candidate in candidates]
        _reject(session, actor, pairing_id, row.source_id, target_ids)
        _audit(session, actor, "link.refuse", row)


def unlink(actor: Actor, connection_id: int, source_id: str) -> None:
    """Remove the link of an employee. Later runs do not make it again by themselves."""
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.APPROVE_RUNS, deleted=True)
        pairing_id = _free_pairing(session, connection_id)
        stored = session.get(Link, (pairing_id, source_id))
        if stored is None:
            raise NotFoundError("This employee is not linked.")
        target_id = stored.target_id
        _reject(session, actor, pairing_id, source_id, [target_id])
        no_longer_listed.close(session, pairing_id, source_id)
        field_conflicts.forget(session, pairing_id, [source_id])
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "link.break", subject, source=source_id, target=target_id)


def undo(actor: Actor, connection_id: int, source_id: str) -> None:
    """Take the last *create new* or *unlink* of an employee back: a link it removed is stored again.

    Raises ConflictError once a run has acted on the decision.
    """
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.APPROVE_RUNS, deleted=True)
        pairing_id = _free_pairing(session, connection_id)
        rejected = _rejections_of(pairing_id, source_id)
        last = select(func.max(RejectedMatch.decided_at)).where(*rejected).scalar_subquery()
        decided = session.scalars(
            select(RejectedMatch).where(*rejected, RejectedMatch.decided_at == last)
        ).all()
        if not decided:
            raise InvalidError("There is no decision about this employee to undo.")
        if session.get(Link, (pairing_id, source_id)) is not None:
            raise ConflictError("A run has acted on this decision: the employee is linked now.")
        for decision in decided:
            if decision.linked_at is not None:
                _restore_link(session, decision)
            session.delete(decision)
        trail.record(session, actor, "link.undo", f"connection:{connection_id}", source=source_id)


def _restore_link(session: Session, decision: RejectedMatch) -> None:
    """Store the link that a decision removed. The next run reads both employees again."""
    of_target = (Link.pairing_id == decision.pairing_id, Link.target_id == decision.target_id)
    if session.scalar(select(Link.source_id).where(*of_target)) is not None:
        raise ConflictError("The target employee belongs to another employee by now. Unlink that one first.")
    session.add(
        Link(
            pairing_id=decision.pairing_id,
            source_id=decision.source_id,
            target_id=decision.target_id,
            state=link_state.for_identity(decision.identity_digest),
            updated_at=decision.linked_at,
        )
    )


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
        raise ConflictError("A run of this connection is in progress. Decide when it has ended.")
    pairing_id = pairing_of(session, connection_id)
    if pairing_id is None:
        raise InvalidError("This connection is not Active. Connect both systems first.")
    return pairing_id


def _reject(
    session: Session, actor: Actor, pairing_id: int, source_id: str, target_ids: Collection[str]
) -> None:
    """Store that an employee is none of some target employees, and remove the link to one of them."""
    stored, moment = session.get(Link, (pairing_id, source_id)), now()
    for target_id in target_ids:
        is_linked = stored is not None and stored.target_id == target_id
        rejected = RejectedMatch(
            pairing_id=pairing_id,
            source_id=source_id,
            target_id=target_id,
            decided_by=actor.user_id,
            decided_at=moment,
            linked_at=stored.updated_at if stored is not None and is_linked else None,
            identity_digest=link_state.identity_of(stored.state)
            if stored is not None and is_linked
            else None,
        )
        session.merge(rejected)
    if stored is not None:
        session.delete(stored)
        session.flush()


def _audit(session: Session, actor: Actor, action: str, row: Record, **detail: str) -> None:
    trail.record(session, actor, action, f"run:{row.run_id}", source=row.source_id, **detail)


def _target_ids(session: Session, row: Record) -> set[str]:
    return set(session.scalars(select(Candidate.target_id).where(*_candidates_of(row))))


def _candidates_of(row: Record) -> tuple[ColumnElement[bool], ...]:
    return (Candidate.run_id == row.run_id, Candidate.position == row.position)


def _rejections_of(pairing_id: int, source_id: str) -> tuple[ColumnElement[bool], ...]:
    return (RejectedMatch.pairing_id == pairing_id, RejectedMatch.source_id == source_id)
