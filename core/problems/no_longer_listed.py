"""Linked employees that the source no longer lists: nothing is ended by itself, so a person has to look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from connectors.registry import name_of
from core.clock import now
from core.models import (
    AlertKind,
    Connection,
    ConnectionStatus,
    OpenProblem,
    Position,
    ProblemKind,
    Record,
    Run,
    Side,
)
from core.problems.active import is_active
from core.problems.from_records import COLUMNS, CONFLICT
from core.runs.outcome_catalogue import Code, explain
from core.sides import alerts

# A name is looked for in this number of earlier runs. All runs together may have millions of records.
RUNS_SEARCHED = 20
WHY = explain(Code.NO_LONGER_LISTED)
# Those who have left at both ends are no longer needed at the source. The name is looked for afterwards.
SAVE = text(
    f"""
    INSERT INTO open_problem ({COLUMNS})
    SELECT :pairing_id, '{ProblemKind.NO_LONGER_LISTED}', link.source_id, '{Code.NO_LONGER_LISTED}', '', '', :message,
        link.target_id, '{WHY.fixer}', :at, :run_id, :run_id
    FROM link
    WHERE link.pairing_id = :pairing_id
        AND link.source_id NOT IN (SELECT source_id FROM record WHERE run_id = :run_id)
        AND NOT EXISTS (
            SELECT 1 FROM exclusion WHERE exclusion.pairing_id = link.pairing_id
                AND exclusion.source_id = link.source_id AND exclusion.linked AND exclusion.reason IS NULL
        )
    {CONFLICT}
    """  # noqa: S608 - our own words
).bindparams(bindparam("at", type_=OpenProblem.since.type))


def save(session: Session, pairing_id: int, run_id: int, at: datetime) -> None:
    """Store who is linked and was not among those that a run of everybody has read."""
    values = {"pairing_id": pairing_id, "run_id": run_id, "at": at, "message": WHY.sentence}
    session.connection().execute(SAVE, values)
    _add_names(session, pairing_id, run_id)


def _add_names(session: Session, pairing_id: int, run_id: int) -> None:
    """Add the names that the last run with these employees knew, or else their source ids."""
    nameless = (
        OpenProblem.pairing_id == pairing_id,
        OpenProblem.kind == ProblemKind.NO_LONGER_LISTED,
        OpenProblem.name == "",
    )
    unnamed = select(OpenProblem.source_id).where(*nameless)
    earlier = (
        select(Run.id)
        .join(Connection, Connection.id == Run.connection_id)
        .where(Connection.pairing_id == pairing_id, Run.id < run_id)
        .order_by(Run.id.desc())
        .limit(RUNS_SEARCHED)
    )
    for earlier_run_id in session.scalars(earlier).all():
        if session.scalar(unnamed.limit(1)) is None:
            return
        known = select(Record.source_id, Record.name).where(Record.run_id == earlier_run_id)
        for source_id, name in session.execute(known.where(Record.source_id.in_(unnamed))).all():
            of_employee = update(OpenProblem).where(*nameless, OpenProblem.source_id == source_id)
            session.execute(of_employee.values(name=name or source_id))
    session.execute(update(OpenProblem).where(*nameless).values(name=OpenProblem.source_id))


def close(session: Session, pairing_id: int, source_id: str) -> None:
    """Close the problem of an employee whose link has been removed."""
    of_employee = (OpenProblem.pairing_id == pairing_id, OpenProblem.source_id == source_id)
    for problem in session.scalars(
        select(OpenProblem).where(*of_employee, OpenProblem.kind == ProblemKind.NO_LONGER_LISTED)
    ):
        session.delete(problem)
    session.flush()
    refresh_alerts(session, pairing_id)


def refresh_alerts(session: Session, pairing_id: int) -> None:
    """Raise, change or end the alert of each connection of a pairing, in the caller's transaction."""
    number = session.scalar(
        select(func.count()).where(
            OpenProblem.pairing_id == pairing_id,
            OpenProblem.kind == ProblemKind.NO_LONGER_LISTED,
            is_active(now()),
        )
    )
    of_pairing = select(Connection.id).where(Connection.pairing_id == pairing_id)
    if not number and not alerts.any_open(session, of_pairing, AlertKind.NO_LONGER_LISTED):
        return
    sides = select(Side).join(Connection, Connection.id == Side.connection_id)
    sides = sides.where(Connection.pairing_id == pairing_id, Connection.status != ConnectionStatus.DELETED)
    by_position = {(side.connection_id, side.position): side for side in session.scalars(sides)}
    for (connection_id, position), side in by_position.items():
        if position is not Position.SOURCE:
            continue
        if not number:
            alerts.clear_kind(session, side.id, AlertKind.NO_LONGER_LISTED)
            continue
        target = by_position[connection_id, Position.TARGET]
        sentence = _sentence(number, name_of(side.kind), name_of(target.kind))
        alerts.raise_or_change(session, side, AlertKind.NO_LONGER_LISTED, sentence)


def _sentence(number: int, source: str, target: str) -> str:
    employees = "1 employee is" if number == 1 else f"{number} employees are"
    return f"{employees} linked to {target}, but {source} no longer lists them. Look at them under To fix."
