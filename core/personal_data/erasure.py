"""Erase one person: what iHUB remembers of them is deleted, and in reports they are called *erased* and a number.

Counters stay as they were. The audit keeps ids only, so it stays too. A run in progress is not disturbed: its records
are cleaned when it has ended. Neither the source nor the target is asked to change anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError
from core.models import (
    Candidate,
    Connection,
    ErasedPerson,
    Exclusion,
    FieldConflict,
    HiddenProblems,
    Hold,
    KeptEmployee,
    KeptEmployeeBatch,
    KnownPerson,
    Link,
    MappingSample,
    OpenProblem,
    PendingRequestRow,
    Plan,
    PlanState,
    Record,
    RecordPart,
    RejectedMatch,
    Run,
    RunSelection,
    RunStatus,
    ScopeRecheck,
    UnansweredCreate,
)
from core.people.entries import seal, unseal
from core.personal_data.records_of_person import Place, places_of, runs_of
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.security.vault import vault
from core.story.person import read_person

# How many records one transaction changes.
TOGETHER = 200
REMEMBERED = (
    *(Link, Exclusion, UnansweredCreate, PendingRequestRow, KeptEmployee, KnownPerson, ScopeRecheck),
    *(OpenProblem, FieldConflict, RejectedMatch),
)


def erase(actor: Actor, connection_id: int, source_id: str) -> str:
    """Erase a person and return what they are called from now on, such as "erased 7".

    When the source still lists them, the next run reads them as somebody new. Raises NotFoundError, ForbiddenError, and
    ConflictError while a plan with them waits for a decision.
    """
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.APPROVE_RUNS, deleted=True)
        pairing_id = connection.pairing_id
    read_person(actor, connection_id, source_id)
    assert pairing_id is not None  # read_person found somebody
    _require_no_open_plan(pairing_id, source_id)
    _take_out_of_batches(pairing_id, source_id)
    with transaction() as session:
        person = ErasedPerson(
            pairing_id=pairing_id,
            erased_by=actor.user_id,
            last_run_id=session.scalar(select(func.max(Run.id))),
            sealed=vault().seal(source_id),
        )
        session.add(person)
        session.flush()
        name = f"erased {person.id}"
        _forget(session, pairing_id, source_id, name)
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "person.erase", subject, source=source_id, erased=person.id)
    finish()
    return name


def finish() -> None:
    """Clean the records of people who were erased, in every run that has ended; runs in progress wait until then."""
    with reading() as session:
        waiting = session.execute(
            select(
                ErasedPerson.id, ErasedPerson.pairing_id, ErasedPerson.last_run_id, ErasedPerson.sealed
            ).where(ErasedPerson.sealed.is_not(None))
        ).all()
    for erased_id, pairing_id, last_run_id, sealed in waiting:
        source_id = cast("str", vault().open(sealed or b""))
        in_progress = set(runs_of(pairing_id, last_run_id)) - set(
            runs_of(pairing_id, last_run_id, only_ended=True)
        )
        places = places_of(pairing_id, source_id, last_run_id, only_ended=True)
        while some := list(islice(places, TOGETHER)):
            with transaction() as session:
                for place in some:
                    _clean(session, place, f"erased {erased_id}")
        if not in_progress:
            with transaction() as session:
                session.execute(update(ErasedPerson).where(ErasedPerson.id == erased_id).values(sealed=None))


def is_read_by_a_run(actor: Actor, connection_id: int) -> bool:
    """Say whether a run of a connection is in progress, whose records are cleaned when it has ended."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        connections = select(Connection.id).where(Connection.pairing_id == connection.pairing_id)
        running = select(Run.id).where(Run.connection_id.in_(connections), Run.status == RunStatus.RUNNING)
        return session.scalar(running.limit(1)) is not None


def _require_no_open_plan(pairing_id: int, source_id: str) -> None:
    connections = select(Connection.id).where(Connection.pairing_id == pairing_id)
    query = (
        select(Run.id)
        .join(Plan, Plan.run_id == Run.id)
        .join(Record, Record.run_id == Run.id)
        .where(Run.connection_id.in_(connections), Plan.state == PlanState.OPEN)
        .where(Record.source_id == source_id, Record.payload_batch_id.is_not(None))
    )
    with reading() as session:
        run_id = session.scalar(query.limit(1))
    if run_id is not None:
        raise ConflictError(
            f"The changes of run #{run_id} wait for a decision, and this person is among them. Approve or reject them "
            "on the run's page, then erase the person."
        )


def _forget(session: Session, pairing_id: int, source_id: str, name: str) -> None:
    """Delete what is remembered of a person between runs; a hold stays as history, without them."""
    for table in REMEMBERED:
        session.execute(delete(table).where(table.pairing_id == pairing_id, table.source_id == source_id))
    theirs = (Hold.pairing_id == pairing_id, Hold.source_id == source_id)
    session.execute(update(Hold).where(*theirs).values(source_id=name, reason="Erased."))
    connections = select(Connection.id).where(Connection.pairing_id == pairing_id)
    for sample in session.scalars(select(MappingSample).where(MappingSample.connection_id.in_(connections))):
        if source_id in sample.request.get("source_ids", ()):
            session.delete(sample)


def _take_out_of_batches(pairing_id: int, source_id: str) -> None:
    """Seal the batches that hold a person again without them: the one in use, and earlier ones."""
    of_pairing = select(KeptEmployeeBatch.id).where(KeptEmployeeBatch.pairing_id == pairing_id)
    with reading() as session:
        batch_ids = session.scalars(of_pairing).all()
    for batch_id in batch_ids:
        with reading() as session:
            batch = session.get(KeptEmployeeBatch, batch_id)
            is_in_it = batch is not None and any(entry[0] == source_id for entry in unseal(batch.ciphertext))
        if is_in_it:
            with transaction() as session:
                _take_out(session, batch_id, source_id)


def _take_out(session: Session, batch_id: int, source_id: str) -> None:
    batch = session.get(KeptEmployeeBatch, batch_id, with_for_update=True)
    if batch is not None:
        entries = [entry for entry in unseal(batch.ciphertext) if entry[0] != source_id]
        batch.entries, batch.ciphertext = len(entries), seal(entries)


def _clean(session: Session, place: Place, name: str) -> None:
    """Take a person out of a record; its outcome stays, so that the counters of its run stay true."""
    run_id, position = place
    record = session.get(Record, place, with_for_update=True)
    if record is None:
        return
    selected = (RunSelection.run_id == run_id, RunSelection.source_id == record.source_id)
    session.execute(update(RunSelection).where(*selected).values(source_id=name))
    record.source_id = record.name = name
    record.target_id = None if record.target_id is None else name
    record.message = None
    record.changes = record.changes and _without(record.changes, ("before", "after"), None)
    record.warnings = record.warnings and _without(record.warnings, ("message",), "Erased.")
    here = {"run_id": run_id, "position": position}
    session.execute(delete(Candidate).filter_by(**here))
    parts = update(RecordPart).filter_by(**here)
    session.execute(parts.values(message=None))
    session.execute(parts.where(RecordPart.target_id.is_not(None)).values(target_id=name))
    hidden = session.get(HiddenProblems, place)
    if hidden is not None:
        hidden.problems = _without(hidden.problems, ("note",), None)


def _without(rows: Sequence[Mapping[str, Any]], names: Sequence[str], value: object) -> list[dict[str, Any]]:
    """Return what JSON lists, with a value in place of what some names had."""
    return [{**row, **{name: value for name in names if name in row}} for row in rows]
