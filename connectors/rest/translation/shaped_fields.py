"""Fill a field whose value is shaped on the way: by steps, a template, a value map and a default.

The order is: the way to fill, the steps, the map, the default, the form of the field. Of several sources the first one
counts whose value survives all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import FieldType, Value
from connectors.contract.records import Reason, Warn
from connectors.mapping.base import UNKNOWN, Failure, is_blank
from connectors.mapping.lists import Item, Join
from connectors.mapping.pipeline import Pipeline, Said
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest import paths
from connectors.rest.description.system import System, compile_map, origin_path
from connectors.rest.description.target_field import Origin, TargetField
from connectors.rest.translation.draft import Draft
from connectors.rest.translation.field_readers import (
    BAD,
    add_bad,
    compile_origin,
    compile_reader,
    compile_was_read,
    employee_country,
)
from connectors.values.redaction import is_masked


class _Masked(Enum):
    MASKED = "masked"


# In place of a sensitive value that the HR system hides.
MASKED: Final = _Masked.MASKED
# Takes from an employee a value, None for blank, UNKNOWN, MASKED or a Failure.
Getter = Callable[[Employee, str], Any]
_REMEDY = "Correct it in the HR system, or ask an administrator to change how this field is filled."
_NOT_OF_TYPE = {
    FieldType.DATE: "is not a date",
    FieldType.NUMBER: "is not a number",
    FieldType.BOOLEAN: "is not yes or no",
    FieldType.EMAIL: "is not an e-mail address",
    FieldType.PHONE: "is not a phone number",
    FieldType.TEXT: "is not in the form that the field needs",
}
_MASKED_VALUE = Said("the value", "is hidden in the HR system")
_UNMAPPED = Said("the value map", "does not have this value")
_CLEARS = Said("the value", "is the text with which the target clears a field")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a source of a field has no value that can be sent."""

    reason: Reason
    said: Said
    is_masked: bool = False
    # Whether the file's own message for such values fits.
    is_of_value: bool = True


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made of one source: a value, None for blank, or trouble."""

    value: Value = None
    trouble: _Trouble | None = None
    remarks: tuple[Said, ...] = ()


def compile_filler(
    system: System, settings: SideSettings, field: TargetField
) -> Callable[[Draft, Employee, str], None]:
    """Return what fills one field."""
    getters = _compile_getters(settings, field)
    return (
        _ShapedFiller(system, field, getters).fill if getters else lambda _draft, _employee, _source_id: None
    )


def _compile_getters(settings: SideSettings, field: TargetField) -> list[Getter]:
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
    get, was_read = compile_origin(origin), compile_was_read({path.partition(".")[0]})
    attribute = _item_attribute(field) if paths.list_items(path) is not None else None
    is_hidden = _compile_is_hidden(attribute) if field.sensitive or paths.is_sensitive(path) else None

    def get_value(employee: Employee, source_id: str) -> Any:
        value = get(employee, source_id)
        if is_blank(value):
            return None if was_read(employee.unread) else UNKNOWN
        return MASKED if is_hidden is not None and is_hidden(value) else value

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


class _ShapedFiller:
    """Fills one field; everything about it is prepared once."""

    def __init__(self, system: System, field: TargetField, getters: Sequence[Getter]) -> None:
        self._field, self._getters = field, getters
        self._system_name, self._region = system.name, system.locality.region
        self._pipeline = Pipeline(field.steps or (), system.locality.time_zone)
        self._look_up = compile_map(field.map) if field.map is not None else None
        self._unmapped = field.unmapped or "problem"
        self._read = compile_reader(system, field)
        clear_with = system.target.clear_with
        self._clear_with = str(clear_with).casefold() if clear_with else None

    def fill(self, draft: Draft, employee: Employee, source_id: str) -> None:
        """Fill the field from the first source whose value can be sent."""
        field, trouble, is_unknown = self._field, None, False
        for get in self._getters:
            made = self._make(get(employee, source_id), employee)
            if made.value is not None:
                draft.put(field.name, made.value)
                for remark in made.remarks:
                    message = f"{draft.label(field.name)}: the value in {remark.by} {remark.text}."
                    draft.add_warning(Warn("CHECK_VALUE", message, field.name))
                if trouble is not None:
                    self._report(draft, trouble, is_replaced=True)
                return
            is_unknown = is_unknown or made is _NOT_KNOWN
            trouble = trouble or made.trouble
        if trouble is not None:
            draft.put_unusable(field.name)
            self._report(draft, trouble, is_replaced=False)
        elif is_unknown:
            if employee.refused:
                draft.put_unread(field.name)
        elif field.default is not None:
            draft.put(field.name, self._read(field.default, employee))
        else:
            draft.put_blank(field.name)

    def _make(self, value: Any, employee: Employee) -> _Made:
        """Return what steps, map and reader make of a value."""
        if value is None or value is UNKNOWN or value is MASKED:
            return _NOTHING[value]
        if isinstance(value, Failure):
            return _failed(Said("the template", value.reason))
        needs_country = self._pipeline.needs_country
        shaped = self._pipeline.run(
            value, employee_country(employee, self._region) if needs_country else None
        )
        if shaped.problem is not None:
            return _failed(shaped.problem)
        mapped = self._map(shaped.value)
        if mapped is None:
            return _BLANK if shaped.value is None else _NOT_MAPPED
        return _BLANK if is_blank(mapped) else self._send(mapped, employee, shaped.remarks)

    def _map(self, value: Any) -> Any:
        """Return the value of the map; None for blank, and where the map has none and that is a problem."""
        if value is None or self._look_up is None or (mapped := self._look_up(value)) is None:
            keeps = self._look_up is None or self._unmapped == "keep"
            return value if keeps else self._field.default if self._unmapped == "default" else None
        return mapped

    def _send(self, value: Any, employee: Employee, remarks: tuple[Said, ...]) -> _Made:
        sent = self._read(value, employee)
        if sent is None:
            said = Said("the value", _NOT_OF_TYPE[self._field.type])
            return _Made(trouble=_Trouble(Reason.BAD_FORMAT, said))
        if self._clear_with is not None and str(sent).strip().casefold() == self._clear_with:
            return _failed(_CLEARS)
        return _Made(sent, None, remarks)

    def _report(self, draft: Draft, trouble: _Trouble, *, is_replaced: bool) -> None:
        """Say why a source was not used: a problem where the field is required and has no other value."""
        field, label, said = self._field, draft.label(self._field.name), trouble.said
        own = field.bad if trouble.is_of_value else None
        if trouble.is_masked and field.masked is not None:
            own = field.masked
        if own is not None and (is_replaced or not field.required or own.stops is not None):
            draft.add_message(field.name, own)
        elif is_replaced:
            message = f"The first choice for {label} was not used: {said.by} {said.text}. {_REMEDY}"
            draft.add_warning(Warn(trouble.reason, message, field.name))
        elif field.required:
            message = (
                f"{label} cannot be sent and {self._system_name} needs it: {said.by} {said.text}. {_REMEDY}"
            )
            draft.stop(field.name, trouble.reason, message)
        elif trouble.is_of_value and field.type in BAD and trouble.reason is Reason.BAD_FORMAT:
            add_bad(draft, field)
        else:
            message = f"{label} was not sent: {said.by} {said.text}. {_REMEDY}"
            draft.add_warning(Warn(trouble.reason, message, field.name))


def _failed(said: Said) -> _Made:
    return _Made(trouble=_Trouble(Reason.BAD_FORMAT, said, is_of_value=False))


_BLANK, _NOT_KNOWN = _Made(), _Made()
_HIDDEN = _Made(trouble=_Trouble(Reason.BAD_FORMAT, _MASKED_VALUE, is_masked=True))
_NOT_MAPPED = _Made(trouble=_Trouble(Reason.NO_VALUE_MAP, _UNMAPPED))
_NOTHING: Mapping[Any, _Made] = {None: _BLANK, UNKNOWN: _NOT_KNOWN, MASKED: _HIDDEN}
