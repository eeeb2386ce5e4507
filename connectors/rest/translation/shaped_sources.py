"""Take the sources of a shaped field from an employee: a value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.mapping.base import UNKNOWN, is_blank
from connectors.mapping.conditions.judging import Judge
from connectors.mapping.lists import Item, Join, attribute_of
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest import paths
from connectors.rest.description.base import Scalar
from connectors.rest.description.system import compile_map, origin_path
from connectors.rest.description.target_field import Alternative, Choice, Origin, TargetField, list_origins
from connectors.rest.translation.conditions import compile_judge
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


# Returns what takes the sources that count for an employee; None where that cannot be decided.
Selector = Callable[[Employee, str], Sequence[Getter] | None]


def compile_sources(settings: SideSettings, field: TargetField) -> Selector | None:
    """Return what takes each source of a field from an employee, first choice first; None where it has none."""
    if field.cases is not None:
        cases = [(compile_judge(case.when), _compile_way(field, case)) for case in field.cases]
        rest = _compile_way(field, field.otherwise_filled) if field.otherwise_filled else ()
        return _compile_selector(cases, rest)
    if field.choice is not None:
        return _compile_choice(field.choice)
    getters = _compile_own(settings, field)
    return (lambda _employee, _source_id: getters) if getters else None


def _compile_selector(cases: Sequence[tuple[Judge, Sequence[Getter]]], rest: Sequence[Getter]) -> Selector:
    def select(employee: Employee, source_id: str) -> Sequence[Getter] | None:
        for judge, getters in cases:
            verdict = judge(employee, source_id)
            if verdict is not False:
                return getters if verdict else None
        return rest

    return select


def _compile_choice(choice: Choice) -> Selector:
    if choice.id is not None:
        chosen = [_constant(choice.id)]
        return lambda _employee, _source_id: chosen
    cases = [(compile_judge(case.when), [_constant(case.id)]) for case in choice.cases]
    return _compile_selector(cases, () if choice.otherwise is None else [_constant(choice.otherwise)])


def _compile_own(settings: SideSettings, field: TargetField) -> Sequence[Getter]:
    if field.from_setting is not None:
        return [_compile_getter(str(getattr(settings, field.from_setting)), field)]
    if field.setting is not None:
        constant = getattr(settings, field.setting)
        return [] if constant is None else [_constant(constant)]
    return _compile_way(field, field)


def _compile_way(field: TargetField, way: TargetField | Alternative) -> Sequence[Getter]:
    if way.template is not None:
        return [_compile_template(field, Template(way.template))]
    if way.value is not None:
        return [_constant(way.value)]
    return [_compile_getter(origin, field) for origin in list_origins(way.origin)]


def _constant(value: Scalar) -> Getter:
    return lambda _employee, _source_id: value


def _compile_getter(origin: str | Origin, field: TargetField, *, is_sensitive: bool | None = None) -> Getter:
    path = origin_path(origin)
    get, was_read = paths.compile_employee_path(path), compile_was_read([path])
    look_up = compile_map(origin.map) if isinstance(origin, Origin) else None
    hides = field.sensitive or paths.is_sensitive(path) if is_sensitive is None else is_sensitive
    is_hidden = _compile_is_hidden(_item_attribute(field)) if hides else None

    def get_value(employee: Employee, source_id: str) -> Any:
        value = get(employee, source_id)
        if is_blank(value):
            return None if was_read(employee) else UNKNOWN
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
    def is_hidden(value: Any) -> bool:
        if not isinstance(value, tuple):
            return is_masked(value)
        return any(
            is_masked(entry if attribute is None else attribute_of(entry, attribute)) for entry in value
        )

    return is_hidden


def _compile_template(field: TargetField, template: Template) -> Getter:
    # A place is hidden only where the place itself is sensitive: *xx* may be a part of a name. Of a custom field only
    # the source knows that it is, and then it fills a sensitive field.
    getters = [
        _compile_getter(
            path, field, is_sensitive=field.sensitive if paths.is_custom(path) else paths.is_sensitive(path)
        )
        for path in template.places
    ]

    def get_text(employee: Employee, source_id: str) -> Any:
        values = [get(employee, source_id) for get in getters]
        return MASKED if MASKED in values else template.fill(values)

    return get_text
