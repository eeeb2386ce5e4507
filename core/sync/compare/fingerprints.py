"""Fingerprints of what is sent about an employee, formatting aside.

Two employees have the same fingerprint exactly when the canonical forms of all their fields and the spellings of their
names are the same. The fields of a record are folded together and not one by one, because a run takes the fingerprint
of every record it compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

import orjson

from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.records import Prepared
from core.security.vault import vault
from core.sync.compare.canonical import SEPARATOR, canonical, join_canonical, spell
from core.sync.compare.diff import compared_values
from core.sync.compare.last_write import SPELLING_BYTES

# Far more layouts than the records of one target have, but not one for each employee.
MAX_LAYOUTS = 500


class _Layout:
    """How records with the same fields are put together: in which order, and which fields are more than text."""

    def __init__(self, fields: Mapping[str, Field], names: Sequence[str]) -> None:
        ordered = sorted(names)
        self.values = cast("Callable[[Mapping[str, Value]], Sequence[Value]]", _values_getter(ordered))
        self.fingerprint = vault().fingerprints(orjson.dumps(ordered))
        kinds = [fields[name].type if name in fields else FieldType.TEXT for name in ordered]
        self.names = [index for index, name in enumerate(ordered) if name in fields and fields[name].is_name]
        self.spelling = vault().fingerprints(
            orjson.dumps(["spelling", *(ordered[index] for index in self.names)])
        )
        self.typed = [(index, kind) for index, kind in enumerate(kinds) if kind is not FieldType.TEXT]


def _values_getter(names: Sequence[str]) -> Callable[[Mapping[str, Value]], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def _as_ascii(value: str) -> str:
    """Return a canonical value in a form that folding does not change: the letters of an e-mail address count."""
    return value if value.isascii() else value.encode().hex()


class Fingerprinter:
    """Takes the fingerprints of one target's employees."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    def fingerprint(self, prepared: Prepared) -> bytes:
        """Return bytes that are the same for two employees who are the same to the target (last_write.py)."""
        values: Mapping[str, Value] = (
            dict(compared_values(prepared)) if prepared.create_only else prepared.values
        )
        names = tuple(values)
        layout = self._layouts.get(names) or self._add_layout(names)
        ordered: list[Any] = ["" if value is None else value for value in layout.values(values)]
        spelling = SEPARATOR.join([spell(ordered[index]) for index in layout.names])
        for index, kind in layout.typed:
            form = canonical(ordered[index], kind) or ""
            ordered[index] = _as_ascii(form) if kind is FieldType.EMAIL else form
        content = layout.fingerprint(join_canonical(ordered).encode())
        return content + layout.spelling(spelling.encode())[:SPELLING_BYTES]

    def _add_layout(self, names: tuple[str, ...]) -> _Layout:
        if len(self._layouts) >= MAX_LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[names] = _Layout(self._fields, names)
        return layout
