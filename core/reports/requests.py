"""What a run asked of both systems: in all, and for one employee without any value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.db import reading
from core.errors import NotFoundError
from core.models import Record
from core.runs import request_log
from core.runs.request_log import LoggedRequest
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run


@dataclass(frozen=True, slots=True)
class SystemRequests:
    """The requests of a run to one system. Times are in seconds.

    ``refused`` are those that the system had too many of; ``waited`` is how long requests stood waiting, for their turn
    or for the system.
    """

    system: str
    calls: int
    refused: int
    waited: float
    slowest: float


@dataclass(frozen=True, slots=True)
class RunMeasures:
    """How long a run has read and written, in seconds, and what it asked of the systems. None where it did not."""

    reading: float | None
    writing: float | None
    systems: tuple[SystemRequests, ...]


def run_measures(actor: Actor, run_id: int) -> RunMeasures:
    """Return the measures of a run."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        stored: Mapping[str, Any] = require_run(session, actor, run_id).measures or {}
        names = load_system_names(session, run_id)
    seconds = stored.get("seconds") or {}
    sides = (("source", names.source), ("target", names.target))
    asked = tuple(SystemRequests(name, **stored[side]) for side, name in sides if side in stored)
    return RunMeasures(seconds.get("reading"), seconds.get("writing"), asked)


def failed_requests(actor: Actor, run_id: int) -> Sequence[LoggedRequest]:
    """Return what either system refused or did not answer and is about no employee, such as a list."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        return request_log.of_position(session, run_id, request_log.OF_RUN)


def requests_for(actor: Actor, run_id: int, source_id: str) -> Sequence[LoggedRequest]:
    """Return the requests of a run for one employee, in order; nothing where none was made or kept.

    Raises NotFoundError when the employee is not in the run.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    positions = select(Record.position).where(Record.run_id == run_id, Record.source_id == source_id)
    with reading() as session:
        require_run(session, actor, run_id)
        found = session.scalars(positions.order_by(Record.position)).all()
        if not found:
            raise NotFoundError("There is no such employee in this run.")
        return [each for at in found for each in request_log.of_position(session, run_id, at)]
