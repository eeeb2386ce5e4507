"""What people decide about open problems: who looks after one, put off, ignore with a note, and take both back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.values.redaction import mask_numbers
from core.audit import trail
from core.audit.user_labels import user_label
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Account, Connection, Membership, OpenProblem, User
from core.problems import hidden, no_longer_listed
from core.problems.active import is_open
from core.problems.open_problems import find
from core.security.actor import Actor, Permission, require
from core.time_zones import zone_or_default

LONGEST = timedelta(days=366)
NOTE_LENGTH = 500


def put_off(actor: Actor, problem_id: int, until: date) -> None:
    """Hide a problem until a day begins in the account's time zone; a run may close it before."""
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        moment = datetime.combine(until, time(), _zone(session, connection))
        if not now() < moment < now() + LONGEST:
            raise InvalidError("Choose a day after today, within one year.")
        _hide(session, problem, snoozed_until=moment)
        _finish(session, actor, problem, connection, "problem.put_off", until=until.isoformat())


def ignore(actor: Actor, problem_id: int, note: str) -> None:
    """Hide a problem until its message changes. The note says why."""
    text = " ".join(note.split())
    if not text or len(text) > NOTE_LENGTH:
        raise InvalidError(f"Enter why it can be ignored, in at most {NOTE_LENGTH} characters.")
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        _hide(session, problem, ignored_at=now(), ignored_by=actor.user_id, note=text)
        _finish(session, actor, problem, connection, "problem.ignore", note=text)


def assign(actor: Actor, problem_id: int, user_id: int | None) -> None:
    """Say who in the account looks after a problem; None means nobody. Raises NotFoundError for anybody else."""
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        name = None if user_id is None else _members(session, connection.account_id).get(user_id)
        if user_id is not None and name is None:
            raise NotFoundError("There is no such person in this account.")
        problem.assigned_to = user_id
        _finish(session, actor, problem, connection, "problem.assign", to=name or "nobody")


def comment(actor: Actor, problem_id: int, text: str) -> None:
    """Keep a note on a problem in place of the one before; an empty one removes it."""
    words = mask_numbers(" ".join(text.split()))
    if len(words) > NOTE_LENGTH:
        raise InvalidError(f"Enter at most {NOTE_LENGTH} characters.")
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        problem.comment = words or None
        problem.commented_by, problem.commented_at = (actor.user_id, now()) if words else (None, None)
        _finish(session, actor, problem, connection, "problem.comment", note=words)


def assignable(actor: Actor) -> dict[int, str]:
    """Return the people of the actor's account who can be given a problem, by id, sorted by name."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        return _members(session, actor.account_id)


def _members(session: Session, account_id: int | None) -> dict[int, str]:
    name = user_label(account_id).label("name")
    query = select(User.id, name).join(Membership, Membership.user_id == User.id)
    rows = session.execute(
        query.where(Membership.account_id == account_id, User.active).order_by(User.name, User.id)
    )
    return {row.id: row.name for row in rows}


def show_again(actor: Actor, problem_id: int) -> None:
    """Show a problem again that was put off or ignored."""
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        _hide(session, problem, **dict.fromkeys(("snoozed_until", "ignored_at", "ignored_by", "note")))
        _finish(session, actor, problem, connection, "problem.show")


def _hide(session: Session, problem: OpenProblem, **decided: Any) -> None:
    """Store whether somebody has to act on a problem, also in the newest reports."""
    was_open = is_open(problem, now())
    for name, value in decided.items():
        setattr(problem, name, value)
    session.flush()
    hidden.refresh(session, problem, was_open=was_open)


def _zone(session: Session, connection: Connection) -> ZoneInfo:
    return zone_or_default(session.get_one(Account, connection.account_id).time_zone)


def _finish(
    session: Session,
    actor: Actor,
    problem: OpenProblem,
    connection: Connection,
    action: str,
    **detail: str,
) -> None:
    session.flush()
    no_longer_listed.refresh_alerts(session, problem.pairing_id)
    about = {"source": problem.source_id, "problem": problem.code} | detail
    trail.record(session, actor, action, f"connection:{connection.id}", **about)
