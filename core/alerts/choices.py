"""A person chooses what they hear of an account, and tries it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts import preferences, recipients
from core.alerts.preferences import ADDRESS, ALL, Preferences, own_address, parse
from core.alerts.sending import mail
from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.models import Account, AlertPreference, Connection, User
from core.security import throttling
from core.security.actor import ActingRole, Actor, Permission, require

WRONG_ADDRESS = "Enter one e-mail address, such as ann@example.com."
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
TESTS, TESTS_WITHIN = 10, timedelta(hours=1)
TOO_MANY_TESTS = f"{TESTS} tests were sent within an hour. Wait before you send another."


def get_preferences(actor: Actor) -> Preferences:
    """Return what the person hears of the account they act in."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        return preferences.load(session, actor.user_id or 0, actor.account_id or 0, actor.role)


def known_address(actor: Actor) -> str:
    """Return the person's own e-mail address, which is used where they enter no other; blank where it is not known."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        user = session.get(User, actor.user_id) if actor.user_id is not None else None
        return "" if user is None else own_address(user)


def save_preferences(actor: Actor, chosen: Mapping[str, Any] | Preferences) -> Preferences:
    """Store what the person hears of the account they act in; mails that still wait follow it.

    Raises InvalidError for an address, a time or a connection that cannot be used.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    user_id = _require_person(actor)
    checked = _checked(chosen, actor.role)
    with transaction() as session:
        account_id = actor.account_id or 0
        known = set(session.scalars(select(Connection.id).where(Connection.account_id == account_id)))
        if not checked.choices.keys() <= known | {ALL}:
            raise InvalidError("There is no such connection in this account.")
        row = session.get(AlertPreference, (user_id, account_id))
        if row is None:
            row = AlertPreference(user_id=user_id, account_id=account_id, seen_event_id=0)
            session.add(row)
        row.settings = checked.model_dump(mode="json")
        session.flush()
        recipients.follow_choice(session, account_id, user_id)
        trail.record(session, actor, "alerts.choose", f"user:{user_id}", "done", **_told(checked))
    return checked


def send_test_mail(actor: Actor, address: str = "") -> str:
    """Send a mail to the person's address, or to another one, and return what the mail server answered.

    Raises InvalidError when there is no address or the server does not take the mail, ConflictError after many tests.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    to = address.strip() or get_preferences(actor).email or known_address(actor)
    if not ADDRESS.fullmatch(to):
        raise InvalidError(WRONG_ADDRESS)
    with transaction() as session:
        _count_test(session, actor)
        trail.record(session, actor, "alerts.test", f"user:{actor.user_id or 0}", address=to)
        account = session.get(Account, actor.account_id) if actor.account_id else None
    about = f" of {account.name}" if account else ""
    try:
        return mail.send(
            mail.compose(to, f"Test{about}", "This is a test. Alerts of iHUB will come to this address.")
        )
    except mail.MailError as error:
        raise InvalidError(str(error)) from error


def _count_test(session: Session, actor: Actor) -> None:
    if actor.role is not ActingRole.OPERATOR and not throttling.allow(
        session, f"alerts.test {actor.user_id}", TESTS, TESTS_WITHIN
    ):
        raise ConflictError(TOO_MANY_TESTS)


def _require_person(actor: Actor) -> int:
    if actor.user_id is None:
        raise InvalidError("Only a person can choose what they hear. Use --as and a user name.")
    return actor.user_id


def _checked(chosen: Mapping[str, Any] | Preferences, role: ActingRole) -> Preferences:
    given = chosen.model_dump() if isinstance(chosen, Preferences) else dict(chosen)
    try:
        checked = parse(given, role)
    except ValidationError:
        raise InvalidError("These alerts cannot be chosen. Choose again on the Alerts page.") from None
    checked = checked.model_copy(update={"email": checked.email.strip()})
    if checked.email and not ADDRESS.fullmatch(checked.email):
        raise InvalidError(WRONG_ADDRESS)
    if not _CLOCK.fullmatch(checked.digest_at):
        raise InvalidError("Enter the time of the digest as hh:mm, such as 07:00.")
    quiet = checked.quiet_from, checked.quiet_until
    if any(quiet) and not all(map(_CLOCK.fullmatch, quiet)):
        raise InvalidError(
            "Enter when quiet hours begin and end as hh:mm, such as 18:00 and 07:00, or neither."
        )
    if quiet[0] and quiet[0] == quiet[1]:
        raise InvalidError(
            "Quiet hours that begin and end at the same time would never end. Change one of them."
        )
    if checked.weekday not in range(7):
        raise InvalidError("Choose a day of the week for the digest.")
    return checked


def _told(chosen: Preferences) -> dict[str, object]:
    """Return what the audit keeps of a choice."""
    topics = ", ".join(topic.value for topic in chosen.choice(ALL).mail)
    return {"address": chosen.email or "own", "timing": chosen.timing.value, "by_mail": topics or "nothing"}
