"""What the store holds about one employee, as plain rows, from which the story follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, tuple_
from sqlalchemy.orm import Session, aliased

from core.audit.user_labels import user_label
from core.models import (
    Action,
    Audit,
    Connection,
    Decision,
    HiddenProblems,
    Hold,
    Link,
    Record,
    RecordPart,
    Run,
    RunKind,
    RunSelection,
    User,
)
from core.models.runs import NOTABLE

# More records of one person than anybody reads; the newest count.
MOST_RECORDS, MOST_DECISIONS = 1000, 200
DECISIONS = ("link.make", "link.refuse", "link.break", "link.undo")
SOMEBODY = "Somebody"


class HiddenRow(NamedTuple):
    """A problem that was ignored by somebody with a note, or put off until a moment, when the run ended."""

    by: str | None
    note: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What one run decided about the employee and did; ``fields`` are the names of what differed, never values."""

    run_id: int
    at: datetime
    kind: RunKind
    decision: Decision
    reason: str | None
    action: Action
    message: str | None
    target_id: str | None
    matched_by: int | None
    fields: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hidden: tuple[HiddenRow, ...] = ()
    parts: tuple[tuple[str, Action], ...] = ()  # label and outcome of each request


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a person decided about the link; ``action`` is the audit's, ``target_id`` None where it is about several."""

    at: datetime
    who: str
    action: str
    target_id: str | None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A time on hold; ``last_day`` is None for one without an end."""

    put_at: datetime
    put_by: str
    reason: str
    last_day: date | None
    released_at: datetime | None
    released_by: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """The link as it is now; ``run_id`` stored it last, at ``stored_at``."""

    target_id: str
    matched_by: int | None
    run_id: int | None
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class PersonRows:
    """All of it, each list with the oldest first. ``is_cut``: there are older records than those here."""

    records: Sequence[RecordRow] = ()
    decisions: Sequence[DecisionRow] = ()
    holds: Sequence[HoldRow] = ()
    link: LinkRow | None = None
    is_cut: bool = False

    def __bool__(self) -> bool:
        """Say whether anything is known of the employee."""
        return bool(self.records or self.decisions or self.holds or self.link)


def load(session: Session, account_id: int, pairing_id: int, source_id: str) -> PersonRows:
    """Return the rows of an employee of a pairing. Previews are not among them, nor are runs that found no change."""
    of_pairing = select(Connection.id).where(Connection.pairing_id == pairing_id).scalar_subquery()
    is_theirs = (Record.source_id == source_id, NOTABLE, Run.connection_id.in_(of_pairing))
    query = _records().where(*is_theirs, Run.kind != RunKind.PREVIEW).order_by(Record.run_id.desc())
    newest = _with_parts(session, session.execute(query.limit(MOST_RECORDS + 1)).all())
    stored = session.get(Link, (pairing_id, source_id))
    link = None
    if stored is not None:
        link = LinkRow(stored.target_id, stored.matched_by, stored.run_id, stored.updated_at)
    return PersonRows(
        newest[MOST_RECORDS - 1 :: -1] if len(newest) > MOST_RECORDS else newest[::-1],
        _decisions(session, account_id, pairing_id, source_id),
        _holds(session, account_id, pairing_id, source_id),
        link,
        len(newest) > MOST_RECORDS,
    )


def _with_parts(session: Session, rows: Sequence[Any]) -> list[RecordRow]:
    parts: dict[tuple[int, int], list[tuple[str, Action]]] = {}
    places = [(row.Record.run_id, row.Record.position) for row in rows]
    theirs = tuple_(RecordPart.run_id, RecordPart.position).in_(places)
    for part in (
        session.scalars(select(RecordPart).where(theirs).order_by(RecordPart.number)) if places else ()
    ):
        parts.setdefault((part.run_id, part.position), []).append((part.label, part.action))
    return [
        replace(_record_row(*row), parts=tuple(parts.get(place, ())))
        for row, place in zip(rows, places, strict=True)
    ]


def load_preview(session: Session, connection_id: int, source_id: str) -> tuple[Run, RecordRow | None] | None:
    """Return the newest preview of one employee alone, with what it said of them; None before the first.

    The record is None while it has not ended, and where the source did not have them.
    """
    is_theirs = RunSelection.source_id == source_id, Run.connection_id == connection_id
    query = select(Run).join(RunSelection, RunSelection.run_id == Run.id).where(*is_theirs)
    query = query.where(Run.kind == RunKind.PREVIEW).order_by(Run.id.desc()).limit(1)
    run = session.scalars(query).first()
    if run is None:
        return None
    row = session.execute(_records().where(Record.run_id == run.id, Record.source_id == source_id)).first()
    return run, None if row is None or not run.status.ended else _record_row(*row)


@cache
def _records() -> Any:
    query = select(Record, Run.kind, Run.started_at, Run.created_at, HiddenProblems.problems)
    is_of_record = and_(HiddenProblems.run_id == Record.run_id, HiddenProblems.position == Record.position)
    return query.join(Run, Run.id == Record.run_id).outerjoin(HiddenProblems, is_of_record)


def _record_row(
    row: Record,
    kind: RunKind,
    started_at: datetime | None,
    created_at: datetime,
    hidden: Sequence[Mapping[str, Any]] | None,
) -> RecordRow:
    return RecordRow(
        row.run_id,
        started_at or created_at,
        kind,
        row.decision,
        row.reason,
        row.action,
        row.message,
        row.target_id,
        row.matched_by,
        tuple(str(change.get("label") or change.get("field")) for change in row.changes or ()),
        tuple(str(warning.get("message", "")) for warning in row.warnings or ()),
        tuple(
            HiddenRow(each["by"], each["note"], each["until"] and datetime.fromisoformat(each["until"]))
            for each in hidden or ()
        ),
    )


def _decisions(session: Session, account_id: int, pairing_id: int, source_id: str) -> list[DecisionRow]:
    """Return what people decided, from the audit of the account, without what is about other pairings."""
    query = (
        select(Audit.at, Audit.action, Audit.subject, Audit.detail, user_label(account_id).label("name"))
        .outerjoin(User, User.id == Audit.user_id)
        .where(Audit.account_id == account_id, Audit.action.in_(DECISIONS), Audit.result == "done")
        .where(_is_about(source_id))
        .order_by(Audit.id.desc())
        .limit(MOST_DECISIONS)
    )
    rows = session.execute(query).all()
    ours = _subjects(session, pairing_id, [row.subject for row in rows]) if rows else set()
    return [
        DecisionRow(
            row.at, row.name or str(row.detail.get("by") or SOMEBODY), row.action, row.detail.get("target")
        )
        for row in reversed(rows)
        if row.subject in ours
    ]


def _is_about(source_id: str) -> ColumnElement[bool]:
    told: ColumnElement[bool] = Audit.detail["source"].as_string() == source_id
    return told


def _subjects(session: Session, pairing_id: int, subjects: Sequence[str]) -> set[str]:
    """Return which of some subjects of the audit, all runs and connections, belong to a pairing."""
    numbers = {subject: int(subject.partition(":")[2]) for subject in set(subjects)}
    of_pairing = select(Connection.id).where(Connection.pairing_id == pairing_id)
    connections = set(session.scalars(of_pairing))
    run_ids = [number for subject, number in numbers.items() if subject.startswith("run:")]
    runs = set(session.scalars(select(Run.id).where(Run.id.in_(run_ids), Run.connection_id.in_(connections))))
    known = {"run": runs, "connection": connections}
    return {
        subject for subject, number in numbers.items() if number in known.get(subject.partition(":")[0], ())
    }


def _holds(session: Session, account_id: int, pairing_id: int, source_id: str) -> list[HoldRow]:
    theirs = {"pairing_id": pairing_id, "source_id": source_id}
    return [
        HoldRow(
            hold.put_at, put or SOMEBODY, hold.reason, hold.last_day, hold.released_at, released or SOMEBODY
        )
        for hold, put, released in session.execute(_holds_query(account_id), theirs)
    ]


@lru_cache(maxsize=256)
def _holds_query(account_id: int) -> Select[Hold, str, str]:
    put_by, released_by = aliased(User), aliased(User)
    query = select(Hold, user_label(account_id, put_by), user_label(account_id, released_by))
    query = query.outerjoin(put_by, put_by.id == Hold.put_by)
    query = query.outerjoin(released_by, released_by.id == Hold.released_by)
    is_theirs = Hold.pairing_id == bindparam("pairing_id"), Hold.source_id == bindparam("source_id")
    return query.where(*is_theirs).order_by(Hold.id)
