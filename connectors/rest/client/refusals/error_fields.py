"""Find the field of the employee that an error is about, however the system names it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.rest.description.system import System

_FIELDS = (
    *("field", "fieldname", "property", "propertyname", "propertypath", "pointer", "param", "parameter"),
    *("attribute", "loc"),
)
# Several fields that one error is about.
_LISTS = ("fields", "membernames", "properties", "params", "parameters", "attributes")
# These may mean something else, so they count only when they name a field that the file has.
_PERHAPS_FIELDS = ("name", "path", "location", "source", "target", "key")
# Among several errors, these name a field also where the file does not have it, if the second name is beside them
# (RFC 7807, express-validator, OData).
_PAIRS = (("name", "reason"), ("path", "msg"), ("target", "code"))
_IDENTIFIER = re.compile(r"[^\W\d][\w.\[\]-]{0,60}")
_STEP = re.compile(r"[./\[\]]+")
# Where an object that stands for a field has the name of the field.
_INSIDE = ("pointer", "parameter", "name", "field", "path")


def known_label(system: System, path: str) -> str | None:
    """Return the label of a field of the target by its name, whatever stands before it; None for any other name."""
    if system.description.target is None:
        return None
    labels = {fold(known): field.label for known, field in system.fields_by_name.items()}
    labels |= {fold(known): field.label for known, field in system.fields_by_place.items()}
    steps = path.split(".")
    paths_to_it = [".".join(steps[first:]) for first in range(len(steps))]
    if label := next((labels[fold(each)] for each in paths_to_it if fold(each) in labels), None):
        return label
    nested = {label for known, label in labels.items() if known.rpartition(".")[2] == fold(steps[-1])}
    return nested.pop() if len(nested) == 1 else None


def named_fields(system: System, folded: Mapping[str, Any], *, is_listed: bool = False) -> Sequence[str]:
    """Return the paths of the fields that an error names; none when it names none.

    ``is_listed`` says that it is one of several errors, and not a whole response, which may show the employee.
    """
    paths = _named(system, folded, is_listed=is_listed)
    return next(([path] for path in paths if path), None) or _listed_fields(folded)


def _named(system: System, folded: Mapping[str, Any], *, is_listed: bool) -> Iterator[str]:
    yield from (field_path(folded.get(name)) for name in _FIELDS)
    if isinstance(source := folded.get("source"), Mapping):
        yield field_path(source)
    perhaps = (field_path(folded.get(name)) for name in _PERHAPS_FIELDS)
    yield from (path for path in perhaps if path and known_label(system, path))
    if is_listed:
        for name, beside in _PAIRS:
            value = folded.get(name)
            if beside in folded and isinstance(value, str) and _IDENTIFIER.fullmatch(value):
                yield field_path(value)
        if isinstance(steps := folded.get("path"), list):
            yield field_path(steps)


def _listed_fields(folded: Mapping[str, Any]) -> Sequence[str]:
    lists = (folded.get(name) for name in _LISTS)
    names = next((each for each in lists if isinstance(each, list) and each), [])
    return [path for name in names if isinstance(name, str) and (path := field_path(name))]


def field_path(value: Any) -> str:
    """Return the path of a field that an error names, however it is written; blank when it names none."""
    if isinstance(value, dict):
        inner = fold_names(value)
        return next((path for name in _INSIDE if (path := field_path(inner.get(name)))), "")
    steps = value if isinstance(value, list) else _STEP.split(value) if isinstance(value, str) else []
    named = [str(step).strip("#$ ") for step in steps if not isinstance(step, dict | list)]
    return ".".join(step for step in named if step and not step.isdigit())


def fold_names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object by names without case, dashes and underscores."""
    return {fold(name): value for name, value in data.items()}


def fold(name: str) -> str:
    """Return a name without case, dashes and underscores."""
    return re.sub(r"[\s_-]+", "", name).casefold()
