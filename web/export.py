"""The routes that export the data set as files, and plans, readiness and the audit as CSV."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import NotFoundError
from core.exports.files import DataFile, FileFormat, export_people, export_records, export_runs
from core.exports.insights import InsightFilter, export_insights
from core.people.readiness import WaitingFilter
from core.people.verdicts import Missing
from core.personal_data import kept_data
from core.reports.audit_log import AuditFilter, export_audit
from core.reports.exports import Export, export_by_hand
from core.reports.readiness_exports import export_super, export_waiting
from core.review.plan_rows import PlanFilter, PlanGroup, export_plan
from core.runs.outcome_codes import Fixer
from core.security.actor import Actor, Permission
from core.security.ownership import NO_CONNECTION
from web import export_filters
from web.download import run_in_thread, send
from web.parameters import day, row_id
from web.session import SignInNeededError, current_actor


async def runs(request: Request) -> Response:
    """Stream the runs that match the filters of the Reports page."""
    return await _send(
        request, lambda actor, query: export_runs(actor, export_filters.run_filter(query), _format(request))
    )


async def records(request: Request) -> Response:
    """Stream the records of a run, or of the runs that match the filters of the Reports page."""
    return await _send(
        request,
        lambda actor, query: export_records(actor, export_filters.records_filter(query), _format(request)),
    )


async def people(request: Request) -> Response:
    """Stream who the sources list."""
    return await _send(
        request,
        lambda actor, query: export_people(actor, export_filters.person_filter(query), _format(request)),
    )


async def person(request: Request) -> Response:
    """Stream everything that is kept of one person."""
    return await _send(
        request,
        lambda actor, query: kept_data.show(actor, _connection_of(query), query.get("person", "")),
    )


async def by_hand(request: Request) -> Response:
    """Stream what has to be entered by hand after a run."""
    return await _send(request, lambda actor, query: export_by_hand(actor, export_filters.run_id(query)))


async def insights(request: Request) -> Response:
    """Stream the weeks of the insights."""

    def export(actor: Actor, query: QueryParams) -> Export:
        only = export_filters.run_filter(query)
        return export_insights(actor, InsightFilter(only.connection_id, only.since, only.until))

    return await _send(request, export)


async def plan(request: Request) -> Response:
    """Stream what a kept plan would write, with the group and the search of its page."""

    def export(actor: Actor, query: QueryParams) -> Export:
        only = PlanFilter(export_filters.choice(PlanGroup, query.get("group")), query.get("search", ""))
        return export_plan(actor, export_filters.run_id(query), only)

    return await _send(request, export)


async def waiting(request: Request) -> Response:
    """Stream the employees of a connection who lack something, with the filters of the Readiness tab."""

    def export(actor: Actor, query: QueryParams) -> Export:
        missing, who = query.get("missing"), export_filters.choice(Fixer, query.get("who"))
        people_filter = export_filters.people_filter(query)
        filters = WaitingFilter(Missing.parse(missing) if missing else None, who, people_filter)
        return export_waiting(actor, _connection_of(query), filters)

    return await _send(request, export)


async def super_details(request: Request) -> Response:
    """Stream the employees of a connection who lack something for super, with the filters of the Readiness tab."""
    return await _send(
        request,
        lambda actor, query: export_super(actor, _connection_of(query), export_filters.people_filter(query)),
    )


async def audit(request: Request) -> Response:
    """Stream what was done in the account, with the filters of the Audit page."""

    def export(actor: Actor, query: QueryParams) -> Export:
        filters = AuditFilter(
            person=row_id(query.get("person")),
            action=query.get("action"),
            since=day(query.get("since")),
            until=day(query.get("until")),
            subject=query.get("subject", ""),
            outside=query.get("outside") == "yes",
        )
        return export_audit(actor, filters)

    return await _send(request, export)


def _format(request: Request) -> FileFormat:
    try:
        return FileFormat(request.path_params["format"])
    except ValueError:
        raise NotFoundError("There is no such file. Files end in .csv, .xlsx, .jsonl or .parquet.") from None


def _connection_of(query: QueryParams) -> int:
    connection_id = row_id(query.get("connection"), NO_CONNECTION)
    if connection_id is None:
        raise NotFoundError(NO_CONNECTION)
    return connection_id


async def _send(request: Request, export: Callable[[Actor, QueryParams], Export | DataFile]) -> Response:
    """Send what the signed-in person may export, for as long as they are signed in."""
    actor = await run_in_thread(partial(current_actor, request))
    made = await run_in_thread(partial(export, actor, request.query_params))
    return await send(request, made, partial(_is_allowed, request, actor))


def _is_allowed(request: Request, actor: Actor) -> bool:
    try:
        found = current_actor(request, actor.account_id, clicked=False)
    except SignInNeededError:
        return False
    return found.may(Permission.SEE_REPORTS) and found.account_id == actor.account_id


routes = [
    Route("/export/runs.{format}", runs),
    Route("/export/records.{format}", records),
    Route("/export/people.{format}", people),
    Route("/export/person.json", person),
    Route("/export/by-hand.csv", by_hand),
    Route("/export/insights.csv", insights),
    Route("/export/plan.csv", plan),
    Route("/export/readiness.csv", waiting),
    Route("/export/super.csv", super_details),
    Route("/export/audit.csv", audit),
]
