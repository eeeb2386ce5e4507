"""Which values without a match in a field's map may be named to a person who maps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import TargetField

# Values that describe an employment. All others may identify or locate a person, or are about their pay.
NAMEABLE = frozenset(
    {
        "title",
        "gender",
        "position",
        "branch_id",
        "branch",
        "employment_type",
        "status",
        "address.state",
        "address.country",
    }
)


def compile_name(field: TargetField) -> Callable[[Any], str | None]:
    """Return what names a value of a field that is not mapped: the value as text, or None where it stays unnamed."""
    paths = {*field.template_places, *map(origin_path, field.all_origins)}
    is_private = field.sensitive or field.concern is not None or field.from_setting is not None
    if is_private or not paths <= NAMEABLE:
        return lambda _value: None
    return lambda value: " ".join(str(value).split())
