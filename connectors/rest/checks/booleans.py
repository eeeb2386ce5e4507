"""Find values that YAML reads as true or false where a text is meant, such as `no`."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract.fields import FieldType
from connectors.mapping.lists import Item
from connectors.mapping.steps import named
from connectors.mapping.words import YesNo
from connectors.rest import paths
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.roles import SourceItems, SourceValue
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Origin, TargetField


def check(description: Description) -> LocatedMessages:
    """Yield each true or false in a place where a text is expected."""
    for index, field in enumerate(description.target.fields if description.target else ()):
        yield from _target_field(field, ("target", "fields", index))
    for name, entry in (description.source.employee if description.source else {}).items():
        location: Location = ("source", "employee", name)
        if isinstance(entry, SourceItems):
            for inner, value in entry.values.items():
                yield from _source_value(f"{name}.0.{inner}", value, (*location, "values", inner))
        else:
            yield from _source_value(name, entry, location)


def _target_field(field: TargetField, location: Location) -> LocatedMessages:
    if field.type is not FieldType.BOOLEAN:
        yield from _texts({"default": field.default}, location)
        for place, way in field.ways_by_place:
            yield from _texts({"value": way.value}, (*location, *place))
            for index, origin in enumerate(way.origin if isinstance(way.origin, tuple) else ()):
                if isinstance(origin, Origin):
                    yield from _texts(origin.map, (*location, *place, "from", index, "map"))
        yield from _texts(field.map or {}, (*location, "map"))
        yield from _texts(field.reads or {}, (*location, "reads"))
    yield from _steps(field, location)


def _steps(field: TargetField, location: Location) -> LocatedMessages:
    booleans = {
        name
        for path in map(origin_path, field.all_origins)
        for name in getattr(paths.list_items(path), "__dataclass_fields__", ())
        if paths.attribute_type(paths.list_items(path), name) is bool
    }
    for index, (name, arguments) in enumerate(named(field.steps or ())):
        inner: Location = (*location, "steps", index, name)
        if isinstance(arguments, YesNo):
            yield from _texts(dict(enumerate(arguments.yes)), (*inner, "yes"))
            yield from _texts(dict(enumerate(arguments.no)), (*inner, "no"))
        if isinstance(arguments, Item):
            for attribute, words in arguments.where.items():
                if attribute not in booleans:
                    listed = words if isinstance(words, tuple) else (words,)
                    yield from _texts(dict(enumerate(listed)), (*inner, "where", attribute))


def _source_value(path: str, entry: str | SourceValue, location: Location) -> LocatedMessages:
    if isinstance(entry, SourceValue) and entry.map and paths.employee_value_type(path) is not bool:
        yield from _texts(entry.map, (*location, "map"))


def _texts(values: Mapping[str, Scalar | None] | Mapping[int, Scalar], location: Location) -> LocatedMessages:
    for name, value in values.items():
        if isinstance(value, bool):
            yield (*location, name), f"YAML reads this value as {str(value).lower()}. Write it in quotes."
