"""Read the JSON of a response, and mark the objects that hold a value nobody can read.

orjson reads nearly every body. It refuses a body for one bad character, and rounds numbers that are too long for a
float. Such a body is read again by Python's own parser, which keeps what is good: one employee's broken name must not
hide the others, and two ids must not become one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

# Text that has no UTF-8 form, or that PostgreSQL does not store.
_BROKEN_CHARACTERS = re.compile("[\0\ud800-\udfff]")
_ESCAPED_NUL = b"\\u0000"
# A float holds fifteen digits exactly; sixteen and the point make a number that may have been rounded. Digits become
# zeros first, because a fixed text is found ten times as fast as a pattern.
_DIGITS_TO_ZEROS = bytes.maketrans(b"123456789.", b"0" * 10)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_LONG_DIGITS = b"0" * 17
# Of seventeen digits in a row, every fourth byte of the body shows four at least; of other JSON hardly ever.
_STRIDE, _SAMPLED_DIGITS = 4, b"0" * 4
_LONG_NUMBER = re.compile(rb"(?:^|[:\[,])\s*-?[0-9][0-9.]{16}")
_LEAST_INTEGER, _LARGEST_INTEGER = -(1 << 63), (1 << 64) - 1


class DamagedObject(dict[str, Any]):
    """A JSON object with a broken value in it, or in an object or list inside it.

    Broken characters are replaced, and values that are not JSON are left out. ``field`` is the path of the first one.
    """

    field = ""


class TooLargeBodyError(ValueError):
    """The body holds more than the limits allow; the message says what."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a response may be: in bytes after unpacking, in values, and in objects inside each other."""

    bytes: int = 64_000_000
    values: int = 2_000_000
    depth: int = 64


class _Unreadable:
    """In place of NaN and Infinity, which JSON does not have."""


_UNREADABLE = _Unreadable()


def load_json(body: bytes, limits: Limits = Limits()) -> Any:
    """Return the JSON of a body. Raises TooLargeBodyError, or ValueError when it is not JSON."""
    # Each value but the first follows one of these; where they stand in texts, the number is larger than it is.
    if len(body) > limits.values and sum(map(body.count, (b",", b"[", b"{"))) > limits.values:
        raise TooLargeBodyError(f"more than {limits.values:,} values")
    data = _load(body)
    if not _is_flat(body, limits.depth):
        _check_depth(data, limits.depth)
    return data


def _load(body: bytes) -> Any:
    if not _needs_care(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    return _load_tolerantly(body)


def _is_flat(body: bytes, depth: int) -> bool:
    """Say whether brackets alone show that nothing is nested too deeply: innermost pairs vanish in each round."""
    brackets = body.translate(None, _NO_BRACKETS)
    if len(brackets) <= depth:
        return True
    for _ in range(depth):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets


def _check_depth(data: Any, depth: int) -> None:
    level = [data]
    for _ in range(depth + 1):
        containers = [value for value in level if isinstance(value, dict | list)]
        if not containers:
            return
        level = [
            inner for value in containers for inner in (value.values() if isinstance(value, dict) else value)
        ]
    raise TooLargeBodyError(f"objects nested more than {depth} levels deep")


def _needs_care(body: bytes) -> bool:
    """Say whether a body may hold what orjson reads without complaint and iHUB cannot use."""
    if b"\\" in body and _ESCAPED_NUL in body:  # one character is found far sooner than several
        return True
    if _SAMPLED_DIGITS not in body[::_STRIDE].translate(_DIGITS_TO_ZEROS):
        return False
    return _LONG_DIGITS in body.translate(_DIGITS_TO_ZEROS) and _LONG_NUMBER.search(body) is not None


def dump_json(data: Any) -> bytes:
    """Return data as JSON, with the exact numbers that ``load_json`` has read."""
    return orjson.dumps(data, default=_exact_number)


def _exact_number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def _load_tolerantly(body: bytes) -> Any:
    text = body.decode(json.detect_encoding(body), "surrogateescape")
    if not text.strip():
        raise ValueError("The body is empty.")
    try:
        data = json.loads(
            text.removeprefix("\ufeff"),
            strict=False,
            object_pairs_hook=_read_object,
            parse_constant=lambda _: _UNREADABLE,
            parse_float=_parse_decimal,
            parse_int=_parse_integer,
        )
        return _clean(data)[0]
    except RecursionError as error:
        raise TooLargeBodyError("objects nested too deeply") from error


def _read_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    damaged_field = None
    for name, value in pairs:
        clean_name, name_path = _clean(name)
        clean_value, value_path = _clean(value)
        if clean_value is not _UNREADABLE:
            result[clean_name] = clean_value
        path = name_path if value_path is None else value_path
        if path is not None and damaged_field is None:
            damaged_field = f"{clean_name}.{path}" if path else clean_name
    if damaged_field is None:
        return result
    damaged = DamagedObject(result)
    damaged.field = damaged_field
    return damaged


def _clean(value: Any) -> tuple[Any, str | None]:
    """Return a value without what is broken in it, and the path of the first broken one; None when nothing is."""
    if isinstance(value, str):
        clean = _BROKEN_CHARACTERS.sub("\ufffd", value)
        return clean, None if clean is value or clean == value else ""
    if isinstance(value, DamagedObject):
        return value, value.field
    if isinstance(value, list):
        cleaned = [_clean(entry) for entry in value]
        entries = [None if entry is _UNREADABLE else entry for entry, _ in cleaned]
        return entries, next((path for _, path in cleaned if path is not None), None)
    return value, "" if value is _UNREADABLE else None


def _parse_decimal(written: str) -> float | Decimal:
    """Return a number exactly: as a float where that is written in the same way."""
    value = float(written)
    exact = Decimal(written)
    return value if Decimal(repr(value)) == exact else exact


def _parse_integer(written: str) -> int | Decimal:
    """Return an integer; one of more than 64 bits as a decimal, which ``dump_json`` can write."""
    if len(written) < 19:
        return int(written)
    exact = Decimal(written)
    return int(exact) if _LEAST_INTEGER <= exact <= _LARGEST_INTEGER else exact
