"""Check whose value counts in a target's fields: what the target cannot own, and what nobody can be asked about."""

from __future__ import annotations

from connectors.contract.fields import LEFT_TO_TARGET, Owner
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.roles import TargetRole
from connectors.rest.description.target_field import TargetField


def check(target: TargetRole) -> LocatedMessages:
    """Yield what cannot work in the owners of the fields."""
    for index, field in enumerate(target.fields):
        yield from _field(target, field, ("target", "fields", index))
    yield from _groups(target)


def _field(target: TargetRole, field: TargetField, location: Location) -> LocatedMessages:
    name, owner = field.name, field.owner
    if owner is Owner.ASK and not field.shown:
        message = f"The target never shows `{name}`, so nobody can be asked about it. Write `owner: source`."
        yield (*location, "owner"), message
    if owner is Owner.TARGET and field.required:
        message = (
            f"A new employee must have `{name}`, so it cannot be left to the target. Write `owner: once`."
        )
        yield (*location, "owner"), message
    if owner is Owner.TARGET and name in (target.external_id, target.ended.field):
        message = f"iHUB needs to send `{name}`, so it cannot be left to the target. Remove `owner`."
        yield (*location, "owner"), message
    if field.only_on_create and owner not in (None, Owner.ONCE):
        message = f"`{name}` is sent for new employees only. Remove `owner`, or `only_on_create`."
        yield (*location, "owner"), message
    if field.also_when_blank and field.owned_by is not Owner.ONCE:
        yield (
            (*location, "also_when_blank"),
            "`also_when_blank` needs `owner: once`. Add it, or remove the key.",
        )
    if field.also_when_blank and field.only_on_create:
        message = (
            f"`{name}` is sent for new employees only. Write `owner: once` in place of `only_on_create`."
        )
        yield (*location, "also_when_blank"), message


def _groups(target: TargetRole) -> LocatedMessages:
    """Refuse half a value: what belongs together is left to the target together."""
    by_name = {field.name: field for field in target.fields}
    for key, groups in (
        ("together", [group.fields for group in target.together]),
        ("one_value", [group.fields for group in target.one_value]),
    ):
        for index, names in enumerate(groups):
            parts = [by_name[name] for name in names if name in by_name]
            left = [part.name for part in parts if part.owned_by in LEFT_TO_TARGET]
            if left and len(left) < len(parts):
                message = (
                    f"`{left[0]}` is left to the target, and what belongs to it is not. Give all one `owner`."
                )
                yield ("target", key, index, "fields"), message
