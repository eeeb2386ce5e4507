"""What iHUB could not send in a run: the employee, the value, and where to enter it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from core.db import reading
from core.models import Record
from core.paging import PAGE_SIZE, first_row, page_count
from core.reports.local_time import zone_of_run
from core.reports.outcomes import groups
from core.reports.outcomes.record_view import COLUMNS, RecordView, record_view
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run


@dataclass(frozen=True, slots=True)
class HandEntry:
    """One thing to enter by hand: for which employee, what, and in which system; ``field`` is empty where unknown."""

    name: str
    source_id: str
    target_id: str | None
    field: str
    what: str
    where: str
    fixer: str


@dataclass(frozen=True, slots=True)
class HandEntriesPage:
    """One page of things to enter by hand, in the order the employees were read."""

    rows: list[HandEntry]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def hand_entries_page(actor: Actor, run_id: int, page: int = 1) -> HandEntriesPage:
    """Return one page of what has to be entered by hand after a run. Raises NotFoundError."""
    found = hand_entries(actor, run_id)
    first = first_row(page, len(found))
    return HandEntriesPage(found[first : first + PAGE_SIZE], len(found))


def hand_entries(actor: Actor, run_id: int) -> list[HandEntry]:
    """Return everything that has to be entered by hand after a run. Raises NotFoundError."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = select(*COLUMNS).where(Record.run_id == run_id, groups.IS_BY_HAND).order_by(Record.position)
    with reading() as session:
        require_run(session, actor, run_id)
        names, zone = load_system_names(session, run_id), zone_of_run(session, run_id)
        return [
            entry
            for row in session.execute(query)
            for entry in _entries(record_view(row, names, zone), names.fill("{target}"))
        ]


def _entries(record: RecordView, target: str) -> Iterator[HandEntry]:
    for warning in record.warnings:
        if groups.is_by_hand(warning):
            yield HandEntry(
                record.name,
                record.source_id,
                record.target_id,
                str(warning.get("field") or ""),
                str(warning["message"]),
                target,
                str(warning["fixer"]),
            )
