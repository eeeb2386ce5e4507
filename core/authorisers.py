"""Recognise who connected a side among the employees who leave, so that it is told before their sign-in ends with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from connectors.employee import Employee
from core import alerts
from core.connection_views import system_name
from core.db import reading, transaction
from core.models import AlertKind, Side, SideState, User


@dataclass(frozen=True, slots=True)
class Authoriser:
    """Who connected a side of a connection."""

    side_id: int
    name: str
    email: str | None

    def is_employee(self, employee: Employee) -> bool:
        """Say whether this is the employee: by e-mail where both have one, by name where one of them has none."""
        emails = {_plain(email) for email in (employee.email, employee.work_email) if email}
        if self.email and emails:
            return _plain(self.email) in emails
        names = {f"{first} {employee.surname}" for first in (employee.first_name, employee.preferred_name) if first}
        return _plain(self.name) in {_plain(name) for name in names}


class Watch:
    """Looks at the employees whose employment a plan ends."""

    def __init__(self, authorisers: Sequence[Authoriser]) -> None:
        """Take who connected the sides."""
        self._authorisers = authorisers
        self.found: list[Authoriser] = []

    def look(self, employee: Employee) -> None:
        """Note whether this is one of those who connected a side."""
        self.found += [one for one in self._authorisers if one.is_employee(employee)]


def watch(connection_id: int) -> Watch:
    """Return what recognises the people who connected a connection's sides."""
    query = select(Side.id, User.name, User.username, User.email).join(User, User.id == Side.authorised_by)
    with reading() as session:
        rows = session.execute(query.where(Side.connection_id == connection_id, Side.state == SideState.CONNECTED)).all()
    return Watch([Authoriser(row.id, row.name, row.email or _address(row.username)) for row in rows])


def _address(username: str) -> str | None:
    """Return a user name that is an e-mail address, as enableHR's are."""
    return username if "@" in username else None


def tell(watched: Watch) -> None:
    """Raise an alert for each side whose sign-in may end with somebody who leaves."""
    if not watched.found:
        return
    with transaction() as session:
        for one in watched.found:
            side = session.get_one(Side, one.side_id)
            system = system_name(side.kind)
            sentence = f"{one.name}, who connected {system}, leaves. Let somebody who stays connect {system} again before then."
            alerts.raise_once(session, side, AlertKind.AUTHORISER_LEAVES, sentence)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
