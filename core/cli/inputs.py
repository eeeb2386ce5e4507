"""Read what must not stand on a command line, where every user of the machine could see it: settings and secrets."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidError


def text(path: str | None, variable: str | None) -> str | None:
    """Return the contents of a file (``-`` is standard input) or of an environment variable; None when neither is named."""
    if path and variable:
        raise InvalidError("Name a file or an environment variable, not both.")
    if variable:
        value = os.environ.get(variable)
        if value is None:
            raise InvalidError(f"The environment variable {variable} is not set.")
        return value
    if path == "-":
        return sys.stdin.read()
    return _file(Path(path)) if path else None


def _file(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(
            f"The file {path} cannot be read. Check its name and that this user may read it."
        ) from error


def json_object(path: str | None, variable: str | None) -> dict[str, Any]:
    """Return the JSON object of a file or an environment variable; empty when neither is named."""
    found = text(path, variable)
    if found is None:
        return {}
    place = f"The environment variable {variable}" if variable else "The file"
    try:
        value = orjson.loads(found)
    except orjson.JSONDecodeError:
        raise InvalidError(f"{place} does not hold JSON.") from None
    if not isinstance(value, dict):
        raise InvalidError(f"{place} does not hold a JSON object.")
    return value
