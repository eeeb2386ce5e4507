"""The coming pays of an account, those of several payrolls side by side, and how many people the next ones miss."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.errors import InvalidError
from core.models import Connection, ConnectionStatus, FieldConflict, Hold, OpenProblem, Run
from core.pay_days import stored
from core.pay_days.calendar import PayDay, pay_days
from core.pay_days.who_misses import forecast
from core.pay_days.who_misses.misses import MissKind
from core.security.actor import OPERATOR, Actor, Permission, require

LOOK_AHEAD = timedelta(days=35)
# People put on hold for some days are released by the calendar, so numbers are counted again after this time.
KEPT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class MissNumbers:
    """How many people the next pay of a connection would miss, pay wrong, or may do either; never who."""

    connection_id: int
    pay: PayDay
    zone: ZoneInfo
    misses: int
    wrong: int
    unsure: int
    is_past_cut_off: bool

    @property
    def total(self) -> int:
        """Return how many people the pay would not reach as it should."""
        return self.misses + self.wrong


@dataclass(frozen=True, slots=True)
class ComingPay:
    """One coming pay of a connection; ``numbers``, and the first people it would miss, are there for its next one."""

    connection_id: int
    connection: str
    pay: PayDay
    zone: ZoneInfo
    numbers: MissNumbers | None = None
    names: tuple[str, ...] = ()


def coming_pays(actor: Actor, *, counted: bool = True) -> list[ComingPay]:
    """Return the pays of the next five weeks of all connections of the actor's account, by date.

    Only if ``counted``, the next one of each connection has its numbers.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        everywhere = actor.account_id is None  # the operator
        calendars = (
            stored.all_in_force(session) if everywhere else stored.in_account(session, actor.account_id)
        )
        names = _names(session, list(calendars))
    coming = []
    for connection_id, each in calendars.items():
        if each.calendar is None:
            continue
        for number, pay in enumerate(pay_days(each.calendar, each.zone, each.today, 6)):
            if pay.paid_on <= each.today + LOOK_AHEAD or not number:
                found = _NOTHING if number or not counted else _counted(connection_id)
                coming.append(ComingPay(connection_id, names[connection_id], pay, each.zone, *found))
    return sorted(coming, key=lambda each: (each.pay.paid_on, each.connection))


def next_pays(actor: Actor) -> list[ComingPay]:
    """Return the next pay of each connection of the actor's account that has a pay calendar, by date."""
    return [each for each in coming_pays(actor) if each.numbers is not None]


def count_misses(connection_id: int) -> MissNumbers | None:
    """Return how many people the next pay of a connection would miss; None without a pay calendar, or a future date.

    Counted again when a run has ended or somebody has decided something; for pages and alerts, which ask often.
    """
    return _counted(connection_id).numbers


class _Counted(NamedTuple):
    """The numbers of a pay, and the names of the first people that it would miss or pay wrong."""

    numbers: MissNumbers | None = None
    names: tuple[str, ...] = ()


_NOTHING = _Counted()
MOST_KEPT, NAMED = 1000, 5
_kept: dict[int, tuple[Hashable, float, _Counted]] = {}


def _counted(connection_id: int) -> _Counted:
    with reading() as session:
        each = stored.load(session, [connection_id]).get(connection_id)
        if each is None or (pay := each.next_pay()) is None:
            return _NOTHING
        state = (each.version, pay, pay.cut_off <= now(), *_state_of(session, connection_id))
    kept = _kept.get(connection_id)
    if kept is None or kept[0] != state or time.monotonic() - kept[1] > KEPT_SECONDS:
        found = _count(connection_id, pay, each.zone)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[connection_id] = (state, time.monotonic(), found)
    return kept[2]


def _count(connection_id: int, pay: PayDay, zone: ZoneInfo) -> _Counted:
    try:
        found = forecast.forecast(OPERATOR, connection_id)
    except InvalidError:  # the scope or a description cannot be used; a run says so
        return _NOTHING
    misses, wrong, unsure = map(found.count, (MissKind.MISSES, MissKind.WRONG, MissKind.UNSURE))
    numbers = MissNumbers(connection_id, pay, zone, misses, wrong, unsure, found.is_past_cut_off)
    return _Counted(numbers, tuple(row.name for row in found.rows if row.kind <= MissKind.WRONG)[:NAMED])


def _state_of(session: Session, connection_id: int) -> tuple[Hashable, ...]:
    """Return what changes whenever a forecast can."""
    connection = session.get_one(Connection, connection_id)
    pairing_id = connection.pairing_id
    newest = select(func.max(Run.id), func.max(Run.ended_at)).where(Run.connection_id == connection_id)
    problems = select(func.count(), func.max(OpenProblem.id)).where(OpenProblem.pairing_id == pairing_id)
    conflicts = select(func.count(), func.max(FieldConflict.decided_at)).where(
        FieldConflict.pairing_id == pairing_id
    )
    held = select(func.max(Hold.id), func.max(Hold.released_at)).where(Hold.pairing_id == pairing_id)
    rows = (session.execute(query).one() for query in (newest, problems, conflicts, held))
    return (connection.status, connection.mapping_version, *(tuple(row) for row in rows))


def _names(session: Session, connection_ids: list[int]) -> dict[int, str]:
    exists = Connection.id.in_(connection_ids), Connection.status != ConnectionStatus.DELETED
    return {
        row.id: row.label
        for row in session.execute(select(Connection.id, connection_label().label("label")).where(*exists))
    }
