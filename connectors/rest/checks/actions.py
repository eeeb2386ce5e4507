"""Check the fields that are sent by a request of their own."""

from __future__ import annotations

from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description


def check(description: Description) -> LocatedMessages:
    """Yield actions of fields that cannot be sent so."""
    described, target = description.employees.actions, description.target
    fields = {field.name: field for field in target.fields} if target else {}
    for index, action in enumerate(described):
        location: Location = ("employees", "actions", index, "field")
        field = fields.get(action.field)
        if field is None:
            yield location, f"There is no field `{action.field}` under `fields`."
        elif field.required:
            message = f"`{field.name}` is required for new employees, who are created without it. Remove `required`."
            yield location, message
    if described and description.employees.update_many is not None:
        message = "Actions follow a single update. Remove `update_many`, or the actions."
        yield ("employees", "update_many"), message
