"""Read single values of enableHR's responses; a value of the wrong type is a MalformedError."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from connectors.values.dates import iso_day
from connectors.values.normalise import text


class MalformedError(ValueError):
    """A response does not have the form that enableHR documents; the message names the field and holds no value."""


def json_object(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object, empty where there is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(name)
    return value


def json_objects(value: Any, name: str) -> list[Mapping[str, Any]]:
    """Return a JSON array of objects, empty where there is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError(name)
    return [json_object(item, name) for item in value]


def read_text(source: Mapping[str, Any], key: str) -> str | None:
    """Return a text as iHUB spells it, without invisible characters; None where nothing is left of it."""
    value = source.get(key)
    if value is None or isinstance(value, dict | list):
        if value:
            raise MalformedError(key)
        return None
    return text(value)


def read_date(source: Mapping[str, Any], key: str, zone: tzinfo) -> date | None:
    """Return a calendar date; a moment in UTC counts as the date it is in the zone."""
    value = read_text(source, key)
    if value is None:
        return None
    found = iso_day(value, zone)
    if found is None:
        raise MalformedError(key)
    return found


def read_boolean(source: Mapping[str, Any], key: str) -> bool | None:
    """Return true, false, or None where there is nothing."""
    value = source.get(key)
    if value is not None and not isinstance(value, bool):
        raise MalformedError(key)
    return value


def read_integer(source: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number."""
    value = source.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise MalformedError(key)
    return value
