"""``oauth-client``: the client ids and secrets with which iHUB is registered at other systems."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli import inputs
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.security.actor import OPERATOR
from core.sides import oauth_clients

app = command_group("Set, list and remove iHUB's OAuth clients at other systems.")
Kind = Annotated[str, typer.Argument(help="Connector, such as enablehr.")]


@app.command("set")
def set_client(
    kind: Kind,
    client_id: Annotated[
        str | None, typer.Option("--id", help="The client id the system gave to iHUB.")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="File with the secret; - is standard input.")] = None,
    secret_env: Annotated[str | None, typer.Option(help="Environment variable with the secret.")] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            help="Further sign-in address it may be used at, instead of earlier ones; repeatable, '' for none."
        ),
    ] = None,
) -> None:
    """Store a client id and its secret, encrypted, instead of an earlier one; --address alone sets only addresses."""
    if address and client_id is None and secret is None and secret_env is None:
        oauth_clients.set_addresses(OPERATOR, kind, address)
        print_text(
            f"The OAuth client for {kind} may be used at the system's own addresses and at those you gave."
        )
        return
    if client_id is None:
        raise InvalidError(
            "Give the client id (--id) with its secret. To change addresses alone, give only --address."
        )
    secret_text = inputs.text(secret, secret_env)
    if secret_text is None:
        raise InvalidError(
            "Give the secret in a file (--secret, - is standard input) or in an environment variable (--secret-env)."
        )
    oauth_clients.save_client(OPERATOR, kind, client_id, secret_text, address or None)
    print_text(
        f"The OAuth client for {kind} is stored, with its secret encrypted. People can connect {kind} now."
    )


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the systems people sign in to, and where the OAuth client of each comes from; secrets are not shown."""
    clients = oauth_clients.list_clients(OPERATOR)
    if as_json:
        print_json({"clients": [asdict(client) for client in clients]})
        return
    print_table(
        ("Kind", "System", "Client id", "From", "Secret", "Further addresses"),
        [(r.kind, r.system, r.client_id, r.place, r.has_secret, ", ".join(r.addresses)) for r in clients],
    )


@app.command()
def remove(kind: Kind) -> None:
    """Remove an OAuth client from the store."""
    oauth_clients.remove_client(OPERATOR, kind)
    print_text(f"The OAuth client for {kind} is removed from the store.")
