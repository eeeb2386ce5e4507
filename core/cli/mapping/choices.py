"""``choices``: the lists of a connection's target from which values are chosen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli.actors import for_connection
from core.cli.output import WENT_WRONG, Json, print_json, print_table, print_text, print_warning
from core.mapping import choices as lists
from core.mapping.choices import ChoicesView


def choices(
    connection: Annotated[int, typer.Argument(help="Id of the connection.")],
    refresh: Annotated[bool, typer.Option("--refresh", help="Read them from the target now.")] = False,
    as_json: Json = False,
) -> None:
    """List what values of the target's fields are chosen from, such as its pay schedules, as last read."""
    read = lists.refresh if refresh else lists.list_choices
    views = read(for_connection(connection), connection)
    if as_json:
        print_json(
            {
                "lists": [
                    asdict(view) | {"entries": [each._asdict() for each in view.entries]} for view in views
                ]
            }
        )
    elif not views:
        print_text("The target of this connection has no such lists.")
    for view in () if as_json else views:
        _print(view)
    if refresh and any(view.problem for view in views):
        raise typer.Exit(WENT_WRONG)


def _print(view: ChoicesView) -> None:
    age = f"read at {view.read_at:%Y-%m-%d %H:%M} UTC" if view.read_at else "not read yet; add --refresh"
    print_text(f"{view.label} ({view.name}), {age}")
    if view.problem is not None:
        print_warning(view.problem)
    if view.entries:
        print_table(("Id", "Name"), view.entries)
    print_text("")
