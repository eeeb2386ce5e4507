"""Check the values that a file itself sends: value maps, defaults and fixed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.fields import FieldType
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.system import compile_map, fold_value
from connectors.rest.description.target_field import Origin, TargetField, list_origins
from connectors.values.dates import day
from connectors.values.normalise import BY_FORMAT, BY_TYPE


def check(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    """Yield values that are written twice, that the field cannot take, or that would never be sent."""
    yield from _maps(description, field, location)
    yield from _constants(description, field, location)


def _maps(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    tables = [((*location, "map"), field.map)] if field.map else []
    for way_place, way in field.ways_by_place:
        for index, origin in enumerate(list_origins(way.origin)):
            if isinstance(origin, Origin):
                position: Location = ("from", index) if isinstance(way.origin, tuple) else ("from",)
                tables.append(((*location, *way_place, *position, "map"), origin.map))
    yield from _unsendable(description, field, tables)
    for place, table in [*tables, ((*location, "reads"), field.reads or {})]:
        first: dict[str, str] = {}
        for known in table:
            same = first.setdefault(fold_value(known), known)
            if same != known:
                message = (
                    f"`{known}` and `{same}` are one value: case and spaces do not matter. Keep one of them."
                )
                yield (*place, known), message
    if field.unmapped is not None and field.map is None:
        yield (*location, "unmapped"), "`unmapped` is about values that `map` does not have. Add `map`."
    if field.unmapped == "default" and field.default is None:
        yield (*location, "unmapped"), "There is no `default`. Add it, or write another `unmapped`."


def _unsendable(
    description: Description, field: TargetField, tables: Sequence[tuple[Location, Mapping[str, Scalar]]]
) -> LocatedMessages:
    """Find values of maps that the field cannot take."""
    for place, table in tables:
        for known, sent in table.items():
            if not _is_blank_or_clears(description, sent) and _read(description, field, sent) is None:
                message = f"`{sent}` is not a value for a field of the type {field.type}. Write another one."
                yield (*place, known), message


def _is_blank_or_clears(description: Description, value: Scalar) -> bool:
    clear_with = description.target.clear_with if description.target else None
    return not str(value).strip() or fold_value(str(value)) == fold_value(str(clear_with))


def _read(description: Description, field: TargetField, value: Scalar) -> Any:
    """Return a value that is written in the file as the field sends it; None where it cannot be."""
    if field.type is FieldType.DATE:
        return day(value, further_forms=description.dates)
    read: Any = BY_TYPE[field.type] if field.format in {None, "e164"} else BY_FORMAT[str(field.format)]
    return read(value)


def _constants(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    """Check what the file itself sends."""
    if field.default is not None:
        yield from check_constant(description, field, "default", field.default, (*location, "default"))
    if field.value is not None:
        yield from check_constant(description, field, "value", field.value, (*location, "value"))
    if field.value is not None and field.steps is not None:
        yield (*location, "steps"), "`value` needs no steps. Write the value as it is to be sent."
    if field.default is not None and (field.value is not None or not field.filled):
        message = "A default needs a value that can be blank. Add `from:`, `setting:` or `template:`, or use `value`."
        yield (*location, "default"), message
    if field.default is not None and field.blank == "clear":
        message = "With a `default` the field is never blank, so that `blank: clear` has no effect. Keep one of them."
        yield (*location, "blank"), message


def check_constant(
    description: Description, field: TargetField, key: str, value: Scalar, location: Location
) -> LocatedMessages:
    """Check a value that is written in the file: as the field's map and type make it."""
    clear_with = description.target.clear_with if description.target else None
    if clear_with and fold_value(str(value)) == fold_value(str(clear_with)):
        yield location, f"`{value}` is what clears a field at the target. Write another `{key}`."
        return
    if key != "default" and field.map is not None and (value := compile_map(field.map)(value)) is None:
        yield location, f"`map` does not have the value of `{key}`. Add it there, or remove `map`."
        return
    sent = _read(description, field, value)
    what = "The default" if key == "default" else "The value"
    if sent is None:
        yield location, f"{what} is not a value for a field of the type {field.type}. Write another one."
    elif field.max_length is not None and len(str(sent)) > field.max_length:
        yield location, f"{what} is longer than {field.max_length} characters. Shorten it."
