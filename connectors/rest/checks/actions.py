"""Check the fields that are sent by a request of their own, and where the end of a request is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
        elif field.required and not action.on_create:
            message = f"`{field.name}` is required for new employees, who are created without it. Remove `required`."
            yield location, message
        for name in action.also:
            if name not in fields:
                yield (*location[:-1], "also"), f"There is no field `{name}` under `fields`."
        if action.continues_at is not None and description.employees.get is None:
            yield (*location[:-1], "continues_at"), "Add `get`: the employee's details have it."
    if described and description.employees.update_many is not None:
        message = "Actions follow a single update. Remove `update_many`, or the actions."
        yield ("employees", "update_many"), message


def status_paths(description: Description) -> Iterator[tuple[Location, str]]:
    """Yield the paths at which the status of a request is read."""
    employees = description.employees
    sent: list[tuple[Location, Any]] = [
        (("employees", name), getattr(employees, name)) for name in ("create", "update")
    ]
    sent += [(("employees", "actions", index), action) for index, action in enumerate(employees.actions)]
    for location, request in sent:
        if request is not None and request.follow is not None and request.follow.path is not None:
            yield (*location, "follow", "path"), request.follow.path
