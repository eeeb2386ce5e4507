"""``account``: the enableHR customers that may use iHUB."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.accounts import accounts
from core.cli.output import Json, command_group, print_json, print_table, print_text

app = command_group("Add accounts, and switch iHUB on or off for them.")
Account = Annotated[int, typer.Argument(help="Id of the account.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the customer.")],
    *,
    enablehr_id: Annotated[str | None, typer.Option(help="Account number in enableHR.")] = None,
    region: Annotated[str, typer.Option(help="AU or NZ.")] = "AU",
    time_zone: Annotated[
        str | None, typer.Option(help="Such as Australia/Brisbane. Default: the region's.")
    ] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Do not switch iHUB on yet.")] = False,
    as_json: Json = False,
) -> None:
    """Add an account."""
    account = accounts.create(
        name, enablehr_id=enablehr_id, region=region, time_zone=time_zone, enabled=not disabled
    )
    print_json({"id": account}) if as_json else print_text(f"Account {account} added.")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List all accounts."""
    views = accounts.list_all()
    if as_json:
        print_json({"accounts": [asdict(account) for account in views]})
        return
    rows = [(a.id, a.name, a.enablehr_id, a.region, a.time_zone, a.ihub_enabled) for a in views]
    print_table(("ID", "Name", "enableHR", "Region", "Time zone", "iHUB on"), rows)


@app.command()
def enable(account: Account) -> None:
    """Switch iHUB on."""
    accounts.set_enabled(account, True)
    print_text(f"iHUB is on for account {account}.")


@app.command()
def disable(account: Account) -> None:
    """Switch iHUB off."""
    accounts.set_enabled(account, False)
    print_text(f"iHUB is off for account {account}.")
