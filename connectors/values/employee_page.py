"""The address of an employee's page at a system, as a pattern: ``https://app.example.com/people/{id}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field

from connectors.values.web_address import is_safe

_BRACES = re.compile(r"\{(\w+)\}")
EMPLOYEE_ID = "{id}"


def check(text: str) -> str:
    """Return a pattern without blanks around it; empty where there is none. Raises ValueError for an unsafe one."""
    text = text.strip()
    if not text:
        return ""
    try:
        host = urlsplit(text).netloc
        is_usable = is_safe(text) and "{" not in host and "@" not in host and "\\" not in text
    except ValueError:
        is_usable = False
    if not is_usable or any(letter.isspace() or not letter.isprintable() for letter in text):
        raise ValueError("must be a web address that begins with https:// and has no spaces")
    if EMPLOYEE_ID not in text:
        raise ValueError(f"must contain {EMPLOYEE_ID}, where the id of the employee stands in it")
    return text


def fill(pattern: str, employee_id: str, settings: Mapping[str, Any]) -> str | None:
    """Return the address of an employee; None where there is no pattern, or it names a setting that is not there."""
    if not pattern or not employee_id:
        return None
    values = {**settings, "id": employee_id}
    names = set(_BRACES.findall(pattern))
    if any(values.get(name) in (None, "") for name in names):
        return None
    return _BRACES.sub(lambda match: quote(str(values[match[1]]), safe=""), pattern)


# Raises ValueError, which becomes the message for the person who entered it.
EmployeePage = Annotated[str, Field(max_length=500), AfterValidator(check)]


def employee_page(system: str, default: str = "") -> tuple[Any, Any]:
    """Return type and field of the setting ``employee_page``."""
    about = (
        f"Open an employee in {system}, copy the address, and write {EMPLOYEE_ID} in place of the employee's id. "
        "People and To fix then link to it."
    )
    return EmployeePage, Field(default, title="Address of an employee's page", description=about)
