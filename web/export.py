"""The routes that export runs, records, plans, readiness and the audit as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, lowlevel, to_thread
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from core.errors import InvalidError, NotFoundError
from core.models import RunKind, RunStatus, Trigger
from core.people.listing import PeopleFilter
from core.people.readiness import WaitingFilter
from core.people.verdicts import Missing
from core.reports.audit_log import AuditFilter, export_audit
from core.reports.exports import Export, export_by_hand, export_records, export_runs
from core.reports.readiness_exports import export_super, export_waiting
from core.reports.records import NEEDS_ATTENTION, Group, Needs, RecordFilter
from core.reports.run_filter import RunFilter, RunOrder
from core.review.plan_rows import PlanFilter, PlanGroup, export_plan
from core.runs.outcome_codes import Fixer
from core.security.ownership import NO_CONNECTION, NO_RUN
from web.parameters import day, row_id
from web.session import current_actor

THREADS = 4
Choice = TypeVar("Choice", bound=StrEnum)
Result = TypeVar("Result")
_limiters: dict[object, CapacityLimiter] = {}


async def runs(request: Request) -> StreamingResponse:
    """Stream the runs that match the filters of the Reports page."""
    query = request.query_params
    filters = RunFilter(
        connection_id=row_id(query.get("connection"), NO_CONNECTION),
        status=_choice(RunStatus, query.get("status")),
        trigger=_choice(Trigger, query.get("type")),
        since=day(query.get("since")),
        until=day(query.get("until")),
        kind=_choice(RunKind, query.get("kind")),
        started_by=row_id(query.get("by")),
        order=_choice(RunOrder, query.get("sort")) or RunOrder.NEWEST,
    )
    actor = await run_in_thread(partial(current_actor, request))
    return _stream(await run_in_thread(partial(export_runs, actor, filters)))


async def records(request: Request) -> StreamingResponse:
    """Stream the records of a run that match the filters of the Reports page."""
    query = request.query_params
    run_id = row_id(query.get("run"), NO_RUN)
    actor = await run_in_thread(partial(current_actor, request))
    if run_id is None:
        raise NotFoundError("There is no such run in this account.")
    only = _records_of(query.get("decision"))
    search, reason = query.get("search", ""), query.get("reason", "")
    needs = _choice(Needs, query.get("needs"))
    filters = replace(only, search=search, reason=reason, outcome_needs=needs)
    return _stream(await run_in_thread(partial(export_records, actor, run_id, filters)))


async def by_hand(request: Request) -> StreamingResponse:
    """Stream what has to be entered by hand after a run."""
    run_id = row_id(request.query_params.get("run"), NO_RUN)
    actor = await run_in_thread(partial(current_actor, request))
    if run_id is None:
        raise NotFoundError("There is no such run in this account.")
    return _stream(await run_in_thread(partial(export_by_hand, actor, run_id)))


async def plan(request: Request) -> StreamingResponse:
    """Stream what a kept plan would write, with the group and the search of its page."""
    query = request.query_params
    run_id, group = row_id(query.get("run"), NO_RUN), _choice(PlanGroup, query.get("group"))
    actor = await run_in_thread(partial(current_actor, request))
    if run_id is None:
        raise NotFoundError("There is no such run in this account.")
    only = PlanFilter(group, query.get("search", ""))
    return _stream(await run_in_thread(partial(export_plan, actor, run_id, only)))


async def waiting(request: Request) -> StreamingResponse:
    """Stream the employees of a connection who lack something, with the filters of the Readiness tab."""
    query = request.query_params
    missing, who = query.get("missing"), _choice(Fixer, query.get("who"))
    filters = WaitingFilter(Missing.parse(missing) if missing else None, who, _people_of(query))
    connection_id = _connection_of(query)
    actor = await run_in_thread(partial(current_actor, request))
    return _stream(await run_in_thread(partial(export_waiting, actor, connection_id, filters)))


async def super_details(request: Request) -> StreamingResponse:
    """Stream the employees of a connection who lack something for super, with the filters of the Readiness tab."""
    query = request.query_params
    connection_id, filters = _connection_of(query), _people_of(query)
    actor = await run_in_thread(partial(current_actor, request))
    return _stream(await run_in_thread(partial(export_super, actor, connection_id, filters)))


def _connection_of(query: QueryParams) -> int:
    connection_id = row_id(query.get("connection"), NO_CONNECTION)
    if connection_id is None:
        raise NotFoundError(NO_CONNECTION)
    return connection_id


def _people_of(query: QueryParams) -> PeopleFilter:
    return PeopleFilter(query.get("search", ""), branch=query.get("branch") or None)


async def audit(request: Request) -> StreamingResponse:
    """Stream what was done in the account, with the filters of the Audit page."""
    query = request.query_params
    filters = AuditFilter(
        person=row_id(query.get("person")),
        action=query.get("action"),
        since=day(query.get("since")),
        until=day(query.get("until")),
        subject=query.get("subject", ""),
        outside=query.get("outside") == "yes",
    )
    actor = await run_in_thread(partial(current_actor, request))
    return _stream(await run_in_thread(partial(export_audit, actor, filters)))


def _choice(kind: type[Choice], text: str | None) -> Choice | None:
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
    group = _choice(Group, text)
    return RecordFilter((group,) if group else ())


def _stream(export: Export) -> StreamingResponse:
    headers = {
        "content-disposition": f'attachment; filename="{export.filename}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(_chunks(export.chunks), media_type="text/csv; charset=utf-8", headers=headers)


async def _chunks(chunks: Iterator[str]) -> AsyncIterator[str]:
    """Yield each chunk, read in one of a few threads, until the end or until the client disconnects."""
    while (chunk := await run_in_thread(partial(next, chunks, None))) is not None:
        yield chunk


async def run_in_thread(work: partial[Result]) -> Result:
    """Run slow work in one of the threads that exports share, so that exports cannot block the pages."""
    return await to_thread.run_sync(work, limiter=_limiter())


def _limiter() -> CapacityLimiter:
    loop = lowlevel.current_token()
    if loop not in _limiters:
        _limiters.clear()
        _limiters[loop] = CapacityLimiter(THREADS)
    return _limiters[loop]


routes = [
    Route("/export/runs.csv", runs),
    Route("/export/records.csv", records),
    Route("/export/by-hand.csv", by_hand),
    Route("/export/plan.csv", plan),
    Route("/export/readiness.csv", waiting),
    Route("/export/super.csv", super_details),
    Route("/export/audit.csv", audit),
]
