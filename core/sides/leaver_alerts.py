"""Raise an alert when the person who connected a side is leaving, because their sign-in may end with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from connectors.contract.employee import Employee
from connectors.registry import name_of
from core.audit.user_labels import user_label
from core.db import reading, transaction
from core.models import AlertKind, Connection, Side, SideState, User
from core.sides import alerts


@dataclass(frozen=True, slots=True)
class SideOwner:
    """The person who connected a side."""

    side_id: int
    name: str
    email: str | None
    # Their name, with the user name where others of the account have it too.
    label: str

    def is_employee(self, employee: Employee) -> bool:
        """Say whether this is the employee: by e-mail when both have one, otherwise by name."""
        emails = {_normalised(email) for email in (employee.email, employee.work_email) if email}
        if self.email and emails:
            return _normalised(self.email) in emails
        names = {
            f"{first} {employee.surname}" for first in (employee.first_name, employee.preferred_name) if first
        }
        return _normalised(self.name) in {_normalised(name) for name in names}


def identifying_details(employee: Employee) -> Employee:
    """Return only those details of an employee that ``SideOwner.is_employee`` compares."""
    names = (employee.first_name, employee.surname)
    return Employee(
        *names, preferred_name=employee.preferred_name, email=employee.email, work_email=employee.work_email
    )


def _owners(connection_id: int) -> list[SideOwner]:
    """Return the people who connected the sides of a connection."""
    query = select(
        Side.id, User.name, User.username, User.email, user_label(Connection.account_id).label("label")
    )
    query = query.join(User, User.id == Side.authorised_by).join(
        Connection, Connection.id == Side.connection_id
    )
    with reading() as session:
        rows = session.execute(
            query.where(Side.connection_id == connection_id, Side.state == SideState.CONNECTED)
        ).all()
    return [SideOwner(row.id, row.name, row.email or _email(row.username), row.label) for row in rows]


def _email(username: str) -> str | None:
    """Return the user name if it is an e-mail address, as enableHR's user names are."""
    return username if "@" in username else None


def raise_alerts(connection_id: int, leaving: Sequence[Employee]) -> None:
    """Raise an alert for each side of a connection that one of the leaving employees connected."""
    owners = [
        owner for owner in _owners(connection_id) if any(owner.is_employee(employee) for employee in leaving)
    ]
    if not owners:
        return
    with transaction() as session:
        for owner in owners:
            side = session.get_one(Side, owner.side_id)
            system = name_of(side.kind)
            sentence = (
                f"{owner.label}, who connected {system}, is leaving. "
                f"Ask someone who stays to reconnect {system} before then."
            )
            alerts.raise_once(session, side, AlertKind.AUTHORISER_LEAVES, sentence)


def _normalised(text: str) -> str:
    return " ".join(text.split()).casefold()
