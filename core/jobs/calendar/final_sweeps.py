"""The final sweep: the last run before the cut-off of a pay, besides the schedule.

What is due is found in the store each time, by the calendar and the closed hours of that moment. A sweep is a run with
its pay and cut-off, which the store takes once, so that schedulers that die or run twice neither lose nor repeat it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, HubError, InvalidError
from core.jobs.calendar.opening_hours import ALWAYS, OpeningHours
from core.jobs.calendar.wall_clock import wall_time
from core.jobs.closed_hours import opening_hours, opening_hours_of
from core.models import Account, Connection, ConnectionStatus, Run, RunStatus, Trigger
from core.pay_days import stored
from core.pay_days.calendar import PayCalendar, PayDay, next_open_pay, pay_days
from core.pay_days.stored import StoredCalendar
from core.runs import request
from core.runs.request import FinalSweep
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

log = structlog.get_logger()

MINUTE = timedelta(minutes=1)
# A sweep is moved to before closed hours by no more than this.
LONGEST_SEARCH = timedelta(days=7)
# A sweep that was missed is said for this long after its cut-off.
SAID_FOR = timedelta(days=2)


@lru_cache(maxsize=4096)
def sweep_moment(cut_off: datetime, minutes: int, hours: OpeningHours) -> datetime:
    """Return when the final sweep starts: ``minutes`` of open hours before the cut-off, in one piece."""
    usual = cut_off - minutes * MINUTE
    if hours.closed is None:
        return usual
    open_minutes, moment = 0, cut_off
    while moment > cut_off - LONGEST_SEARCH:
        moment -= MINUTE
        is_closed = hours.closed.is_closed(wall_time(moment, hours.zone))
        open_minutes = 0 if is_closed else open_minutes + 1
        if open_minutes >= max(minutes, 1):
            return moment
    return usual


class PlannedPay(NamedTuple):
    """A pay, and when its final sweep starts."""

    pay: PayDay
    sweep_at: datetime


def preview(actor: Actor, connection_id: int, calendar: PayCalendar) -> list[PlannedPay]:
    """Return the next pays by a calendar, which need not be saved, with their final sweeps.

    Raises NotFoundError, ForbiddenError, and InvalidError when it cannot be a calendar.
    """
    pays = stored.preview(actor, connection_id, calendar)
    with reading() as session:
        hours = opening_hours(session, connection_id)
    return [PlannedPay(pay, sweep_moment(pay.cut_off, calendar.sweep_minutes, hours)) for pay in pays]


def next_sweep(actor: Actor, connection_id: int) -> datetime | None:
    """Return when the next final sweep starts; None without a pay calendar, or a future date in it.

    Raises NotFoundError, ForbiddenError.
    """
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        each = stored.load(session, [connection_id])[connection_id]
        hours = opening_hours(session, connection_id)
    if each.calendar is None:
        return None
    moment, minutes = now(), each.calendar.sweep_minutes
    pays = pay_days(each.calendar, each.zone, each.today, 20)
    starts = (sweep_moment(pay.cut_off, minutes, hours) for pay in pays)
    return next((starts_at for starts_at in starts if starts_at > moment), None)


def request_due() -> list[int]:
    """Request the final sweeps that are due and not requested yet; return the ids of their runs.

    A connection that is not ready is tried again until the cut-off; then it is recorded that its sweep was not run.
    """
    moment, requested = now(), []
    with reading() as session:
        calendars = stored.all_in_force(session)
        hours = opening_hours_of(session, list(calendars)) if calendars else {}
        done = _done(session, calendars) if calendars else set()
    for connection_id, each in calendars.items():
        try:
            due, early, missed = _judge(each, hours.get(connection_id, ALWAYS), moment)
        except HubError as error:  # one calendar must not stop the others
            log.error("sweep.unreadable", connection=connection_id, error=type(error).__name__)
            continue
        if missed is not None and (connection_id, missed.paid_on, missed.cut_off) not in done:
            _record_missed(connection_id, missed)
        if early is not None and (connection_id, early.paid_on, early.cut_off) in done:
            _run_again(connection_id, early)
        if due is not None and (connection_id, due.paid_on, due.cut_off) not in done:
            requested += _request(connection_id, due)
    return requested


class _Pays(NamedTuple):
    """The pay whose sweep is due or, in place of it, is still to come; and the last one whose cut-off has passed."""

    due: PayDay | None = None
    early: PayDay | None = None
    missed: PayDay | None = None


def _judge(each: StoredCalendar, hours: OpeningHours, moment: datetime) -> _Pays:
    calendar = each.calendar
    if calendar is None or each.saved_at is None:
        return _Pays()
    starts_at = partial(_start_of, minutes=calendar.sweep_minutes, hours=hours)
    coming = next_open_pay(calendar, each.zone, moment)
    is_due = coming is not None and starts_at(coming) <= moment
    missed = None
    for pay in pay_days(calendar, each.zone, (moment - SAID_FOR).astimezone(each.zone).date(), 20):
        if moment - SAID_FOR < pay.cut_off <= moment and starts_at(pay) > each.saved_at:
            missed = pay
    return _Pays(coming if is_due else None, None if is_due else coming, missed)


def _start_of(pay: PayDay, minutes: int, hours: OpeningHours) -> datetime:
    return sweep_moment(pay.cut_off, minutes, hours)


def _done(session: Session, connection_ids: Collection[int]) -> set[tuple[int, date | None, datetime | None]]:
    """Return the sweeps that have been requested for the pays of now."""
    recent = Run.pay_date >= (now() - 2 * LONGEST_SEARCH).date()
    query = select(Run.connection_id, Run.pay_date, Run.due_at).where(
        Run.connection_id.in_(connection_ids), recent
    )
    return {(row.connection_id, row.pay_date, row.due_at) for row in session.execute(query)}


def _request(connection_id: int, pay: PayDay) -> list[int]:
    try:
        run_id = request.request(connection_id, Trigger.SCHEDULED, sweep=FinalSweep(pay.paid_on, pay.cut_off))
    except ConflictError:  # another scheduler has requested it
        return []
    except InvalidError:  # not ready: the next reconciliation tries again, until the cut-off
        return []
    log.info("sweep.requested", connection=connection_id, run=run_id, pay_date=pay.paid_on.isoformat())
    return [run_id]


def _run_again(connection_id: int, pay: PayDay) -> None:
    """Let a sweep that ran too early run again when it is due: the clock was ahead, or the calendar has changed."""
    early = Run.connection_id == connection_id, Run.pay_date == pay.paid_on, Run.due_at == pay.cut_off
    with transaction() as session:
        session.execute(update(Run).where(*early).values(due_at=None))
    log.warning("sweep.was_early", connection=connection_id, pay_date=pay.paid_on.isoformat())


def _record_missed(connection_id: int, pay: PayDay) -> None:
    """Record that the sweep of a pay was not run: a run that ended in ERROR with nobody read. Safe to repeat."""
    try:
        with transaction() as session:
            connection = session.get_one(Connection, connection_id)
            run = Run(
                account_id=connection.account_id, connection_id=connection_id, trigger=Trigger.SCHEDULED
            )
            run.status, run.aborted, run.skipped = RunStatus.ERROR, True, 1
            run.pay_date, run.due_at, run.ended_at = pay.paid_on, pay.cut_off, now()
            run.message = f"The final sweep before the cut-off was not run: {_why(session, connection)}"
            session.add(run)
    except IntegrityError:  # another scheduler has recorded it
        return
    log.warning("sweep.missed", connection=connection_id, pay_date=pay.paid_on.isoformat())


def _why(session: Session, connection: Connection) -> str:
    if not session.get_one(Account, connection.account_id).ihub_enabled:
        return "iHUB is switched off for this account."
    if connection.status is not ConnectionStatus.ACTIVE:
        return "the connection is not Active. Connect both systems on the Connections page."
    return "iHUB was not running then. Run the job now; what it sends counts for the next pay."
