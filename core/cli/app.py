"""Assemble the commands, and print refusals as one sentence on standard error with exit code 2."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from typer.core import TyperGroup

from connectors.contract.errors import ConnectorError
from core import logs
from core.cli import (
    accounts,
    actors,
    connections,
    database,
    doctor,
    keys,
    oauth_clients,
    plans,
    reports,
    runs,
    schedules,
    users,
)
from core.cli.output import WRONG_USE
from core.errors import HubError

STORE = "The store cannot be used. Run `python -m core db upgrade`; `python -m core doctor` shows what else is wrong."
REDIS = "Redis does not respond. Start iHUB (`make run`), or check the server of REDIS_URL."


class Commands(TyperGroup):
    """A group of commands whose refusals become a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            logs.configure()
            return super().invoke(ctx)
        except (HubError, ConnectorError) as error:
            _exit_with(str(error), error)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            _exit_with(STORE, error)
        except RedisError as error:
            _exit_with(REDIS, error)


def _exit_with(sentence: str, error: Exception) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(WRONG_USE) from error


app = typer.Typer(
    cls=Commands,
    help="Operate iHUB.",
    epilog="Exit codes: 0 done, 1 the run ended in ERROR or something is wrong, 2 wrong use, 3 the run is HELD.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def choose_user(
    context: typer.Context,
    as_user: Annotated[
        str | None,
        typer.Option("--as", metavar="USER", help="Act as this person, with their roles in their accounts."),
    ] = None,
) -> None:
    """Operate iHUB."""
    actors.set_user(as_user, context.invoked_subcommand)


for name, group in (
    ("db", database.app),
    ("account", accounts.app),
    ("user", users.app),
    ("connection", connections.app),
    ("oauth-client", oauth_clients.app),
    ("schedule", schedules.app),
    ("plan", plans.app),
    ("keys", keys.app),
):
    app.add_typer(group, name=name)
app.command("run")(runs.run)
app.command("report")(reports.report)
app.command("doctor")(doctor.doctor)
