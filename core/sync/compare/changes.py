"""Show the changes of an employee to a person, with sensitive values masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from connectors.contract.fields import Concern, Field, Identity, Value
from connectors.values.redaction import MASK, mask
from core.sync.compare.diff import Difference

# Shown instead of a value that the target holds but does not show.
NOT_SHOWN = "not shown"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def field_changes(differences: Iterable[Difference]) -> list[dict[str, str | None]]:
    """Return the field changes as a record's row keeps them."""
    return [
        {
            "field": difference.field.name,
            "label": difference.field.label,
            "before": _value_before(difference),
            "after": display_value(difference.field, difference.after),
        }
        | ({"concern": difference.field.concern.value} if difference.field.concern else {})
        for difference in differences
    ]


def _value_before(difference: Difference) -> str | None:
    if difference.before is None and difference.after is None:  # cleared although the target does not show it
        return NOT_SHOWN
    return display_value(difference.field, difference.before)


def display_value(field: Field, value: Value) -> str | None:
    """Return a value as reports may show it; None when it is blank."""
    if value is None or value == "":
        return None
    is_date = field.identity is Identity.BIRTH_DATE or (field.sensitive and _is_date(value))
    if is_date:  # the end of a date would say the day
        return MASK
    text = _text(value)
    if not field.sensitive:
        return text
    return MASK if field.is_derived else mask(text)


def _is_date(value: Value) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value) is not None)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value.isoformat() if isinstance(value, date) else str(value)


def touches_bank(changes: list[dict[str, Any]] | None) -> bool:
    """Return whether the changes of an employee redirect money."""
    return any(change.get("concern") == Concern.BANK for change in changes or ())
