"""``hold``: people of a connection who are not written until released."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from core.cli.actors import for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.scope import holds

app = command_group("Put people on hold, release them, list who is on hold.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]
SourceId = Annotated[str, typer.Argument(help="The employee's source ID.")]


@app.command()
def put(
    connection: Connection,
    source_id: SourceId,
    *,
    reason: Annotated[str, typer.Option(help="Why this person is not to be written.")],
    until: Annotated[str | None, typer.Option(help="Last day of the hold, as yyyy-mm-dd.")] = None,
    as_json: Json = False,
) -> None:
    """Put a person on hold: nothing is written for them until they are released."""
    hold = holds.put(for_connection(connection), connection, source_id, reason, _day(until))
    print_json({"id": hold}) if as_json else print_text(f"{source_id} is on hold.")


@app.command()
def release(connection: Connection, source_id: SourceId) -> None:
    """Release a person: the next run writes what has changed."""
    holds.release(for_connection(connection), connection, source_id)
    print_text(f"{source_id} is released. The next run writes what has changed.")


@app.command("list")
def list_all(connection: Connection, as_json: Json = False) -> None:
    """List the people on hold."""
    views = holds.list_holds(for_connection(connection), connection)
    if as_json:
        print_json({"holds": [asdict(view) for view in views]})
        return
    rows = [
        (
            view.source_id,
            view.reason,
            view.put_by or "command line",
            view.put_at,
            view.last_day or "until released",
        )
        for view in views
    ]
    print_table(("Source ID", "Reason", "By", "Since", "Until"), rows)


def _day(written: str | None) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        raise InvalidError("Write the last day of the hold as yyyy-mm-dd.") from None
