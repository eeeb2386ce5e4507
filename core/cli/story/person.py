"""``person``: find an employee, and print what happened to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy import select

from connectors.values.code_words import code_words
from core.cli.actors import for_account, for_accounts, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.db import reading
from core.models import Account
from core.people.search import find_people
from core.security.actor import Actor
from core.story.person import PersonView, read_person
from core.story.stages import Step
from core.story.story import Event
from core.story.support_answer import support_answer

app = command_group("Find an employee, and print what happened to them and what stops them.")


@app.command()
def find(
    text: Annotated[
        str, typer.Argument(help="Name or part of one, employee number, source ID or target ID.")
    ],
    *,
    account: Annotated[int | None, typer.Option(help="Only in this account.")] = None,
    connection: Annotated[int | None, typer.Option(help="Only in this connection.")] = None,
    as_json: Json = False,
) -> None:
    """Find employees by name, number or id. Accents, capitals and the order of names do not matter."""
    actors = [for_connection(connection)] if connection is not None else _actors(account)
    found = [find_people(actor, text, connection) for actor in actors]
    total, people = sum(each.total for each in found), [person for each in found for person in each.rows]
    if as_json:
        print_json({"total": total, "people": [asdict(person) for person in people]})
        return
    if not people:
        print_text("Nobody is found.")
        return
    print_table(
        ("Name", "Connection", "Source ID", "Target ID", "Number", "Status", "Branch"),
        [
            (
                person.name,
                f"{person.connection_id} ({person.connection})",
                *(person.source_id, person.target_id, person.employee_number),
                *(code_words(person.status or ""), person.branch),
            )
            for person in people
        ],
    )
    if total > len(people):
        print_text(f"{total} people match, {len(people)} are shown. Give more of the name.")


@app.command()
def show(
    connection: Annotated[int, typer.Argument(help="Id of the connection.")],
    person: Annotated[str, typer.Argument(help="Source ID of the employee.")],
    *,
    as_json: Json = False,
) -> None:
    """Print who an employee is at both ends, what stops them, and what happened, without values of fields.

    To see what a run would do now: run ID --person SOURCE_ID --preview.
    """
    view = read_person(for_connection(connection), connection, person)
    print_json(_object(view)) if as_json else print_text(support_answer(view))


def _actors(account: int | None) -> list[Actor]:
    """Return the actor in one account, or in each account that they may act in."""
    found = for_accounts(account)
    if any(actor.account_id is None for actor in found):  # the operator
        with reading() as session:
            return [
                for_account(account_id)
                for account_id in session.scalars(select(Account.id).order_by(Account.id))
            ]
    return found


def _object(view: PersonView) -> dict[str, Any]:
    facts = view.facts
    return {
        "connection_id": view.connection_id,
        "connection": view.connection,
        "source_id": view.source_id,
        "target_id": view.target_id,
        "name": view.name,
        "employee_number": None if facts is None else facts.employee_number,
        "is_listed": facts is not None,
        "is_on_hold": view.is_on_hold,
        "source_url": view.source_url,
        "target_url": view.target_url,
        "link": list(view.story.link),
        "stops": [
            {"sentence": each.sentence, "who_must_act": each.who, "about": each.about}
            for each in view.obstacles
        ],
        "preview": None
        if view.preview is None
        else {
            "run_id": view.preview.run_id,
            "status": view.preview.status,
            "message": view.preview.message,
            "steps": list(map(_step, view.preview.steps)),
        },
        "events": list(map(_event, view.story.events)),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "headline": event.headline,
        "run_id": event.run_id,
        "last_run_id": event.last_run_id,
        "times": event.times,
        "reason": event.reason,
        "message": event.message,
        "warnings": list(event.warnings),
        "decided": list(event.hidden),
        "parts": list(event.parts),
        "steps": list(map(_step, event.steps)),
    }


def _step(step: Step) -> dict[str, str]:
    return {"stage": step.stage, "ended": step.mark, "sentence": step.sentence}
