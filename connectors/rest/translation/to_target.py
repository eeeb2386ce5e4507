"""Translate an employee for a described target: what is sent, what is left out with a warning, what stops the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import Value
from connectors.contract.records import OngoingEmployment, Prepared
from connectors.rest import paths
from connectors.rest.checks.consistency import origins
from connectors.rest.description.base import Scalar
from connectors.rest.description.roles import Collection, Condition, Origin, TargetField, Together
from connectors.rest.description.system import System, mapped
from connectors.rest.translation.draft import Draft
from connectors.values.normalise import BY_FORMAT, text
from connectors.values.redaction import is_masked


def prepared(system: System, settings: SideSettings, source_id: str, employee: Employee) -> Prepared:
    """Return the employee as the target wants it; pure."""
    draft = Draft(system)
    work = _Translation(system, settings, source_id, employee, draft)
    for field in system.target.fields:
        work.fill(field)
    for group in system.target.together:
        work.keep_together(group)
    for collection in system.target.collections:
        work.limit(collection)
    ended = system.target.ended
    sent = ended.field is not None and draft.get(ended.field) is not None
    if employee.terminated and ended.warning is not None and not sent:
        draft.remark(ended.field or system.target.fields[0].name, ended.warning)
    if system.hook is not None:
        system.hook(draft, employee, settings)
    ends = employee.terminated and ended.field is not None and draft.get(ended.field) is not None
    return draft.finished(ends, _ongoing(system, employee))


def _ongoing(system: System, employee: Employee) -> OngoingEmployment | None:
    """Return what shows at the target whether an employment has ended that goes on in the HR system."""
    name = system.target.ended.field
    if name is None or employee.terminated:
        return None
    return OngoingEmployment(name, employee.start_date, can_reopen=system.by_name[name].filled)


@dataclass(frozen=True, slots=True)
class _Translation:
    """One employee on the way into a draft."""

    system: System
    settings: SideSettings
    source_id: str
    employee: Employee
    draft: Draft

    def fill(self, field: TargetField) -> None:
        """Put one field."""
        if field.when is not None and not self._holds(field.when):
            return
        if field.name == self.system.target.ended.field and not self.employee.terminated:
            return
        if field.value is not None:
            self.draft.put(field.name, self._read(field, field.value))
        elif field.setting is not None:
            self.draft.put(field.name, self._read(field, getattr(self.settings, field.setting)))
        elif field.from_setting is not None:
            self._choose(field, [self._of(getattr(self.settings, field.from_setting))])
        elif field.origin is not None:
            self._choose(field, [self._candidate(field, origin) for origin in origins(field)])

    def keep_together(self, group: Together) -> None:
        """Leave out all of a group where one is missing, and say so."""
        there = [name for name in group.fields if self.draft.get(name) is not None]
        if len(there) == len(group.fields):
            return
        for name in (*group.fields, *group.also):
            if there or self.draft.get(name) is not None:  # where all are to be blanked, they are
                self.draft.drop(name)
        if there and not self.draft.said(group.otherwise.code):
            self.draft.remark(group.fields[0], group.otherwise)

    def limit(self, collection: Collection) -> None:
        """Say when there are too many of something; take away at the target what is beyond those there are."""
        count = len(getattr(self.employee, collection.of))
        if count > collection.most:
            self.draft.remark(collection.field, collection.more)
        if collection.rest == "clear" and count:
            for field in (
                field for field in self.system.target.fields if _filled_beyond(field, collection.of, count)
            ):
                self.draft.clear(field.name)

    def _choose(self, field: TargetField, candidates: Sequence[Any]) -> None:
        """Take the first candidate that can be used; say so when the first that is there cannot."""
        there = [one for one in candidates if one is not None and text(one) is not None]
        hidden = bool(there) and field.sensitive and is_masked(there[0])
        usable = [one for one in there if not (field.sensitive and is_masked(one))]
        read = [value for value in (self._read(field, one) for one in usable) if value is not None]
        if read:
            self.draft.put(field.name, read[0])
        elif not there and field.blank == "clear":
            self.draft.clear(field.name)
        if hidden and field.masked is not None:
            self.draft.remark(field.name, field.masked)
        elif there and field.bad is not None and (hidden or self._read(field, there[0]) is None):
            self.draft.remark(field.name, field.bad)

    def _candidate(self, field: TargetField, origin: str | Origin) -> Any:
        if isinstance(origin, Origin):
            return mapped(origin.map, self._of(origin.at))
        return self._of(origin)

    def _read(self, field: TargetField, value: Any) -> Value:
        if field.map is not None:
            value = mapped(field.map, value)
        return None if value is None else self.system.readers[field.name](value)

    def _of(self, place: str) -> Any:
        return paths.of(self.employee, self.source_id, place)

    def _holds(self, condition: Condition) -> bool:
        value = self._of(condition.at)
        if condition.format is not None:
            value = BY_FORMAT[condition.format](value)
        if condition.there is not None:
            return (text(value) is not None) is condition.there
        if condition.equals is not None:
            return _among(value, condition.equals)
        return not _among(value, condition.differs or ())


def _among(value: Any, wanted: Sequence[Scalar]) -> bool:
    return value is not None and any(str(value).casefold() == str(one).casefold() for one in wanted)


def _filled_beyond(field: TargetField, collection: str, count: int) -> bool:
    """Say whether a field is filled from items of a collection, all of them beyond the first ``count``."""
    named = [(origin.at if isinstance(origin, Origin) else origin).split(".") for origin in origins(field)]
    items = [int(steps[1]) for steps in named if steps[0] == collection]
    return bool(items) and min(items) >= count
