"""Tell an uptime service of each run: that it has started, and whether it succeeded or failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.alerts import webhooks
from core.clock import now
from core.db import reading, transaction
from core.models import Channel, Connection, ConnectionStatus, Delivery, Run, RunKind, RunStatus, Webhook

ENDED = {
    RunStatus.COMPLETE: Channel.RUN_SUCCESS,
    RunStatus.ERROR: Channel.RUN_FAILURE,
    RunStatus.HELD: Channel.RUN_FAILURE,
    RunStatus.CANCELLED: Channel.RUN_FAILURE,
}
# Of each connection; a run further back, or longer ago, is not signalled any more.
MOST_RUNS, SIGNALLED_FOR = 200, timedelta(days=1)
ADDRESS = {Channel.RUN_START: "start", Channel.RUN_SUCCESS: "success", Channel.RUN_FAILURE: "failure"}


def store() -> None:
    """Store the signals of the runs that have started or ended since the last time."""
    with reading() as session:
        query = select(Webhook.connection_id).join(Connection, Connection.id == Webhook.connection_id)
        query = query.where(Connection.status != ConnectionStatus.DELETED)
        ids = [number for number in session.scalars(query) if any(_new_signals(session, number))]
    for connection_id in ids:
        with transaction() as session:
            session.get_one(Connection, connection_id, with_for_update=True)
            for run, channel in list(_new_signals(session, connection_id)):
                session.add(_delivery(run, channel))


def _new_signals(session: Session, connection_id: int) -> Iterator[tuple[Run, Channel]]:
    """Yield the signals of a connection's runs that are not stored yet, in the order in which they are sent."""
    webhook = webhooks.load(session, connection_id)
    if webhook is None:
        return
    newest = select(Run.id).where(Run.connection_id == connection_id, Run.kind == RunKind.SYNC)
    newest = newest.order_by(Run.id.desc()).limit(MOST_RUNS)
    signalled = select(Delivery.run_id, Delivery.channel).where(Delivery.run_id.in_(newest))
    stored = {(run_id, channel) for run_id, channel in session.execute(signalled)}
    since = max(webhook.since, now() - SIGNALLED_FOR)
    is_new = or_(Run.started_at >= since, Run.ended_at >= since)
    for run in session.scalars(select(Run).where(Run.id.in_(newest), is_new).order_by(Run.id)):
        started = Channel.RUN_START if run.started_at is not None and run.started_at >= since else None
        for channel in (started, ENDED.get(run.status)):
            is_wanted = channel is not None and getattr(webhook.addresses, ADDRESS[channel])
            if channel is not None and is_wanted and (run.id, channel) not in stored:
                yield run, channel


def _delivery(run: Run, channel: Channel) -> Delivery:
    return Delivery(
        key=f"{ADDRESS[channel]}:{run.id}",
        account_id=run.account_id,
        connection_id=run.connection_id,
        channel=channel,
        run_id=run.id,
        created_at=now(),
        due_at=now(),
        attempts=0,
    )
