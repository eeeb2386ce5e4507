"""Take the sources of a shaped field from an employee: a value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NamedTuple

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.mapping.base import UNKNOWN, is_blank
from connectors.mapping.lists import Item, Join
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest import paths
from connectors.rest.description.system import compile_map, origin_path
from connectors.rest.description.target_field import Origin, TargetField
from connectors.rest.translation.field_readers import compile_was_read
from connectors.values.redaction import is_masked


class NoValue(Enum):
    """Why a value that is there is none that can be shaped."""

    MASKED = "masked"


class UnmappedValue(NamedTuple):
    """A value that the map of its own source does not have."""

    value: Any


# In place of a sensitive value that the HR system hides.
MASKED: Final = NoValue.MASKED
# Takes from an employee a value, None for blank, UNKNOWN, MASKED, an UnmappedValue or a Failure.
Getter = Callable[[Employee, str], Any]


def compile_sources(settings: SideSettings, field: TargetField) -> list[Getter]:
    """Return what takes each source of a field from an employee, first choice first."""
    if field.template is not None:
        return [_compile_template(Template(field.template))]
    if field.from_setting is not None:
        return [_compile_getter(str(getattr(settings, field.from_setting)), field)]
    constant = getattr(settings, field.setting) if field.setting is not None else field.value
    if constant is not None:
        return [lambda _employee, _source_id: constant]
    return [_compile_getter(origin, field) for origin in field.origins]


def _compile_getter(origin: str | Origin, field: TargetField) -> Getter:
    path = origin_path(origin)
    get, was_read = paths.compile_employee_path(path), compile_was_read({path.partition(".")[0]})
    look_up = compile_map(origin.map) if isinstance(origin, Origin) else None
    attribute = _item_attribute(field) if paths.list_items(path) is not None else None
    is_hidden = _compile_is_hidden(attribute) if field.sensitive or paths.is_sensitive(path) else None

    def get_value(employee: Employee, source_id: str) -> Any:
        value = get(employee, source_id)
        if is_blank(value):
            return None if was_read(employee.unread) else UNKNOWN
        if is_hidden is not None and is_hidden(value):
            return MASKED
        if look_up is None:
            return value
        mapped = look_up(value)
        return UnmappedValue(value) if mapped is None else mapped

    return get_value


def _item_attribute(field: TargetField) -> str | None:
    """Return which value of the entries of a list is taken."""
    arguments = [each for _, each in named(field.steps or ())]
    return next((each.of for each in arguments if isinstance(each, Item | Join)), None)


def _compile_is_hidden(attribute: str | None) -> Callable[[Any], bool]:
    if attribute is None:
        return is_masked
    return lambda entries: any(is_masked(getattr(entry, attribute)) for entry in entries)


def _compile_template(template: Template) -> Getter:
    getters = [_compile_getter(path, _UNMASKED) for path in template.places]

    def get_text(employee: Employee, source_id: str) -> Any:
        values = [get(employee, source_id) for get in getters]
        return MASKED if MASKED in values else template.fill(values)

    return get_text


# In a template a place is hidden only where the place itself is sensitive: *xx* may be a part of a name.
_UNMASKED = TargetField(name="template", label="Template")
