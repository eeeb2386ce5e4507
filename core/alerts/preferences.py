"""What a person wants to hear of an account: on the Alerts page and by e-mail, for all connections or for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from core.models import AlertPreference, AlertTopic, User
from core.security.actor import PERMISSIONS, ActingRole, Permission

ALL = 0
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class Timing(StrEnum):
    """When mails are sent."""

    AT_ONCE = "at once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Choice(BaseModel):
    """What somebody hears of a connection: on the page, and by e-mail."""

    model_config = ConfigDict(frozen=True)

    page: tuple[AlertTopic, ...] = ()
    mail: tuple[AlertTopic, ...] = ()


class Preferences(BaseModel):
    """Everything a person has chosen for one account. Times are of the account's time zone, as ``07:00``.

    ``choices`` are by connection; that of ``ALL`` holds for those without one. A blank ``email`` is the person's own.
    """

    model_config = ConfigDict(frozen=True)

    email: str = ""
    timing: Timing = Timing.AT_ONCE
    digest_at: str = "07:00"
    # Of a weekly digest; 0 is Monday.
    weekday: int = 0
    quiet_from: str = ""
    quiet_until: str = ""
    choices: dict[int, Choice] = {}

    def choice(self, connection_id: int) -> Choice:
        """Return what is chosen for a connection."""
        return self.choices.get(connection_id) or self.choices.get(ALL) or Choice()


def topics_for(role: ActingRole) -> tuple[AlertTopic, ...]:
    """Return what a role may hear of: an Analyst sees no connections, and is asked for no decision."""
    if Permission.SEE_CONNECTIONS in PERMISSIONS[role]:
        return tuple(AlertTopic)
    hidden = (AlertTopic.RECONNECT, AlertTopic.DRIFT)
    return tuple(topic for topic in AlertTopic if topic not in hidden)


def default_for(role: ActingRole) -> Preferences:
    """Return what somebody hears who has chosen nothing: Account Admins by e-mail too, as they are those who act."""
    page = topics_for(role)
    mail = page if role is ActingRole.ACCOUNT_ADMIN else ()
    return Preferences(choices={ALL: Choice(page=page, mail=mail)})


def wants(choices: tuple[AlertTopic, ...], topic: AlertTopic, *, ended: bool) -> bool:
    """Say whether a change of state is among what was chosen: its end only where *recovered* was chosen too."""
    return topic in choices and (not ended or AlertTopic.RECOVERED in choices)


def load(session: Session, user_id: int, account_id: int, role: ActingRole) -> Preferences:
    """Return what a person hears, without what their role may not hear of."""
    row = session.get(AlertPreference, (user_id, account_id))
    return parse(None if row is None else row.settings, role)


def parse(stored: Mapping[str, Any] | None, role: ActingRole) -> Preferences:
    """Return stored preferences as they hold for a role."""
    if stored is None:
        return default_for(role)
    preferences, allowed = Preferences.model_validate(stored), set(topics_for(role))
    choices = {
        connection_id: Choice(page=_within(choice.page, allowed), mail=_within(choice.mail, allowed))
        for connection_id, choice in preferences.choices.items()
    }
    return preferences.model_copy(update={"choices": choices})


def _within(topics: tuple[AlertTopic, ...], allowed: set[AlertTopic]) -> tuple[AlertTopic, ...]:
    return tuple(topic for topic in topics if topic in allowed)


def own_address(user: User) -> str:
    """Return a person's own e-mail address, as enableHR has it or as they sign in; blank where it is not known."""
    address = user.email or (user.username if "@" in user.username else "")
    return address if ADDRESS.fullmatch(address) else ""
