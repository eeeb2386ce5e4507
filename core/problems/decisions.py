"""What people decide about open problems: put off until a day, ignore with a note, and take both back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import InvalidError
from core.models import Account, Connection, OpenProblem
from core.problems import no_longer_listed
from core.problems.open_problems import find
from core.security.actor import Actor, Permission
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
        problem.snoozed_until = moment
        _finish(session, actor, problem, connection, "problem.put_off", until=until.isoformat())


def ignore(actor: Actor, problem_id: int, note: str) -> None:
    """Hide a problem until its message changes. The note says why."""
    text = " ".join(note.split())
    if not text or len(text) > NOTE_LENGTH:
        raise InvalidError(f"Enter why it can be ignored, in at most {NOTE_LENGTH} characters.")
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        problem.ignored_at, problem.ignored_by, problem.note = now(), actor.user_id, text
        _finish(session, actor, problem, connection, "problem.ignore", note=text)


def show_again(actor: Actor, problem_id: int) -> None:
    """Show a problem again that was put off or ignored."""
    with transaction() as session:
        problem, connection = find(session, actor, problem_id, Permission.DECIDE_PROBLEMS)
        problem.snoozed_until = problem.ignored_at = problem.ignored_by = problem.note = None
        _finish(session, actor, problem, connection, "problem.show")


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
