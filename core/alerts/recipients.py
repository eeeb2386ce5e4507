"""Find the recipients of a change of state: people who want to hear of it by e-mail, and the connection's webhook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts import webhooks
from core.alerts.preferences import Preferences, own_address, parse, wants
from core.alerts.sending import mail, outbox
from core.alerts.timing import mail_due_at
from core.alerts.webhooks import StoredWebhook
from core.clock import now
from core.models import Account, AlertEvent, AlertPreference, Channel, Membership, User
from core.security.actor import ActingRole, acting_role_for
from core.time_zones import zone_or_default


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person in an account, with what they want to hear; a blank ``address`` is not known."""

    user_id: int
    role: ActingRole
    address: str
    preferences: Preferences


def find(session: Session, account_id: int, user_id: int | None = None) -> Iterator[Recipient]:
    """Yield the people of an account, or one of them, who may hear of it now.

    Members of enableHR Support hear of an account only when they have chosen so: they reach all of them.
    """
    roles: dict[int, ActingRole] = {}
    query = select(Membership.user_id, Membership.role).where(Membership.account_id == account_id)
    for member_id, membership in session.execute(query):
        if roles.get(member_id) is not ActingRole.ACCOUNT_ADMIN:
            roles[member_id] = acting_role_for(membership)
    stored = select(AlertPreference).where(AlertPreference.account_id == account_id)
    chosen = {row.user_id: row.settings for row in session.scalars(stored)}
    people = select(User).where(User.id.in_({*roles, *chosen}), User.active).order_by(User.id)
    for user in session.scalars(people if user_id is None else people.where(User.id == user_id)):
        role = roles.get(user.id)
        if role is None and user.is_support and chosen.get(user.id) is not None:
            role = ActingRole.SUPPORT
        if role is None:
            continue
        preferences = parse(chosen.get(user.id), role)
        yield Recipient(user.id, role, preferences.email or own_address(user), preferences)


def store_deliveries(session: Session, event: AlertEvent) -> None:
    """Store the messages about an event in the caller's transaction."""
    if mail.is_set_up():
        zone = account_zone(session, event.account_id)
        for person in find(session, event.account_id, event.user_id):
            chosen = person.preferences.choice(event.connection_id).mail
            if person.address and wants(chosen, event.topic, ended=event.ended):
                due_at = mail_due_at(person.preferences, zone, event.at)
                outbox.store(
                    session, event, Channel.MAIL, f"mail:{event.id}:{person.user_id}", due_at, person.user_id
                )
    webhook = webhooks.load(session, event.connection_id)
    if webhook is not None and webhook.addresses.alerts and hears_of(webhook, event):
        outbox.store(session, event, Channel.WEBHOOK, f"webhook:{event.id}", event.at)


def hears_of(webhook: StoredWebhook, event: AlertEvent) -> bool:
    """Say whether a webhook hears of an event: its topic was chosen, and *recovered* too where it is over."""
    return wants(webhook.topics, event.topic, ended=event.ended)


def account_zone(session: Session, account_id: int) -> ZoneInfo:
    """Return the time zone in which the quiet hours and digests of an account are meant."""
    return zone_or_default(session.get_one(Account, account_id).time_zone)


def follow_choice(session: Session, account_id: int, user_id: int) -> None:
    """Give the waiting mails of a person the time that their choice says now, and drop what they no longer want."""
    person = next(find(session, account_id, user_id), None)
    zone, moment = account_zone(session, account_id), now()
    for delivery, event in outbox.waiting_mails(session, account_id, user_id):
        chosen = person.preferences.choice(event.connection_id).mail if person is not None else ()
        if person is not None and person.address and wants(chosen, event.topic, ended=event.ended):
            delivery.due_at = mail_due_at(person.preferences, zone, moment)
        else:
            outbox.drop(delivery)
