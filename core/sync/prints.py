"""Fingerprints of what a source says about an employee, formatting aside.

Two employees have one fingerprint exactly when `comparing.canonical` makes the same of every field they speak for. What that
takes field by field is done here for all fields of a record at once, because every record of every run goes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, cast
from unicodedata import normalize

import orjson

from connectors.contract import Field, FieldType, Prepared, Value
from core.secrets import vault
from core.sync.comparing import canonical, compared

END = "\0"
"""Stands after each value; unlike other control characters it is no space to Python."""


class _Layout:
    """How records that speak for the same fields are put together: in which order, and what needs a form of its own."""

    def __init__(self, fields: Mapping[str, Field], names: Sequence[str]) -> None:
        ordered = sorted(names)
        self.head = orjson.dumps(ordered)
        self.values = cast("Callable[[Mapping[str, Value]], Sequence[Value]]", _getter(ordered))
        kinds = [fields[name].type if name in fields else FieldType.TEXT for name in ordered]
        self.shaped = [(place, kind) for place, kind in enumerate(kinds) if kind not in (FieldType.TEXT, FieldType.DATE)]


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Value]], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


class Printer:
    """Takes the fingerprints of one target's employees."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Take the target's fields by name."""
        self._fields = fields
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._vault = vault()

    def fingerprint(self, prepared: Prepared) -> bytes:
        """Return the 16 bytes that tell whether two employees are the same to the target."""
        values: Mapping[str, Value] = dict(compared(prepared)) if prepared.create_only else prepared.values
        layout = self._layout(tuple(values))
        given = layout.values(values)
        texts = [value if type(value) is str else _text(value) for value in given]
        for place, kind in layout.shaped:
            texts[place] = canonical(given[place], kind) or ""
        return self._vault.fingerprint(layout.head + _folded(texts).encode())

    def _layout(self, names: tuple[str, ...]) -> _Layout:
        layout = self._layouts.get(names)
        if layout is None:
            layout = self._layouts[names] = _Layout(self._fields, names)
        return layout


def _text(value: Value) -> str:
    return value.isoformat() if type(value) is date else canonical(value) or ""


def _folded(texts: Sequence[str]) -> str:
    """Fold the case and the spaces of many texts as `comparing.canonical` does with one."""
    text = END.join(texts)
    if text.count(END) >= len(texts):  # one of them holds the end mark itself
        return orjson.dumps([canonical(one) for one in texts]).decode()
    text = text.lower() if text.isascii() else normalize("NFC", text).casefold()
    return " ".join(text.split()).replace(f" {END}", END).replace(f"{END} ", END)
