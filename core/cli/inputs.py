"""Read settings and secrets, which must not be command line arguments: every user of the machine can see those."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidError


def text(path: str | None, variable: str | None) -> str | None:
    """Return the contents of a file (``-`` is standard input) or an environment variable; None if neither is named."""
    if path and variable:
        raise InvalidError("Name a file or an environment variable, not both.")
    if variable:
        value = os.environ.get(variable)
        if value is None:
            raise InvalidError(f"The environment variable {variable} is not set.")
        return value
    if path == "-":
        return sys.stdin.read()
    return _read_file(Path(path)) if path else None


def _read_file(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(f"The file {path} cannot be read. Check its name and its permissions.") from error


def json_object(path: str | None, variable: str | None) -> dict[str, Any]:
    """Return the JSON object in a file or an environment variable; empty if neither is named."""
    content = text(path, variable)
    if content is None:
        return {}
    origin = f"The environment variable {variable}" if variable else "The file"
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise InvalidError(f"{origin} does not contain JSON.") from None
    if not isinstance(value, dict):
        raise InvalidError(f"{origin} does not contain a JSON object.")
    return value
