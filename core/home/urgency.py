"""How much a connection needs somebody, found in the store for all connections at once."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, case, exists, func, select

from core.models import (
    Account,
    Alert,
    Connection,
    ConnectionStatus,
    OpenProblem,
    Plan,
    PlanState,
    Run,
    RunKind,
    RunStatus,
)
from core.models.base import UtcMoment
from core.problems.active import is_active
from core.reports.outcomes.endings import Ending

# Now, as a parameter of statements that are made once.
MOMENT = bindparam("moment", type_=UtcMoment())


class Urgency(IntEnum):
    """How much a connection needs somebody; the lowest comes first."""

    RECONNECT = 0
    DECISION = 1
    ALERT = 2
    # The last run was held, and what it would have changed was neither approved nor rejected while it was kept.
    HELD = 3
    # The last run wrote nobody, for example because a system did not respond, or had to stop on its way.
    COULD_NOT_RUN = 4
    STOPPED_PART_WAY = 5
    # The last run processed everybody, some of them with errors.
    ERRORS = 6
    TO_FIX = 7
    DRAFT = 8
    NOT_RUN_YET = 9
    FINE = 10
    # Nothing runs, because iHUB is switched off for the account.
    OFF = 11


LAST_RUN_ENDINGS = {
    Urgency.COULD_NOT_RUN: Ending.COULD_NOT_RUN,
    Urgency.STOPPED_PART_WAY: Ending.STOPPED_PART_WAY,
    Urgency.ERRORS: Ending.FINISHED_WITH_ERRORS,
}


def newest_run(column: Any, is_meant: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Select a column of the newest whole run of a connection that is meant."""
    query = select(column).where(Run.connection_id == Connection.id, Run.kind == RunKind.SYNC, is_meant)
    return query.order_by(Run.id.desc()).limit(1).correlate(Connection).scalar_subquery()


def urgency() -> ColumnElement[int]:
    """Select how much a connection needs somebody, in a query that has ``Connection`` and ``Account``.

    It needs the parameter ``moment``: now.
    """
    held = select(Run.connection_id).join(Plan, Plan.run_id == Run.id)
    held = held.where(Plan.state == PlanState.OPEN, Plan.kept_until > MOMENT, Run.kind != RunKind.PREVIEW)
    alerted = select(Alert.connection_id).where(Alert.cleared_at.is_(None))
    has_problem = exists().where(OpenProblem.pairing_id == Connection.pairing_id, is_active(MOMENT))
    decided = Plan.state.in_((PlanState.APPROVED, PlanState.REFUSED))
    is_decided = exists().where(Plan.run_id == Run.id, decided)
    is_error = Run.status == RunStatus.ERROR
    result = case(
        (and_(is_error, Run.aborted, Run.written == 0), Urgency.COULD_NOT_RUN),
        (and_(is_error, Run.aborted), Urgency.STOPPED_PART_WAY),
        (is_error, Urgency.ERRORS),
        (and_(Run.status == RunStatus.HELD, ~is_decided), Urgency.HELD),
        else_=Urgency.FINE,
    )
    has_result = Run.status.not_in((*RunStatus.unfinished(), RunStatus.CANCELLED))
    last = func.coalesce(newest_run(result, has_result), Urgency.NOT_RUN_YET)
    return case(
        (~Account.ihub_enabled, Urgency.OFF),
        (Connection.status == ConnectionStatus.ATTENTION, Urgency.RECONNECT),
        (Connection.id.in_(held), Urgency.DECISION),
        (Connection.id.in_(alerted), Urgency.ALERT),
        (Connection.status == ConnectionStatus.DRAFT, Urgency.DRAFT),
        else_=_of_last_run(last, has_problem),
    )


def _of_last_run(last: ColumnElement[int], has_problem: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the urgency by the last run and the open problems; a store looks up ``last`` once in this form."""
    fails = {urgency: urgency for urgency in (Urgency.HELD, *LAST_RUN_ENDINGS)}
    not_run_yet = case((has_problem, Urgency.TO_FIX), else_=Urgency.NOT_RUN_YET)
    fine = case((has_problem, Urgency.TO_FIX), else_=Urgency.FINE)
    return case({**fails, Urgency.NOT_RUN_YET: not_run_yet}, value=last, else_=fine)
