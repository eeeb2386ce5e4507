"""``fields``: what a system has of its employees, and which fields it has as a target."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from connectors import registry
from connectors.contract.fields import FieldType
from connectors.contract.source_fields import SourceField
from connectors.contract.target_fields import FieldSummary
from core.cli.output import Json, print_json, print_table, print_text


def fields(
    kind: Annotated[str, typer.Argument(help="The connector, such as enablehr.")], as_json: Json = False
) -> None:
    """List the values that a system has of its employees, and the fields that are filled in it."""
    source, target = registry.source_fields(kind), registry.target_fields(kind)
    if as_json:
        print_json(
            {
                "kind": kind,
                "source": [asdict(field) for field in source],
                "target": [asdict(field) for field in target],
            }
        )
        return
    name = registry.name_of(kind)
    if source:
        print_text(f"What {name} has of its employees as a source:")
        print_table(("Path", "Label", "Type", "Sensitive", "Example"), [_source_row(each) for each in source])
    if source and target:
        print_text("")
    if target:
        print_text(f"The fields of {name} as a target:")
        header = ("Field", "Label", "Type", "Required", "Sensitive", "Longest", "Filled from")
        print_table(header, [_target_row(each) for each in target])


def _source_row(field: SourceField) -> tuple[object, ...]:
    if not field.is_list:
        return field.path, field.label, _type(field.type), field.sensitive, field.example
    entries = ", ".join(entry.path for entry in field.entries)
    kind = f"list of {entries}" if entries else f"list of {_type(field.type)}s"
    return field.path, field.label, kind, field.sensitive, ""


def _target_row(field: FieldSummary) -> tuple[object, ...]:
    return (
        field.name,
        field.label,
        _type(field.type),
        field.required,
        field.sensitive,
        field.max_length,
        field.filled,
    )


def _type(kind: FieldType) -> str:
    return {FieldType.BOOLEAN: "yes or no"}.get(kind, kind.value)
