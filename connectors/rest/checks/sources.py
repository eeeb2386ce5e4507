"""Check where a source has the values of an employee: what would never be read, and words that iHUB does not know."""

from __future__ import annotations

from dataclasses import fields as attributes
from difflib import get_close_matches

from connectors.contract.employee import EmploymentStatus, employment_status
from connectors.contract.fields import FieldType
from connectors.mapping.base import Kind
from connectors.rest import paths
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.custom_field import CustomEntryValue, CustomField
from connectors.rest.description.roles import (
    IDENTIFYING,
    ITEM_TYPES,
    SourceEntry,
    SourceItems,
    SourceRole,
    SourceValue,
)
from connectors.rest.employee_places import ANY, OF_A_FILE, EmployeePlaces


def check(source: SourceRole) -> LocatedMessages:
    """Yield entries that no employee can have, that would never be read, or that are given twice."""
    for name, entry in source.employee.items():
        location: Location = ("source", "employee", name)
        if isinstance(entry, SourceItems):
            yield from _items(location, name, entry)
        elif name in ITEM_TYPES:
            yield location, f"`{name}` needs `each:` and `values:`, or single values such as `{name}.0.name`."
        elif name == paths.SOURCE_ID:
            yield location, "The id is read from `id` under `employees`. Remove it here."
        elif paths.is_custom(name):
            message = f"A field of the system's own is declared under `custom`. Write `{name.partition('.')[2]}` there."
            yield location, message
        else:
            yield from check_employee_path(location, name)
            group, dot, _ = name.partition(".")
            if dot and group in source.employee:
                yield location, f"`{group}` is given as a list already. Keep one of them."
    yield from _unidentified(source)
    yield from _custom(source)
    yield from _factors(source)
    yield from _statuses(source.employee.get("status"))
    for index, name in enumerate(source.required):
        if name not in source.employee:
            yield ("source", "required", index), f"`{name}` is required but is not under `employee`."


def _custom(source: SourceRole) -> LocatedMessages:
    """Find custom fields whose parts do not fit together."""
    for name, field in source.custom.items():
        location: Location = ("source", "custom", name)
        if field.values and not field.is_list:
            yield (
                (*location, "values"),
                "`values` are those of a list's entries. Write `list: true` beside them.",
            )
        if (field.where is None) is not (field.value is None):
            yield (
                location,
                "`where` says which entry is meant and `value` what is taken from it. Write both, or none.",
            )
        if field.where is not None and field.is_list:
            yield (*location, "where"), "`where` takes one entry, and `list` takes all. Keep one of them."
        if field.values and field.map is not None:
            yield (*location, "map"), "The entries have several values. Write `map` at one of `values`."
        if field.sensitive and field.map is not None:
            yield (
                (*location, "map"),
                "The field is sensitive: a value map would show what it is. Remove `map`.",
            )


def _factors(source: SourceRole) -> LocatedMessages:
    """Find what is multiplied and is no number."""
    found: list[tuple[Location, str, bool]] = []
    for name, entry in source.employee.items():
        values = entry.values if isinstance(entry, SourceItems) else {"": entry}
        for inner, value in values.items():
            if isinstance(value, SourceValue) and value.times is not None:
                path = f"{name}.0.{inner}" if inner else name
                at: Location = ("source", "employee", name, *(("values", inner) if inner else ()), "times")
                found.append((at, inner or name, ANY.kind(path) is Kind.NUMBER))
    for name, field in source.custom.items():
        parts: list[tuple[Location, str, object]] = [((), name, field)]
        parts += [(("values", inner), inner, value) for inner, value in (field.values or {}).items()]
        for place, label, part in parts:
            if isinstance(part, CustomField | CustomEntryValue) and part.times is not None:
                found.append(
                    (("source", "custom", name, *place, "times"), label, part.type is FieldType.NUMBER)
                )
    for location, label, is_number in found:
        if not is_number:
            yield location, f"`{label}` is no number and cannot be multiplied. Remove `times`."


def _statuses(entry: SourceEntry | None) -> LocatedMessages:
    """Find words that a value map gives for statuses and that are none of ours."""
    for word, status in ((isinstance(entry, SourceValue) and entry.map) or {}).items():
        if employment_status(str(status)) is None:
            close = get_close_matches(str(status), list(EmploymentStatus), 1, 0.5)
            advice = f"Did you mean `{close[0]}`?" if close else "docs/add-a-system.md lists the statuses."
            yield ("source", "employee", "status", "map", word), f"iHUB has no status `{status}`. {advice}"


def _unidentified(source: SourceRole) -> LocatedMessages:
    """Find groups and single items that would always count as absent, because nothing says which one they are."""
    given: dict[str, set[str]] = {}
    for name in source.employee:
        outer, _, inner = name.rpartition(".")
        given.setdefault(outer, set()).add(inner)
    for outer, names in given.items():
        needed = IDENTIFYING.get(outer.partition(".")[0])
        if needed and not needed & names and paths.is_employee_path(f"{outer}.{min(needed)}"):
            first = next(name for name in source.employee if name.startswith(f"{outer}."))
            yield ("source", "employee", first), _needs(outer, needed)


def _needs(name: str, needed: frozenset[str]) -> str:
    choices = " or ".join(f"`{name}.{each}`" for each in sorted(needed))
    return f"`{name}` counts as absent without {choices}. Add it."


def _items(location: Location, name: str, entry: SourceItems) -> LocatedMessages:
    if name not in ITEM_TYPES:
        yield location, f"`each` is only for {' and '.join(f'`{allowed}`' for allowed in ITEM_TYPES)}."
        return
    known = sorted(attribute.name for attribute in attributes(ITEM_TYPES[name]))
    for inner in entry.values:
        if inner not in known:
            message = f"`{name}` have no `{inner}`. They have: {', '.join(known)}."
            yield (*location, "values", inner), message
    if not IDENTIFYING[name] & entry.values.keys():
        choices = " or ".join(f"`{each}`" for each in sorted(IDENTIFYING[name]))
        yield (*location, "values"), f"An item of `{name}` counts as absent without {choices}. Add it."


def check_employee_path(location: Location, path: str, places: EmployeePlaces = OF_A_FILE) -> LocatedMessages:
    """Yield a path that no employee has, with the one that may be meant."""
    if places.has(path) and (places.entries(path) is None or paths.is_custom(path)):
        return
    if paths.is_custom(path) and not paths.is_employee_path(path):
        message = f"`{path}` is no custom field. Write `custom.` and a name of small letters, digits and _."
        yield location, message
    elif paths.is_custom(path):
        yield location, f"The source has no `{path}`. {places.advise(path)}"
    else:
        yield location, f"An employee has no `{path}`. {places.advise(path)}"
