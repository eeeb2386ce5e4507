"""Check where the fields of a target are in its requests and responses."""

from __future__ import annotations

from connectors.rest import paths
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description
from connectors.rest.description.roles import TargetRole
from connectors.rest.description.target_field import TargetField


def check_nesting(target: TargetRole, field: TargetField, location: Location) -> LocatedMessages:
    """Yield a field that is inside another one, or an entry of a list without the one before it."""
    sent, _ = field.places
    names = sent.split(".")
    for index, name in enumerate(names):
        before = ".".join(names[:index])
        if paths.is_index(name) and not index:
            yield location, f"`{sent}` begins with a number. Write the name of the list before it."
        elif paths.is_index(name) and int(name) and not _has_entry(target, f"{before}.{int(name) - 1}"):
            message = f"`{sent}` has no field for the entry before it. Add `{before}.{int(name) - 1}`."
            yield location, message
    others = [(other, other.places[0]) for other in target.fields]
    outer = [other.name for other, place in others if sent.startswith(f"{place}.")]
    if outer:
        message = (
            f"`{field.name}` is inside the field `{outer[0]}`, and each would overwrite the other. Keep one."
        )
        yield location, message


def _has_entry(target: TargetRole, place: str) -> bool:
    sent = (field.places[0] for field in target.fields)
    return any(each == place or each.startswith(f"{place}.") for each in sent)


def check_places(description: Description, target: TargetRole) -> LocatedMessages:
    """Yield fields in two places, or in a place that an update of the whole record cannot keep."""
    update, taken = description.employees.update, dict[str, str]()
    for index, field in enumerate(target.fields):
        sent, shown = field.places
        location: Location = ("target", "fields", index, "sent_at" if field.sent_at else "name")
        if taken.setdefault(sent, field.name) != field.name:
            yield location, f"`{sent}` is the place of `{taken[sent]}` already. Keep one of them."
        outer = shown.split(".")[0]
        is_whole = update is not None and update.sends == "everything"
        if sent != shown and is_whole and update is not None and outer not in update.leave_out:
            message = (
                f"An update that sends everything would also send `{outer}` back. Add it to `leave_out`."
            )
            yield ("target", "fields", index, "shown_at"), message
