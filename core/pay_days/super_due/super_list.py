"""Who lacks something for super, each with the dates by which super has to be at the fund.

The first contribution to a fund has the longer period. It is one where payroll does not have the person yet, or has got
them, or other super details of theirs, from iHUB since the last pay; otherwise the shorter, safer period counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.fields import Concern
from core.clock import now
from core.db import reading
from core.models import Action, Decision, Link, Record, Run
from core.pay_days import stored
from core.pay_days.calendar import PayDay, in_words, pay_before
from core.pay_days.stored import StoredCalendar
from core.pay_days.super_due.national_days import national_days
from core.pay_days.super_due.super_clock import UNKNOWN, Contribution, SuperDue, due
from core.people import super_readiness
from core.people.listing import PeopleFilter
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

WRITES = (Decision.CREATE, Decision.UPDATE)
# How far back new people are looked for where no earlier pay is known.
A_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class SuperName:
    """One person who lacks something, what, and the dates of the next pay and of the last one, where they are known.

    ``last`` is None for somebody who was not in the last pay.
    """

    source_id: str
    name: str
    lacks: str
    coming: SuperDue | None
    last: SuperDue | None

    def sentence(self, today: date) -> str:
        """Return what may be said of the dates on a day."""
        said = [
            f"Pay of {in_words(each.pay_day)}: {each.sentence(today)}"
            for each in (self.last, self.coming)
            if each
        ]
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class SuperList:
    """The people by name; ``problem`` says why no dates are known."""

    rows: Sequence[SuperName]
    today: date
    problem: str = ""


def super_list(actor: Actor, connection_id: int, people_filter: PeopleFilter | None = None) -> SuperList:
    """Return who lacks something for super, with the dates where the connection has a pay calendar.

    Raises NotFoundError, ForbiddenError, InvalidError.
    """
    calendar, moment = stored.get(actor, connection_id), now()
    people = super_readiness.all_lacking(actor, connection_id, people_filter)
    pay = calendar.next_pay(moment)
    last = _last(calendar, calendar.today)
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        linked = set(session.scalars(select(Link.source_id).where(Link.pairing_id == connection.pairing_id)))
        since = calendar.today - A_MONTH if last is None else last.paid_on
        source_ids = [person.source_id for person in people]
        new, changed = _changed_since(session, connection_id, (since, calendar.zone), source_ids)
    days = national_days()
    rows = []
    for person in people:
        first = person.source_id not in linked or person.source_id in new | changed
        kind = Contribution.FIRST if first else Contribution.USUAL
        was_paid = person.source_id in linked and person.source_id not in new
        rows.append(
            SuperName(
                person.source_id,
                person.name,
                super_readiness.describe(person),
                None if pay is None else due(pay.paid_on, days, kind),
                due(last.paid_on, days) if last is not None and was_paid else None,
            )
        )
    is_unknown = pay is not None and due(pay.paid_on, days, Contribution.FIRST) is None
    problem = UNKNOWN.format(until=in_words(days.good_until)) if is_unknown else ""
    return SuperList(rows, calendar.today, problem)


def _last(calendar: StoredCalendar, today: date) -> PayDay | None:
    return None if calendar.calendar is None else pay_before(calendar.calendar, calendar.zone, today)


def _changed_since(
    session: Session, connection_id: int, since: tuple[date, ZoneInfo], source_ids: Collection[str]
) -> tuple[set[str], set[str]]:
    """Return who was created, and whose super details were changed, by runs that ended on a day or later."""
    day, zone = since
    rows = session.execute(
        select(Record.source_id, Record.action, Record.changes, Run.ended_at)
        .join(Run, Run.id == Record.run_id)
        .where(Run.connection_id == connection_id, Record.decision.in_(WRITES), Run.ended_at.is_not(None))
        .where(Record.action.in_((Action.CREATED, Action.UPDATED)), Record.source_id.in_(source_ids))
    )
    created, changed = set(), set()
    for row in rows:
        if row.ended_at.astimezone(zone).date() < day:
            continue
        if row.action is Action.CREATED:
            created.add(row.source_id)
        elif any(change.get("concern") == Concern.SUPER for change in row.changes or ()):
            changed.add(row.source_id)
    return created, changed
