"""A described system, ready to be worked with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import Field, FieldType, Value
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.roles import TargetField, TargetRole
from connectors.values.normalise import BY_FORMAT, BY_TYPE, Reader, day, text
from connectors.values.redaction import is_masked

Hook = Callable[[Any, Employee, Any], None]
"""``prepare(draft, employee, settings)`` of the module beside the file."""


@dataclass(frozen=True)
class System:
    """A description, its settings and its hook."""

    described: Description
    form: type[SideSettings]
    hook: Hook | None = None
    edition: str = ""
    """Changes whenever the file or its hook changes."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.described.name

    @property
    def target(self) -> TargetRole:
        """Return what it is as a target."""
        if self.described.target is None:
            raise LookupError(f"{self.name} is not a target.")
        return self.described.target

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the target as the engine knows them."""
        return tuple(
            Field(
                one.name,
                one.label,
                one.type,
                one.required,
                one.sensitive,
                one.max_length,
                one.identity,
                one.concern,
            )
            for one in self.target.fields
        )

    @cached_property
    def by_name(self) -> Mapping[str, TargetField]:
        """Return the fields of the target by their names, in their order."""
        return {field.name: field for field in self.target.fields}

    @cached_property
    def readers(self) -> Mapping[str, Reader]:
        """Return for each field what brings a value into its one spelling."""
        return {field.name: self.reader(field.type, field.format) for field in self.target.fields}

    @cached_property
    def create_only(self) -> frozenset[str]:
        """Return the fields that are sent to new employees only."""
        return frozenset(field.name for field in self.target.fields if field.only_on_create)

    def reader(self, kind: FieldType, form: str | None) -> Reader:
        """Return what brings a value of a type and format into its one spelling."""
        if form is not None:
            return BY_FORMAT[form]
        return self.day if kind is FieldType.DATE else BY_TYPE[kind]

    def day(self, value: Any) -> date | None:
        """Return a date, also in the spellings that the description adds."""
        written = text(value) or ""
        for form in self.described.dates:
            try:
                return datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar date has no zone
            except ValueError:
                continue
        return day(value)

    def value(self, field: TargetField, written: Any) -> Value:
        """Return what an answer holds in a field in its one spelling; None where it is blank, hidden or unreadable."""
        if written is None or (field.sensitive and is_masked(written)):
            return None
        if field.reads is not None and (same := mapped(field.reads, written)) is not None:
            written = same
        return self.readers[field.name](written)


def mapped(table: Mapping[str, Scalar], value: Any) -> Any:
    """Return what a table has for a value, whatever its capitals; None where it has nothing."""
    written = str(value).casefold()
    return next((made for known, made in table.items() if known.casefold() == written), None)
