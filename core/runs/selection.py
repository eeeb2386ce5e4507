"""The employees that a run is about when they were chosen, by the source's ids."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.errors import InvalidError
from core.models import RunSelection

# The longest employee id that the store accepts, and the most employees that can be chosen for one run.
MAX_ID_LENGTH = 200
MAX_CHOSEN = 500


def parse(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the source IDs that a person chose or entered, each once, in order. Raises InvalidError."""
    chosen = tuple(dict.fromkeys(map(_parse_id, texts)))
    if not chosen:
        raise InvalidError("Choose at least one employee.")
    require_few(len(chosen))
    return chosen


def require_few(number: int) -> None:
    """Refuse to sync more chosen employees at a time than a run takes. Raises InvalidError."""
    if number > MAX_CHOSEN:
        raise InvalidError(
            f"These are {number:,} employees, and at most {MAX_CHOSEN} can be synced at a time. "
            "Choose fewer, or run the job for everybody."
        )


def _parse_id(text: str) -> str:
    source_id = text.strip()
    if not source_id:
        raise InvalidError("Enter the employee's source ID.")
    if len(source_id) > MAX_ID_LENGTH or not source_id.isprintable():
        raise InvalidError(
            f"A source ID has at most {MAX_ID_LENGTH} characters, all of them visible. Copy the ID from the source."
        )
    return source_id


def digest(chosen: Sequence[str]) -> str:
    """Return what tells this selection from others, whatever their order."""
    return sha256("\n".join(sorted(chosen)).encode()).hexdigest()


def save(session: Session, run_id: int, chosen: Sequence[str]) -> None:
    """Store the employees that a run is about, in the caller's transaction."""
    session.execute(
        insert(RunSelection), [{"run_id": run_id, "source_id": source_id} for source_id in chosen]
    )


def load(session: Session, run_id: int) -> tuple[str, ...]:
    """Return the employees that a run is about; none where it is about everybody."""
    query = select(RunSelection.source_id).where(RunSelection.run_id == run_id)
    return tuple(session.scalars(query.order_by(RunSelection.source_id)))
