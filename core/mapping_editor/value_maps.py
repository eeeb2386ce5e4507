"""Give a value of the source a match at the target, as a new version of the connection's mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.rest.description.field_change import change_system
from connectors.rest.description.system import compile_map
from connectors.rest.description.target_field import Origin, TargetField
from core.db import reading
from core.errors import InvalidError
from core.mapping import checking, choices, editing, stored, versions
from core.mapping.document import MappingDocument
from core.mapping.versions import Saved
from core.people import values
from core.people.values import UnmappedValue
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

NOT_MAPPED = "This value cannot be mapped: the field has no value map, or its values are not named."


@dataclass(frozen=True, slots=True)
class MappableValue:
    """A value of the source that the last run found no match for.

    ``sent`` is its match in the mapping in force, where it has been given one since. ``options`` are what the
    target's field takes as far as is known, each with its label; another value can be typed unless ``only_options``.
    """

    found: UnmappedValue
    can_be_mapped: bool
    sent: str | None
    options: Mapping[str, str]
    only_options: bool


def list_values(actor: Actor, connection_id: int) -> Sequence[MappableValue]:
    """Return the values without a match in the last run, those of most people first.

    Who sees reports only, and no connections, is not shown what the mapping in force makes of them. Raises
    NotFoundError, ForbiddenError, ConfigError.
    """
    found = values.unmapped(actor, connection_id)
    if not actor.may(Permission.SEE_CONNECTIONS):
        return [
            MappableValue(each, can_be_mapped=False, sent=None, options={}, only_options=False)
            for each in found
        ]
    if not found:
        return []
    with reading() as session:
        document = stored.current(session, connection_id).document
        fields = _fields(checking.target_kind(session, connection_id), document)
    lists = {view.name: view for view in choices.list_choices(actor, connection_id)}
    return [_mappable(each, fields.get(each.field), lists) for each in found]


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """What is sent in a field of the target for a value of the source."""

    field: str
    value: str
    sent: str


def map_value(actor: Actor, connection_id: int, row: ValueMatch, *, confirmed: bool = False) -> Saved:
    """Save a new version in which a value of the source has a match in a field of the target.

    ``confirmed`` is that of ``versions.save``. Raises InvalidError where the value cannot have one, and the errors of
    ``versions.save``.
    """
    field, value, sent = row.field, " ".join(row.value.split()), row.sent.strip()
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        version = stored.current(session, connection_id)
        fields = _fields(checking.target_kind(session, connection_id), version.document)
    target = fields.get(field)
    if target is None or not _can_be_mapped(target):
        raise InvalidError(NOT_MAPPED)
    if not value or not sent:
        raise InvalidError("Choose or enter what is to be sent for this value.")
    keys = _with_row(target, value, sent)
    document = editing.change_field(version.document, field, keys)
    note = f"{target.label}: “{value}” is sent as “{sent}”."[: versions.MOST_NOTE]
    return versions.save(actor, connection_id, document, note, based_on=version.number, confirmed=confirmed)


def _fields(kind: str, document: MappingDocument) -> Mapping[str, TargetField]:
    system = checking.target_system(kind)
    if system is None or system.description.target is None:
        return {}
    known = [change for change in document.fields if change.name in system.fields_by_name]
    return change_system(system, known).fields_by_name


def _can_be_mapped(field: TargetField) -> bool:
    is_shown = not field.sensitive and field.concern is None
    return is_shown and (field.map is not None or any(_own_maps(field)))


def _own_maps(field: TargetField) -> Sequence[Origin]:
    """Return the origins of a field that have value maps of their own."""
    return [origin for origin in field.origins if isinstance(origin, Origin)]


def _maps(field: TargetField) -> Sequence[Mapping[str, Any]]:
    """Return the value maps through which its values go; that of the field itself comes last, and alone counts."""
    return [field.map] if field.map is not None else [origin.map for origin in _own_maps(field)]


def _mappable(
    found: UnmappedValue, field: TargetField | None, lists: Mapping[str, choices.ChoicesView]
) -> MappableValue:
    if field is None or found.value is None or not _can_be_mapped(field):
        return MappableValue(found, can_be_mapped=False, sent=None, options={}, only_options=False)
    mapped = [sent for table in _maps(field) if (sent := compile_map(table)(found.value)) is not None]
    listed = lists.get(field.choices or "")
    if listed is not None and listed.read_at is not None:
        options = {entry.label if listed.by_name else entry.id: entry.label for entry in listed.entries}
    else:
        options = {written(sent): written(sent) for table in _maps(field) for sent in table.values()}
    return MappableValue(
        found, True, written(mapped[0]) if mapped else None, options, field.choices is not None
    )


def written(value: Any) -> str:
    """Return a value of a map as people read it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _with_row(field: TargetField, value: str, sent: str) -> dict[str, Any]:
    """Return the keys of a field with one more row in its value map, or in those of its origins."""
    known = {written(each): each for table in _maps(field) for each in table.values()}
    row = {value: known.get(sent, sent)}
    keys = editing.field_keys(field)
    if field.map is not None:
        return {"map": keys["map"] | row}
    return {"from": _with_rows(keys["from"], row)}


def _with_rows(origins: Any, row: Mapping[str, Any]) -> Any:
    if isinstance(origins, list):
        return [_with_rows(each, row) for each in origins]
    return {**origins, "map": origins["map"] | row} if isinstance(origins, dict) else origins
