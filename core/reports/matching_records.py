"""Find the employees of a run whose records match a filter, to sync them again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from core.db import reading
from core.models import Record
from core.reports.records import RecordFilter, record_conditions
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run


def matching_source_ids(
    actor: Actor, run_id: int, record_filter: RecordFilter, check: Callable[[int], object]
) -> tuple[int, list[str]]:
    """Return the connection of a run, and the source ids of its records that match.

    Their number is given to ``check`` first, which raises an error where they are too many.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        conditions = record_conditions(session, run_id, record_filter)
        check(session.scalar(select(func.count()).select_from(Record).where(*conditions)) or 0)
        ids = select(Record.source_id).where(*conditions).order_by(Record.position)
        return run.connection_id, list(session.scalars(ids))
