"""``mapping``: what a connection maps otherwise than its target's file, version by version."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.rest.checks import yaml_lines
from connectors.rest.checks.yaml_lines import YamlError
from core.cli import runs
from core.cli.actors import for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.mapping import document as documents
from core.mapping import editing, previews, versions, views
from core.mapping.document import MappingFaultsError
from core.mapping.rights import ConfirmationNeededError
from core.mapping.versions import Saved, Version
from core.mapping.views import Difference

app = command_group("Show, change, compare, restore, export and import the mapping of a connection.")
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]
Number = Annotated[
    int | None, typer.Option("--version", help="Number of the version; by default the one in force.")
]
Note = Annotated[str, typer.Option(help="Why it is changed.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Agree that employees may be matched otherwise.")]
File = Annotated[Path, typer.Argument(help="A YAML file in the form of `mapping export`.")]
_CONFIRM = "Add --confirm."


@app.command()
def show(connection: Connection, version: Number = None, as_json: Json = False) -> None:
    """Show how each field of the target is filled."""
    actor = for_connection(connection)
    chosen = versions.get(actor, connection, version)
    fields = views.list_fields(actor, connection, chosen.document)
    if as_json:
        print_json(_version(chosen) | {"fields": [asdict(field) for field in fields]})
        return
    print_text(f"{chosen.title}.")
    rows = [
        (
            *(field.name, field.label, "yes" if field.required else ""),
            *(field.filled, "changed" if field.change else "", field.if_blank),
        )
        for field in fields
    ]
    print_table(("Field", "Label", "Required", "Filled", "Mapping", "If blank"), rows)
    for field in fields:
        for fault in field.faults:
            print_text(f"{field.name}: {fault}")


@app.command("versions")
def list_versions(connection: Connection, as_json: Json = False) -> None:
    """List all versions, the latest first."""
    actor = for_connection(connection)
    listed, in_force = versions.list_versions(actor, connection), versions.get(actor, connection).number
    if as_json:
        print_json({"in_force": in_force, "versions": [_version(version) for version in listed]})
        return
    rows = [
        (
            *(version.number, "in force" if version.number == in_force else "", version.author or ""),
            *(f"{version.created_at:%Y-%m-%d %H:%M}" if version.created_at else "", version.note or ""),
        )
        for version in listed
    ]
    print_table(("Version", "", "Author", "Saved (UTC)", "Note"), rows)


@app.command("set")
def set_field(  # noqa: PLR0917 - what is changed, and how it is saved
    connection: Connection,
    field: Annotated[str, typer.Argument(help="Name of the target's field.")],
    keys: Annotated[
        str | None,
        typer.Argument(help="What it says, as in a connector file: 'from: [preferred_name, first_name]'."),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Leave the field as the file has it.")] = False,
    note: Note = "",
    confirm: Confirm = False,
) -> None:
    """Change one field and save it as a new version. `~` as a value gives that key back to the file."""
    actor = for_connection(connection)
    before = versions.get(actor, connection)
    if (keys is None) is not back:
        raise InvalidError("Say how the field is filled, such as 'value: Dr', or add --back.")
    document = (
        editing.give_back_field(before.document, field)
        if keys is None
        else editing.change_field(before.document, field, _parse(keys))
    )
    _report(
        lambda: versions.save(actor, connection, document, note, based_on=before.number, confirmed=confirm)
    )


def _parse(keys: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = yaml_lines.read_yaml(keys).content
    except YamlError as error:
        raise MappingFaultsError([error.finding], with_lines=False) from None
    return content


@app.command()
def diff(
    connection: Connection,
    before: Annotated[int, typer.Argument(help="Number of a version.")],
    after: Annotated[int | None, typer.Argument(help="Another one; by default the one in force.")] = None,
    as_json: Json = False,
) -> None:
    """Show what differs between two versions, in words and as YAML."""
    actor = for_connection(connection)
    number = versions.get(actor, connection).number if after is None else after
    found = views.compare(actor, connection, before, number)
    if as_json:
        print_json({"before": before, "after": number, "differences": [asdict(each) for each in found]})
        return
    if not found:
        print_text(f"Version {before} and version {number} are the same.")
    for each in found:
        _print_difference(each)


def _print_difference(difference: Difference) -> None:
    print_text(f"{difference.part}: {difference.before} → {difference.after}")
    for sign, said in (("-", difference.was), ("+", difference.becomes)):
        if said is not None:
            for line in documents.write_yaml(said).splitlines():
                print_text(f"  {sign} {line}")


@app.command()
def rollback(
    connection: Connection,
    number: Annotated[int, typer.Argument(help="Number of the version; 0 is the connector file as it is.")],
    note: Note = "",
    confirm: Confirm = False,
) -> None:
    """Save what an earlier version says as a new version."""
    actor = for_connection(connection)
    _report(lambda: versions.restore(actor, connection, number, note, confirmed=confirm))


@app.command()
def export(connection: Connection, version: Number = None) -> None:
    """Print a version as YAML."""
    typer.echo(versions.export_yaml(for_connection(connection), connection, version), nl=False)


@app.command("import")
def import_file(connection: Connection, file: File, note: Note = "", confirm: Confirm = False) -> None:
    """Save a mapping from a YAML file as a new version; nothing is taken when a part of it is wrong."""
    actor, text = for_connection(connection), _read(file)
    _report(lambda: versions.import_yaml(actor, connection, text, note, confirmed=confirm))


@app.command()
def preview(
    connection: Connection,
    file: File,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")] = False,
    inline: Annotated[bool, typer.Option("--inline", help="Do the run in this process.")] = False,
    as_json: Json = False,
) -> None:
    """Find out what a mapping from a YAML file would change; nothing is written, and nothing is saved."""
    actor = for_connection(connection)
    document, based_on = documents.from_yaml(_read(file)), versions.get(actor, connection).number
    if inline:
        run_id = previews.store(actor, connection, document, based_on=based_on)
        runs.execute_here(run_id)
    else:
        run_id = previews.start(actor, connection, document, based_on=based_on)
    runs.report_and_exit(actor, run_id, wait or inline, as_json)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidError(f"The file {file} cannot be read. It has to be a text file in UTF-8.") from None


def _report(save: Any) -> None:
    try:
        saved: Saved = save()
    except ConfirmationNeededError as error:
        raise InvalidError(f"{error} {_CONFIRM}") from error
    if saved.remark:
        print_text(saved.remark)
    print_text(f"Version {saved.number} is saved and in force from the next run on.")


def _version(version: Version) -> dict[str, Any]:
    return asdict(version) | {"document": documents.to_json(version.document)}
