"""What the employees of a source have: the shared values, and the fields that only this source has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from connectors.contract.employee import Employee
from connectors.contract.fields import FieldType
from connectors.contract.source_fields import STANDARD, SourceField, label_of
from connectors.mapping.base import UNKNOWN, Kind
from connectors.mapping.conditions.places import Getter, Place
from connectors.rest import paths

KINDS = {str: Kind.TEXT, int: Kind.NUMBER, Decimal: Kind.NUMBER, date: Kind.DATE, bool: Kind.YES_NO}
_KINDS_OF_TYPES = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.EMAIL: Kind.TEXT,
    FieldType.PHONE: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.DATE: Kind.DATE,
    FieldType.BOOLEAN: Kind.YES_NO,
}
_SEE_DOCS = "docs/add-a-system.md lists the fields."
_CHOOSE = "Choose one of the values that the source has."


class EmployeePlaces:
    """The places of one source; without its fields any custom field may exist, and nothing is known about it."""

    def __init__(
        self,
        fields: Iterable[SourceField] | None = None,
        *,
        may_have_others: bool = False,
        advice: str = _CHOOSE,
    ) -> None:
        """Take the fields of the source's catalogue; ``may_have_others`` lets further custom fields pass.

        ``advice`` is what to do about a place that does not exist and resembles none.
        """
        known = None if fields is None else list(fields)
        self._custom = {field.path: field for field in known or () if paths.is_custom(field.path)}
        self._fields = (*self._custom.values(), *STANDARD)
        self._may_have_others = known is None or may_have_others
        self._advice = advice

    def find(self, path: str) -> Place | None:
        """Return a place with one value or a list; None when an employee has no such value."""
        if not self.has(path):
            return None
        return Place(path, self.label(path), self.kind(path), _getter(path), self.is_sensitive(path))

    def paths(self) -> Iterable[str]:
        """Return the paths of all places, to suggest the one that may be meant."""
        return [*paths.employee_paths(), *self._custom]

    def has(self, path: str) -> bool:
        """Say whether an employee can have one value or a list at a path."""
        if not paths.is_custom(path):
            return paths.is_employee_path(path) or paths.list_items(path) is not None
        if not paths.is_employee_path(path):
            return False
        field, inner = self._find(path)
        if field is None:
            return self._may_have_others and _name(path) not in self._custom
        return path == field.path or (field.is_list and bool(field.entries) is (inner is not None))

    def label(self, path: str) -> str:
        """Return what people call a place; the path where nobody has said."""
        return label_of(path, self._fields)

    def kind(self, path: str) -> Kind | None:
        """Return what is at a path; None where that is not known."""
        if self.entries(path) is not None:
            return Kind.LIST
        if not paths.is_custom(path):
            return Kind.TEXT if path == paths.SOURCE_ID else KINDS.get(paths.employee_value_type(path))
        field, inner = self._find(path)
        found = inner or field
        return None if found is None else _KINDS_OF_TYPES[found.type]

    def is_sensitive(self, path: str) -> bool:
        """Say whether the value at a path is sensitive; of a list, whether any value of its entries is.

        A path may leave out the position of an entry.
        """
        if not paths.is_custom(path):
            return paths.is_sensitive(path)
        field, inner = self._find(path)
        found = inner or field
        return found is not None and found.sensitive

    def entries(self, path: str) -> Mapping[str, Kind | None] | None:
        """Return what the entries of a list have, nothing for plain values; None where there is no list."""
        if not paths.is_custom(path):
            items = paths.list_items(path)
            names = () if items is None else items.__dataclass_fields__
            kinds = {name: KINDS.get(paths.attribute_type(items, name)) for name in names}
            return None if items is None else kinds
        field = self._custom.get(path)
        if field is None or not field.is_list:
            return None
        return {entry.path: _KINDS_OF_TYPES[entry.type] for entry in field.entries}

    def advise(self, path: str) -> str:
        """Return a sentence about a place that does not exist: which one may be meant."""
        if not paths.is_custom(path):
            close = get_close_matches(path, paths.employee_paths(), 1, 0.5)
            return f"Did you mean `{close[0]}`?" if close else self._advice
        own = {name.partition(".")[2]: name for name in self._custom}
        close = get_close_matches(path.split(".")[1], list(own), 1)
        if close and own[close[0]] != path:
            return f"Did you mean `{own[close[0]]}`?"
        names = ", ".join(f"`{name}`" for name in self._custom)
        return f"Its custom fields are: {names}." if names else "It has no custom fields."

    def _find(self, path: str) -> tuple[SourceField | None, SourceField | None]:
        """Return the custom field of a path, and the value of an entry that it leads to; none when it is wrong."""
        names = [name for name in path.split(".") if not paths.is_index(name)]
        field = self._custom.get(_name(path))
        if field is None or len(names) == 2:
            return field, None
        entry = next((entry for entry in field.entries if entry.path == names[2]), None)
        return (field, entry) if entry is not None else (None, None)


def _name(path: str) -> str:
    """Return the path of the whole custom field."""
    return ".".join(path.split(".")[:2])


def _getter(path: str) -> Getter:
    """Return what takes a value from an employee; of a custom field that the source did not show, UNKNOWN."""
    get = paths.compile_employee_path(path)
    if not paths.is_custom(path):
        return get
    name = path.split(".")[1]

    def get_shown(employee: Employee, source_id: str) -> Any:
        return get(employee, source_id) if name in employee.custom else UNKNOWN

    return get_shown


ANY = EmployeePlaces()
# The places that a file may name, which a developer writes.
OF_A_FILE = EmployeePlaces(advice=_SEE_DOCS)
