"""Show a value to a person, hiding what is sensitive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from connectors.contract.fields import Concern, Field, Value
from connectors.values.redaction import mask
from core.sync.compare.diff import Difference

# Stands for what the target holds and hides.
KEPT_BACK = "not shown"


def shown(field: Field, value: Value) -> str | None:
    """Return a value as it may stand in a report; None when it is blank."""
    if value is None or value == "":
        return None
    text = _written(value)
    return mask(text) if field.sensitive else text


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value.isoformat() if isinstance(value, date) else str(value)


def _before(difference: Difference) -> str | None:
    hidden = (
        difference.before is None and difference.after is None
    )  # what is taken away although nothing is seen
    return KEPT_BACK if hidden else shown(difference.field, difference.before)


def changes(differences: Iterable[Difference]) -> list[dict[str, str | None]]:
    """Return the field changes as a record's row keeps them."""
    return [
        {
            "field": difference.field.name,
            "label": difference.field.label,
            "before": _before(difference),
            "after": shown(difference.field, difference.after),
        }
        | ({"concern": difference.field.concern.value} if difference.field.concern else {})
        for difference in differences
    ]


def touches_bank(changes: list[dict[str, Any]] | None) -> bool:
    """Say whether the changes of an employee direct money elsewhere."""
    return any(change.get("concern") == Concern.BANK for change in changes or ())
