"""Bring a value of an employee into the form of a target's field, and report one that cannot be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from connectors.contract.employee import PAYROLL, Employee
from connectors.contract.fields import FieldType, Value
from connectors.rest import paths
from connectors.rest.description.system import System, compile_map, origin_path
from connectors.rest.description.target_field import Origin, TargetField
from connectors.rest.translation.draft import Draft
from connectors.values import normalise
from connectors.values.normalise import CALLING_CODES, NEW_ZEALAND

# Contacts that cannot be sent are reported, also where a file does not say how.
BAD = {FieldType.EMAIL: "BAD_EMAIL", FieldType.PHONE: "BAD_PHONE"}
# Returns what is sent for a value of an employee; None where it cannot be sent.
Converter = Callable[[Any, Employee], Value]


def compile_origin(origin: str | Origin) -> Callable[[Employee, str], Any]:
    """Return what takes the value of an origin from an employee."""
    get = paths.compile_employee_path(origin_path(origin))
    if not isinstance(origin, Origin):
        return get
    look_up = compile_map(origin.map)
    return lambda employee, source_id: look_up(get(employee, source_id))


def compile_was_read(origins: Iterable[str]) -> Callable[[Employee], bool]:
    """Return what says whether the source has read what fills a field, as far as it has such values at all."""
    places = list(origins)
    attributes = {path.partition(".")[0] for path in places}
    custom = [path.split(".")[1] for path in places if paths.is_custom(path)]
    known: dict[frozenset[str], bool] = {}

    def was_read(employee: Employee) -> bool:
        unread = employee.unread
        if not unread:
            return True
        result = known.get(unread)
        if result is None:
            result = known[unread] = not attributes <= unread and not attributes & unread & PAYROLL
        return result

    def was_all_read(employee: Employee) -> bool:
        has_custom = "custom" not in employee.unread
        return was_read(employee) and not (has_custom and any(name not in employee.custom for name in custom))

    return was_all_read if custom else was_read


def add_bad(draft: Draft, field: TargetField) -> None:
    """Report that the value of a field cannot be sent, as far as the file or the type of the field says so."""
    if field.bad is not None:
        draft.add_message(field.name, field.bad)
    elif field.type in BAD:
        message = f"{draft.label(field.name)} is not valid and was not sent. Correct it in the HR system."
        draft.warn(BAD[field.type], message)


def compile_converter(system: System, field: TargetField) -> Converter:
    """Return what looks a value of an employee up in the field's map and brings it into the field's form."""
    convert = compile_reader(system, field)
    if field.map is None:
        return convert
    look_up = compile_map(field.map)

    def convert_mapped(value: Any, employee: Employee) -> Value:
        mapped = look_up(value)
        return None if mapped is None else convert(mapped, employee)

    return convert_mapped


def compile_reader(system: System, field: TargetField) -> Converter:
    """Return what brings a value of an employee into the form of a field."""
    region, normaliser = system.locality.region, system.normaliser(field)

    def read_phone(value: Any, employee: Employee) -> Value:
        return normalise.phone(value, _own_codes(employee_country(employee, region)))

    def read_account(value: Any, employee: Employee) -> Value:
        is_new_zealand = employee_country(employee, region) == NEW_ZEALAND
        return normalise.new_zealand_account(value) if is_new_zealand else normaliser(value)

    if field.type is FieldType.PHONE and field.format is None:
        return read_phone
    if field.format == "e164":
        return lambda value, employee: normalise.e164(value, employee_country(employee, region))
    if field.format == "bank account":
        return read_account
    return lambda value, _employee: normaliser(value)


def employee_country(employee: Employee, region: str | None) -> str | None:
    """Return the country of the employee's address, or else that of the account."""
    address = employee.address
    return _full_name(address.country if address and address.country else region)


@lru_cache(maxsize=1024)
def _full_name(country: str | None) -> str | None:
    return normalise.country(country)


@lru_cache(maxsize=1024)
def _own_codes(country: str | None) -> tuple[str, ...]:
    """Return the calling codes of the employee's own country; of both countries where none is known."""
    codes = CALLING_CODES if country is None else {country: CALLING_CODES.get(country)}
    return tuple(code for code in codes.values() if code)
