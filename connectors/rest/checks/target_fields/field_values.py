"""Check how a target's field is filled: templates, steps, and what is sensitive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.contract.fields import FieldType, Identity
from connectors.mapping.base import Kind
from connectors.mapping.kinds import KindCheck
from connectors.mapping.lists import Item, Join
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest import paths
from connectors.rest.checks.sources import check_employee_path
from connectors.rest.checks.target_fields import written_values
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Alternative, Origin, TargetField, list_origins
from connectors.rest.employee_places import ANY, EmployeePlaces

_KINDS_OF_SETTINGS = {"text": Kind.TEXT, "number": Kind.NUMBER, "yes or no": Kind.YES_NO}
# What a field takes besides a text, which it reads.
_TAKEN: Mapping[FieldType, frozenset[Kind]] = {
    FieldType.TEXT: frozenset({Kind.NUMBER, Kind.DATE}),
    FieldType.DATE: frozenset({Kind.DATE}),
    FieldType.NUMBER: frozenset({Kind.NUMBER}),
    FieldType.BOOLEAN: frozenset({Kind.YES_NO}),
    FieldType.EMAIL: frozenset[Kind](),
    FieldType.PHONE: frozenset({Kind.NUMBER}),
}


def check(description: Description, places: EmployeePlaces = ANY) -> LocatedMessages:
    """Yield what cannot work in how the fields are filled, and what would show sensitive values.

    ``places`` are those of the source, where it is known: only then its custom fields are looked at.
    """
    target = description.target
    for index, field in enumerate(target.fields if target else ()):
        location: Location = ("target", "fields", index)
        for place, way in field.ways_by_place:
            yield from _template(places, way, (*location, *place, "template"))
        yield from find_sensitive(places, description, field, location)
        yield from written_values.check(description, field, location)
        yield from _steps(places, description, field, location)


def _template(places: EmployeePlaces, way: TargetField | Alternative, location: Location) -> LocatedMessages:
    for path in () if way.template is None else Template(way.template).places:
        yield from check_employee_path(location, path, places)
        kind = places.kind(path)
        if kind is Kind.YES_NO:
            yield location, f"`{path}` is yes or no, which is no text. Take another value."
        if kind is Kind.LIST and paths.is_custom(path):
            yield location, f"`{path}` is a list, which is no text. Name one entry, such as `{path}.0`."


def find_sensitive(
    places: EmployeePlaces, description: Description, field: TargetField, location: Location
) -> LocatedMessages:
    """Find sensitive values that would be shown, or whose parts a value map or a condition would tell."""
    for place, path in _places(places, description, field):
        if not places.is_sensitive(path):
            continue
        if not field.sensitive and not _is_birth_date(field, path):
            message = (
                f"`{path}` is sensitive, and the field `{field.name}` is not. Write `sensitive: true` there, "
                "or take another value."
            )
            yield (*location, *place), message
        if field.map is not None:
            yield (
                (*location, "map"),
                f"`{path}` is sensitive: a value map would show what it is. Remove `map`.",
            )
    for place, way in field.ways_by_place:
        for origin in list_origins(way.origin):
            if isinstance(origin, Origin) and places.is_sensitive(origin.at):
                message = f"`{origin.at}` is sensitive: a value map would show what it is. Remove `map`."
                yield (*location, *place, "from"), message
    for index, (name, attribute) in _conditions_on_items(places, field):
        if places.is_sensitive(f"{name}.{attribute}"):
            message = f"`{attribute}` is sensitive: a condition would show what it is. Take another value."
            yield (*location, "steps", index), message


def _is_birth_date(field: TargetField, path: str) -> bool:
    """Say whether a field takes the birth date as such, which is then masked for what it is."""
    return path == "date_of_birth" and field.identity is Identity.BIRTH_DATE


def _places(
    places: EmployeePlaces, description: Description, field: TargetField
) -> Iterator[tuple[Location, str]]:
    """Yield each value of an employee that fills a field, with where it is named."""
    if field.from_setting in description.settings:
        choices = description.settings[field.from_setting].choices
        yield from ((("from_setting",), choice) for choice in choices)
    taken = [each.of for _, each in named(field.steps or ()) if isinstance(each, Item | Join)]
    for place, way in field.ways_by_place:
        if way.template is not None:
            yield from (((*place, "template"), path) for path in Template(way.template).places)
        for path in map(origin_path, list_origins(way.origin)):
            is_list = bool(places.entries(path))
            yield (*place, "from"), f"{path}.{taken[0]}" if is_list and taken else path


def _conditions_on_items(places: EmployeePlaces, field: TargetField) -> Iterator[tuple[int, tuple[str, str]]]:
    lists = [path for path in map(origin_path, field.all_origins) if places.entries(path) is not None]
    for index, (_, arguments) in enumerate(named(field.steps or ())):
        if isinstance(arguments, Item):
            yield from ((index, (name, attribute)) for name in lists for attribute in arguments.where)


def _steps(
    places: EmployeePlaces, description: Description, field: TargetField, location: Location
) -> LocatedMessages:
    """Follow each source of a field through its steps."""
    said: set[tuple[Location, str]] = set()
    for place, kind, entries in _starts(places, description, field):
        followed = KindCheck(kind, entries)
        found = [
            ((*location, "steps", index), message) for index, message in followed.follow(field.steps or ())
        ]
        if not found and (message := _end(field, followed.kind, place)) is not None:
            found = [((*location, "steps" if field.steps else "from"), message)]
        yield from (each for each in found if each not in said)
        said.update(found)
    if description.target and field.name == description.target.external_id:
        for index, (name, _) in enumerate(named(field.steps or ())):
            if name == "cut" and not field.unique:
                message = "`cut` can give two employees one id. Send the whole value, or add `unique: true`."
                yield (*location, "steps", index), message


def _starts(
    places: EmployeePlaces, description: Description, field: TargetField
) -> Iterator[tuple[str, Kind | None, Mapping[str, Kind | None]]]:
    """Yield for each source of a field its place, what it is, and the values of its entries where it is a list."""
    if any(way.template is not None for _, way in field.ways_by_place):
        yield "", Kind.TEXT, {}
    if field.setting in description.settings:
        yield "", _KINDS_OF_SETTINGS[description.settings[field.setting].type], {}
    for origin in field.all_origins:
        path = origin_path(origin)
        yield path, None if isinstance(origin, Origin) else places.kind(path), places.entries(path) or {}


def _end(field: TargetField, kind: Kind | None, path: str) -> str | None:
    """Say why what comes out of the steps is not what the field takes; None when it is."""
    if kind is Kind.LIST:
        return f"`{path}` is a list. Add the step `item` or `join`, or name a value of one entry."
    if field.steps is None or field.map is not None or kind is None:
        return None
    if field.type is FieldType.DATE and kind is Kind.TEXT and named(field.steps)[-1][0] == "write_date":
        return (
            "A field of the type date is sent as `write_dates` under `target` says, by default as yyyy-mm-dd. Remove "
            "the step `write_date`."
        )
    if kind is Kind.TEXT or kind in _TAKEN[field.type]:
        return None
    return (
        f"After the steps the value is {kind}, and the field has the type {field.type}. Change one of them."
    )
