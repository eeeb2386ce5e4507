"""Conflicts of fields in the store: loaded before a plan is made, and stored when it is complete."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading, transaction
from core.models import ConflictState, FieldConflict, Pairing, ProblemKind, Record
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_codes import Fixer
from core.security.vault import vault

CHUNK = 500


class StoredConflict(NamedTuple):
    """What is stored about one field in which the two systems differ."""

    sent: bytes
    shown: bytes
    state: ConflictState

    @property
    def is_kept(self) -> bool:
        """Say whether the target's value counts, so that nothing is left to do."""
        return self.state is ConflictState.KEEP_PAYROLL


class ConflictRow(NamedTuple):
    """A field in which the two systems differ, as a run has found it; ``values`` as people may see them."""

    source_id: str
    target_id: str
    name: str
    field: str
    label: str
    code: str
    sent: bytes
    shown: bytes
    values: Sequence[Mapping[str, str | None]]
    # Who must act.
    fixer: Fixer = Fixer.ADMIN


class ConflictChanges(NamedTuple):
    """What a plan has found: who was compared, the conflicts that wait, and the decisions that it carries out."""

    compared: Mapping[str, Collection[str]]
    waiting: Sequence[ConflictRow]
    applied: Sequence[tuple[str, str]]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to store."""
        return not (self.compared or self.waiting or self.applied)


# By source id and field.
Conflicts = Mapping[str, Mapping[str, StoredConflict]]
OF_PAIRING = select(
    FieldConflict.source_id,
    FieldConflict.field,
    FieldConflict.sent,
    FieldConflict.shown,
    FieldConflict.state,
).where(FieldConflict.pairing_id == bindparam("pairing_id"))

# Asked each time outcomes are stored, so it is made once.
ANY_APPLIED = select(
    exists().where(
        FieldConflict.pairing_id == bindparam("pairing_id"),
        FieldConflict.applied_by_run_id == bindparam("run_id"),
    )
)


def load(pairing_id: int) -> Conflicts:
    """Return the conflicts of a pairing."""
    conflicts: dict[str, dict[str, StoredConflict]] = {}
    with reading() as session:
        rows = session.connection().execute(OF_PAIRING, {"pairing_id": pairing_id})
        for source_id, field, sent, shown, state in rows:
            stored = StoredConflict(sent, shown, ConflictState(state))
            conflicts.setdefault(source_id, {})[field] = stored
    return conflicts


def save(lease: Lease, pairing_id: int, changes: ConflictChanges) -> None:
    """Store what a plan has found: new conflicts wait, and those that are over are deleted."""
    with transaction() as session:
        assert_lease(session, lease)
        for source_id, fields in changes.compared.items():
            over = (FieldConflict.source_id == source_id, FieldConflict.field.not_in(fields))
            session.execute(delete(FieldConflict).where(FieldConflict.pairing_id == pairing_id, *over))
        for rows in _chunks(changes.waiting):
            _save_waiting(session, pairing_id, lease.run_id, rows)
        for source_id, field in changes.applied:
            of_field = (FieldConflict.source_id == source_id, FieldConflict.field == field)
            mark = update(FieldConflict).where(FieldConflict.pairing_id == pairing_id, *of_field)
            session.execute(mark.values(applied_by_run_id=lease.run_id))


def _save_waiting(session: Session, pairing_id: int, run_id: int, rows: Sequence[ConflictRow]) -> None:
    of_people = FieldConflict.source_id.in_([row.source_id for row in rows])
    query = select(FieldConflict).where(FieldConflict.pairing_id == pairing_id, of_people)
    stored = {(one.source_id, one.field): one for one in session.scalars(query)}
    for row in rows:
        conflict = stored.get((row.source_id, row.field))
        if conflict is None:
            conflict = FieldConflict(pairing_id=pairing_id, source_id=row.source_id, field=row.field)
            session.add(conflict)
        if (conflict.sent, conflict.shown) != (row.sent, row.shown):
            conflict.state, conflict.found_at = ConflictState.WAITING, now()
            conflict.decided_by = conflict.decided_at = conflict.applied_by_run_id = None
        conflict.label, conflict.code, conflict.name = row.label[:400], row.code, row.name[:400]
        conflict.target_id, conflict.sent, conflict.shown = row.target_id, row.sent, row.shown
        conflict.ciphertext = vault().seal_json(orjson.dumps(row.values))
        conflict.run_id = run_id


def settle_written(session: Session, pairing_id: int, run_id: int, source_ids: Collection[str]) -> None:
    """Delete the conflicts that are over because the HR system's value has been written, as decided."""
    if (
        not source_ids
        or not session.connection()
        .execute(ANY_APPLIED, {"pairing_id": pairing_id, "run_id": run_id})
        .scalar_one()
    ):
        return
    applied = (FieldConflict.pairing_id == pairing_id, FieldConflict.applied_by_run_id == run_id)
    session.execute(delete(FieldConflict).where(*applied, FieldConflict.source_id.in_(source_ids)))


def move_applied(session: Session, run_id: int, new_run_id: int) -> None:
    """Let another run carry out the decisions that a kept plan would have carried out."""
    applied = update(FieldConflict).where(FieldConflict.applied_by_run_id == run_id)
    session.execute(applied.values(applied_by_run_id=new_run_id))


def forget(session: Session, pairing_id: int, source_ids: Collection[str]) -> None:
    """Delete the conflicts of employees whose link is no longer what it was."""
    of_people = (FieldConflict.pairing_id == pairing_id, FieldConflict.source_id.in_(source_ids))
    session.execute(delete(FieldConflict).where(*of_people))


def forget_warnings(session: Session, run_id: int, positions: Sequence[int]) -> None:
    """Remove what the rows at some positions say about fields: these employees are not compared after all."""
    for first in range(0, len(positions), CHUNK):
        of_rows = (Record.run_id == run_id, Record.position.in_(positions[first : first + CHUNK]))
        rows = session.execute(select(Record.position, Record.warnings).where(*of_rows)).all()
        for position, warnings in rows:
            others = [one for one in warnings or () if one.get("kind") != ProblemKind.FIELD_CONFLICT]
            if len(others) < len(warnings or ()):
                of_row = (Record.run_id == run_id, Record.position == position)
                session.execute(update(Record).where(*of_row).values(warnings=others or None))


def end_first_changes(session: Session, pairing_id: int) -> None:
    """Store that a run of the pairing writes: from now on nothing is a first change."""
    undecided = (Pairing.id == pairing_id, Pairing.first_changes_decided_at.is_(None))
    session.execute(update(Pairing).where(*undecided).values(first_changes_decided_at=now()))


def _chunks(rows: Sequence[ConflictRow]) -> Iterator[Sequence[ConflictRow]]:
    return (rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK))
