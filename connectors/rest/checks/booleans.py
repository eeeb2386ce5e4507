"""Values that YAML reads as true or false where a text is meant: `no` is one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.contract.fields import FieldType
from connectors.rest import paths
from connectors.rest.checks.yaml_lines import Location
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.roles import Origin, SourceItems, SourceValue, TargetField

LocatedMessages = Iterator[tuple[Location, str]]


def check(description: Description) -> LocatedMessages:
    """Yield what is a yes or no and is not compared with, or sent as, one."""
    for index, field in enumerate(description.target.fields if description.target else ()):
        yield from _field(field, ("target", "fields", index))
    for name, given in (description.source.employee if description.source else {}).items():
        steps: Location = ("source", "employee", name)
        if isinstance(given, SourceItems):
            for inner, one in given.values.items():
                yield from _source(f"{name}.0.{inner}", one, (*steps, "values", inner))
        else:
            yield from _source(name, given, steps)


def _field(field: TargetField, steps: Location) -> LocatedMessages:
    if field.type is not FieldType.BOOLEAN:
        yield from _texts({"value": field.value}, steps)
        yield from _texts(field.map or {}, (*steps, "map"))
        yield from _texts(field.reads or {}, (*steps, "reads"))
        many = isinstance(field.origin, tuple)
        for index, origin in enumerate(field.origin if isinstance(field.origin, tuple) else (field.origin,)):
            if isinstance(origin, Origin):
                yield from _texts(
                    origin.map, (*steps, "from", index, "map") if many else (*steps, "from", "map")
                )
    if field.when is not None and paths.employee_value_type(field.when.at) is not bool:
        for name, values in (("is", field.when.equals), ("is_not", field.when.differs)):
            yield from _texts(dict(enumerate(values or ())), (*steps, "when", name))


def _source(place: str, given: str | SourceValue, steps: Location) -> LocatedMessages:
    if isinstance(given, SourceValue) and given.map and paths.employee_value_type(place) is not bool:
        yield from _texts(given.map, (*steps, "map"))


def _texts(values: Mapping[str, Scalar | None] | Mapping[int, Scalar], steps: Location) -> LocatedMessages:
    for name, value in values.items():
        if isinstance(value, bool):
            yield (
                (*steps, name),
                f"What is written here is a yes or no to YAML, `{str(value).lower()}`. Write it in quotes.",
            )
