"""Check the parts of an employee that a system takes in requests of their own."""

from __future__ import annotations

import re

from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description
from connectors.rest.description.endpoints import PartEndpoint

NAMES = re.compile(r"\{([^{}]*)\}")


def check(description: Description) -> LocatedMessages:
    """Yield parts that could not be written."""
    target, parts = description.target, description.employees.parts
    if target is None:
        if parts:
            yield ("employees", "parts"), "Only a target has parts. Add `target:`, or remove them."
        return
    names, seen = {field.name for field in target.fields}, dict[str, str]()
    paths = [part.path for part in parts]
    for index, part in enumerate(parts):
        location: Location = ("employees", "parts", index)
        yield from _path(description, part, location)
        if paths.index(part.path) != index:
            yield (*location, "path"), f"There is a part with the path {part.path} already. Join the two."
        for name in part.fields:
            if name not in names:
                yield (*location, "fields"), f"There is no field `{name}`. Add it under `fields` of `target`."
            if name in seen:
                yield (*location, "fields"), f"`{name}` is in the part {seen[name]} already. Keep it in one."
            seen.setdefault(name, part.label)
            yield from _prefix(part, name, (*location, "strip"))
    if target.external_id in seen:
        yield (
            ("employees", "parts"),
            f"`{target.external_id}` is the id of an employee and cannot be in a part.",
        )
    if seen and names <= seen.keys():
        yield (
            ("employees", "parts"),
            "Every field is in a part, so that nothing creates an employee. Leave some out.",
        )


def _path(description: Description, part: PartEndpoint, location: Location) -> LocatedMessages:
    names = NAMES.findall(part.path)
    if "id" not in names:
        yield (*location, "path"), "The path has to hold {id}, which stands for the employee."
    for name in names:
        if name != "id" and name not in description.settings:
            message = f"There is no setting `{name}`. Add it under `settings`, or remove {{{name}}}."
            yield (*location, "path"), message


def _prefix(part: PartEndpoint, name: str, location: Location) -> LocatedMessages:
    if part.strip is not None and not name.startswith(f"{part.strip}."):
        yield (
            location,
            f"`{name}` does not begin with `{part.strip}.`, which is left out. Correct one of them.",
        )
