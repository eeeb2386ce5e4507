"""Deliver what is due: mails one after the other, webhooks side by side, so that one that hangs delays no other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts import recipients, webhooks
from core.alerts.sending import mail, messages, outbox, webhook_client
from core.alerts.sending.mail import Mail, MailError
from core.alerts.sending.outbox import Due
from core.alerts.sending.run_signals import ADDRESS
from core.alerts.webhooks import StoredWebhook
from core.clock import now
from core.db import transaction
from core.models import AlertEvent, Channel, Delivery, Run
from core.security.actor import PERMISSIONS, Permission

log = structlog.get_logger()

# A task has ten minutes; what is left is handed to the next one.
LONGEST = timedelta(minutes=5)
WEBHOOKS_AT_ONCE = 8


def deliver_due() -> None:
    """Send everything that is due, and store what came of it."""
    found = outbox.due()
    mails = _groups(each for each in found if each.channel is Channel.MAIL)
    calls = _groups(each for each in found if each.channel is not Channel.MAIL)
    asyncio.run(_deliver(mails, calls))


def _groups(found: Iterable[Due]) -> list[list[int]]:
    """Return the ids of what goes to one receiver, or into one mail, together."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for each in found:
        is_mail = each.channel is Channel.MAIL
        # What was sent together once is sent together again, under the same id.
        person = (each.account_id, each.user_id, each.batch)
        groups[person if is_mail else (each.connection_id, each.channel is Channel.WEBHOOK)].append(each.id)
    return list(groups.values())


async def _deliver(mails: Sequence[Sequence[int]], calls: Sequence[Sequence[int]]) -> None:
    free = asyncio.Semaphore(WEBHOOKS_AT_ONCE)
    await asyncio.gather(asyncio.to_thread(_send_mails, mails), *(_call_in_order(free, ids) for ids in calls))


# ── mails ────────────────────────────────────────────────────────────────────


def _send_mails(groups: Sequence[Sequence[int]]) -> None:
    """Send one mail after the other. When the server itself fails, the others are not tried now."""
    until, failure = now() + LONGEST, ""
    for ids in groups:
        if failure:
            outbox.fail_unsent(ids, failure)
        elif now() < until:
            failure = _send_mail(ids)


def _send_mail(ids: Sequence[int]) -> str:
    """Send one mail; return why the server takes none at all, or nothing."""
    with transaction() as session:
        rows = outbox.claim(session, ids)
        message = _mail_about(session, rows) if rows else None
    if message is None:
        return ""
    claimed = [row.id for row in rows]
    try:
        answer = mail.send(message)
    except MailError as error:
        outbox.settle(claimed, str(error), is_delivered=False, new_batch=not error.may_be_sent)
        log.warning("alert.mail_failed", deliveries=len(claimed), of_server=error.of_server)
        return str(error) if error.of_server else ""
    outbox.settle(claimed, f"The mail server answered: {answer}", is_delivered=True)
    log.info("alert.mail_sent", deliveries=len(claimed))
    return ""


def _mail_about(session: Session, rows: Sequence[Delivery]) -> Mail | None:
    """Return the mail about claimed deliveries; None, and they are dropped, when the person may no longer have it."""
    first = rows[0]
    person = next(recipients.find(session, first.account_id, first.user_id), None)
    if person is None or not person.address:
        for row in rows:
            outbox.drop(row)
        return None
    query = (
        select(AlertEvent).where(AlertEvent.id.in_([row.event_id for row in rows])).order_by(AlertEvent.id)
    )
    events, sees_connections = (
        session.scalars(query).all(),
        Permission.SEE_CONNECTIONS in PERMISSIONS[person.role],
    )
    return messages.mail_about(
        session, events, person.address, first.batch or "", sees_connections=sees_connections
    )


# ── webhooks ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Call:
    address: str
    secret: str
    message_id: str
    body: bytes


async def _call_in_order(free: asyncio.Semaphore, ids: Sequence[int]) -> None:
    """Call one webhook for one message after the other. An address that fails is not called again now."""
    failed: dict[str, str] = {}
    async with free:
        for delivery_id in ids:
            call = await asyncio.to_thread(_prepare_call, delivery_id)
            if call is None:
                continue
            if call.address in failed:
                await asyncio.to_thread(_settle, delivery_id, failed[call.address], False)
                continue
            answer = await webhook_client.call(call.address, call.secret, call.message_id, call.body)
            if not answer.taken:
                failed[call.address] = answer.sentence
                log.warning("alert.webhook_failed", delivery=delivery_id)
            await asyncio.to_thread(_settle, delivery_id, answer.sentence, answer.taken)


def _settle(delivery_id: int, answer: str, taken: bool) -> None:
    outbox.settle([delivery_id], answer, is_delivered=taken)


def _prepare_call(delivery_id: int) -> _Call | None:
    """Claim a message to a webhook; None when another process has it, or nobody waits for it any more."""
    with transaction() as session:
        rows = outbox.claim(session, [delivery_id])
        if not rows:
            return None
        row, webhook = rows[0], webhooks.load(session, rows[0].connection_id)
        address = (
            getattr(webhook.addresses, ADDRESS.get(row.channel, "alerts")) if webhook is not None else ""
        )
        if webhook is None or not address or not _is_wanted(session, webhook, row):
            outbox.drop(row)
            return None
        return _Call(address, webhook.secret, row.batch or "", _body(session, row))


def _body(session: Session, row: Delivery) -> bytes:
    if row.channel is Channel.WEBHOOK:
        return messages.body_about_event(session, session.get_one(AlertEvent, row.event_id))
    return messages.body_about_run(session, session.get_one(Run, row.run_id), row.channel)


def _is_wanted(session: Session, webhook: StoredWebhook, row: Delivery) -> bool:
    if row.channel is not Channel.WEBHOOK:
        return not _comes_too_late(session, row)
    return recipients.hears_of(webhook, session.get_one(AlertEvent, row.event_id))


def _comes_too_late(session: Session, row: Delivery) -> bool:
    """Say whether the start of a run that has ended is tried again: it would look like another run."""
    return (
        row.channel is Channel.RUN_START
        and row.attempts > 1
        and session.get_one(Run, row.run_id).status.ended
    )
