"""A described system, ready to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from functools import cached_property
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.contract.locality import Locality
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.roles import Origin, TargetField, TargetRole
from connectors.values.dates import day, is_plausible
from connectors.values.normalise import BY_FORMAT, BY_TYPE, Reader, text
from connectors.values.redaction import is_masked

# ``prepare(draft, employee, settings)`` of the module beside the file.
Hook = Callable[[Any, Employee, Any], None]
NAMES = frozenset({"first_name", "middle_name", "surname", "preferred_name"})
# In place of a value that is there and cannot be read, so that nobody takes it for blank.
UNREADABLE: Any = object()


@dataclass(frozen=True)
class System:
    """A description with the model of its settings and its hook."""

    description: Description
    form: type[SideSettings]
    hook: Hook | None = None
    # A hash of the file and its hook.
    code_version: str = ""
    # Where the account is for which the system is opened.
    locality: Locality = attribute(default_factory=Locality, compare=False)

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
                _is_name(field),
                field.name in self.reported_when_blank,
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

    @cached_property
    def reported_when_blank(self) -> frozenset[str]:
        """Return the fields that are reported when the HR system no longer has a value: contacts, bank account."""
        by_origin = (
            field.name
            for field in self.target.fields
            if field.type in {FieldType.EMAIL, FieldType.PHONE}
            or any(_origin_path(origin) == "bank_accounts.0.number" for origin in field.origins)
        )
        by_collection = (each.field for each in self.target.collections if each.of == "bank_accounts")
        return frozenset((*by_origin, *by_collection))

    def parse_date(self, value: Any) -> date | None:
        """Parse a date, also in the formats that the description adds; None when it cannot be read."""
        return day(value, self.locality.time_zone, self.description.dates)

    def is_plausible(self, field: TargetField, value: date) -> bool:
        """Return whether a field's date can be right."""
        return is_plausible(value, self.locality.today, birth=field.name in self._birth_dates)

    def _is_no_date(self, field: TargetField, value: date) -> bool:
        """Return whether a date is what systems show where there is none: their first or last one, or 1900."""
        earliest = 1 if field.name in self._birth_dates else 1900
        return value.year <= earliest or value.year == date.max.year

    @cached_property
    def _birth_dates(self) -> frozenset[str]:
        return frozenset(
            field.name
            for field in self.target.fields
            if field.identity is Identity.BIRTH_DATE
            or any(_origin_path(origin) == "date_of_birth" for origin in field.origins)
        )

    def read_value(self, field: TargetField, shown: Any) -> Value:
        """Normalise a field's value from a response; None when it is blank, UNREADABLE when it is masked or odd."""
        if shown is None:
            return None
        if field.sensitive and is_masked(shown):
            return UNREADABLE  # type: ignore[no-any-return]
        if field.reads is not None and (same := map_value(field.reads, shown)) is not None:
            shown = same
        value = self.normalisers[field.name](shown)
        if isinstance(value, date) and self._is_no_date(field, value):
            return None
        return UNREADABLE if value is None and not _is_blank(shown) else value


def _origin_path(origin: str | Origin) -> str:
    return origin.at if isinstance(origin, Origin) else origin


def _is_name(field: TargetField) -> bool:
    """Return whether a field has names of the employee and nothing else."""
    return bool(field.origins) and all(_origin_path(origin) in NAMES for origin in field.origins)


def _is_blank(shown: Any) -> bool:
    return not shown if isinstance(shown, dict | list) else text(shown) is None


def map_value(table: Mapping[str, Scalar], value: Any) -> Any:
    """Look a value up in a value map, ignoring case; None when the map does not have it."""
    folded = str(value).casefold()
    return next((mapped for known, mapped in table.items() if known.casefold() == folded), None)
