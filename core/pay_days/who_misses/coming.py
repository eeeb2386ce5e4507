"""The coming pays of an account, those of several payrolls side by side, and how many people the next ones miss."""

from __future__ import annotations

import heapq
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label, load_labels
from core.clock import now
from core.db import reading
from core.errors import InvalidError
from core.models import Connection, FieldConflict, Hold, OpenProblem, Run
from core.pay_days import stored
from core.pay_days.calendar import PayDay, pay_days
from core.pay_days.stored import StoredCalendar
from core.pay_days.who_misses import forecast
from core.pay_days.who_misses.misses import MissKind
from core.security.actor import OPERATOR, Actor, Permission, require

LOOK_AHEAD = timedelta(days=35)
# People put on hold for some days are released by the calendar, so numbers are counted again after this time.
KEPT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class MissNumbers:
    """How many people the next pay of a connection would miss, pay wrong, or may do either; never who.

    ``stopped_run_id`` is the newest run where it could not continue, so that there may be more of each.
    """

    connection_id: int
    pay: PayDay
    zone: ZoneInfo
    misses: int
    wrong: int
    unsure: int
    is_past_cut_off: bool
    stopped_run_id: int | None = None

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

    @property
    def order(self) -> tuple[date, str]:
        """Return what pays are sorted by."""
        return self.pay.paid_on, self.connection


def coming_pays(actor: Actor, most: int | None = None) -> list[ComingPay]:
    """Return the pays of the next five weeks of all connections of the actor's account, by date, or the first of them.

    The next one of each connection has its numbers.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        everywhere = actor.account_id is None  # the operator
        calendars = (
            stored.all_in_force(session) if everywhere else stored.in_account(session, actor.account_id)
        )
    pays = [
        (pay, each, number == 0)
        for each in calendars.values()
        for number, pay in enumerate(
            pay_days(each.calendar, each.zone, each.today, 6) if each.calendar else ()
        )
        if pay.paid_on <= each.today + LOOK_AHEAD or not number
    ]
    pays.sort(key=lambda one: (one[0].paid_on, one[1].connection_id))
    with reading() as session:
        labels = load_labels(session, list({each.connection_id for _, each, _ in pays[:most]}))
    found = [
        ComingPay(
            each.connection_id,
            labels[each.connection_id],
            pay,
            each.zone,
            *(_counted(each.connection_id) if is_next else _NOTHING),
        )
        for pay, each, is_next in pays[:most]
    ]
    return sorted(found, key=lambda each: each.order)


class NextPays(NamedTuple):
    """The next pays of an account's connections, the first ones by date, and how many more there are."""

    first: list[ComingPay]
    more: int


def next_pays(actor: Actor, number: int) -> NextPays:
    """Return the first of the next pays of the connections of the actor's account that have a pay calendar.

    Those without a forecast, such as where the scope cannot be used, are left out.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        found = _first_pays(session, actor.account_id, number)
        states = _states_of(session, [each.connection_id for _, each in found.first])
    first = [
        ComingPay(each.connection_id, states[each.connection_id].label, pay, each.zone, *counted)
        for pay, each in found.first
        if each.connection_id in states
        and (counted := _counted_again(each, pay, states[each.connection_id].basis)).numbers is not None
    ]
    return NextPays(sorted(first, key=lambda each: each.order), found.more)


class _FirstPays(NamedTuple):
    first: list[tuple[PayDay, StoredCalendar]]
    more: int


# By account and number of pays: what they follow from, and the pays.
_first: dict[tuple[int | None, int], tuple[Hashable, _FirstPays]] = {}


def _first_pays(session: Session, account_id: int | None, number: int) -> _FirstPays:
    """Return the first of the next pays, worked out again on another day and when a pay calendar has changed."""
    basis = stored.state_of(session, account_id)
    known = _first.get((account_id, number))
    if known is not None and known[0] == basis:
        return known[1]
    calendars, moment = stored.in_account(session, account_id).values(), now()
    pays = [(pay, each) for each in calendars if (pay := each.next_pay(moment)) is not None]
    first = heapq.nsmallest(number, pays, key=lambda one: (one[0].paid_on, one[1].connection_id))
    if len(_first) >= MOST_KEPT:
        _first.clear()
    found = _FirstPays(first, len(pays) - len(first))
    _first[account_id, number] = (basis, found)
    return found


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
        state = _states_of(session, [connection_id])[connection_id].basis
    return _counted_again(each, pay, state)


def _counted_again(each: StoredCalendar, pay: PayDay, state_now: Hashable) -> _Counted:
    """Return the numbers of a pay, counted again where something has changed."""
    state = (each.version, pay, pay.cut_off <= now(), state_now)
    kept = _kept.get(each.connection_id)
    if kept is None or kept[0] != state or time.monotonic() - kept[1] > KEPT_SECONDS:
        found = _count(each.connection_id, pay, each.zone)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[each.connection_id] = (state, time.monotonic(), found)
    return kept[2]


def _count(connection_id: int, pay: PayDay, zone: ZoneInfo) -> _Counted:
    try:
        found = forecast.forecast(OPERATOR, connection_id)
    except InvalidError:  # the scope or a description cannot be used; a run says so
        return _NOTHING
    misses, wrong, unsure = map(found.count, (MissKind.MISSES, MissKind.WRONG, MissKind.UNSURE))
    stopped_run_id = None if found.stopped is None else found.stopped.run_id
    numbers = MissNumbers(
        connection_id, pay, zone, misses, wrong, unsure, found.is_past_cut_off, stopped_run_id
    )
    return _Counted(numbers, tuple(row.name for row in found.rows if row.kind <= MissKind.WRONG)[:NAMED])


class _State(NamedTuple):
    """The name of a connection, and what changes whenever a forecast of it can."""

    label: str
    basis: Hashable


def _states_of(session: Session, connection_ids: Sequence[int]) -> dict[int, _State]:
    """Return the states of connections, in one query."""
    of_run = Run.connection_id == Connection.id
    problem, conflict, hold = (
        each.pairing_id == Connection.pairing_id for each in (OpenProblem, FieldConflict, Hold)
    )
    parts = (
        select(func.max(Run.id)).where(of_run),
        select(func.max(Run.ended_at)).where(of_run),
        select(func.count()).select_from(OpenProblem).where(problem),
        select(func.max(OpenProblem.id)).where(problem),
        select(func.count()).select_from(FieldConflict).where(conflict),
        select(func.max(FieldConflict.decided_at)).where(conflict),
        select(func.max(Hold.id)).where(hold),
        select(func.max(Hold.released_at)).where(hold),
    )
    columns = (part.correlate(Connection).scalar_subquery() for part in parts)
    query = select(Connection.id, connection_label(), Connection.status, Connection.mapping_version, *columns)
    rows = session.execute(query.where(Connection.id.in_(connection_ids)))
    return {row[0]: _State(row[1], tuple(row[2:])) for row in rows}
