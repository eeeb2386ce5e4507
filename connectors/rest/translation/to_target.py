"""Translate an employee for a described target: what is sent, and what is left out or stops the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import PAYROLL, Employee
from connectors.contract.fields import FieldType, Value
from connectors.contract.records import OngoingEmployment, Prepared, Warn
from connectors.rest import paths
from connectors.rest.description.base import Scalar, UserMessage
from connectors.rest.description.roles import Collection, Condition, FieldGroup, Origin, TargetField
from connectors.rest.description.system import System, map_value
from connectors.rest.translation.draft import Draft
from connectors.values import normalise
from connectors.values.dates import is_plausible
from connectors.values.normalise import BY_FORMAT, CALLING_CODES, NEW_ZEALAND, text
from connectors.values.redaction import is_masked

# Contacts that cannot be sent are reported, also where a file does not say how.
BAD = {FieldType.EMAIL: "BAD_EMAIL", FieldType.PHONE: "BAD_PHONE"}
NOT_READ = (
    "PAYROLL_DETAILS_NOT_READ",
    "The HR system did not let iHUB read some payroll details of this employee, so these were not compared. Give the "
    "person who connected it the right to read them.",
)


def prepare_employee(system: System, settings: SideSettings, source_id: str, employee: Employee) -> Prepared:
    """Return the employee in the target's fields. It makes no request and reads no clock."""
    draft = Draft(system)
    translation = _Translation(system, settings, source_id, employee, draft)
    for field in system.target.fields:
        translation.fill(field)
    for group in system.target.together:
        translation.keep_together(group)
    for collection in system.target.collections:
        translation.limit(collection)
    if employee.refused:
        draft.warn(*NOT_READ)
    ended = system.target.ended
    if employee.terminated and ended.warning is not None and not _sends_end(system, draft):
        _ask_for_end(draft, ended.field, ended.warning, system.target.fields[0].name)
    if system.hook is not None:
        system.hook(draft, employee, settings)
    ends = employee.terminated and _sends_end(system, draft)
    return draft.finish(ends, _employed(system, employee), employee.middle_name)


def _ask_for_end(draft: Draft, field: str | None, message: UserMessage, first_field: str) -> None:
    """Ask for the end of the employment to be entered in the target, unless the message stops the employee."""
    if message.stops is not None:
        draft.add_message(field or first_field, message)
        return
    draft.add_warning(Warn(message.code, message.message, field, at_target=True, until_shown=True))


def _sends_end(system: System, draft: Draft) -> bool:
    field = system.target.ended.field
    return field is not None and draft.get(field) is not None


def _employed(system: System, employee: Employee) -> OngoingEmployment | None:
    """Return how to see that the target has ended an employment which the HR system has not."""
    name, since = system.target.ended.field, employee.start_date
    if name is None or employee.terminated:
        return None
    if since is not None and not is_plausible(since, system.locality.today, birth=False):
        since = None
    return OngoingEmployment(name, since, can_reopen=system.fields_by_name[name].filled)


@dataclass(frozen=True, slots=True)
class _Translation:
    """Fills the draft of one employee."""

    system: System
    settings: SideSettings
    source_id: str
    employee: Employee
    draft: Draft

    def fill(self, field: TargetField) -> None:
        """Fill one field."""
        if field.when is not None and not self._meets(field.when):
            return
        if field.name == self.system.target.ended.field and not self.employee.terminated:
            return
        if field.value is not None:
            self.draft.put(field.name, self._normalise(field, field.value))
        elif field.setting is not None:
            self.draft.put(field.name, self._normalise(field, getattr(self.settings, field.setting)))
        elif field.from_setting is not None:
            self._fill_from(field, [self._value(getattr(self.settings, field.from_setting))])
        elif field.origin is not None:
            self._fill_from(field, [self._origin_value(origin) for origin in field.origins])

    def keep_together(self, group: FieldGroup) -> None:
        """Leave out all fields of a group when one is missing, with a message."""
        present = [name for name in group.fields if self.draft.get(name) is not None]
        if len(present) == len(group.fields):
            return
        for name in (*group.fields, *group.also):
            if present or self.draft.get(name) is not None:  # a group without values may still be cleared
                self.draft.drop(name)
        if present and not self.draft.has_warning(group.otherwise.code):
            self.draft.add_message(group.fields[0], group.otherwise)

    def limit(self, collection: Collection) -> None:
        """Add a message when there are too many items; clear the target's items beyond those of the employee."""
        count = len(getattr(self.employee, collection.of))
        if not count and collection.of not in self.employee.unread:
            self.draft.put_blank(collection.field)
        if count > collection.most:
            self.draft.add_message(collection.field, collection.more)
        if collection.rest == "clear" and count:
            for field in self.system.target.fields:
                if _is_beyond(field, collection.of, count):
                    self.draft.clear(field.name)

    def _fill_from(self, field: TargetField, candidates: Sequence[Any]) -> None:
        """Use the first candidate that can be used; add a message when the first one present cannot."""
        present = [
            candidate for candidate in candidates if candidate is not None and text(candidate) is not None
        ]
        hidden = bool(present) and field.sensitive and is_masked(present[0])
        usable = [candidate for candidate in present if not (field.sensitive and is_masked(candidate))]
        values = [value for candidate in usable if (value := self._normalise(field, candidate)) is not None]
        if values:
            self.draft.put(field.name, values[0])
        elif present:
            self.draft.put_unusable(field.name)
        elif self._was_read(field):
            self.draft.put_blank(field.name)
        elif self.employee.refused:
            self.draft.put_unread(field.name)
        if hidden and field.masked is not None:
            self.draft.add_message(field.name, field.masked)
        elif present and (hidden or self._normalise(field, present[0]) is None):
            self._add_bad(field)

    def _add_bad(self, field: TargetField) -> None:
        if field.bad is not None:
            self.draft.add_message(field.name, field.bad)
        elif field.type in BAD:
            message = (
                f"{self.draft.label(field.name)} is not valid and was not sent. Correct it in the HR system."
            )
            self.draft.warn(BAD[field.type], message)

    def _was_read(self, field: TargetField) -> bool:
        """Return whether the source has read what fills a field, as far as it has such values at all."""
        unread = self.employee.unread
        if not unread:
            return True
        names = {
            (origin.at if isinstance(origin, Origin) else origin).partition(".")[0]
            for origin in (*field.origins, *self._chosen_origin(field))
        }
        return not names <= unread and not names & unread & PAYROLL

    def _chosen_origin(self, field: TargetField) -> tuple[str, ...]:
        return () if field.from_setting is None else (str(getattr(self.settings, field.from_setting)),)

    def _origin_value(self, origin: str | Origin) -> Any:
        if isinstance(origin, Origin):
            return map_value(origin.map, self._value(origin.at))
        return self._value(origin)

    def _normalise(self, field: TargetField, value: Any) -> Value:
        if field.map is not None:
            value = map_value(field.map, value)
        if value is None:
            return None
        if field.type is FieldType.PHONE and field.format is None:
            return normalise.phone(value, self._own_codes())
        if field.format == "bank account" and self._country() == NEW_ZEALAND:
            return normalise.new_zealand_account(value)
        return self.system.normalisers[field.name](value)

    def _own_codes(self) -> tuple[str, ...]:
        """Return the calling codes of the employee's own country; of both countries where none is known."""
        country = self._country()
        codes = CALLING_CODES if country is None else {country: CALLING_CODES.get(country)}
        return tuple(code for code in codes.values() if code)

    def _country(self) -> str | None:
        """Return the country of the employee's address, or else that of the account."""
        address = self.employee.address
        return _full_name(address.country if address and address.country else self.system.locality.region)

    def _value(self, path: str) -> Any:
        return paths.employee_value(self.employee, self.source_id, path)

    def _meets(self, condition: Condition) -> bool:
        value = self._value(condition.at)
        if condition.format is not None:
            value = BY_FORMAT[condition.format](value)
        if condition.there is not None:
            return (text(value) is not None) is condition.there
        if condition.equals is not None:
            return _is_among(value, condition.equals)
        return not _is_among(value, condition.differs or ())


@lru_cache(maxsize=1024)
def _full_name(country: str | None) -> str | None:
    return normalise.country(country)


def _is_among(value: Any, choices: Sequence[Scalar]) -> bool:
    return value is not None and any(str(value).casefold() == str(choice).casefold() for choice in choices)


def _is_beyond(field: TargetField, collection: str, count: int) -> bool:
    """Say whether a field is filled from items of a collection, all of them beyond the first ``count``."""
    origins = [(origin.at if isinstance(origin, Origin) else origin).split(".") for origin in field.origins]
    indexes = [int(names[1]) for names in origins if names[0] == collection]
    return bool(indexes) and min(indexes) >= count
