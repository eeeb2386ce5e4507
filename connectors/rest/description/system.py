"""A described system, ready to use."""

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

# ``prepare(draft, employee, settings)`` of the module beside the file.
Hook = Callable[[Any, Employee, Any], None]


@dataclass(frozen=True)
class System:
    """A description with the model of its settings and its hook."""

    description: Description
    form: type[SideSettings]
    hook: Hook | None = None
    # A hash of the file and its hook.
    code_version: str = ""

    @property
    def name(self) -> str:
        """Return the name people know it by."""
        return self.description.name

    @property
    def target(self) -> TargetRole:
        """Return its role as a target. Raises LookupError when it has none."""
        if self.description.target is None:
            raise LookupError(f"{self.name} is not a target.")
        return self.description.target

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return the target's fields as the engine knows them."""
        return tuple(
            Field(
                field.name,
                field.label,
                field.type,
                field.required,
                field.sensitive,
                field.max_length,
                field.identity,
                field.concern,
            )
            for field in self.target.fields
        )

    @cached_property
    def fields_by_name(self) -> Mapping[str, TargetField]:
        """Return the target's fields by name, in the file's order."""
        return {field.name: field for field in self.target.fields}

    @cached_property
    def normalisers(self) -> Mapping[str, Reader]:
        """Return for each target field the function that normalises its values."""
        return {field.name: self._normaliser(field) for field in self.target.fields}

    @cached_property
    def create_only(self) -> frozenset[str]:
        """Return the names of fields that are sent for new employees only."""
        return frozenset(field.name for field in self.target.fields if field.only_on_create)

    def _normaliser(self, field: TargetField) -> Reader:
        if field.format is not None:
            return BY_FORMAT[field.format]
        return self.parse_date if field.type is FieldType.DATE else BY_TYPE[field.type]

    def parse_date(self, value: Any) -> date | None:
        """Parse a date, also in the formats that the description adds; None when it cannot be read."""
        written = text(value) or ""
        for form in self.description.dates:
            try:
                return datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar date has no zone
            except ValueError:
                continue
        return day(value)

    def read_value(self, field: TargetField, shown: Any) -> Value:
        """Normalise a field's value from a response; None when it is blank, masked or unreadable."""
        if shown is None or (field.sensitive and is_masked(shown)):
            return None
        if field.reads is not None and (same := map_value(field.reads, shown)) is not None:
            shown = same
        return self.normalisers[field.name](shown)


def map_value(table: Mapping[str, Scalar], value: Any) -> Any:
    """Look a value up in a value map, ignoring case; None when the map does not have it."""
    folded = str(value).casefold()
    return next((mapped for known, mapped in table.items() if known.casefold() == folded), None)
