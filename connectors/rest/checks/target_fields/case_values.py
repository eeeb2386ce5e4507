"""Check what a field says about conditions: cases, choices, what happens otherwise, and what is not sent at all."""

from __future__ import annotations

from connectors.contract.fields import FieldType
from connectors.rest.checks.target_fields.written_values import check_constant
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.target_field import TargetField


def check(description: Description) -> LocatedMessages:
    """Yield what cannot work in the conditions of the fields."""
    target = description.target
    for index, field in enumerate(target.fields if target else ()):
        location: Location = ("target", "fields", index)
        yield from _cases(description, field, location)
        yield from _choice(description, field, location)
        yield from _otherwise(field, location)
        if not field.send:
            yield from _not_sent(description, field, (*location, "send"))
        if field.exact and field.type is not FieldType.TEXT:
            message = (
                f"`exact` is about letters, and `{field.name}` has the type {field.type}. Remove `exact`."
            )
            yield (*location, "exact"), message
        if field.default_only_on_create and field.default is None:
            yield (*location, "default_only_on_create"), "There is no `default`. Add it, or remove this."


def _cases(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    if field.otherwise_filled is not None and field.cases is None:
        yield (*location, "else"), "`else` is about employees who meet none of the `cases`. Add `cases`."
    for place, way in field.ways_by_place[1:]:
        if way.value is not None:
            yield from check_constant(description, field, "value", way.value, (*location, *place, "value"))


def _choice(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    if (choice := field.choice) is None:
        return
    if field.map is not None or field.steps is not None:
        key = "steps" if field.steps is not None else "map"
        yield (*location, key), f"A choice is sent as it is. Remove `{key}`."
    ids: list[tuple[Location, Scalar | None]] = [(("id",), choice.id), (("else",), choice.otherwise)]
    ids += [(("cases", index, "id"), case.id) for index, case in enumerate(choice.cases)]
    for place, chosen in ids:
        if chosen is not None:
            yield from check_constant(description, field, "id", chosen, (*location, "choice", *place))


def _otherwise(field: TargetField, location: Location) -> LocatedMessages:
    if field.otherwise is None:
        return
    if field.when is None:
        yield (*location, "otherwise"), "`otherwise` is about employees who do not meet `when`. Add `when`."
    elif field.otherwise == "clear" and field.required:
        message = f"`{field.name}` is required and cannot be cleared. Write `otherwise: keep`."
        yield (*location, "otherwise"), message


def _not_sent(description: Description, field: TargetField, location: Location) -> LocatedMessages:
    """Find fields that the target cannot be without."""
    target = description.target
    if target is None:
        return
    if field.required:
        yield location, f"`{field.name}` is required, so that it has to be sent. Remove `send: false`."
    for group in target.together:
        if field.name in group.fields:
            others = ", ".join(f"`{name}`" for name in group.fields if name != field.name)
            yield location, f"`{field.name}` is only sent together with {others}. Remove `send: false`."
    if field.name == target.external_id:
        yield location, f"`{field.name}` is the id of the employee at the target. Remove `send: false`."
    if field.name == target.ended.field:
        yield location, f"`{field.name}` says that an employment has ended. Remove `send: false`."
