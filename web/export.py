"""Downloads of runs, records and the audit as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, lowlevel, to_thread
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from core.errors import InvalidError, NotFoundError
from core.models import RunStatus, Trigger
from core.reports.audit_log import AuditFilter, export_audit
from core.reports.exports import Export, export_records, export_runs
from core.reports.records import NEEDS_ATTENTION, Group, RecordFilter
from core.reports.run_list import RunFilter
from web.session import current_actor

THREADS = 4
Choice = TypeVar("Choice", bound=StrEnum)
Answer = TypeVar("Answer")
_limiters: dict[object, CapacityLimiter] = {}


async def runs(request: Request) -> StreamingResponse:
    """Stream the runs that match the filters of the Reports page."""
    asked = request.query_params
    only = RunFilter(
        connection_id=_number(asked.get("connection")),
        status=_choice(RunStatus, asked.get("status")),
        trigger=_choice(Trigger, asked.get("type")),
        since=_day(asked.get("since")),
        until=_day(asked.get("until")),
    )
    actor = await in_thread(partial(current_actor, request))
    return _stream(await in_thread(partial(export_runs, actor, only)))


async def records(request: Request) -> StreamingResponse:
    """Stream what became of a run's employees."""
    asked = request.query_params
    run_id = _number(asked.get("run"))
    actor = await in_thread(partial(current_actor, request))
    if run_id is None:
        raise NotFoundError("There is no such run in this account.")
    only = replace(_records_of(asked.get("decision")), search=asked.get("search", ""))
    return _stream(await in_thread(partial(export_records, actor, run_id, only)))


async def audit(request: Request) -> StreamingResponse:
    """Stream what was done in the account, with the filters of the Audit page."""
    asked = request.query_params
    only = AuditFilter(
        person=_number(asked.get("person")),
        action=asked.get("action"),
        since=_day(asked.get("since")),
        until=_day(asked.get("until")),
        subject=asked.get("subject", ""),
        outside=asked.get("outside") == "yes",
    )
    actor = await in_thread(partial(current_actor, request))
    return _stream(await in_thread(partial(export_audit, actor, only)))


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFoundError("There is no such thing in this account.")
    return int(text)


def _choice(kind: type[Choice], text: str | None) -> Choice | None:
    try:
        return kind(text) if text else None
    except ValueError:
        raise InvalidError(
            "This filter is not known. Go back to the Reports page and export again."
        ) from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidError(
            "A day is written like 2026-07-31. Go back to the Reports page and export again."
        ) from None


def _records_of(text: str | None) -> RecordFilter:
    if text == "attention":
        return NEEDS_ATTENTION
    if text == "warnings":
        return RecordFilter(warned=True)
    group = _choice(Group, text)
    return RecordFilter((group,) if group else ())


def _stream(export: Export) -> StreamingResponse:
    headers = {
        "content-disposition": f'attachment; filename="{export.filename}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(
        _portions(export.portions), media_type="text/csv; charset=utf-8", headers=headers
    )


async def _portions(portions: Iterator[str]) -> AsyncIterator[str]:
    """Yield each portion, read in one of a few threads, until the end or until the client has gone."""
    while (portion := await in_thread(partial(next, portions, None))) is not None:
        yield portion


async def in_thread(work: partial[Answer]) -> Answer:
    """Do something slow in one of the threads that exports share, so that they cannot starve the pages."""
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
    Route("/export/audit.csv", audit),
]
