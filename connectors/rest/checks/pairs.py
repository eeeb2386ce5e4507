"""Check that the fields of a target's file fit what one source has."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract.source_fields import SourceField
from connectors.rest.checks import field_values
from connectors.rest.description.document import Description
from connectors.rest.employee_places import EmployeePlaces


def misfits(description: Description, fields: Sequence[SourceField]) -> list[str]:
    """Return a sentence for each custom field of the source that a field of the target cannot take as it is.

    A field that this source does not have is none: a file is used with several sources, and then has nothing to send.
    """
    target = description.target
    if target is None or not any(field.path.startswith("custom.") for field in fields):
        return []
    known = {(location, message) for location, message in field_values.check(description)}
    places = EmployeePlaces(fields, may_have_others=True)
    found = []
    for location, message in field_values.check(description, places):
        if (location, message) not in known and isinstance(location[2], int):
            found.append(f"{target.fields[location[2]].label}: {message}")
    return found
