"""Recognise who connected a side among the employees who leave, so that it is told before their sign-in ends with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from connectors.contract.employee import Employee
from connectors.registry import name_of
from core.db import reading, transaction
from core.models import AlertKind, Side, SideState, User
from core.sides import alerts


@dataclass(frozen=True, slots=True)
class SideOwner:
    """Who connected a side of a connection."""

    side_id: int
    name: str
    email: str | None

    def is_employee(self, employee: Employee) -> bool:
        """Say whether this is the employee: by e-mail where both have one, by name where one of them has none."""
        emails = {_plain(email) for email in (employee.email, employee.work_email) if email}
        if self.email and emails:
            return _plain(self.email) in emails
        names = {
            f"{first} {employee.surname}" for first in (employee.first_name, employee.preferred_name) if first
        }
        return _plain(self.name) in {_plain(name) for name in names}


def identifying_details(employee: Employee) -> Employee:
    """Return as much of an employee as recognises an authoriser."""
    names = (employee.first_name, employee.surname)
    return Employee(
        *names, preferred_name=employee.preferred_name, email=employee.email, work_email=employee.work_email
    )


def _of(connection_id: int) -> list[SideOwner]:
    """Return the people who connected a connection's sides."""
    query = select(Side.id, User.name, User.username, User.email).join(User, User.id == Side.authorised_by)
    with reading() as session:
        rows = session.execute(
            query.where(Side.connection_id == connection_id, Side.state == SideState.CONNECTED)
        ).all()
    return [SideOwner(row.id, row.name, row.email or _address(row.username)) for row in rows]


def _address(username: str) -> str | None:
    """Return a user name that is an e-mail address, as enableHR's are."""
    return username if "@" in username else None


def raise_alerts(connection_id: int, leaving: Sequence[Employee]) -> None:
    """Raise an alert for each side of a connection whose sign-in may end with one of those whose employment ends."""
    found = [one for one in _of(connection_id) if any(one.is_employee(employee) for employee in leaving)]
    if not found:
        return
    with transaction() as session:
        for one in found:
            side = session.get_one(Side, one.side_id)
            system = name_of(side.kind)
            sentence = f"{one.name}, who connected {system}, leaves. Let somebody who stays connect {system} again before then."
            alerts.raise_once(session, side, AlertKind.AUTHORISER_LEAVES, sentence)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
