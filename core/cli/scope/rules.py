"""``scope``: the employees that a connection syncs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.rest.checks import yaml_lines
from connectors.rest.checks.yaml_lines import YamlError
from core.cli.actors import for_connection
from core.cli.output import Json, command_group, print_json, print_text
from core.errors import InvalidError
from core.scope.rules import ScopeRules, to_parts
from core.scope_editor import current, effect, saving
from core.scope_editor.effect import ScopeEffect

app = command_group("Show the employees that a connection syncs, change that, and see the effect before.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]
File = Annotated[
    Path, typer.Argument(help="YAML file with scope, starters, leavers and people, as `scope show --json`.")
]
MOST_NAMES = 20


@app.command()
def show(connection: Connection, as_json: Json = False) -> None:
    """Show the scope in force."""
    view = current.get_scope(for_connection(connection), connection)
    if as_json:
        parts = {name: part for name, part in to_parts(view.rules).items() if part is not None}
        print_json({"version": view.version} | parts)
        return
    print_text(view.title)
    for sentence in view.sentences:
        print_text(sentence)


@app.command("set")
def set_rules(
    connection: Connection,
    file: File,
    *,
    note: Annotated[str, typer.Option(help="Why it is changed.")] = "",
    based_on: Annotated[
        int | None, typer.Option(help="The version that was looked at; by default the one in force.")
    ] = None,
    drop: Annotated[
        int | None, typer.Option(help="How many employees drop out, where the limits ask for it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Save a scope as a new version."""
    actor = for_connection(connection)
    number = current.get_scope(actor, connection).version if based_on is None else based_on
    rules = _read(file)
    saved = saving.save_scope(actor, connection, rules, note, based_on=number, typed_number=drop)
    if as_json:
        print_json({"version": saved.number, "remark": saved.remark})
        return
    print_text(f"Version {saved.number} saved. {saved.remark or ''}".strip())


@app.command("effect")
def show_effect(connection: Connection, file: File, as_json: Json = False) -> None:
    """Show which employees a scope would add and drop, without saving it."""
    found = effect.estimate(for_connection(connection), connection, _read(file))
    if as_json:
        print_json(_as_json(found))
        return
    print_text(f"In scope now: {found.now}. With these rules: {found.then}.")
    for label, people in (
        ("Coming in", found.entering),
        ("Dropping out", found.leaving),
        ("Cannot be decided", found.undecided),
    ):
        names = ", ".join(person.name for person in people[:MOST_NAMES])
        more = f" and {len(people) - MOST_NAMES} more" if len(people) > MOST_NAMES else ""
        print_text(f"{label}: {len(people)}. {names}{more}".strip())
    print_text(f"Of those who drop out, {found.leaving_linked} stay at the target as they are.")
    print_text(
        f"As read {found.read_at:%Y-%m-%d %H:%M} UTC." if found.read_at else "Nobody has been read yet."
    )


def _as_json(found: ScopeEffect) -> dict[str, Any]:
    lists = {"entering": found.entering, "leaving": found.leaving, "undecided": found.undecided}
    return {
        "now": found.now,
        "then": found.then,
        **{name: [person.source_id for person in people] for name, people in lists.items()},
        "leaving_linked": found.leaving_linked,
        "by_branch": found.by_branch,
        "not_kept": found.not_kept,
        "read_at": found.read_at,
    }


def _read(file: Path) -> ScopeRules:
    try:
        text = file.read_text(encoding="utf-8")
        written = yaml_lines.read_yaml(text).content
    except (OSError, UnicodeError) as error:
        raise InvalidError(f"{file} cannot be read.") from error
    except YamlError as error:
        said = f"{file}, line {error.finding.line}: {error.finding.message}"
        raise InvalidError(f"{said} Compare it with `python -m core scope show --json`.") from error
    unknown = sorted(map(str, set(written) - {"version", "scope", "starters", "leavers", "people"}))
    if unknown:
        raise InvalidError(
            f"{file} holds {', '.join(unknown)}; it may hold scope, starters, leavers and people."
        )
    return saving.parse_parts(written)
