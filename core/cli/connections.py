"""``connection``: a source system paired with a target system."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from core.cli import inputs
from core.cli.actors import for_account, for_accounts, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.connections import connections
from core.connections.connections import ConnectionView
from core.errors import InvalidError
from core.models import Position

app = command_group("Add connections, connect their sides, delete them.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]


class End(StrEnum):
    """Which side of a connection."""

    SOURCE = "source"
    TARGET = "target"


@app.command()
def create(
    *,
    account: Annotated[int, typer.Option(help="Account of the connection.")],
    source: Annotated[str, typer.Option(help="Connector of the source, such as enablehr.")],
    target: Annotated[str, typer.Option(help="Connector of the target, such as ipayroll.")],
    name: Annotated[str, typer.Option(help="Its name; by default the names of both systems.")] = "",
    settings_file: Annotated[
        str | None,
        typer.Option("--settings", help='JSON file {"source": {…}, "target": {…}}; - is standard input.'),
    ] = None,
    settings_env: Annotated[str | None, typer.Option(help="Environment variable with that JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Add a connection; connect its source and target afterwards."""
    settings = inputs.json_object(settings_file, settings_env)
    if unknown := sorted(set(settings) - set(End)):
        raise InvalidError(f"The settings hold {', '.join(unknown)}; they may hold source and target.")
    sides = [settings.get(end.value, {}) for end in End]
    connection = connections.create(for_account(account), name, source, target, *sides)
    print_json({"id": connection}) if as_json else print_text(
        f"Connection {connection} added. Connect its source and target next."
    )


@app.command("list")
def list_all(
    account: Annotated[int | None, typer.Option(help="Only those of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List connections and the status of their sides."""
    views = [
        connection for actor in for_accounts(account) for connection in connections.list_connections(actor)
    ]
    if as_json:
        print_json({"connections": [asdict(connection) for connection in views]})
        return
    rows = [
        (c.id, c.account_id, c.name, c.status.value, _side(c, Position.SOURCE), _side(c, Position.TARGET))
        for c in views
    ]
    print_table(("ID", "Account", "Name", "Status", "Source", "Target"), rows)


def _side(connection: ConnectionView, position: Position) -> str:
    side = connection.side(position)
    return f"{side.system}: {side.status}"


@app.command()
def connect(
    connection: Connection,
    side: Annotated[End, typer.Argument(help="Which side.")],
    credentials: Annotated[
        str | None, typer.Option(help="JSON file with the credentials; - is standard input.")
    ] = None,
    credentials_env: Annotated[str | None, typer.Option(help="Environment variable with that JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Check credentials and store them: {"api_key"} or {"access_token", "refresh_token", "expires_at"}.

    A system that takes no credentials is connected without any.
    """
    values = inputs.json_object(credentials, credentials_env)
    actor, position = for_connection(connection), Position[side.name]
    if not values and connections.needs_credentials(actor, connection, position):
        raise InvalidError(
            "Give the credentials in a file (--credentials) or in an environment variable (--credentials-env)."
        )
    view = connections.connect_side(actor, connection, position, values)
    print_json(asdict(view)) if as_json else print_text(
        f"{view.system} is connected ({view.organisation_name})."
    )


@app.command()
def delete(
    connection: Connection,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Confirm: the credentials are deleted and the schedule is cancelled."),
    ] = False,
    cancel_run: Annotated[
        bool, typer.Option("--cancel-run", help="First stop a run that is in progress.")
    ] = False,
) -> None:
    """Delete a connection; its runs and links stay."""
    if not yes:
        raise InvalidError(
            "This deletes the credentials and cancels the schedule; runs and links stay. Add --yes to confirm."
        )
    deleted = connections.delete(for_connection(connection), connection, cancel_run=cancel_run)
    print_text(f"Connection {connection} is deleted.")
    for system in deleted.left:
        print_text(f"Also remove iHUB's access in {system} (not if another connection uses it).")
