"""Read the fields that only one source has.

A field that a response leaves out is left out here: it may have a value. None, or an empty list, says that it is blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.contract.fields import FieldType
from connectors.contract.source_fields import SourceField, custom_field
from connectors.rest import paths
from connectors.rest.description.custom_field import CustomEntryValue, CustomField
from connectors.rest.description.system import System
from connectors.rest.translation.values import UnreadableError, compile_value, converter_of, multiplied
from connectors.values.normalise import text

Json = Mapping[str, Any]
_TYPES = {FieldType.DATE: date, FieldType.NUMBER: Decimal, FieldType.BOOLEAN: bool}
# In place of a value that a response leaves out.
_ABSENT: Any = object()
MOST_LISTED = 500


def custom_source_fields(declared: Mapping[str, CustomField]) -> tuple[SourceField, ...]:
    """Return the fields as people choose from them."""
    return tuple(
        custom_field(
            name,
            field.label,
            field.type,
            sensitive=field.sensitive or any(each.sensitive for each in _entry_values(field).values()),
            is_list=field.is_list,
            entries=tuple(
                SourceField(
                    inner,
                    value.label or inner.replace("_", " ").capitalize(),
                    value.type,
                    field.sensitive or value.sensitive,
                )
                for inner, value in _entry_values(field).items()
            ),
        )
        for name, field in declared.items()
    )


def compile_custom(
    system: System, declared: Mapping[str, CustomField]
) -> Callable[[Json], Mapping[str, Any] | None]:
    """Return what reads all custom fields of an employee in a response; it raises UnreadableError."""
    readers = [
        (name, _compile_shown(field), _compile_field(system, field), field.blank_when_absent)
        for name, field in declared.items()
    ]

    def read(raw: Json) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for name, get, convert, is_blank in readers:
            shown = get(raw)
            if shown is not _ABSENT:
                values[name] = convert(shown)
            elif is_blank:
                values[name] = None
        return values

    return read


def _compile_shown(field: CustomField) -> Callable[[Json], Any]:
    """Return what finds a field in a response; _ABSENT where it is left out."""
    get = paths.compile_path(field.at, _ABSENT)
    if field.where is None or field.value is None:
        return get
    wanted = [(paths.compile_path(path), word.casefold()) for path, word in field.where.items()]
    take = paths.compile_path(field.value, _ABSENT)

    def find(raw: Json) -> Any:
        entries = get(raw)
        if entries is _ABSENT or entries is None:
            return _ABSENT
        if not isinstance(entries, list):
            raise UnreadableError(field.label)
        for entry in entries:
            if all((text(read(entry)) or "").casefold() == word for read, word in wanted):
                return take(entry)
        return _ABSENT

    return find


def _compile_field(system: System, field: CustomField) -> Callable[[Any], Any]:
    """Return what reads a field from what is shown of it."""
    values = _entry_values(field)
    if not field.is_list:
        return _compile_one(system, field, field.label)
    read_entry = _compile_entry(system, field, values) if values else None
    read_one = _compile_one(system, field, field.label)

    def read_list(shown: Any) -> Any:
        if shown is None:
            return ()
        if not isinstance(shown, list):
            raise UnreadableError(field.label)
        entries = read_entry or read_one
        return tuple(value for entry in shown[: MOST_LISTED + 1] if (value := entries(entry)) is not None)

    return read_list


def _compile_entry(
    system: System, field: CustomField, values: Mapping[str, CustomEntryValue]
) -> Callable[[Any], Any]:
    """Return what reads an entry with several values; None when it has none of them."""
    readers = [
        (name, paths.compile_path(value.at), _compile_one(system, value, field.label))
        for name, value in values.items()
    ]

    def read(entry: Any) -> Any:
        if not isinstance(entry, dict):
            raise UnreadableError(field.label)
        found = {name: value for name, get, convert in readers if (value := convert(get(entry))) is not None}
        return found or None

    return read


def _compile_one(system: System, field: CustomField | CustomEntryValue, label: str) -> Callable[[Any], Any]:
    convert = multiplied(converter_of(system, _TYPES.get(field.type)), field.times)
    blank = system.blank_dates if field.type is FieldType.DATE else ()
    read = compile_value(convert, field.map, label, blank)
    return lambda shown: None if shown is None else read(shown)


def _entry_values(field: CustomField) -> Mapping[str, CustomEntryValue]:
    return {
        name: CustomEntryValue(at=value) if isinstance(value, str) else value
        for name, value in (field.values or {}).items()
    }
