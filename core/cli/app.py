"""Assemble the commands, and print refusals as one sentence on standard error with exit code 2.

A command's module is imported when the command is used: all of them together take longer to import than most commands
take to run.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from core.cli.output import WRONG_USE, print_warning

STORE = "The store cannot be used. Run `python -m core db upgrade`; `python -m core doctor` shows what else is wrong."
REDIS = "Redis does not respond. Start iHUB (`make run`), or check the server of REDIS_URL."

# The module of each command, and what the command says about itself.
COMMANDS = {
    "run": ("runs", "Run a connection's job."),
    "readiness": (
        "reports.report",
        "Print how many employees the target would accept today, and what the others lack.",
    ),
    "person": ("story.person", "Find an employee, and print what happened to them and what stops them."),
    "runs": ("reports.run_lists", "List a connection's runs, 50 at a time."),
    "compare": (
        "reports.run_lists",
        "Say who newly failed, who recovered and who goes back and forth between two runs of a connection.",
    ),
    "report": ("reports.report", "Print a run and the outcome of each employee in it."),
    "export": (
        "reports.export",
        "Write runs, the employees of runs, or people as a file.",
    ),
    "requests": (
        "reports.requests",
        "Print how many requests a run made, or those for one employee, without any value.",
    ),
    "doctor": ("doctor", "Check store, keys, Redis, workers, scheduler, sign-in and all connections."),
    "db": (
        "database",
        "Upgrade, check and downgrade the tables of the store; back the store up and restore it.",
    ),
    "account": ("accounts", "Add accounts, and switch iHUB on or off for them."),
    "user": ("users", "Add people, give them roles, revoke access."),
    "connection": ("connections", "Add connections, connect their sides, delete them."),
    "oauth-client": ("oauth_clients", "Set, list and remove iHUB's OAuth clients at other systems."),
    "fields": (
        "mapping.fields",
        "List the values that a system has of its employees, and the fields that are filled in it.",
    ),
    "choices": (
        "mapping.choices",
        "List what values of the target's fields are chosen from, such as its pay schedules, as last read.",
    ),
    "connectors": (
        "connectors",
        "List the systems that iHUB knows, and try the file of a new one.",
    ),
    "schedule": ("jobs.schedules", "Create, change, pause, cancel and list schedules."),
    "mapping": (
        "mapping.versions",
        "Show, change, compare, restore, export and import the mapping of a connection.",
    ),
    "scope": (
        "scope.rules",
        "Show the employees that a connection syncs, change that, and see the effect before.",
    ),
    "hold": ("scope.holds", "Put people on hold, release them, list who is on hold."),
    "pay-days": (
        "jobs.pay_days",
        "Set the pay calendar of a connection, and see who would miss the next pay.",
    ),
    "plan": (
        "review.plans",
        "List and show the plans of held runs and previews, approve all or some, reject them.",
    ),
    "changed": ("review.changed", "List what was changed in payroll, and decide whose value counts."),
    "alerts": ("alerts", "List alerts and what did not arrive, send tests, set and remove webhooks."),
    "keys": ("keys", "Create, rotate and retire encryption keys."),
}


class _CommandModules(Mapping[str, Any]):
    """The commands by name; each is imported when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return a command, or a group of commands."""
        gc.disable()  # what is imported stays; looking for garbage takes an eighth of the time
        try:
            module = import_module(f"core.cli.{COMMANDS[name][0]}")
        finally:
            gc.enable()
        if hasattr(module, "app"):
            return typer.main.get_group(module.app)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name)(getattr(module, name))
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        """Yield the names, without importing anything."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(COMMANDS)


class Commands(TyperGroup):
    """A group of commands whose refusals become a sentence and an exit code."""

    def __init__(self, **options: Any) -> None:
        """Take what typer knows of the group; the commands themselves are not imported yet."""
        super().__init__(**options)
        self.commands = _CommandModules()  # type: ignore[assignment]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write what each command is for."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse arguments that are no text, which no store can be asked for."""
        if not all(map(_is_text, args)):
            raise typer.BadParameter("An argument has bytes that are not UTF-8.")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            from core import logs

            logs.configure()
            return super().invoke(ctx)
        except Exception as error:
            sentence = _refusal(error)
            if sentence is None:
                raise
            print_warning(sentence)
            raise typer.Exit(WRONG_USE) from error


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(error: Exception) -> str | None:
    """Return the sentence for a refusal; None for an error that is a defect."""
    # Imported here, where a command has imported them already.
    from redis.exceptions import RedisError
    from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

    from connectors.contract.errors import ConnectorError
    from core import store_errors
    from core.errors import HubError

    if isinstance(error, HubError | ConnectorError):
        return str(error)
    if isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        return store_errors.explain(error) or STORE
    return REDIS if isinstance(error, RedisError) else None


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
    from core.cli import actors

    actors.set_user(as_user, context.invoked_subcommand)
