"""What a run's report says about problems that nobody has to act on: somebody has ignored them, or put them off.

It is kept with the record, so that a report says what was so when its run ended. A decision changes the newest reports
too: that of the last run that found the problem, and that of the last run of everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from core.audit.user_labels import user_label
from core.clock import now
from core.models import (
    Action,
    Connection,
    Decision,
    HiddenProblems,
    OpenProblem,
    Pairing,
    ProblemKind,
    Record,
    Run,
    RunKind,
    RunStatus,
    User,
)
from core.problems.active import is_active, is_open
from core.runs import outcome_catalogue

CHUNK = 500
# The kind, the code and the field of a problem.
Key = tuple[str, str, str]
COLUMNS = (
    Record.position,
    Record.source_id,
    Record.decision,
    Record.action,
    Record.reason,
    Record.warnings,
    HiddenProblems.outcome.label("hides_outcome"),
    HiddenProblems.warnings.label("hides_warnings"),
)
IS_OF_RECORD = and_(HiddenProblems.run_id == Record.run_id, HiddenProblems.position == Record.position)


class _Row(NamedTuple):
    """A record, and what of it nobody has to act on as far as is stored."""

    position: int
    source_id: str
    decision: Decision
    action: Action
    reason: str | None
    warnings: list[Any] | None
    hides_outcome: bool | None
    hides_warnings: bool | None

    @property
    def outcome(self) -> Key | None:
        """Return the problem of the outcome; None where nobody has to act on it."""
        if outcome_catalogue.fixer(self.decision, self.action, self.reason) is None:
            return None
        return ProblemKind.OUTCOME.value, self.reason or "UNKNOWN", ""

    @property
    def about_warnings(self) -> list[Key]:
        """Return the problems of the warnings."""
        kind = ProblemKind.WARNING.value
        return [
            (each.get("kind") or kind, each["code"], each.get("field") or "") for each in self.warnings or ()
        ]

    @property
    def needs_somebody(self) -> bool:
        """Say whether somebody has to act on the outcome or a warning."""
        is_outcome = self.outcome is not None and not self.hides_outcome
        return is_outcome or (bool(self.warnings) and not self.hides_warnings)


def save_of_run(session: Session, pairing_id: int, run_id: int, at: datetime) -> None:
    """Store what a run has found and nobody has to act on, in the caller's transaction. May be repeated."""
    found = (OpenProblem.pairing_id == pairing_id, ~is_active(at))
    source_ids = session.scalars(select(OpenProblem.source_id).where(*found).distinct()).all()
    for first in range(0, len(source_ids), CHUNK):
        _save(session, pairing_id, run_id, source_ids[first : first + CHUNK], at)


def refresh(session: Session, problem: OpenProblem, *, was_open: bool) -> None:
    """Bring the newest reports up to date with a decision about a problem, which the caller has flushed."""
    at = now()
    for run_id in _newest_runs(session, problem):
        before = _load(session, run_id, [problem.source_id])
        _save(session, problem.pairing_id, run_id, [problem.source_id], at)
        after = _load(session, run_id, [problem.source_id])
        if before:
            change = int(any(row.needs_somebody for row in after)) - int(
                any(row.needs_somebody for row in before)
            )
        else:  # the run found that they were not there
            change = int(is_open(problem, at)) - int(was_open) if run_id == problem.last_run_id else 0
        if change:
            number = Run.need_action + change
            session.execute(update(Run).where(Run.id == run_id, number >= 0).values(need_action=number))


def _newest_runs(session: Session, problem: OpenProblem) -> Sequence[int]:
    """Return the last run that found a problem, and the last run of everybody since the first that did."""
    of_everybody = (
        select(Run.id)
        .join(Connection, Connection.id == Run.connection_id)
        .where(
            Connection.pairing_id == problem.pairing_id,
            Run.kind == RunKind.SYNC,
            Run.status.not_in(RunStatus.unfinished()),
            Run.id >= (problem.first_run_id or 0),
            Run.read > 0,
        )
        .order_by(Run.id.desc())
        .limit(1)
    )
    found = {problem.last_run_id, session.scalar(of_everybody)}
    return sorted(run_id for run_id in found if run_id is not None)


def _load(session: Session, run_id: int, source_ids: Sequence[str]) -> list[_Row]:
    query = select(*COLUMNS).outerjoin(HiddenProblems, IS_OF_RECORD)
    rows = session.execute(query.where(Record.run_id == run_id, Record.source_id.in_(source_ids)))
    return [_Row(*row) for row in rows]


def _save(session: Session, pairing_id: int, run_id: int, source_ids: Sequence[str], at: datetime) -> None:
    """Store what nobody has to act on in the records of some employees, in place of what was stored before."""
    records = _load(session, run_id, source_ids)
    positions = [row.position for row in records]
    old = (HiddenProblems.run_id == run_id, HiddenProblems.position.in_(positions))
    session.execute(delete(HiddenProblems).where(*old))
    decided = _decided(session, pairing_id, source_ids, at)
    values = [each for row in records if (each := _values(run_id, row, decided.get(row.source_id, {})))]
    if values:
        session.execute(insert(HiddenProblems), values)


def _values(run_id: int, row: _Row, decided: Mapping[Key, dict[str, Any]]) -> dict[str, Any] | None:
    outcome, warnings = row.outcome, row.about_warnings
    about = [key for key in dict.fromkeys([*([outcome] if outcome else []), *warnings]) if key in decided]
    if not about:
        return None
    return {
        "run_id": run_id,
        "position": row.position,
        "outcome": outcome in decided,
        "warnings": bool(warnings) and all(key in decided for key in warnings),
        "problems": [decided[key] for key in about],
    }


def _decided(
    session: Session, pairing_id: int, source_ids: Sequence[str], at: datetime
) -> dict[str, dict[Key, dict[str, Any]]]:
    """Return the decisions about problems of some employees, by source id and problem."""
    account_id = select(Pairing.account_id).where(Pairing.id == pairing_id).scalar_subquery()
    query = select(OpenProblem, user_label(account_id)).outerjoin(User, User.id == OpenProblem.ignored_by)
    theirs = (OpenProblem.pairing_id == pairing_id, OpenProblem.source_id.in_(source_ids), ~is_active(at))
    found: dict[str, dict[Key, dict[str, Any]]] = {}
    for problem, by in session.execute(query.where(*theirs)):
        is_ignored = problem.ignored_at is not None
        until = None if is_ignored else problem.snoozed_until
        found.setdefault(problem.source_id, {})[problem.kind.value, problem.code, problem.field] = {
            "kind": problem.kind.value,
            "code": problem.code,
            "field": problem.field,
            "by": by if is_ignored else None,
            "note": problem.note if is_ignored else None,
            "until": until and until.isoformat(),
        }
    return found


def texts(problems: Sequence[Mapping[str, Any]] | None, zone: tzinfo) -> Iterator[str]:
    """Yield what was decided about the problems of a record, a sentence for each decision."""
    said = dict.fromkeys(
        text(each["by"], each["note"], each["until"] and datetime.fromisoformat(each["until"]), zone)
        for each in problems or ()
    )
    yield from said


def text(by: str | None, note: str | None, until: datetime | None, zone: tzinfo) -> str:
    """Return a decision as a sentence; ``until`` is None for a problem that is ignored."""
    if until is None:
        return f"Ignored{f' by {by}' if by else ''}: {note or '–'}."
    return f"Put off until {day_text(until, zone)}."


def day_text(moment: datetime, zone: tzinfo) -> str:
    """Return the day of a moment, such as "3 Dec 2026"."""
    day = moment.astimezone(zone)
    return f"{day.day} {day:%b %Y}"
