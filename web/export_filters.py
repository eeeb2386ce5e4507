"""Read from an address what is to be exported: the filters of pages, exports and the API are the same."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from core.errors import InvalidError, NotFoundError
from core.exports.person_table import PersonFilter
from core.exports.record_table import RecordsFilter
from core.models import RunKind, RunStatus, Trigger
from core.people.listing import PeopleFilter
from core.reports.records import NEEDS_ATTENTION, Group, Needs, RecordFilter
from core.reports.run_filter import RunFilter, RunOrder
from core.security.ownership import NO_CONNECTION, NO_RUN
from web.parameters import day, row_id

Choice = TypeVar("Choice", bound=StrEnum)


def run_filter(query: QueryParams) -> RunFilter:
    """Return which runs an address asks for. Raises InvalidError, NotFoundError."""
    return RunFilter(
        connection_id=row_id(query.get("connection"), NO_CONNECTION),
        status=choice(RunStatus, query.get("status")),
        trigger=choice(Trigger, query.get("type")),
        since=day(query.get("since")),
        until=day(query.get("until")),
        kind=choice(RunKind, query.get("kind")),
        started_by=row_id(query.get("by")),
        order=choice(RunOrder, query.get("sort")) or RunOrder.NEWEST,
    )


def records_filter(query: QueryParams) -> RecordsFilter:
    """Return whose records an address asks for: those of one run, or of runs. Raises InvalidError, NotFoundError."""
    only = replace(
        _records_of(query.get("decision")),
        search=query.get("search", ""),
        reason=query.get("reason", ""),
        outcome_needs=choice(Needs, query.get("needs")),
    )
    if "run" in query:
        return RecordsFilter(run_id=run_id(query), records=only)
    return RecordsFilter(run_filter(query), records=only)


def person_filter(query: QueryParams) -> PersonFilter:
    """Return whose people an address asks for. Raises NotFoundError."""
    return PersonFilter(row_id(query.get("connection"), NO_CONNECTION), people_filter(query))


def people_filter(query: QueryParams) -> PeopleFilter:
    """Return which people an address asks for."""
    return PeopleFilter(query.get("search", ""), branch=query.get("branch") or None)


def run_id(query: QueryParams) -> int:
    """Return the run that an address names. Raises NotFoundError."""
    found = row_id(query.get("run"), NO_RUN)
    if found is None:
        raise NotFoundError(NO_RUN)
    return found


def choice(kind: type[Choice], text: str | None) -> Choice | None:
    """Return one of several values; None where there is none. Raises InvalidError."""
    try:
        return kind(text) if text else None
    except ValueError:
        raise InvalidError(
            "This filter is not known. Go back to the Reports page and export again."
        ) from None


def _records_of(text: str | None) -> RecordFilter:
    if text == "attention":
        return NEEDS_ATTENTION
    if text == "warnings":
        return RecordFilter(warned=True)
    if text == "by-hand":
        return RecordFilter(by_hand=True)
    group = choice(Group, text)
    return RecordFilter((group,) if group else ())
