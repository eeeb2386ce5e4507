"""The order of a connection's runs: one at a time, as they were requested."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, exists, literal, or_
from sqlalchemy.orm import aliased

from core.models import Run, RunStatus

_other = aliased(Run)
_of_connection = exists().where(_other.connection_id == Run.connection_id).correlate(Run)


def _is(status: RunStatus) -> ColumnElement[bool]:
    """Compare with a status that is written into the statement, so that SQLite uses the index of such runs."""
    return _other.status == literal(status, Run.status.type, literal_execute=True)


def is_unfinished() -> ColumnElement[bool]:
    """Return the condition that a run has not ended, written so that SQLite uses the index of such runs."""
    statuses = bindparam(None, RunStatus.unfinished(), Run.status.type, expanding=True, literal_execute=True)
    return Run.status.in_(statuses)


# The condition on a queued run that another run of its connection is running, or was requested earlier.
HAS_TO_WAIT = or_(
    _of_connection.where(_is(RunStatus.RUNNING)),
    _of_connection.where(_is(RunStatus.QUEUED), _other.id < Run.id),
)
