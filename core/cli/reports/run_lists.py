"""``runs``: the runs of a connection. ``compare``: who newly failed or recovered between two runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from core.cli.actors import for_connection, for_run
from core.cli.output import Json, print_json, print_table, print_text
from core.cli.runs import run_object
from core.models import RunKind, RunStatus, Trigger
from core.reports import headings, run_list
from core.reports.local_time import FIRST_YEAR
from core.reports.outcomes import comparison
from core.reports.outcomes.comparison import Change
from core.reports.run_filter import RunFilter, RunOrder
from core.reports.run_list import RunView

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day of the account, included.")]


# One function, because each of its parameters is an option of one command.
def runs(
    connection: Annotated[int, typer.Argument(help="Id of the connection.")],
    *,
    status: Annotated[RunStatus | None, typer.Option(help="Only runs with this status.")] = None,
    type: Annotated[
        Trigger | None, typer.Option(help="Only runs started by hand, or by the schedule.")
    ] = None,
    kind: Annotated[RunKind | None, typer.Option(help="Only runs of this kind.")] = None,
    since: Day = None,
    until: Day = None,
    by: Annotated[int | None, typer.Option(help="Id of who started them; 0 is the schedule.")] = None,
    sort: Annotated[RunOrder, typer.Option(help="In which order.")] = RunOrder.NEWEST,
    page: Annotated[
        int, typer.Option(min=1, help="Which 50 of them; a page beyond the last is the last.")
    ] = 1,
    as_json: Json = False,
) -> None:
    """List a connection's runs, 50 at a time."""
    for day in (since, until):
        if day is not None and day.year < FIRST_YEAR:
            raise typer.BadParameter(f"There are no runs before {FIRST_YEAR}.")
    only = RunFilter(
        connection,
        status,
        type,
        None if since is None else since.date(),
        None if until is None else until.date(),
        kind,
        by,
        sort,
    )
    found = run_list.runs_page(for_connection(connection), only, page)
    if as_json:
        print_json({"total": found.total, "runs": [_object(view) for view in found.rows]})
        return
    print_text(
        f"{found.total} run{'s' if found.total != 1 else ''}, {min(page, found.pages)} of {found.pages} pages"
    )
    if found.rows:
        print_table(_HEADER, [_row(view) for view in found.rows])


_HEADER = (
    *(headings.RUN_ID, headings.STATUS, headings.ENDING, headings.TYPE, headings.KIND, headings.START_TIME),
    *(headings.DURATION, headings.READ, headings.FILTERED, headings.WRITTEN, headings.ERRORS),
    *(headings.UNCHANGED, headings.HELD, headings.NEED_ACTION, headings.STARTED_BY),
)


def _row(view: RunView) -> tuple[object, ...]:
    counters = view.counters
    started = "" if view.started_at is None else f"{view.started_at:%Y-%m-%d %H:%M} UTC"
    seconds = "" if view.duration is None else f"{view.duration.total_seconds():.0f} s"
    return (
        *(
            view.id,
            view.status.value,
            view.ending.value,
            view.trigger.value,
            headings.KINDS[view.kind],
            started,
        ),
        *(seconds, counters.read, counters.filtered, counters.written, counters.errors),
        *(counters.unchanged, counters.held, view.need_action, view.starter),
    )


def _object(view: RunView) -> dict[str, object]:
    return run_object(view) | {"ending": view.ending.value or None, "started_by": view.starter}


def compare(
    run: Annotated[int, typer.Argument(help="Id of a run.")],
    other: Annotated[int, typer.Argument(help="Id of another run of the same connection.")],
    as_json: Json = False,
) -> None:
    """Say who newly failed, who recovered and who goes back and forth between two runs of a connection."""
    found = comparison.compare(for_run(run), run, other)
    numbers = {change.value: found.count(change) for change in Change}
    if as_json:
        print_json(
            {
                "earlier": found.earlier,
                "later": found.later,
                "numbers": numbers,
                "differences": [
                    {"source_id": each.source_id, "name": each.name, "change": each.change.value}
                    | {"before": each.before, "after": each.after}
                    for each in found.differences
                ],
                "back_and_forth": [
                    {"source_id": each.source_id, "name": each.name, "changes": each.changes}
                    for each in found.flapping
                ],
            }
        )
        return
    words = ", ".join(f"{number} {change}" for change, number in numbers.items())
    print_text(
        f"Run {found.earlier} beside run {found.later}: {words}, {len(found.flapping)} back and forth."
    )
    header = (headings.RECORD, headings.SOURCE_ID, "Change", f"Run {found.earlier}", f"Run {found.later}")
    rows = [
        (each.name, each.source_id, each.change.value, each.before, each.after) for each in found.differences
    ]
    if rows:
        print_table(header, rows)
    if found.flapping:
        back = [(each.name, each.source_id, each.changes) for each in found.flapping]
        print_table((headings.RECORD, headings.SOURCE_ID, "Back and forth"), back)
