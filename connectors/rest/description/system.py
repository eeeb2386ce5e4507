"""A described system, ready to use.

One file, because both roles and all requests ask the same questions of it, each worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.contract.locality import Locality
from connectors.mapping.dates import DATE_WRITERS
from connectors.rest.description.base import Scalar
from connectors.rest.description.document import Description
from connectors.rest.description.roles import TargetRole
from connectors.rest.description.target_field import Origin, TargetField
from connectors.values.dates import KNOWN_FORMS, day, plausible_dates
from connectors.values.normalise import BY_FORMAT, BY_TYPE, Reader, country, e164, phone

# ``prepare(draft, employee, settings)`` of the module beside the file.
Hook = Callable[[Any, Employee, Any], None]
NAMES = frozenset({"first_name", "middle_name", "surname", "preferred_name"})


@dataclass(frozen=True)
class System:
    """A description with the model of its settings and its hook."""

    description: Description
    form: type[SideSettings]
    hook: Hook | None = None
    # A hash of the file and its hook.
    code_version: str = ""
    # The fields that a connection fills in a way of its own, or does not send: the hook leaves them alone.
    refilled: frozenset[str] = frozenset()
    # What its list has; another list of a target has other entries.
    listed: str = "employees"
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
                field.is_derived,
                field.exact,
                field.unique,
                field.owned_by,
                field.also_when_blank,
                self._group_of(field.name),
                field.is_pay,
            )
            for field in self.target.fields
        )

    def _group_of(self, name: str) -> str | None:
        """Return the first field of the group whose fields only make sense together."""
        groups = [(*group.fields, *group.also) for group in self.target.together]
        groups += [one.fields for one in self.target.one_value]
        return next((group[0] for group in groups if name in group), None)

    @cached_property
    def fields_by_name(self) -> Mapping[str, TargetField]:
        """Return the target's fields by name, in the file's order."""
        return {field.name: field for field in self.target.fields}

    @cached_property
    def sent_places(self) -> Mapping[str, str]:
        """Return where requests have the fields that have another place there than their name."""
        return {field.name: field.sent_at for field in self.target.fields if field.sent_at is not None}

    @cached_property
    def fields_by_place(self) -> Mapping[str, TargetField]:
        """Return the target's fields by their place in requests."""
        return {field.places[0]: field for field in self.target.fields}

    @cached_property
    def fields_by_shown_place(self) -> Mapping[str, TargetField]:
        """Return the target's fields by their place in responses."""
        return {field.places[1]: field for field in self.target.fields}

    @cached_property
    def lists(self) -> Sequence[str]:
        """Return the places of the lists that fields are entries of, those inside others first."""
        found = {
            ".".join(names[:index])
            for names in (place.split(".") for place in self.fields_by_place)
            for index, name in enumerate(names)
            if index and name.isascii() and name.isdigit()
        }
        return sorted(found, key=lambda place: -place.count("."))

    @cached_property
    def sent_alone(self) -> frozenset[str]:
        """Return the fields that are sent by a request of their own."""
        actions = self.description.employees.actions
        return self.never_sent_with_others | {action.field for action in actions}

    @cached_property
    def never_sent_with_others(self) -> frozenset[str]:
        """Return those of them that a create does not have either."""
        actions = self.description.employees.actions
        return self.part_fields.union(
            *(action.also if action.on_create else (action.field, *action.also) for action in actions)
        )

    def placed(self, values: Mapping[str, Value], left_out: frozenset[str]) -> Mapping[str, Value]:
        """Return values by the places of their fields in requests, without some fields."""
        places = self.sent_places
        if not places and not left_out:
            return values
        return {places.get(name, name): value for name, value in values.items() if name not in left_out}

    def clears(self, place: str) -> Scalar | None:
        """Return what clears the field at a place of a request."""
        dates = self.target.clear_dates_with
        if dates is not None and (field := self.fields_by_place.get(place)) and field.type is FieldType.DATE:
            return dates
        return self.target.clear_with

    @cached_property
    def part_fields(self) -> frozenset[str]:
        """Return the names of fields that are sent in requests of their own."""
        return frozenset(name for part in self.description.employees.parts for name in part.fields)

    @cached_property
    def create_only(self) -> frozenset[str]:
        """Return the names of fields that are sent for new employees only."""
        return frozenset(field.name for field in self.target.fields if field.only_on_create)

    def normaliser(self, field: TargetField) -> Reader:
        """Return the function that normalises a field's values."""
        if field.format == "e164":
            return self._read_e164
        if field.format is not None:
            return BY_FORMAT[field.format]
        return self.parse_date if field.type is FieldType.DATE else BY_TYPE[field.type]

    def _read_e164(self, value: Any) -> str | None:
        """Return a phone number as it is compared; one without a code belongs where the account is."""
        return e164(value, country(self.locality.region)) or phone(value)

    @cached_property
    def reported_when_blank(self) -> frozenset[str]:
        """Return the fields that are reported when the HR system no longer has a value: contacts, bank account."""
        by_origin = (
            field.name
            for field in self.target.fields
            if field.type in {FieldType.EMAIL, FieldType.PHONE}
            or any(origin_path(origin) == "bank_accounts.0.number" for origin in field.all_origins)
        )
        by_collection = (each.field for each in self.target.collections if each.of == "bank_accounts")
        return frozenset((*by_origin, *by_collection))

    def parse_date(self, value: Any) -> date | None:
        """Parse a date, also in the formats that the description adds; None when it cannot be read."""
        return day(value, self._zone, self._date_forms)

    @cached_property
    def _zone(self) -> tzinfo:
        """Return the zone whose day a time in UTC means."""
        named = self.description.time_zone
        return self.locality.time_zone if named is None else ZoneInfo(named)

    @cached_property
    def blank_dates(self) -> frozenset[str]:
        """Return what the system shows where there is no date, in small letters."""
        return frozenset(word.strip().casefold() for word in self.description.blank_dates)

    @cached_property
    def _date_forms(self) -> tuple[str, ...]:
        """Return the formats of dates beyond those that are always read; that in which the target takes them first."""
        target = self.description.target
        is_known = target is None or target.write_dates in KNOWN_FORMS | {"/Date()/"}
        written = () if target is None or is_known else (target.write_dates,)
        return (*written, *self.description.dates)

    @cached_property
    def write_date(self) -> Callable[[date], str]:
        """Return what writes a date as the target takes it."""
        return DATE_WRITERS[self.target.write_dates]

    def plausible_dates(self, field: TargetField | None) -> tuple[date, date]:
        """Return the first and the last date that a field can have; None stands for any other date of an employee."""
        is_birth = field is not None and field.name in self._birth_dates
        return plausible_dates(self.locality.today, birth=is_birth)

    def earliest_year(self, field: TargetField) -> int:
        """Return the year up to which a date is what systems show where there is none."""
        return 1 if field.name in self._birth_dates else 1900

    @cached_property
    def _birth_dates(self) -> frozenset[str]:
        return frozenset(
            field.name
            for field in self.target.fields
            if field.identity is Identity.BIRTH_DATE
            or any(origin_path(origin) == "date_of_birth" for origin in field.all_origins)
        )


def origin_path(origin: str | Origin) -> str:
    """Return the path of an employee's value."""
    return origin.at if isinstance(origin, Origin) else origin


def _is_name(field: TargetField) -> bool:
    """Return whether a field has names of the employee and nothing else."""
    places = [*map(origin_path, field.all_origins), *field.template_places]
    return bool(places) and NAMES.issuperset(places)


def compile_map(table: Mapping[str, Scalar]) -> Callable[[Any], Any]:
    """Return a function that looks a value up, whatever its case and spaces; None when the map does not have it."""
    folded: dict[str, Scalar] = {}
    for known, mapped in table.items():
        folded.setdefault(fold_value(known), mapped)

    def look_up(value: Any) -> Any:
        written = str(value).casefold()
        return folded[written] if written in folded else folded.get(" ".join(written.split()))

    return look_up


def fold_value(written: str) -> str:
    """Return a value of a value map as two are compared."""
    return " ".join(written.casefold().split())
