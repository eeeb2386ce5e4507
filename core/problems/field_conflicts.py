"""The open problems of fields in which the two systems differ, as people decide about them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from core.models import FieldConflict, OpenProblem, ProblemKind
from core.runs.outcome_catalogue import Fixer, explain


def message(label: str, code: str) -> str:
    """Return what is said about a field that waits; it names the systems as ``{source}`` and ``{target}``."""
    return f"{label}: {explain(code).cause}"


def close(session: Session, conflict: FieldConflict) -> None:
    """Close the problem of a field, because somebody has decided."""
    session.execute(delete(OpenProblem).where(*_of(conflict)))


def ask_hr(session: Session, conflict: FieldConflict) -> None:
    """Store that somebody in HR has to act on a field."""
    session.execute(update(OpenProblem).where(*_of(conflict)).values(fixer=Fixer.HR.value))


def reopen(session: Session, conflict: FieldConflict) -> None:
    """Open the problem of a field again, because the decision was taken back."""
    stored = session.scalar(select(OpenProblem).where(*_of(conflict)))
    if stored is not None:
        stored.fixer = Fixer.ADMIN.value
        return
    session.add(
        OpenProblem(
            pairing_id=conflict.pairing_id,
            kind=ProblemKind.FIELD_CONFLICT,
            source_id=conflict.source_id,
            code=conflict.code,
            field=conflict.field,
            name=conflict.name,
            message=message(conflict.label, conflict.code)[:1000],
            target_id=conflict.target_id,
            fixer=Fixer.ADMIN.value,
            first_run_id=conflict.run_id,
            last_run_id=conflict.run_id,
        )
    )


def _of(conflict: FieldConflict) -> tuple[ColumnElement[bool], ...]:
    return (
        OpenProblem.pairing_id == conflict.pairing_id,
        OpenProblem.kind == ProblemKind.FIELD_CONFLICT,
        OpenProblem.source_id == conflict.source_id,
        OpenProblem.field == conflict.field,
    )
