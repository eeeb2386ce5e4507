"""``db``: the tables of the store."""

from __future__ import annotations

from typing import Annotated

import typer

from core import schema
from core.cli.output import WENT_WRONG, command_group, print_text, print_warning
from core.errors import InvalidError
from core.settings import settings

app = command_group("Upgrade, check and downgrade the tables of the store.")


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
