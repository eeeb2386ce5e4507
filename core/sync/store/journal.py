"""The run's rows in the store: the write-ahead log of the sync.

Every function is one transaction that renews the lease first, so that nothing is written for a run that has passed to
another worker. The run's store executor calls them in order.

One file, because each function is a step in the life of a row: read together, they show that every row ends once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, delete, select, text, update
from sqlalchemy.orm import Session

from connectors.contract.exchanges import Exchange
from connectors.contract.records import MAYBE_WRITTEN, Reason
from core.db import reading, transaction
from core.models import Action, Decision, PayloadBatch, Phase, Plan, Record, RecordPart, Run
from core.people import entries
from core.people.entries import Entry
from core.runs import request_log
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import Code, explain
from core.scope import rechecks
from core.sync.store import (
    exclusions,
    field_conflicts,
    kept_employees,
    kept_plans,
    links,
    records,
    unanswered,
)
from core.sync.store.exclusions import ExclusionRow
from core.sync.store.payloads import EncryptedBatch
from core.sync.store.records import Reserved
from core.sync.store.rows import LinkRow, PartRow, Result, Row, Withdrawal
from core.sync.store.unanswered import UnansweredRow

CHUNK = 500
WRITTEN = (Action.CREATED, Action.UPDATED, Action.TERMINATED)
SAVE_PARTS = text(
    """
    INSERT INTO record_part (run_id, position, number, label, action, reason, message, target_id)
    VALUES (:run_id, :position, :number, :label, :action, :reason, :message, :target_id)
    ON CONFLICT (run_id, position, number) DO UPDATE SET action = excluded.action, reason = excluded.reason,
        message = excluded.message, target_id = excluded.target_id
    """
)


def begin(lease: Lease) -> None:
    """Remove the rows of an attempt that died while planning. It had written nothing to the target."""
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(delete(Plan).where(Plan.run_id == lease.run_id))
        session.execute(delete(Record).where(Record.run_id == lease.run_id))
        session.execute(delete(PayloadBatch).where(PayloadBatch.run_id == lease.run_id))
        request_log.forget(session, lease.run_id)


class Batch(NamedTuple):
    """What the planner stores at once.

    The planned rows, the unchanged employees (`UnchangedRows` as JSON), the payload batches of the rows to write, the
    links of employees that need no write, and by source id the new source versions and the new states of links that
    are otherwise unchanged. What is kept of the employees who were decided on. By source id, who is excluded until they
    change, who no longer is, and the next day on which the scope can say something else, None where no day does. By
    position, what the source refused or did not answer.
    """

    rows: Sequence[Row] = ()
    same: bytes = b"[]"
    payload_batches: Sequence[EncryptedBatch] = ()
    links: Sequence[LinkRow] = ()
    source_versions: Sequence[tuple[str, str | None]] = ()
    states: Sequence[tuple[str, bytes]] = ()
    kept_employees: Sequence[Entry] = ()
    exclusions: Mapping[str, ExclusionRow] = {}
    outdated_exclusions: Sequence[str] = ()
    recheck_days: Mapping[str, date | None] = {}
    requests: Mapping[int, Sequence[Exchange]] = {}


def add(lease: Lease, pairing_id: int, batch: Batch) -> None:
    """Store planned rows with all that belongs to them."""
    kept = batch.kept_employees
    ciphertext = entries.seal(kept) if kept else b""
    with transaction() as session:
        assert_lease(session, lease)
        records.insert_payload_batches(session, lease.run_id, batch.payload_batches)
        records.insert_records(session, lease.run_id, batch.rows)
        records.insert_same(session, lease.run_id, batch.same)
        # The states are those from before a decision: of an employee who was compared, the link knows more.
        links.set_states(session, pairing_id, batch.states)
        links.save(session, pairing_id, lease.run_id, batch.links)
        links.set_source_versions(session, pairing_id, batch.source_versions)
        if kept:
            kept_employees.insert_entries(session, pairing_id, kept, ciphertext)
        # Together with the links: a later attempt does not read again what is remembered here.
        exclusions.save(session, pairing_id, batch.exclusions, batch.outdated_exclusions)
        rechecks.save(session, pairing_id, batch.recheck_days)
        request_log.add(session, lease.run_id, batch.requests)


def withdraw(
    lease: Lease,
    pairing_id: int,
    withdrawals: Sequence[Withdrawal],
    uncontested: Sequence[LinkRow],
    *,
    of_draft: bool = False,
) -> None:
    """Let some planned rows wait for a person, and store the links that no other employee claims.

    ``of_draft``: what is kept of the employees stays as it is.
    """
    change = (
        _of_run(lease)
        .where(Record.position == bindparam("at"))
        .values(
            decision=bindparam("decision"),
            action=bindparam("outcome"),
            reason=bindparam("reason"),
            message=bindparam("message"),
            payload_batch_id=None,
            changes=None,
        )
    )
    values = list(map(_withdrawn_values, withdrawals))
    with transaction() as session:
        assert_lease(session, lease)
        if values:
            session.connection().execute(change, values)
            field_conflicts.forget_warnings(session, lease.run_id, [one.position for one in withdrawals])
            if not of_draft:
                kept_employees.add_outcomes(session, pairing_id, lease.run_id, withdrawals)
        links.save(session, pairing_id, lease.run_id, uncontested)


def _withdrawn_values(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "at": withdrawal.position,
        "decision": withdrawal.decision,
        "outcome": Action.SKIPPED if withdrawal.decision is Decision.FILTERED else Action.NOT_WRITTEN,
        "reason": withdrawal.code,
        "message": withdrawal.message[:1000],
    }


def move_links(lease: Lease, pairing_id: int, moved: Mapping[str, str]) -> None:
    """Move links from the records of employees who have left, given with the new records of the same people.

    The new record is written in any case, because nothing is known of an earlier write.
    """
    with transaction() as session:
        assert_lease(session, lease)
        links.move(session, pairing_id, lease.run_id, moved)


def look_again(lease: Lease, pairing_id: int, source_ids: Collection[str]) -> None:
    """Have the next run read some linked employees in full, because others claim the employees they are linked to."""
    ordered = sorted(source_ids)
    with transaction() as session:
        assert_lease(session, lease)
        for first in range(0, len(ordered), CHUNK):
            links.outdate(session, pairing_id, ordered[first : first + CHUNK])


def start_writing(lease: Lease, first_run_of: int | None = None) -> None:
    """Store that the plan is complete and that writing begins; ``first_run_of`` is the pairing in its first run."""
    with transaction() as session:
        assert_lease(session, lease, phase=Phase.WRITING)
        if first_run_of is not None:
            field_conflicts.end_first_changes(session, first_run_of)
        kept_plans.replace_older(session, lease.run_id)


def reserve_next(lease: Lease, after: int, limit: int) -> Reserved:
    """Return the next pending rows, and store that their requests may leave before any can."""
    with transaction(durable=True) as session:
        assert_lease(session, lease)
        watermark = session.scalars(select(Run.sent_watermark).where(Run.id == lease.run_id)).one()
        reserved = records.pending(session, lease.run_id, after, limit, watermark)
        records.delete_payload_batches(session, lease.run_id)
        if reserved.positions:
            last = reserved.positions[-1]
            raised = update(Run).where(Run.id == lease.run_id).values(sent_watermark=max(watermark, last))
            session.execute(raised)
            again = (Record.position > after, Record.position <= min(last, watermark), Record.unsent)
            session.execute(_of_run(lease).where(*_pending(lease), *again).values(unsent=False))
    return reserved


def mark_unsent(lease: Lease, positions: Sequence[int]) -> None:
    """Store that no request of these rows has left after all."""
    with transaction() as session:
        assert_lease(session, lease)
        for first in range(0, len(positions), CHUNK):
            chunk = Record.position.in_(positions[first : first + CHUNK])
            session.execute(_of_run(lease).where(*_pending(lease), chunk).values(unsent=True))


def save(lease: Lease, pairing_id: int, results: Sequence[Result]) -> set[int]:
    """Store outcomes with the links they earn, and drop their payloads.

    Return the positions that were refused, because the response named an employee who belongs to another employee of
    the source.
    """
    earned = {result.position: result.link for result in results if result.link is not None}
    with transaction() as session:
        assert_lease(session, lease)
        new = [position for position, link in earned.items() if link.matched_by is None]
        for position, how in records.matched_by(session, lease.run_id, new).items() if new else ():
            earned[position] = earned[position]._replace(matched_by=how)
        taken = links.save(session, pairing_id, lease.run_id, list(earned.values()))
        refused = {position for position, link in earned.items() if link.source_id in taken}
        written = [link.source_id for position, link in earned.items() if position not in refused]
        field_conflicts.settle_written(session, pairing_id, lease.run_id, written)
        stored = [_refuse(result) if result.position in refused else result for result in results]
        records.settle_records(session, lease.run_id, stored)
        if any(result.reason in MAYBE_WRITTEN for result in results):
            links.doubt_unanswered(session, lease.run_id)
        unanswered.save(session, pairing_id, _without_link(results, refused))
        _add_parts(session, lease.run_id, [part for result in results for part in result.parts])
        records.make_ambiguous(session, lease.run_id, [result for result in results if result.candidates])
        request_log.add(
            session, lease.run_id, {each.position: each.requests for each in results if each.requests}
        )
    return refused


def save_parts(lease: Lease, rows: Sequence[PartRow]) -> None:
    """Store the outcomes of parts of an employee before the next request for them leaves."""
    with transaction(durable=True) as session:
        assert_lease(session, lease)
        _add_parts(session, lease.run_id, rows)


def _add_parts(session: Session, run_id: int, rows: Sequence[PartRow]) -> None:
    if not rows:
        return
    cut = [row._replace(message=row.message[:1000] if row.message else None) for row in rows]
    values = [row._asdict() | {"run_id": run_id, "action": str(row.action)} for row in cut]
    session.connection().execute(SAVE_PARTS, values)


def finished_parts(run_id: int) -> dict[int, dict[int, PartRow]]:
    """Return the parts that earlier attempts of a run have written, by position and number."""
    columns = [getattr(RecordPart, name) for name in PartRow._fields]
    query = select(*columns).where(RecordPart.run_id == run_id, RecordPart.action.in_(WRITTEN))
    found: dict[int, dict[int, PartRow]] = {}
    with reading() as session:
        for row in session.execute(query):
            found.setdefault(row.position, {})[row.number] = PartRow(*row)
    return found


def keep_requests(lease: Lease, requests: Mapping[int, Sequence[Exchange]]) -> None:
    """Store what was asked of the target for employees whose outcome is not known."""
    with transaction() as session:
        assert_lease(session, lease)
        request_log.add(session, lease.run_id, requests)


def _without_link(results: Sequence[Result], refused: Collection[int]) -> list[UnansweredRow]:
    """Return the creates that may have been carried out and have earned no link."""
    marks = [result.unanswered for result in results if result.unanswered is not None]
    named_another = (
        result.link
        for result in results
        if result.position in refused and result.action is Action.CREATED and result.link is not None
    )
    return [*marks, *(UnansweredRow(link.source_id, False, None) for link in named_another)]


def _refuse(result: Result) -> Result:
    message = explain(Code.ALREADY_LINKED).sentence
    return Result(result.position, Action.FAILED, result.target_id, Code.ALREADY_LINKED, message)


def abort(lease: Lease) -> None:
    """End every pending row, because the run cannot continue."""
    _end_pending(lease, Action.FAILED, Code.NOT_ATTEMPTED)


def cancel(lease: Lease) -> None:
    """End every pending row, because a person cancelled the run."""
    _end_pending(lease, Action.NOT_WRITTEN, Code.CANCELLED)


def _end_pending(lease: Lease, action: Action, code: Code) -> None:
    """End every pending row: as unanswered if a request may have left, and otherwise as given."""
    may_have_left = sent(lease.run_id)

    def either(unanswered: str, other: str) -> Any:
        return case((may_have_left, unanswered), else_=other)

    ended = {
        "action": either(Action.FAILED.value, action.value),
        "reason": either(Reason.UNANSWERED.value, code.value),
        "message": either(explain(Reason.UNANSWERED).sentence, explain(code).sentence),
        "payload_batch_id": None,
    }
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(_of_run(lease).where(*_pending(lease)).values(**ended))
        links.doubt_unanswered(session, lease.run_id)
        unanswered.save_of_run(session, lease.run_id, Decision.CREATE.value, Reason.UNANSWERED.value)
        session.execute(delete(Plan).where(Plan.run_id == lease.run_id))
        kept_plans.wipe(session, lease.run_id)


def drop_payloads(lease: Lease) -> None:
    """Delete the payload batches, once nothing is pending."""
    with transaction() as session:
        assert_lease(session, lease)
        records.delete_payload_batches(session, lease.run_id)


def sent(run_id: int) -> ColumnElement[bool]:
    """Return the condition on a run's records that a request of theirs may have left."""
    watermark = select(Run.sent_watermark).where(Run.id == run_id).scalar_subquery()
    return and_(Record.position <= watermark, ~Record.unsent)


def _of_run(lease: Lease) -> Update:
    return update(Record.__table__).where(Record.run_id == lease.run_id)  # type: ignore[arg-type]


def _pending(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (Record.run_id == lease.run_id, Record.action == Action.PENDING)
