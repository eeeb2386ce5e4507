"""The values of the standard employee that conditions can ask about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from connectors.mapping.base import Kind
from connectors.mapping.conditions.places import Place
from connectors.rest import paths

_KINDS = {str: Kind.TEXT, int: Kind.NUMBER, date: Kind.DATE, bool: Kind.YES_NO}


class EmployeePlaces:
    """The places that every source's employees have."""

    def find(self, path: str) -> Place | None:
        """Return a place; None when an employee has no such value."""
        return _find(path)

    def paths(self) -> Iterable[str]:
        """Return the paths of all places, to suggest the one that may be meant."""
        return paths.employee_paths()


@cache
def _find(path: str) -> Place | None:
    if not paths.is_employee_path(path):
        return None
    kind = Kind.TEXT if path == paths.SOURCE_ID else _KINDS.get(paths.employee_value_type(path))
    label = path.replace(".", " ").replace("_", " ")
    label = label[:1].upper() + label[1:]
    return Place(path, label, kind, paths.compile_employee_path(path), paths.is_sensitive(path))
