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

from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.records import Prepared
from core.security.vault import vault
from core.sync.compare.diff import canonical, compared

# Stands after each value; unlike other control characters it is no space to Python.
END = "\0"

# So many are remembered: far more than the records of one target have, but not one for each employee.
LAYOUTS = 500


def _number(value: Value) -> str:
    return canonical(value, FieldType.NUMBER) or ""


def _boolean(value: Value) -> str:
    return canonical(value, FieldType.BOOLEAN) or ""


def _email(value: Value) -> str:
    if type(value) is str and value.isascii():
        return "".join(value.split())  # its case is folded with all the others
    return canonical(value, FieldType.EMAIL) or ""


def _phone(value: Value) -> str:
    if type(value) is str:
        digits = value.replace(" ", "")
        if digits.isdigit() and digits.isascii() and digits[:2] != "00":  # as almost all are written
            return digits
    return canonical(value, FieldType.PHONE) or ""


# What `comparing.canonical` makes of fields that are more than text; case is folded later.
FORMS = {
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
}


class _Layout:
    """How records that speak for the same fields are put together: in which order, and what needs a form of its own."""

    def __init__(self, fields: Mapping[str, Field], names: Sequence[str]) -> None:
        ordered = sorted(names)
        self.values = cast("Callable[[Mapping[str, Value]], Sequence[Value]]", _getter(ordered))
        self.fingerprint = vault().fingerprints(orjson.dumps(ordered))
        kinds = [fields[name].type if name in fields else FieldType.TEXT for name in ordered]
        self.dates = [place for place, kind in enumerate(kinds) if kind is FieldType.DATE]
        self.shaped = [(place, FORMS[kind]) for place, kind in enumerate(kinds) if kind in FORMS]


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Value]], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


class Fingerprinter:
    """Takes the fingerprints of one target's employees."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Take the target's fields by name."""
        self._fields = fields
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    def fingerprint(self, prepared: Prepared) -> bytes:
        """Return the 16 bytes that tell whether two employees are the same to the target."""
        values: Mapping[str, Value] = dict(compared(prepared)) if prepared.create_only else prepared.values
        names = tuple(values)
        layout = self._layouts.get(names) or self._lay_out(names)
        texts: list[Any] = ["" if value is None else value for value in layout.values(values)]
        for place in layout.dates:
            value = texts[place]
            if type(value) is date:
                texts[place] = value.isoformat()
        for place, form in layout.shaped:
            texts[place] = form(texts[place])
        try:
            text = END.join(texts)
        except TypeError:  # a number, or a date, in a field of text
            texts = [value if type(value) is str else canonical(value) or "" for value in texts]
            text = END.join(texts)
        return layout.fingerprint(_folded(text, texts).encode())

    def _lay_out(self, names: tuple[str, ...]) -> _Layout:
        if len(self._layouts) >= LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[names] = _Layout(self._fields, names)
        return layout


def _folded(text: str, texts: Sequence[str]) -> str:
    """Fold the case and the spaces of many texts, joined, as `comparing.canonical` does with one."""
    if text.count(END) >= len(texts):  # one of them holds the end mark itself
        return orjson.dumps([canonical(one) for one in texts]).decode()
    text = text.lower() if text.isascii() else normalize("NFC", text).casefold()
    return " ".join(text.split()).replace(f" {END}", END).replace(f"{END} ", END)
