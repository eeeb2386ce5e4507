"""What one connection changes in the fields of its target's file, in the file's own words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, model_validator

from connectors.mapping.base import MOST_STEPS
from connectors.mapping.steps import AnyStep
from connectors.rest.description.base import Text
from connectors.rest.description.system import System
from connectors.rest.description.target_field import WAYS, TargetField

# What the target's file alone says of a field.
FIXED = frozenset({"sent_at", "shown_at", "type", "format", "reads", "identity", "concern", "shown"})


class FieldChange(TargetField):
    """What is changed in one field: every key that is given replaces that key of the file.

    A way to fill the field replaces the file's way. `~` leaves a key as the file has it; `steps: []` and `map: {}`
    leave them out.
    """

    label: Text | None = None  # type: ignore[assignment]
    steps: Annotated[tuple[AnyStep, ...], Field(max_length=MOST_STEPS)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_blank(cls, given: Any) -> Any:
        return (
            {key: value for key, value in given.items() if value is not None}
            if isinstance(given, dict)
            else given
        )

    def changed(self) -> dict[str, Any]:
        """Return the attributes of the field that are given, by their names."""
        return {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name in self.model_fields_set - {"name"}
        }

    @property
    def is_filled_anew(self) -> bool:
        """Say whether the field is filled in another way than the file says, or not sent."""
        return bool(self.changed().keys() & {*WAYS, "send"})


def apply_change(field: TargetField, change: FieldChange) -> TargetField:
    """Return the field of a file as a change leaves it."""
    given = change.changed()
    if given.keys() & {*WAYS} or given.get("send") is False:
        given = dict.fromkeys((*WAYS, "otherwise_filled")) | {"send": True} | given
    if given.get("steps") == ():
        given["steps"] = None
    if given.get("map") == {}:
        given["map"] = None
    return field.model_copy(update=given)


def change_system(system: System, changes: Sequence[FieldChange]) -> System:
    """Return the system with its target's fields as the changes leave them; the system itself without any."""
    if not changes:
        return system
    by_name = {change.name: change for change in changes}
    target = system.target
    fields = tuple(
        apply_change(field, by_name[field.name]) if field.name in by_name else field
        for field in target.fields
    )
    description = system.description.model_copy(
        update={"target": target.model_copy(update={"fields": fields})}
    )
    refilled = frozenset(change.name for change in changes if change.is_filled_anew)
    return replace(system, description=description, refilled=refilled)


def fields_digest(system: System) -> str:
    """Return the SHA-256 over the fields of a target's file, by which a mapping knows that the file has changed."""
    written = [field.model_dump_json(by_alias=True, exclude_defaults=True) for field in system.target.fields]
    return hashlib.sha256("\n".join(written).encode()).hexdigest()
