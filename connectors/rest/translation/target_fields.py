"""How each field of a described target is filled from an employee, prepared once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import PAYROLL, Employee
from connectors.contract.fields import FieldType, Value
from connectors.rest import paths
from connectors.rest.description.base import Scalar
from connectors.rest.description.roles import Condition, Origin, TargetField
from connectors.rest.description.system import System, compile_map, origin_path
from connectors.rest.translation.draft import Draft
from connectors.values import normalise
from connectors.values.normalise import BY_FORMAT, CALLING_CODES, NEW_ZEALAND, text
from connectors.values.redaction import is_masked

# Contacts that cannot be sent are reported, also where a file does not say how.
BAD = {FieldType.EMAIL: "BAD_EMAIL", FieldType.PHONE: "BAD_PHONE"}
# Fills one field of a draft from an employee and their source id.
Filler = Callable[[Draft, Employee, str], None]
# Returns what is sent for a value of an employee; None where it cannot be sent.
Converter = Callable[[Any, Employee], Value]


def compile_field(system: System, settings: SideSettings, field: TargetField) -> Filler:
    """Return what fills one field."""
    convert = _compile_converter(system, field)
    if field.value is not None:
        fill = _compile_constant(field, field.value, convert)
    elif field.setting is not None:
        fill = _compile_constant(field, getattr(settings, field.setting), convert)
    elif field.from_setting is not None:
        origin = str(getattr(settings, field.from_setting))
        fill = _OriginsFiller(field, [_compile_origin(origin)], {origin.partition(".")[0]}, convert).fill
    elif field.origins:
        names = {origin_path(origin).partition(".")[0] for origin in field.origins}
        fill = _OriginsFiller(
            field, [_compile_origin(origin) for origin in field.origins], names, convert
        ).fill
    else:
        return lambda _draft, _employee, _source_id: None
    if field.when is None:
        return fill
    is_met = _compile_condition(field.when)

    def fill_when_met(draft: Draft, employee: Employee, source_id: str) -> None:
        if is_met(employee, source_id):
            fill(draft, employee, source_id)

    return fill_when_met


def _compile_constant(field: TargetField, value: Any, convert: Converter) -> Filler:
    return lambda draft, employee, _source_id: draft.put(field.name, convert(value, employee))


def _compile_origin(origin: str | Origin) -> Callable[[Employee, str], Any]:
    get = paths.compile_employee_path(origin_path(origin))
    if not isinstance(origin, Origin):
        return get
    look_up = compile_map(origin.map)
    return lambda employee, source_id: look_up(get(employee, source_id))


class _OriginsFiller:
    """Fills one field from the first origin that can be used; a message says when the first one present cannot."""

    __slots__ = ("_convert", "_field", "_name", "_origins", "_sensitive", "_was_read", "fill")

    def __init__(
        self,
        field: TargetField,
        origins: Sequence[Callable[[Employee, str], Any]],
        attributes: set[str],
        convert: Converter,
    ) -> None:
        """Take the attributes of an employee from which the origins come."""
        self._field, self._name, self._sensitive = field, field.name, field.sensitive
        self._origins, self._convert = origins, convert
        self._was_read = _compile_was_read(attributes)
        self.fill = self._compile()

    def _compile(self) -> Filler:
        """Return what fills the field, for nearly everybody from its first origin."""
        name, sensitive, first, convert = self._name, self._sensitive, self._origins[0], self._convert
        fill_otherwise = self._fill_otherwise

        def fill(draft: Draft, employee: Employee, source_id: str) -> None:
            candidate = first(employee, source_id)
            if candidate is not None and not (sensitive and is_masked(candidate)):
                value = convert(candidate, employee)
                if value is not None:
                    draft.put(name, value)
                    return
            fill_otherwise(draft, employee, source_id)

        return fill

    def _fill_otherwise(self, draft: Draft, employee: Employee, source_id: str) -> None:
        candidates = [get(employee, source_id) for get in self._origins]
        present = [each for each in candidates if each is not None and text(each) is not None]
        if present:
            self._fill_from(draft, employee, present)
        elif self._was_read(employee.unread):
            draft.put_blank(self._name)
        elif employee.refused:
            draft.put_unread(self._name)

    def _fill_from(self, draft: Draft, employee: Employee, present: Sequence[Any]) -> None:
        usable = (each for each in present if not (self._sensitive and is_masked(each)))
        values = (value for each in usable if (value := self._convert(each, employee)) is not None)
        value = next(values, None)
        if value is None:
            draft.put_unusable(self._name)
        draft.put(self._name, value)
        hidden = self._sensitive and is_masked(present[0])
        if hidden and self._field.masked is not None:
            draft.add_message(self._name, self._field.masked)
        elif hidden or self._convert(present[0], employee) is None:
            _add_bad(draft, self._field)


def _compile_was_read(attributes: set[str]) -> Callable[[frozenset[str]], bool]:
    """Return what says whether the source has read what fills a field, as far as it has such values at all."""
    known: dict[frozenset[str], bool] = {}

    def was_read(unread: frozenset[str]) -> bool:
        if not unread:
            return True
        result = known.get(unread)
        if result is None:
            result = known[unread] = not attributes <= unread and not attributes & unread & PAYROLL
        return result

    return was_read


def _add_bad(draft: Draft, field: TargetField) -> None:
    if field.bad is not None:
        draft.add_message(field.name, field.bad)
    elif field.type in BAD:
        message = f"{draft.label(field.name)} is not valid and was not sent. Correct it in the HR system."
        draft.warn(BAD[field.type], message)


def _compile_converter(system: System, field: TargetField) -> Converter:
    """Return what brings a value of an employee into the form of a field."""
    region, normaliser = system.locality.region, system.normaliser(field)
    convert: Converter
    if field.type is FieldType.PHONE and field.format is None:
        convert = lambda value, employee: normalise.phone(value, _own_codes(_country(employee, region)))  # noqa: E731
    elif field.format == "e164":
        convert = lambda value, employee: normalise.e164(value, _country(employee, region))  # noqa: E731
    elif field.format == "bank account":
        convert = lambda value, employee: (  # noqa: E731
            normalise.new_zealand_account(value)
            if _country(employee, region) == NEW_ZEALAND
            else normaliser(value)
        )
    else:
        convert = lambda value, _employee: normaliser(value)  # noqa: E731
    if field.map is None:
        return convert
    look_up = compile_map(field.map)

    def convert_mapped(value: Any, employee: Employee) -> Value:
        mapped = look_up(value)
        return None if mapped is None else convert(mapped, employee)

    return convert_mapped


def _country(employee: Employee, region: str | None) -> str | None:
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


def _compile_condition(condition: Condition) -> Callable[[Employee, str], bool]:
    get = paths.compile_employee_path(condition.at)
    read = (lambda value: value) if condition.format is None else BY_FORMAT[condition.format]
    if condition.there is not None:
        return lambda employee, source_id: (
            (text(read(get(employee, source_id))) is not None) is condition.there
        )
    choices = _fold(condition.equals if condition.equals is not None else condition.differs or ())
    is_wanted = condition.equals is not None

    def is_met(employee: Employee, source_id: str) -> bool:
        value = read(get(employee, source_id))
        return (value is not None and str(value).casefold() in choices) is is_wanted

    return is_met


def _fold(choices: Sequence[Scalar]) -> frozenset[str]:
    return frozenset(str(choice).casefold() for choice in choices)
