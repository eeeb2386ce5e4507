"""``client``: iHUB's own registrations at other systems."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli import inputs
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.security.actor import OPERATOR
from core.sides import oauth_clients

app = command_group("Enter, list and remove iHUB's client ids and secrets at other systems.")
Kind = Annotated[str, typer.Argument(help="Connector, such as enablehr.")]


@app.command("set")
def enter(
    kind: Kind,
    client_id: Annotated[
        str | None, typer.Option("--id", help="The client id the system gave to iHUB.")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="File with the secret; - is standard input.")] = None,
    secret_env: Annotated[str | None, typer.Option(help="Environment variable with the secret.")] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            help="Further address it may be used at, in place of those named earlier; repeatable, '' names none."
        ),
    ] = None,
) -> None:
    """Keep a client id and its secret, encrypted, in place of an earlier one; with --address alone, only the addresses."""
    if address and client_id is None and secret is None and secret_env is None:
        oauth_clients.allow(OPERATOR, kind, address)
        print_text(
            f"iHUB's registration with {kind} may be used at the addresses of the system itself and at those you named."
        )
        return
    if client_id is None:
        raise InvalidError(
            "Give the client id (--id) with its secret. To change addresses alone, give only --address."
        )
    found = inputs.text(secret, secret_env)
    if found is None:
        raise InvalidError(
            "Give the secret in a file (--secret, - is standard input) or in an environment variable (--secret-env)."
        )
    oauth_clients.enter(OPERATOR, kind, client_id, found, address or None)
    print_text(f"iHUB's registration with {kind} is kept, the secret encrypted. People can connect it now.")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the systems people sign in to, and where iHUB's registration with each comes from; secrets are not shown."""
    found = oauth_clients.list_all(OPERATOR)
    if as_json:
        print_json({"clients": [asdict(each) for each in found]})
        return
    print_table(
        ("Kind", "System", "Client id", "From", "Secret", "Further addresses"),
        [(r.kind, r.system, r.client_id, r.place, r.has_secret, ", ".join(r.addresses)) for r in found],
    )


@app.command()
def remove(kind: Kind) -> None:
    """Remove a registration from the store."""
    oauth_clients.remove(OPERATOR, kind)
    print_text(f"iHUB's registration with {kind} is removed from the store.")
