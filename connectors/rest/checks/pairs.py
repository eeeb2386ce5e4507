"""Check that the fields of a target fit what one source has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.source_fields import SourceField
from connectors.rest.checks.changes import parse_changes
from connectors.rest.checks.target_fields import field_values
from connectors.rest.description.document import Description
from connectors.rest.description.field_change import change_system
from connectors.rest.description.system import System
from connectors.rest.employee_places import EmployeePlaces


def misfits(
    system: System, fields: Sequence[SourceField], changes: Sequence[Mapping[str, Any]] = ()
) -> list[str]:
    """Return a sentence for each custom field of the source that a field of the target cannot take.

    ``changes`` are what a connection maps otherwise. A field that this source does not have is none: a file is used
    with several sources, and then has nothing to send. Raises ConfigError where the changes do not fit the file.
    """
    description = change_system(system, parse_changes(system, changes) if changes else ()).description
    labels = {field.name: field.label for field in description.target.fields} if description.target else {}
    return [f"{labels[name]}: {message}" for name, message in misfits_by_field(description, fields)]


def misfits_by_field(description: Description, fields: Sequence[SourceField]) -> list[tuple[str, str]]:
    """Return the same with the name of the field, for a target as a connection maps it."""
    target = description.target
    if target is None or not any(field.path.startswith("custom.") for field in fields):
        return []
    known = {(location, message) for location, message in field_values.check(description)}
    places = EmployeePlaces(fields, may_have_others=True)
    found = []
    for location, message in field_values.check(description, places):
        if (location, message) not in known and isinstance(location[2], int):
            found.append((target.fields[location[2]].name, message))
    return found
