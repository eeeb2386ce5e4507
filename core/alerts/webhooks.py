"""The webhooks of a connection: where changes of state are sent, and the start and end of each run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.alerts.sending import messages, outbox, webhook_client
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import AlertTopic, Connection, User, Webhook
from core.security import throttling
from core.security.actor import ActingRole, Actor, Permission
from core.security.ownership import require_connection
from core.security.vault import vault

TESTS, TESTS_WITHIN = 20, timedelta(hours=1)
NO_WEBHOOK = "This connection has no such webhook. Enter its address first."


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where iHUB calls; each blank where nothing is called. ``start``, ``success`` and ``failure`` are for runs."""

    alerts: str = ""
    start: str = ""
    success: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """The addresses, the secret that messages are signed with, and since when messages go there."""

    addresses: Addresses
    secret: str
    since: datetime
    # What ``addresses.alerts`` hears of.
    topics: tuple[AlertTopic, ...]


@dataclass(frozen=True, slots=True)
class WebhookView:
    """What people see of a webhook: the host of each address, because the rest of it is often a secret."""

    hosts: Addresses
    changed_by: str | None
    since: datetime
    topics: tuple[AlertTopic, ...]


KINDS = tuple(field.name for field in fields(Addresses))
# What waits for one person is nothing for others.
TOPICS = tuple(topic for topic in AlertTopic if topic is not AlertTopic.WAITING)


def load(session: Session, connection_id: int) -> StoredWebhook | None:
    """Return the webhook of a connection, if it has one."""
    row = session.get(Webhook, connection_id)
    if row is None:
        return None
    opened = vault().open(row.ciphertext)
    assert isinstance(opened, dict)
    chosen = opened.get("topics", TOPICS)
    topics = tuple(topic for topic in TOPICS if topic in chosen)
    return StoredWebhook(Addresses(**opened["addresses"]), opened["secret"], row.since, topics)


def get_webhook(actor: Actor, connection_id: int) -> WebhookView | None:
    """Return what may be seen of a connection's webhook; None where it has none."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        stored, row = load(session, connection_id), session.get(Webhook, connection_id)
        if stored is None or row is None:
            return None
        by = session.get(User, row.changed_by) if row.changed_by is not None else None
        hosts = {name: _host(address) for name, address in asdict(stored.addresses).items()}
        return WebhookView(Addresses(**hosts), by.name if by else None, row.since, stored.topics)


def save_webhook(
    actor: Actor,
    connection_id: int,
    addresses: Mapping[str, str | None],
    topics: Iterable[str] | None = None,
) -> str | None:
    """Store the addresses of a connection's webhook, and return its secret where it is a new one.

    An address that is not given or None stays as it is, a blank one is removed. ``topics`` are what the address for
    alerts hears of; None leaves them as they are. Raises InvalidError for an address that iHUB does not call, such as
    one of a private network, and for a topic that there is not.
    """
    chosen_topics = None if topics is None else _checked_topics(topics)
    unknown = addresses.keys() - set(KINDS)
    if unknown:
        raise InvalidError(f"A webhook has no address {min(unknown)}. It has {', '.join(KINDS)}.")
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
    checked = {
        name: webhook_client.require_address(address) if address.strip() else ""
        for name, address in addresses.items()
        if address is not None
    }
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS, lock=True)
        stored = load(session, connection_id)
        chosen = Addresses(**(asdict(stored.addresses if stored else Addresses()) | checked))
        if chosen == Addresses():
            raise InvalidError("Enter at least one address, or remove the webhook.")
        secret = stored.secret if stored else webhook_client.new_secret()
        row = session.get(Webhook, connection_id) or Webhook(connection_id=connection_id, since=now())
        heard = chosen_topics if chosen_topics is not None else stored.topics if stored else TOPICS
        row.ciphertext = vault().seal({"addresses": asdict(chosen), "secret": secret, "topics": list(heard)})
        row.changed_by = actor.user_id
        session.add(row)
        outbox.retry_webhooks(session, connection_id)
        hosts = {name: _host(address) for name, address in asdict(chosen).items() if address}
        names = ", ".join(heard)
        trail.record(session, actor, "webhook.save", f"connection:{connection_id}", topics=names, **hosts)
    return None if stored else secret


def _checked_topics(topics: Iterable[str]) -> tuple[AlertTopic, ...]:
    given = set(topics)
    if unknown := sorted(given - set(TOPICS)):
        raise InvalidError(f"A webhook does not hear of {unknown[0]}. It can hear of {', '.join(TOPICS)}.")
    chosen = tuple(topic for topic in TOPICS if topic in given)
    if not set(chosen) - {AlertTopic.RECOVERED}:
        raise InvalidError("Choose at least one alert, or remove the address for alerts.")
    return chosen


def remove_webhook(actor: Actor, connection_id: int) -> None:
    """Remove the webhook of a connection with its secret. Raises NotFoundError when it has none."""
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS, lock=True)
        row = session.get(Webhook, connection_id)
        if row is None:
            raise NotFoundError("This connection has no webhook.")
        session.delete(row)
        trail.record(session, actor, "webhook.remove", f"connection:{connection_id}")


def forget(session: Session, connection_id: int) -> None:
    """Remove the webhook of a connection that is deleted, in the caller's transaction."""
    session.execute(delete(Webhook).where(Webhook.connection_id == connection_id))


def send_test_call(actor: Actor, connection_id: int, kind: str = "alerts") -> str:
    """Call one of a connection's addresses now, and return what the receiver answered.

    Raises InvalidError when the receiver did not take it, ConflictError after many tests.
    """
    with transaction() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        stored = load(session, connection_id)
        address = getattr(stored.addresses, kind) if stored is not None and kind in KINDS else ""
        if stored is None or not address:
            raise InvalidError(NO_WEBHOOK)
        _count_test(session, actor)
        trail.record(session, actor, "webhook.test", f"connection:{connection_id}", host=_host(address))
        body = _test_body(session, connection)
    answer = asyncio.run(webhook_client.call(address, stored.secret, f"test-{uuid4()}", body))
    if not answer.taken:
        raise InvalidError(answer.sentence)
    return answer.sentence


def _test_body(session: Session, connection: Connection) -> bytes:
    return messages.body("test", now(), connection, session, text="This is a test.")


def _count_test(session: Session, actor: Actor) -> None:
    allowed = throttling.allow(session, f"webhook.test {actor.user_id}", TESTS, TESTS_WITHIN)
    if actor.role is not ActingRole.OPERATOR and not allowed:
        raise ConflictError(f"{TESTS} tests were sent within an hour. Wait before you send another.")


def _host(address: str) -> str:
    return urlsplit(address).netloc
