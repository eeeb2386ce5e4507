"""Keep the open problems of a pairing at the end of a run: store what it found, and close what is over.

Each kind of problem has a step in ``STEPS`` that stores what the run found of it. What no step has stored is over, as
far as the run looked: a run of everybody closes the problems of everybody, a run of some closes theirs. Everything is
one statement for all employees. To add a kind: a member of ``ProblemKind``, and a step here if runs find it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, case, delete, func, or_, select
from sqlalchemy.orm import Session

from connectors.contract.records import Reason
from core.clock import now
from core.db import transaction
from core.models import Action, Connection, Decision, OpenProblem, Plan, ProblemKind, Record, Run, RunKind
from core.problems import from_records, hidden, no_longer_listed
from core.problems.active import is_active
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import ANSWERS, FAILURES

WRITTEN = (Action.CREATED, Action.UPDATED, Action.TERMINATED)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run whose problems are kept; ``everybody``: it read the whole source, and nobody else is there."""

    id: int
    connection_id: int
    pairing_id: int
    everybody: bool
    at: datetime


class Kept(NamedTuple):
    """How many employees of a run need somebody, and how many would if a person had not decided to ignore it."""

    need_action: int = 0
    ignored: int = 0


Step = Callable[[Session, EndedRun, bool], None]


def keep(lease: Lease, *, whole_list: bool, all_links_read: bool) -> Kept:
    """Keep the open problems of a run that has reached its end; return how many employees need somebody.

    ``whole_list``: what the run read is the whole source, as far as its guards can tell. ``all_links_read``: everybody
    who is linked was among them, so that nobody has to be looked for. May be repeated when a run is resumed.
    """
    with transaction() as session:
        assert_lease(session, lease)
        run = _ended_run(session, lease.run_id, whole_list)
        return Kept() if run is None else _keep(session, run, all_links_read)


def keep_hidden(lease: Lease, pairing_id: int) -> None:
    """Keep of a preview, which finds no problems, what somebody has ignored or put off."""
    with transaction() as session:
        assert_lease(session, lease)
        hidden.save_of_run(session, pairing_id, lease.run_id, now())


def warm_up(run_id: int) -> None:
    """Execute the statements for a run that does not exist (core/sync/warm_up.py). Raises NoResultFound."""
    with transaction() as session:
        _keep(session, EndedRun(run_id, run_id, run_id, True, now()), True)
        _ended_run(session, run_id, True)


def _keep(session: Session, run: EndedRun, all_links_read: bool) -> Kept:
    for step in STEPS:
        step(session, run, all_links_read)
    _close(session, run)
    hidden.save_of_run(session, run.pairing_id, run.id, run.at)
    no_longer_listed.refresh_alerts(session, run.pairing_id)
    return Kept(*session.execute(_count_employees(run)).one())


def _ended_run(session: Session, run_id: int, whole_list: bool) -> EndedRun | None:
    """Return the run; None for a preview, which keeps nothing, and while the connection has no pairing."""
    query = (
        select(Run.kind, Run.connection_id, Connection.pairing_id, Plan.run_id)
        .join(Connection, Connection.id == Run.connection_id)
        .outerjoin(Plan, Plan.applied_by_run_id == Run.id)
        .where(Run.id == run_id)
    )
    kind, connection_id, pairing_id, applied_run_id = session.execute(query).one()
    if kind is RunKind.PREVIEW or pairing_id is None:
        return None
    everybody = whole_list and kind is RunKind.SYNC and applied_run_id is None
    return EndedRun(run_id, connection_id, pairing_id, everybody, now())


def _keep_records(session: Session, run: EndedRun, _all_links_read: bool) -> None:
    from_records.save(session, run.pairing_id, run.id, run.at)


def _keep_no_longer_listed(session: Session, run: EndedRun, all_links_read: bool) -> None:
    if run.everybody and not all_links_read:
        no_longer_listed.save(session, run.pairing_id, run.id, run.at)


STEPS: Sequence[Step] = (_keep_records, _keep_no_longer_listed)


def _close(session: Session, run: EndedRun) -> None:
    """Delete what this run looked at and did not find again."""
    old = select(OpenProblem.id).where(
        OpenProblem.pairing_id == run.pairing_id, OpenProblem.last_run_id.is_distinct_from(run.id)
    )
    if session.scalar(old.limit(1)) is None:
        return
    # A run of chosen employees has found out nothing of those that the source did not have.
    was_read = func.coalesce(Record.reason, "") != Reason.NOT_AT_SOURCE
    records = select(Record.source_id).where(Record.run_id == run.id, was_read)
    if not run.everybody:
        old = old.where(OpenProblem.source_id.in_(records))
    undecided = records.where(Record.decision != Decision.NO_CHANGE, Record.action.not_in(WRITTEN))
    not_written = undecided.where(Record.decision.in_(from_records.WRITES))
    answered = or_(
        OpenProblem.kind == ProblemKind.RESPONSE,
        (OpenProblem.kind == ProblemKind.OUTCOME) & OpenProblem.code.in_(ANSWERS),
    )
    # What the target said about a write is over only when the employee has been written again.
    not_compared = records.where(Record.decision.in_(FAILURES))
    stays = or_(
        (OpenProblem.kind == ProblemKind.FIELD_CONFLICT) & OpenProblem.source_id.in_(not_compared),
        answered & OpenProblem.source_id.in_(not_written),
        (OpenProblem.kind == ProblemKind.RESPONSE) & OpenProblem.source_id.in_(undecided),
    )
    session.execute(delete(OpenProblem).where(OpenProblem.id.in_(old.where(~stays))))


def _count_employees(run: EndedRun) -> Select[int, int]:
    source_id = OpenProblem.source_id
    needs_somebody = func.count(func.distinct(case((is_active(run.at), source_id))))
    is_ignored = func.count(func.distinct(case((OpenProblem.ignored_at.is_not(None), source_id))))
    return select(needs_somebody, is_ignored).where(
        OpenProblem.pairing_id == run.pairing_id, OpenProblem.last_run_id == run.id
    )
