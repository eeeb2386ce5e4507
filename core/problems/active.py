"""Which open problems count: those that nobody has ignored or put off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, or_

from core.models import OpenProblem


def is_active(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that somebody has to do something about a problem now."""
    is_due = or_(OpenProblem.snoozed_until.is_(None), OpenProblem.snoozed_until <= at)
    return and_(OpenProblem.ignored_at.is_(None), is_due)


def is_open(problem: OpenProblem, at: datetime) -> bool:
    """Say the same about a problem that was read."""
    return problem.ignored_at is None and (problem.snoozed_until is None or problem.snoozed_until <= at)
