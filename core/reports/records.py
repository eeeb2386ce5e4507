"""Read the records of a run, in the groups that a payroll admin looks for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.db import reading
from core.errors import InvalidError
from core.folding import Search
from core.models import Decision, Record
from core.paging import PAGE_SIZE, first_row, page_count
from core.reports.outcomes import groups, headline, name_search, sums
from core.reports.outcomes.groups import ATTENTION, Group, Needs
from core.reports.outcomes.record_view import COLUMNS, RecordView, record_view, record_views
from core.runs.system_names import load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

__all__ = [
    "ATTENTION",
    "COLUMNS",
    "NEEDS_ATTENTION",
    "Group",
    "Needs",
    "RecordFilter",
    "RecordView",
    "RecordsPage",
    "outcome_conditions",
    "record_conditions",
    "record_view",
    "record_views",
    "records_page",
]


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records to show: some groups, all with a warning, or both (neither means all), narrowed by the rest.

    ``search`` is a name or a part of one in any order of its words, or a whole source or target ID. ``reason`` is the
    code of the outcome; empty means any, ``headline.OTHER`` those that a headline does not name. ``needs_somebody``:
    only those whose outcome or a warning needs somebody to act. ``outcome_needs``: only those whose outcome does, or
    only the others; None means both. ``by_hand``: only those with something to enter in the target by hand.
    """

    groups: tuple[Group, ...] = ()
    search: str = ""
    warned: bool = False
    reason: str = ""
    needs_somebody: bool = False
    by_hand: bool = False
    outcome_needs: Needs | None = None


NEEDS_ATTENTION = RecordFilter(needs_somebody=True)


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """One page of a run's records, those that need attention first."""

    rows: list[RecordView]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def records_page(actor: Actor, run_id: int, record_filter: RecordFilter, page: int = 1) -> RecordsPage:
    """Return one page of a run's records that match; a page beyond the last is the last one."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        conditions = record_conditions(session, run_id, record_filter)
        names = load_system_names(session, run_id)
        total = session.scalar(select(func.count()).select_from(Record).where(*conditions)) or 0
        # Only positions are put in order: whole rows of a large run would be written to disk for that.
        here = select(Record.position).where(*conditions).order_by(groups.RANK, Record.position)
        positions = session.scalars(here.limit(PAGE_SIZE).offset(first_row(page, total))).all()
        query = select(*COLUMNS).where(Record.run_id == run_id, Record.position.in_(positions))
        rows = session.execute(query.order_by(groups.RANK, Record.position)).all()
        return RecordsPage(record_views(session, run_id, rows, names), total)


def record_conditions(
    session: Session, run_id: int, record_filter: RecordFilter
) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions on one run's records."""
    conditions = [Record.run_id == run_id, *outcome_conditions(session, record_filter, run_id)]
    if search := Search.of(record_filter.search):
        found = name_search.found_positions(session, conditions, search)
        return [Record.run_id == run_id, name_search.is_at(found)]
    return conditions


def outcome_conditions(
    session: Session, record_filter: RecordFilter, run_id: int | None
) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions on records of one run or of several, all but its search.

    Raises InvalidError where the filter is about the headline of a run, and no run is given.
    """
    conditions = _kinds(record_filter)
    if record_filter.needs_somebody:
        conditions.append(groups.NEEDS_SOMEBODY)
    if record_filter.by_hand:
        conditions.append(groups.IS_BY_HAND)
    if record_filter.outcome_needs is not None:
        needs = groups.OUTCOME_COUNTS
        conditions.append(needs if record_filter.outcome_needs is Needs.YOU else ~needs)
        if record_filter.warned and record_filter.outcome_needs is Needs.NOBODY:
            conditions.append(~groups.HIDES_WARNINGS)  # as the headline counts them
    if record_filter.reason == headline.OTHER:
        if run_id is None:
            raise InvalidError("The other reasons are those of one run. Choose a run, or another reason.")
        conditions.append(_other_reason(session, run_id, record_filter))
    elif record_filter.reason:
        conditions.append(Record.reason == record_filter.reason)
    return conditions


def _other_reason(session: Session, run_id: int, record_filter: RecordFilter) -> ColumnElement[bool]:
    """Return the condition of a reason that the headline does not name, in the groups of a filter."""
    wanted, needs = record_filter.groups, record_filter.outcome_needs
    rows = [row for row in sums.load(session, run_id) if row.group in wanted and needs in (None, row.needs)]
    return or_(Record.reason.is_(None), Record.reason.not_in(headline.named_reasons(rows)))


def _kinds(record_filter: RecordFilter) -> list[ColumnElement[bool]]:
    chosen, warned = record_filter.groups, record_filter.warned
    alternatives: list[ColumnElement[bool]] = []
    if chosen:
        alternatives.append(groups.GROUP.in_([group.value for group in chosen]))
    if warned:
        alternatives.append(groups.IS_WARNED)
    conditions: list[ColumnElement[bool]] = [or_(*alternatives)] if alternatives else []
    if chosen and not warned and Group.UNCHANGED not in chosen:
        conditions.append(Record.decision != Decision.NO_CHANGE)  # lets the partial index of records be used
    return conditions
