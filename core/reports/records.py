"""Read the records of a run, in the groups that a payroll admin looks for.

One file, because the groups, the filter and the counts have to agree on which group each record is in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from connectors.values.redaction import MASK
from core.db import reading
from core.models import Action, Decision, Record
from core.paging import PAGE_SIZE, page_count
from core.reports.link_column import LINK_MATCHED_BY
from core.runs import matched_by, outcome_catalogue
from core.runs.outcome_catalogue import Fixer
from core.runs.system_names import SystemNames, load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run


class Group(StrEnum):
    """The kinds of outcome, those that need attention first."""

    ERRORS = "errors"
    HELD = "held"
    FILTERED = "filtered"
    PENDING = "pending"
    CREATED = "created"
    UPDATED = "updated"
    TERMINATED = "terminated"
    UNCHANGED = "unchanged"


# The groups that need attention, together with every record that has a warning.
ATTENTION = (Group.ERRORS, Group.HELD, Group.FILTERED)
RANKS = {group: rank if group in ATTENTION else rank + 1 for rank, group in enumerate(Group)}
# The rank of records in other groups that have a warning.
WARNED = len(ATTENTION)

# Decision and action are read as the run's counters read them: each record is in exactly one group.
_GROUP: ColumnElement[str] = case(
    (or_(Record.decision == Decision.ERROR, Record.action == Action.FAILED), Group.ERRORS.value),
    (Record.decision == Decision.FILTERED, Group.FILTERED.value),
    (Record.decision == Decision.NO_CHANGE, Group.UNCHANGED.value),
    (Record.action == Action.CREATED, Group.CREATED.value),
    (Record.action == Action.UPDATED, Group.UPDATED.value),
    (Record.action == Action.TERMINATED, Group.TERMINATED.value),
    (Record.action == Action.PENDING, Group.PENDING.value),
    else_=Group.HELD.value,
)
_WARNED = Record.warnings.is_not(None)
_RANK = case(
    (and_(_WARNED, _GROUP.not_in(ATTENTION)), WARNED),
    *((_GROUP.in_([group.value]), rank) for group, rank in RANKS.items()),
    else_=len(RANKS) + 1,
)

_BIRTHDAY = re.compile(r"birth|\bborn\b|\bdob\b", re.IGNORECASE)

COLUMNS = (
    Record.position,
    Record.name,
    Record.source_id,
    Record.target_id,
    Record.decision,
    Record.reason,
    Record.action,
    Record.message,
    Record.changes,
    Record.warnings,
    Record.matched_by,
    LINK_MATCHED_BY,
)


@dataclass(frozen=True, slots=True)
class RecordView:
    """One employee of a run. ``changes`` holds masked values; the payload never leaves the engine.

    ``matched_by`` says how the employee was found at the target, empty where they were not. ``fixer`` must act on the
    outcome; each of the ``warnings`` has its own. ``who_must_act`` has all of them.
    """

    position: int
    name: str
    source_id: str
    target_id: str | None
    decision: Decision
    reason: str | None
    action: Action
    message: str | None
    changes: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    matched_by: str
    fixer: Fixer | None

    @property
    def who_must_act(self) -> tuple[str, ...]:
        """Return the people who must act on the outcome or a warning, each once."""
        first = () if self.fixer is None else (self.fixer.value,)
        return tuple(dict.fromkeys([*first, *(str(warning["fixer"]) for warning in self.warnings)]))


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records to show: some groups, all with a warning, or both (neither means all), narrowed by ``search``.

    ``search`` is part of a name, or a whole source or target ID. ``reason`` is why employees were filtered; empty means
    any reason.
    """

    groups: tuple[Group, ...] = ()
    search: str = ""
    warned: bool = False
    reason: str = ""


NEEDS_ATTENTION = RecordFilter(ATTENTION, warned=True)


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
    """Return one page of a run's records that match."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    conditions = record_conditions(run_id, record_filter)
    query = select(*COLUMNS).where(*conditions).order_by(_RANK, Record.position)
    with reading() as session:
        require_run(session, actor, run_id)
        names = load_system_names(session, run_id)
        total = session.scalar(select(func.count()).select_from(Record).where(*conditions)) or 0
        rows = session.execute(query.limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE))
        return RecordsPage([record_view(row, names) for row in rows], total)


def record_conditions(run_id: int, record_filter: RecordFilter) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions on one run's records."""
    groups, warned = record_filter.groups, record_filter.warned
    conditions: list[ColumnElement[bool]] = [Record.run_id == run_id]
    alternatives: list[ColumnElement[bool]] = []
    if groups:
        alternatives.append(_GROUP.in_([group.value for group in groups]))
    if warned:
        alternatives.append(_WARNED)
    if alternatives:
        conditions.append(or_(*alternatives))
    if groups and not warned and Group.UNCHANGED not in groups:
        conditions.append(Record.decision != Decision.NO_CHANGE)  # lets the partial index of records be used
    if record_filter.reason:
        conditions.append(Record.reason == record_filter.reason)
    if text := record_filter.search.replace("\0", "").strip():
        by_name = [Record.name.icontains(spelling, autoescape=True) for spelling in _spellings(text)]
        conditions.append(or_(*by_name, Record.source_id == text, Record.target_id == text))
    return conditions


def _spellings(text: str) -> set[str]:
    """Return a part of a name in each case, because SQLite ignores the case of A to Z only."""
    return {text} if text.isascii() else {text, text.lower(), text.title(), text.upper()}


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How many records of a run are in each group (without empty ones), need attention, and have a warning."""

    groups: Mapping[Group, int]
    attention: int
    warned: int


def group_counts(actor: Actor, run_id: int) -> GroupCounts:
    """Count the records of a run."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = (
        select(_GROUP, func.count(), func.count(Record.warnings))
        .where(Record.run_id == run_id)
        .group_by(_GROUP)
    )
    with reading() as session:
        require_run(session, actor, run_id)
        counts = {Group(name): (count, warned) for name, count, warned in session.execute(query)}
    return GroupCounts(
        groups={group: counts[group][0] for group in Group if group in counts},
        attention=sum(count if group in ATTENTION else warned for group, (count, warned) in counts.items()),
        warned=sum(warned for _, warned in counts.values()),
    )


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many employees were filtered for one reason."""

    reason: str | None
    count: int


def filtered_reasons(actor: Actor, run_id: int) -> list[ReasonCount]:
    """Return why employees of a run were filtered, the most frequent reason first."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    number = func.count()
    query = (
        select(Record.reason, number)
        .where(Record.run_id == run_id, Record.decision == Decision.FILTERED)
        .group_by(Record.reason)
        .order_by(number.desc(), Record.reason)
    )
    with reading() as session:
        require_run(session, actor, run_id)
        return [ReasonCount(reason, count) for reason, count in session.execute(query)]


def record_view(row: Row[Any], names: SystemNames) -> RecordView:
    """Turn a row of ``COLUMNS`` into a view whose messages name the two systems."""
    values: dict[str, Any] = dict(row._mapping)
    of_link = values.pop("link_matched_by")
    values["message"] = row.message and names.fill(row.message)
    values["changes"] = tuple(map(_mask_birthday, row.changes or ()))
    values["warnings"] = tuple(_warning(warning, names) for warning in row.warnings or ())
    values["matched_by"] = matched_by.describe_record(row.decision, row.action, row.matched_by, of_link)
    return RecordView(**values, fixer=outcome_catalogue.fixer(row.decision, row.action, row.reason))


def _warning(warning: Mapping[str, Any], names: SystemNames) -> Mapping[str, Any]:
    return {"fixer": Fixer.HR.value, **warning, "message": names.fill(warning["message"])}


def _mask_birthday(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Mask a birthday as it was stored before runs did so themselves; then, only the field's words tell it."""
    if not _BIRTHDAY.search(f"{change.get('field')} {change.get('label')}"):
        return change
    return {**change, **{moment: MASK for moment in ("before", "after") if change.get(moment)}}
