"""``db``: the tables of the store, and copies of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core import schema
from core.cli.output import WENT_WRONG, command_group, print_text, print_warning
from core.errors import InvalidError
from core.operations import backup as backups
from core.settings import settings

app = command_group("Upgrade, check and downgrade the tables of the store; back the store up and restore it.")


@app.command()
def upgrade() -> None:
    """Bring the tables up to this version of iHUB."""
    if settings().database_url is None:
        settings().home.mkdir(mode=0o700, parents=True, exist_ok=True)
    schema.upgrade()
    print_text("The tables are up to date.")


@app.command()
def check() -> None:
    """Compare the tables with what this version of iHUB expects; exit code 1 when they differ."""
    differences = schema.differences()
    if not schema.is_current() or differences:
        print_warning(
            f"The tables do not match this version ({len(differences)} differences). Run `python -m core db upgrade`."
        )
        raise typer.Exit(WENT_WRONG)
    print_text("The tables match this version of iHUB.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="The revision to return to; `base` removes all tables.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Confirm: the contents of later tables are lost.")
    ] = False,
) -> None:
    """Return the tables to an earlier revision."""
    if not yes:
        raise InvalidError("A downgrade loses the contents of later tables. Make a backup, then add --yes.")
    schema.downgrade(revision)
    print_text(f"The tables are at {revision}.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file for the copy.")]) -> None:
    """Write a copy of the store, while iHUB runs. Keep the keys with it, but in another place."""
    backups.back_up(file)
    print_text(f"The store was copied to {file}. The keys are not in it: keep them in another place.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A copy that `backup` has written.")],
    yes: Annotated[bool, typer.Option("--yes", help="Confirm: what the store holds now is lost.")] = False,
) -> None:
    """Put a copy in place of the store. Stop all processes before."""
    if not yes:
        raise InvalidError("What the store holds now is lost. Make a backup of it first, then add --yes.")
    backups.restore(file)
    print_text("The store was restored. Start the processes; everybody has to sign in again.")
