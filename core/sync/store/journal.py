"""The run's rows in the store: the write-ahead log of the sync.

Every function is one transaction that first holds the lease, so that nothing is written for a run that has
passed to another worker. They are called from the run's one store thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, delete, select, update

from connectors.contract.records import Reason
from core.db import transaction
from core.models import Action, PayloadBatch, Phase, Plan, Record, Run
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import Code, explain
from core.sync.store import kept_plans, links, records
from core.sync.store.payloads import EncryptedBatch
from core.sync.store.records import Columns, Settled, Taken
from core.sync.store.rows import Earned, LinkRow, Withdrawal

PORTION = 500


def begin(lease: Lease) -> None:
    """Remove the rows of an attempt that died while planning: nothing had been written yet."""
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(delete(Plan).where(Plan.run_id == lease.run_id))
        session.execute(delete(Record).where(Record.run_id == lease.run_id))
        session.execute(delete(PayloadBatch).where(PayloadBatch.run_id == lease.run_id))


class Batch(NamedTuple):
    """What the planner puts on record at once.

    Planned rows, those about whom nothing has changed (`Same` as JSON), the payload batches of those to write, the links of those
    that need no write, and by source id the new marks of links that stay as they are otherwise.
    """

    rows: Sequence[Columns] = ()
    same: bytes = b"[]"
    payload_batches: Sequence[EncryptedBatch] = ()
    kept: Sequence[LinkRow] = ()
    marks: Sequence[tuple[str, str | None]] = ()


def add(lease: Lease, pairing_id: int, batch: Batch) -> None:
    """Put planned rows on record with all that belongs to them."""
    with transaction() as session:
        assert_lease(session, lease)
        records.insert_payload_batches(session, lease.run_id, batch.payload_batches)
        records.insert_records(session, lease.run_id, batch.rows)
        records.insert_same(session, lease.run_id, batch.same)
        links.save(session, pairing_id, lease.run_id, batch.kept)
        links.mark(session, pairing_id, batch.marks)


def withdraw(
    lease: Lease, pairing_id: int, withdrawals: Sequence[Withdrawal], kept: Sequence[LinkRow]
) -> None:
    """Let some planned rows wait for a person, and store the links that nobody contests."""
    change = (
        _of_run(lease)
        .where(Record.position == bindparam("at"))
        .values(
            decision=bindparam("decision"),
            action=Action.NOT_WRITTEN,
            reason=bindparam("reason"),
            message=bindparam("message"),
            payload_batch_id=None,
            changes=None,
        )
    )
    values = [
        {
            "at": one.position,
            "decision": one.decision,
            "reason": one.code,
            "message": explain(one.code).sentence,
        }
        for one in withdrawals
    ]
    with transaction() as session:
        assert_lease(session, lease)
        if values:
            session.connection().execute(change, values)
        links.save(session, pairing_id, lease.run_id, kept)


def look_again(lease: Lease, pairing_id: int, source_ids: Collection[str]) -> None:
    """Have the next run look at some linked employees in full, because others have a claim on whom they are linked to."""
    ordered = sorted(source_ids)
    with transaction() as session:
        assert_lease(session, lease)
        for first in range(0, len(ordered), PORTION):
            links.doubt(session, pairing_id, ordered[first : first + PORTION])


def start_writing(lease: Lease) -> None:
    """Put on record that the plan is complete and that writing begins."""
    with transaction() as session:
        assert_lease(session, lease, phase=Phase.WRITING)
        kept_plans.replace_older(session, lease.run_id)


def reserve_next(lease: Lease, after: int, limit: int) -> Taken:
    """Return the next pending rows, and put on record that requests of theirs may leave before any can."""
    with transaction(durable=True) as session:
        assert_lease(session, lease)
        through = session.scalars(select(Run.sent_watermark).where(Run.id == lease.run_id)).one()
        taken = records.pending(session, lease.run_id, after, limit, through)
        records.delete_payload_batches(session, lease.run_id)
        if taken.positions:
            last = taken.positions[-1]
            session.execute(
                update(Run).where(Run.id == lease.run_id).values(sent_watermark=max(through, last))
            )
            again = (Record.position > after, Record.position <= min(last, through), Record.unsent)
            session.execute(_of_run(lease).where(*_pending(lease), *again).values(unsent=False))
    return taken


def mark_unsent(lease: Lease, positions: Sequence[int]) -> None:
    """Put on record that no request of these rows has left after all."""
    with transaction() as session:
        assert_lease(session, lease)
        for first in range(0, len(positions), PORTION):
            portion = Record.position.in_(positions[first : first + PORTION])
            session.execute(_of_run(lease).where(*_pending(lease), portion).values(unsent=True))


def save(lease: Lease, pairing_id: int, settled: Sequence[Settled], earned: Mapping[int, Earned]) -> set[int]:
    """Store outcomes with the links they earn, by position, and wipe their payloads.

    Return the positions of those who were refused: the answer named somebody who belongs to another employee of the source.
    """
    with transaction() as session:
        assert_lease(session, lease)
        taken = links.save(session, pairing_id, lease.run_id, [LinkRow(*link) for link in earned.values()])
        refused = {position for position, link in earned.items() if link[0] in taken} if taken else set()
        records.settle_records(
            session, lease.run_id, [_refused(one) if one[0] in refused else one for one in settled]
        )
        if any(one[3] == Reason.UNANSWERED for one in settled):
            links.forget(session, lease.run_id)
    return refused


def _refused(settled: Settled) -> Settled:
    sentence = explain(Code.ALREADY_LINKED).sentence
    return settled[0], str(Action.FAILED), settled[2], str(Code.ALREADY_LINKED), sentence, None


def give_up(lease: Lease) -> None:
    """End every pending row because the run cannot go on: what may have been sent is told apart from what was not."""
    reason = case((sent(lease.run_id), Reason.UNANSWERED.value), else_=Code.NOT_ATTEMPTED.value)
    unanswered, untried = explain(Reason.UNANSWERED).sentence, explain(Code.NOT_ATTEMPTED).sentence
    message = case((sent(lease.run_id), unanswered), else_=untried)
    with transaction() as session:
        assert_lease(session, lease)
        ended = {"action": Action.FAILED, "reason": reason, "message": message, "payload_batch_id": None}
        session.execute(_of_run(lease).where(*_pending(lease)).values(**ended))
        links.forget(session, lease.run_id)
        session.execute(delete(Plan).where(Plan.run_id == lease.run_id))
        kept_plans.wipe(session, lease.run_id)


def cancel(lease: Lease) -> None:
    """End every pending row because a person cancelled the run: what is in doubt is told apart from what was not sent."""
    reason = case((sent(lease.run_id), Reason.UNANSWERED.value), else_=Code.CANCELLED.value)
    message = case(
        (sent(lease.run_id), explain(Reason.UNANSWERED).sentence), else_=explain(Code.CANCELLED).sentence
    )
    action = case((sent(lease.run_id), Action.FAILED.value), else_=Action.NOT_WRITTEN.value)
    with transaction() as session:
        assert_lease(session, lease)
        ended = {"action": action, "reason": reason, "message": message, "payload_batch_id": None}
        session.execute(_of_run(lease).where(*_pending(lease)).values(**ended))
        links.forget(session, lease.run_id)
        session.execute(delete(Plan).where(Plan.run_id == lease.run_id))
        kept_plans.wipe(session, lease.run_id)


def drop_payloads(lease: Lease) -> None:
    """Forget what was to be written, once nothing is pending any more."""
    with transaction() as session:
        assert_lease(session, lease)
        records.delete_payload_batches(session, lease.run_id)


def sent(run_id: int) -> ColumnElement[bool]:
    """Return the condition on a run's records that a request of theirs may have left."""
    through = select(Run.sent_watermark).where(Run.id == run_id).scalar_subquery()
    return and_(Record.position <= through, ~Record.unsent)


def _of_run(lease: Lease) -> Update:
    return update(Record.__table__).where(Record.run_id == lease.run_id)  # type: ignore[arg-type]


def _pending(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (Record.run_id == lease.run_id, Record.action == Action.PENDING)
