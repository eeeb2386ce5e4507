"""Which runs a list shows, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, UnaryExpression, bindparam, extract, func, select
from sqlalchemy.orm import Session

from core.audit.user_labels import user_label
from core.db import reading
from core.models import Run, RunKind, RunStatus, Trigger, User
from core.paging import PAGE_SIZE
from core.reports.local_time import account_zone, within_days
from core.security.actor import Actor, Permission, require

# In place of a person's id: the schedule has started the run.
BY_SCHEDULE = 0


class RunOrder(StrEnum):
    """The order of a list of runs; among equals the newest comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"
    MOST_READ = "most-read"
    MOST_WRITTEN = "most-written"
    MOST_ERRORS = "most-errors"
    MOST_NEED_ACTION = "most-need-you"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to show; None means all. ``since`` and ``until`` are days of the account, both included.

    ``started_by`` is the id of a person, or ``BY_SCHEDULE``.
    """

    connection_id: int | None = None
    status: RunStatus | None = None
    trigger: Trigger | None = None
    since: date | None = None
    until: date | None = None
    kind: RunKind | None = None
    started_by: int | None = None
    order: RunOrder = RunOrder.NEWEST


def run_conditions(session: Session, actor: Actor, run_filter: RunFilter) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions, inside the actor's account."""
    return conditions_in(actor.account_id, run_filter, account_zone(session, actor.account_id))


def conditions_in(account_id: int | None, run_filter: RunFilter, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions, inside an account with a time zone."""
    conditions: list[ColumnElement[bool]] = [Run.account_id == account_id]
    wanted: dict[Any, object] = {
        Run.connection_id: run_filter.connection_id,
        Run.status: run_filter.status,
        Run.trigger: run_filter.trigger,
        Run.kind: run_filter.kind,
    }
    conditions += [column == value for column, value in wanted.items() if value is not None]
    if run_filter.started_by == BY_SCHEDULE:
        conditions += [Run.trigger == Trigger.SCHEDULED, Run.requested_by.is_(None)]
    elif run_filter.started_by is not None:
        conditions.append(Run.requested_by == run_filter.started_by)
    moment = func.coalesce(Run.started_at, Run.created_at)
    return conditions + within_days(moment, run_filter.since, run_filter.until, zone)


@lru_cache(maxsize=256)
def count_and_page(
    account_id: int | None, run_filter: RunFilter, zone: ZoneInfo
) -> tuple[Select[int], Select[int]]:
    """Select the number of runs that match, and the ids of a page that begins after ``first`` others; made once.

    Only ids are put in order, not whole rows.
    """
    conditions = conditions_in(account_id, run_filter, zone)
    ids = select(Run.id).where(*conditions).order_by(*ordering(run_filter.order))
    page = ids.limit(PAGE_SIZE).offset(bindparam("first", type_=Integer()))
    return select(func.count()).select_from(Run).where(*conditions), page


def ordering(order: RunOrder) -> tuple[UnaryExpression[Any], ...]:
    """Return the order as SQL."""
    if order is RunOrder.OLDEST:
        return (Run.id.asc(),)
    newest = Run.id.desc()
    largest: dict[RunOrder, ColumnElement[Any]] = {
        RunOrder.LONGEST: func.coalesce(
            extract("epoch", Run.ended_at) - extract("epoch", Run.started_at), -1
        ),
        RunOrder.MOST_READ: Run.read.expression,
        RunOrder.MOST_WRITTEN: Run.written.expression,
        RunOrder.MOST_ERRORS: Run.errors.expression,
        RunOrder.MOST_NEED_ACTION: Run.need_action.expression,
    }
    return (largest[order].desc(), newest) if order in largest else (newest,)


def starters(actor: Actor) -> dict[int, str]:
    """Return who has started runs of the account, by id, in the order of their names."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        return {row.id: row.name for row in session.execute(_starters(actor.account_id))}


@lru_cache(maxsize=256)
def _starters(account_id: int | None) -> Select[int, str]:
    started = select(Run.requested_by).where(Run.account_id == account_id).distinct()
    query = select(User.id, user_label(account_id).label("name")).where(User.id.in_(started))
    return query.order_by(User.name, User.id)
