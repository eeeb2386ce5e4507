"""Read one value of a response as a value of an employee."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.rest.description.base import Factor, Scalar
from connectors.rest.description.system import System
from connectors.values.normalise import boolean, is_writable, number, text

# What is no single value. A tuple: `dict | list` would be made again for each value.
NESTED = (dict, list)


class UnreadableError(Exception):
    """A value of one employee cannot be read; the message names the field."""


def converter_of(system: System, kind: Any) -> Callable[[Any], Any]:
    """Return what makes a value of a type from one of a response: None where that cannot be."""
    converters: dict[Any, Callable[[Any], Any]] = {
        date: system.parse_date,
        bool: boolean,
        int: _whole,
        Decimal: number,
    }
    return converters.get(kind, read_text)


def compile_value(
    convert: Callable[[Any], Any],
    table: Mapping[str, Scalar] | None,
    label: str,
    blank: Collection[str] = (),
) -> Callable[[Any], Any]:
    """Return what reads a value that is shown, through a value map; it raises UnreadableError.

    The words of ``blank``, in small letters, stand for no value.
    """
    mapped = None if table is None else {known.casefold(): value for known, value in table.items()}

    def read(shown: Any) -> Any:
        if isinstance(shown, NESTED):
            raise UnreadableError(label)
        if mapped is not None:
            shown = mapped.get(str(shown).casefold(), shown)  # an unknown value is not an error
        value = convert(shown)
        if value is None and text(shown) is not None:
            raise UnreadableError(label)
        return value

    if not blank:
        return read
    return lambda shown: None if str(shown).strip().casefold() in blank else read(shown)


def multiplied(convert: Callable[[Any], Any], factor: Factor | None) -> Callable[[Any], Any]:
    """Return what makes a value of a number in another unit, such as dollars of cents."""
    if factor is None:
        return convert
    by = Decimal(str(factor))

    def read(shown: Any) -> Any:
        amount = number(shown)
        return None if amount is None else convert(amount * by)

    return read


def _whole(shown: Any) -> int | None:
    amount = number(shown)
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def read_text(shown: Any) -> str | None:
    """Return a text; a number in its own spelling."""
    is_number = isinstance(shown, Decimal) and is_writable(shown)
    return format(shown, "f") if is_number else text(shown)
