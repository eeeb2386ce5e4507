"""Check what a connection changes in the fields of its target's file, with the sentences for the file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from connectors.contract.errors import ConfigError
from connectors.mapping.steps import named
from connectors.mapping.texts import Replace
from connectors.rest.checks import booleans, consistency
from connectors.rest.checks.target_fields import owners
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description
from connectors.rest.description.field_change import FIXED, FieldChange, change_system
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField
from connectors.rest.employee_places import ANY, EmployeePlaces

_UNREADABLE = (
    "The mapping of this connection has a part that this version of iHUB does not know. Update iHUB, or restore an "
    "earlier version of the mapping."
)
# The letters and digits that `replace` may name in a sensitive field; more would be somebody's own value.
LONGEST_REPLACED = 3


def check_changes(
    system: System, changes: Sequence[FieldChange], places: EmployeePlaces = ANY
) -> LocatedMessages:
    """Yield what cannot be used, with its place among the changes: ("fields", position of the change, key, …).

    ``places`` are those of the connection's source.
    """
    if system.description.target is None:
        if changes:
            yield ("fields",), f"{system.name} is not a target, so that it has no fields to change."
        return
    usable: list[FieldChange] = []
    positions: dict[str, int] = {}
    for index, change in enumerate(changes):
        location: Location = ("fields", index)
        field = system.fields_by_name.get(change.name)
        if field is None:
            yield (*location, "name"), _vanished(system, change.name)
        elif change.name in positions:
            yield (*location, "name"), f"`{change.name}` is changed twice. Write each field once."
        else:
            positions[change.name] = index
            usable.append(change)
            yield from _change(field, change, location)
    yield from _as_file(system, usable, positions, places)


def parse_changes(
    system: System, changes: Sequence[Mapping[str, Any]], places: EmployeePlaces = ANY
) -> list[FieldChange]:
    """Return changes that were stored, checked against the file and the source as they are now.

    Raises ConfigError with what is wrong.
    """
    try:
        parsed = [FieldChange.model_validate(change) for change in changes]
    except ValidationError:
        raise ConfigError(_UNREADABLE) from None
    if faults := [message for _, message in check_changes(system, parsed, places)]:
        raise ConfigError(f"The mapping of this connection cannot be used: {' '.join(faults)}")
    return parsed


def find_shown_secrets(system: System, places: EmployeePlaces) -> list[str]:
    """Return where the file itself would show a value that its source calls sensitive, each as a sentence."""
    return [message for _, message in consistency.find_shown_secrets(system.description, places)]


def _vanished(system: System, name: str) -> str:
    close = get_close_matches(name, system.fields_by_name, 1)
    advice = f"Did you mean `{close[0]}`?" if close else "Remove this change, or name another field."
    return f"{system.name} has no field `{name}`. {advice}"


def _change(field: TargetField, change: FieldChange, location: Location) -> LocatedMessages:
    """Check that a change leaves to the file what only the file can know."""
    given = change.changed()
    for key in sorted(FIXED & given.keys()):
        yield (*location, key), f"The connector's file alone says the `{key}` of a field. Remove it here."
    for key in ("required", "sensitive"):
        if getattr(field, key) and given.get(key) is False:
            yield (*location, key), f"`{field.name}` is {key} in the connector's file. Remove `{key}: false`."
    shapes = given.keys() & {"steps", "map", "unmapped", "default", "when"}
    if shapes and not field.filled and not change.is_filled_anew and not field.default:
        key = min(shapes)
        message = f"`{field.name}` is filled by the connector's own code, or not at all. Add `from:` or another way."
        yield (*location, key), message
    if field.sensitive or change.sensitive:
        yield from _written_secrets(field, change, location)


def _written_secrets(field: TargetField, change: FieldChange, location: Location) -> LocatedMessages:
    """Find sensitive values in the mapping itself, which many people see."""
    keys: list[tuple[Location, object]] = [(("default",), change.default), (("map",), change.map)]
    keys += [((*place, "value"), way.value) for place, way in change.ways_by_place]
    keys += [(("steps", index), pair) for index, pair in _long_replacements(change)]
    for place, value in keys:
        if value not in (None, {}):
            message = (
                f"`{field.name}` is sensitive, and all who see the mapping would see this value. Remove it."
            )
            yield (*location, *place), message


def _long_replacements(change: FieldChange) -> Iterator[tuple[int, str]]:
    """Yield what `replace` would take for somebody's own value, with the position of its step."""
    for index, (_, step) in enumerate(named(change.steps or ())):
        for pair in step.pairs if isinstance(step, Replace) else ():
            for written in (pair.find, pair.replacement):
                if sum(letter.isalnum() for letter in written) > LONGEST_REPLACED:
                    yield index, written


def find_secrets(system: System, changes: Sequence[FieldChange]) -> LocatedMessages:
    """Yield the values in changes of sensitive fields, which may not even be kept in a draft."""
    by_name = {field.name: field for field in system.target.fields}
    for index, change in enumerate(changes):
        field = by_name.get(change.name)
        if field is not None and (field.sensitive or change.sensitive):
            yield from _written_secrets(field, change, ("fields", index))


def _as_file(
    system: System, changes: Sequence[FieldChange], positions: dict[str, int], places: EmployeePlaces
) -> LocatedMessages:
    """Yield what the checks of files find in the changed fields, and would not find without the changes."""
    changed = change_system(system, changes)
    names = [field.name for field in system.target.fields]
    known = {(location, message) for location, message in _found(system.description, places)}
    by_name = {change.name: change for change in changes}
    for location, message in _found(changed.description, places):
        if location[1:2] in (("together",), ("one_value",)) and (location, message) not in known:
            yield from _in_group(changed, by_name, positions, location, message)
            continue
        index = location[2] if location[:2] == ("target", "fields") and len(location) > 2 else None
        name = names[index] if isinstance(index, int) else None
        if name not in positions or (location, message) in known:
            continue
        inner = location[3:]
        is_given = bool(inner) and str(inner[0]) in _keys(by_name[name])
        yield ("fields", positions[name], *(inner if is_given else ())), message


def _in_group(
    changed: System,
    by_name: Mapping[str, FieldChange],
    positions: Mapping[str, int],
    location: Location,
    message: str,
) -> LocatedMessages:
    """Yield what is wrong with fields that belong together, at the first of them that is changed."""
    target, index = changed.target, int(location[2])
    names = (target.together[index] if location[1] == "together" else target.one_value[index]).fields
    changes = [name for name in names if name in by_name]
    if changes:
        name = next((each for each in changes if "owner" in by_name[each].changed()), changes[0])
        yield (
            ("fields", positions[name], *(("owner",) if "owner" in by_name[name].changed() else ())),
            message,
        )


def _found(description: Description, places: EmployeePlaces) -> LocatedMessages:
    yield from consistency.check_fields(description, places)
    if description.target is not None:
        yield from owners.check(description.target)
    yield from booleans.check(description)


def _keys(change: FieldChange) -> set[str]:
    """Return the keys of a change as they are written."""
    fields = type(change).model_fields
    return {fields[name].alias or name for name in change.model_fields_set}
