"""Translate an employee for a described target: what is sent, and what is left out or stops the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import PAYROLL, Employee
from connectors.contract.fields import FieldType, Value
from connectors.contract.records import OngoingEmployment, Prepared, Warn
from connectors.rest import paths
from connectors.rest.description.base import Scalar, UserMessage
from connectors.rest.description.roles import Collection, Condition, FieldGroup, Origin, TargetField
from connectors.rest.description.system import System, compile_map, origin_path
from connectors.rest.translation.draft import Draft, DraftRules
from connectors.values import normalise
from connectors.values.normalise import BY_FORMAT, CALLING_CODES, NEW_ZEALAND, text
from connectors.values.redaction import is_masked

# Contacts that cannot be sent are reported, also where a file does not say how.
BAD = {FieldType.EMAIL: "BAD_EMAIL", FieldType.PHONE: "BAD_PHONE"}
NOT_READ = (
    "PAYROLL_DETAILS_NOT_READ",
    "The HR system did not let iHUB read some payroll details of this employee, so these were not compared. Give the "
    "person who connected it the right to read them.",
)
# Fills one field of a draft from an employee and their source id.
Filler = Callable[[Draft, Employee, str], None]
# Returns what is sent for a value of an employee; None where it cannot be sent.
Converter = Callable[[Any, Employee], Value]


class EmployeePreparer:
    """Translates employees for one described target; what its file says is prepared once."""

    def __init__(self, system: System, settings: SideSettings) -> None:
        """Take a system that is a target, and the settings of its side."""
        self._settings, self._hook = settings, system.hook
        self._rules = DraftRules(system)
        self._together, self._first_field = system.target.together, system.target.fields[0].name
        self._earliest, self._latest = system.plausible_dates(None)
        self._ended = system.target.ended
        fillers = [(field.name, _compile_field(system, settings, field)) for field in system.target.fields]
        self._fillers_of_leavers = [filler for _, filler in fillers]
        self._fillers = [filler for name, filler in fillers if name != self._ended.field]
        self._collections = [
            (collection, _compile_ends(system, collection)) for collection in system.target.collections
        ]
        end_field = system.fields_by_name.get(self._ended.field or "")
        self._can_reopen = end_field is not None and end_field.filled

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Return the employee in the target's fields. It makes no request and reads no clock."""
        draft, is_terminated = Draft(self._rules), employee.terminated
        for fill in self._fillers_of_leavers if is_terminated else self._fillers:
            fill(draft, employee, source_id)
        for group in self._together:
            _keep_together(draft, group)
        for collection, ends in self._collections:
            _limit(draft, employee, collection, ends)
        if employee.refused:
            draft.warn(*NOT_READ)
        warning = self._ended.warning
        if is_terminated and warning is not None and not self._sends_end(draft):
            self._ask_for_end(draft, warning)
        if self._hook is not None:
            self._hook(draft, employee, self._settings)
        ongoing = None if is_terminated else self._ongoing(employee)
        return draft.finish(is_terminated and self._sends_end(draft), ongoing, employee.middle_name)

    def _sends_end(self, draft: Draft) -> bool:
        return self._ended.field is not None and draft.get(self._ended.field) is not None

    def _ask_for_end(self, draft: Draft, message: UserMessage) -> None:
        """Ask for the end of the employment to be entered in the target, unless the message stops the employee."""
        field = self._ended.field
        if message.stops is not None:
            draft.add_message(field or self._first_field, message)
            return
        draft.add_warning(Warn(message.code, message.message, field, at_target=True, until_shown=True))

    def _ongoing(self, employee: Employee) -> OngoingEmployment | None:
        """Return how to see that the target has ended an employment which the HR system has not."""
        name, since = self._ended.field, employee.start_date
        if name is None:
            return None
        if since is not None and not self._earliest <= since <= self._latest:
            since = None
        return OngoingEmployment(name, since, self._can_reopen)


def _keep_together(draft: Draft, group: FieldGroup) -> None:
    """Leave out all fields of a group when one is missing, with a message."""
    present = [name for name in group.fields if draft.get(name) is not None]
    if len(present) == len(group.fields):
        return
    for name in (*group.fields, *group.also):
        if present or draft.get(name) is not None:  # a group without values may still be cleared
            draft.drop(name)
    if present and not draft.has_warning(group.otherwise.code):
        draft.add_message(group.fields[0], group.otherwise)


def _limit(draft: Draft, employee: Employee, collection: Collection, ends: Sequence[tuple[str, int]]) -> None:
    """Add a message when there are too many items; clear the target's items beyond those of the employee.

    ``ends`` are the fields that are filled from items of the collection, each with the first item that it needs.
    """
    count = len(getattr(employee, collection.of))
    if not count and collection.of not in employee.unread:
        draft.put_blank(collection.field)
    if count > collection.most:
        draft.add_message(collection.field, collection.more)
    if collection.rest == "clear" and count:
        for name, first in ends:
            if first >= count:
                draft.clear(name)


def _compile_ends(system: System, collection: Collection) -> list[tuple[str, int]]:
    ends = []
    for field in system.target.fields:
        names = [origin_path(origin).split(".") for origin in field.origins]
        if indexes := [int(name[1]) for name in names if name[0] == collection.of]:
            ends.append((field.name, min(indexes)))
    return ends


def _compile_field(system: System, settings: SideSettings, field: TargetField) -> Filler:
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

    __slots__ = ("_convert", "_field", "_first", "_name", "_others", "_sensitive", "_was_read")

    def __init__(
        self,
        field: TargetField,
        origins: Sequence[Callable[[Employee, str], Any]],
        attributes: set[str],
        convert: Converter,
    ) -> None:
        """Take the attributes of an employee from which the origins come."""
        self._field, self._name, self._sensitive = field, field.name, field.sensitive
        self._first, *self._others = origins
        self._convert, self._was_read = convert, _compile_was_read(attributes)

    def fill(self, draft: Draft, employee: Employee, source_id: str) -> None:
        """Fill the field, for nearly everybody from its first origin."""
        candidate = self._first(employee, source_id)
        if candidate is not None and not (self._sensitive and is_masked(candidate)):
            value = self._convert(candidate, employee)
            if value is not None:
                draft.put(self._name, value)
                return
        candidates = (candidate, *(get(employee, source_id) for get in self._others))
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
