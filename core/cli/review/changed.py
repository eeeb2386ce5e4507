"""``changed``: fields in which the two systems differ, and whose value counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli.actors import for_accounts, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import NotFoundError
from core.jobs import start
from core.models import ConflictState
from core.review import field_conflicts, field_decisions
from core.review.field_conflicts import STATE_LABELS, ConflictView
from core.security.actor import Actor

app = command_group("List what was changed in payroll, and decide whose value counts.")
Id = Annotated[int, typer.Argument(help="Id of the difference, from `changed list`.")]
Now = Annotated[bool, typer.Option("--now", help="Start a run of this employee, which carries it out.")]


@app.command("list")
def list_all(
    connection: Annotated[int | None, typer.Option(help="Only those of this connection.")] = None,
    decided: Annotated[
        bool, typer.Option("--decided", help="Those decided, which can be taken back.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the fields in which HR and payroll differ and which wait for a decision; sensitive values are masked."""
    states = [state for state in ConflictState if state.is_decided is decided]
    found = [view for actor in for_accounts(None) for view in _all(actor, states, connection)]
    if as_json:
        print_json({"changed": [_object(view) for view in found]})
        return
    rows = [
        (view.id, view.name, view.source_id, value.label, value.hr, value.payroll, STATE_LABELS[view.state])
        for view in found
        for value in view.values
    ]
    print_table(("Id", "Employee", "Source ID", "Field", "HR", "Payroll", "State"), rows)


def _all(actor: Actor, states: list[ConflictState], connection: int | None) -> list[ConflictView]:
    first = field_conflicts.conflicts_page(actor, states, connection_id=connection)
    rest = (
        field_conflicts.conflicts_page(actor, states, connection_id=connection, page=page).rows
        for page in range(2, first.pages + 1)
    )
    return [*first.rows, *(view for rows in rest for view in rows)]


def _object(view: ConflictView) -> dict[str, object]:
    return asdict(view) | {"state": view.state.value}


@app.command("use-hr")
def use_hr(difference: Id, now: Now = False) -> None:
    """Send HR's value in the next run."""
    _decide(difference, ConflictState.USE_HR, now)


@app.command("keep-payroll")
def keep_payroll(difference: Id, now: Now = False) -> None:
    """Keep payroll's value until one of the two changes."""
    _decide(difference, ConflictState.KEEP_PAYROLL, now)


@app.command("ask-hr")
def ask_hr(difference: Id) -> None:
    """Leave it waiting for HR; nothing is written."""
    _decide(difference, ConflictState.ASK_HR, run_now=False)


@app.command("take-back")
def take_back(difference: Id) -> None:
    """Take a decision back: the field waits again."""
    actor, view = _find(difference)
    field_decisions.take_back(actor, view.id, view.version)
    print_text(f"{view.label} of {view.name} waits for a decision again.")


def _decide(difference: int, choice: ConflictState, run_now: bool) -> None:
    actor, view = _find(difference)
    field_decisions.decide(actor, view.id, choice, view.version)
    print_text(f"{view.label} of {view.name}: {STATE_LABELS[choice]}.")
    if run_now:
        run_id = start.sync_selected(actor, view.connection_id, [view.source_id])
        print_text(f"Run {run_id} carries it out.")


def _find(difference: int) -> tuple[Actor, ConflictView]:
    for actor in for_accounts(None):
        view = field_conflicts.find(actor, difference)
        if view is not None:
            return for_connection(view.connection_id), view
    raise NotFoundError(f"There is no difference {difference}. See `python -m core changed list`.")
