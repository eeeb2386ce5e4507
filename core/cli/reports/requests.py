"""``requests``: what a run asked of both systems, and of the target for one employee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from core.cli.actors import for_run
from core.cli.output import Json, print_json, print_table, print_text
from core.reports import requests as reported
from core.runs.request_log import KEPT, LoggedRequest
from core.security.actor import Actor

SYSTEMS = ("System", "Requests", "Refused as too many", "Waited (s)", "Slowest (s)")
REQUESTS = ("System", "Method", "Path", "Status", "Milliseconds", "Sent", "Response")


def requests(
    run: Annotated[int, typer.Argument(help="Id of the run.")],
    employee: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE_ID]", help="Show what was asked for this employee, without any value."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print how many requests a run made, or those for one employee, without any value."""
    actor = for_run(run)
    if employee is None:
        _print_run(actor, run, as_json)
        return
    found = reported.requests_for(actor, run, employee)
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        print_table(REQUESTS, [_row(each) for each in found])
    else:
        print_text(
            f"No request for this employee is kept. Requests are kept for {KEPT.days} days, unless Support has set "
            "another number for the account."
        )


def _print_run(actor: Actor, run: int, as_json: bool) -> None:
    measures, failed = reported.run_measures(actor, run), reported.failed_requests(actor, run)
    if as_json:
        print_json(asdict(measures) | {"failed": [asdict(each) for each in failed]})
        return
    print_table(SYSTEMS, [tuple(asdict(each).values()) for each in measures.systems])
    if failed:
        print_text("Refused or without a response, and about no employee:")
        print_table(REQUESTS, [_row(each) for each in failed])


def _row(request: LoggedRequest) -> tuple[object, ...]:
    answer = request.failure or _fields(request.answer)
    return (
        request.system,
        request.method,
        request.path,
        request.status,
        request.milliseconds,
        _fields(request.sent),
        answer,
    )


def _fields(lines: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {kind}" if name else kind for name, kind in lines)
