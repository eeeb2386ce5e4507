"""People who are sent by two connections with a pay calendar, so that two payrolls would pay them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from core.audit.connection_labels import connection_label
from core.db import reading
from core.models import Connection, Pairing
from core.pay_days import stored
from core.people import readiness
from core.people.verdicts import State
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

# How many people a sentence names.
NAMED = 3


@dataclass(frozen=True, slots=True)
class InTwoCalendars:
    """Another connection from the same source, and the names of those who are in both."""

    connection_id: int
    connection: str
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say what is wrong, and what to do."""
        names = ", ".join(self.names[:NAMED])
        more = len(self.names) - NAMED
        number = f"{len(self.names):,} {'people are' if len(self.names) > 1 else 'person is'}"
        return (
            f"{number} in two pay calendars, this one and that of {self.connection}: {names}"
            f"{f' and {more:,} more' if more > 0 else ''}. Both payrolls would pay them. Leave them out of one of the "
            "connections on its Scope tab."
        )


def find(actor: Actor, connection_id: int) -> list[InTwoCalendars]:
    """Return the connections that send some of the same people, each with a pay calendar of its own.

    Raises NotFoundError, ForbiddenError, InvalidError.
    """
    others = _others(actor, connection_id)
    if not others:
        return []
    own = _sent(actor, connection_id)
    found = []
    for other_id, name in others.items():
        both = own.keys() & _sent(actor, other_id).keys()
        if both:
            found.append(InTwoCalendars(other_id, name, tuple(sorted(own[each] for each in both))))
    return found


def _others(actor: Actor, connection_id: int) -> dict[int, str]:
    """Return the other connections of the account from the same source; none without calendars on both sides."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        calendars = stored.in_account(session, connection.account_id)
        pairing = session.get(Pairing, connection.pairing_id) if connection.pairing_id else None
        if connection_id not in calendars or pairing is None:
            return {}
        query = select(Connection.id, connection_label().label("label")).join(
            Pairing, Pairing.id == Connection.pairing_id
        )
        same_source = query.where(
            Pairing.source_system == pairing.source_system,
            Connection.id.in_(calendars.keys() - {connection_id}),
        )
        return {row.id: row.label for row in session.execute(same_source)}


def _sent(actor: Actor, connection_id: int) -> dict[str, str]:
    verdicts = readiness.all_verdicts(actor, connection_id)
    return {
        verdict.person.source_id: verdict.person.name
        for verdict in verdicts
        if verdict.state is not State.LEFT_OUT
    }
