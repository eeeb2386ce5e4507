"""What the mapping of a connection looks like: each field of the target, as the file and as the mapping fill it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.registry import connector_of
from connectors.rest.checks.changes import check_changes
from connectors.rest.checks.pairs import misfits_by_field
from connectors.rest.description.field_change import change_system
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField
from connectors.rest.employee_places import EmployeePlaces
from connectors.rest.field_wording import describe_blank, describe_filling
from core.db import reading
from core.mapping import checking, wording
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.mapping.merging import PARTS, Overlap
from core.mapping.stored import load
from core.mapping.versions import differences
from core.scope import branches
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the target: what the file says, what the mapping changes, and what comes of both."""

    name: str
    label: str
    type: str
    required: bool
    sensitive: bool
    is_identity: bool
    concern: str | None
    # How the file fills it, and how it is filled with the mapping, in words.
    by_file: str
    filled: str
    if_blank: str
    # Whose value counts: "source", "target", "once" or "ask".
    owner: str
    only_on_create: bool
    is_sent: bool
    # The change in the words of the file; None where there is none.
    change: dict[str, Any] | None = None
    # What is wrong with the change.
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a mapping that differs between two versions, in words and as it is written."""

    part: str
    before: str
    after: str
    was: Any
    becomes: Any


def list_fields(actor: Actor, connection_id: int, document: MappingDocument) -> list[FieldView]:
    """Return the target's fields in the file's order, as a document would fill them; none without a file."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        system = checking.target_system(checking.target_kind(session, connection_id))
        source_fields = connector_of(checking.source_kind(session, connection_id)).source_fields
    if system is None or system.description.target is None:
        return []
    places = EmployeePlaces(source_fields)
    changes = {field["name"]: field for field in documents.to_json(document).get("fields", ())}
    faults: dict[str, list[str]] = {}
    for place, message in check_changes(system, document.fields, places):
        if len(place) > 1 and isinstance(place[1], int):
            faults.setdefault(document.fields[place[1]].name, []).append(message)
    with_changes = _changed(system, document)
    for name, message in misfits_by_field(with_changes.description, source_fields):
        if message not in (known := faults.setdefault(name, [])):
            known.append(message)
    mapped = _fillings(with_changes, places)
    by_file = _fillings(system, places)
    fields = with_changes.fields_by_name
    return [
        _view(
            field,
            fields.get(field.name, field),
            (by_file[field.name], mapped[field.name]),
            changes.get(field.name),
            tuple(faults.get(field.name, ())),
        )
        for field in system.target.fields
    ]


def _changed(system: System, document: MappingDocument) -> System:
    known = [change for change in document.fields if change.name in system.fields_by_name]
    return change_system(system, known)


def _fillings(system: System, places: EmployeePlaces) -> dict[str, str]:
    """Return how each field of a target is filled, in words."""
    fields = system.target.fields
    return {field.name: describe_filling(system.description, field, places) for field in fields}


def _view(
    field: TargetField,
    mapped: TargetField,
    fillings: tuple[str, str],
    change: dict[str, Any] | None,
    faults: tuple[str, ...],
) -> FieldView:
    return FieldView(
        field.name,
        field.label,
        field.type.value,
        mapped.required,
        mapped.sensitive,
        field.identity is not None,
        field.concern.value if field.concern else None,
        *fillings,
        describe_blank(mapped),
        mapped.owned_by.value,
        mapped.only_on_create,
        mapped.send,
        change,
        faults,
    )


def compare(actor: Actor, connection_id: int, before: int, after: int) -> list[Difference]:
    """Return what differs between two versions of a connection. Raises NotFoundError."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        first, second = (load(session, connection_id, number).document for number in (before, after))
    return compare_documents(actor, connection_id, first, second)


def compare_documents(
    actor: Actor, connection_id: int, before: MappingDocument, after: MappingDocument
) -> list[Difference]:
    """Return what differs between two documents of a connection."""
    with reading() as session:
        connection = require_connection(
            session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True
        )
        system = checking.target_system(checking.target_kind(session, connection_id))
        places = checking.source_places(session, connection_id)
        tree = branches.load(session, connection.pairing_id)
    systems = None if system is None else (_changed(system, before), _changed(system, after))
    found = []
    for part, was, becomes in differences(before, after):
        if part in PARTS:
            old, new = (wording.describe_part(part, each, places, tree) for each in (was, becomes))
            found.append(Difference(wording.PART_LABELS[part], old, new, was, becomes))
        elif systems is not None and part in systems[0].fields_by_name:
            found.append(Difference(*_field_words(systems, part, places), was, becomes))
        else:
            old, new = ("as in the file" if each is None else str(each) for each in (was, becomes))
            found.append(Difference(part, old, new, was, becomes))
    return found


def _field_words(systems: tuple[System, System], name: str, places: EmployeePlaces) -> tuple[str, str, str]:
    """Return the label of a field, and in words how both mappings fill it."""
    fields = [each.fields_by_name[name] for each in systems]
    fillings = [describe_filling(systems[0].description, field, places) for field in fields]
    return (
        fields[0].label,
        wording.describe_field(fields[0], fields[1], fillings[0], fillings[1]),
        wording.describe_field(fields[1], fields[0], fillings[1], fillings[0]),
    )


def describe_overlap(actor: Actor, connection_id: int, overlap: Overlap) -> Difference:
    """Return what two people have made of one part: ``before`` is what the other one has saved, ``after`` is ours."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        kind = checking.target_kind(session, connection_id)
    theirs, ours = (_only(kind, overlap.part, said) for said in (overlap.theirs, overlap.ours))
    return compare_documents(actor, connection_id, theirs, ours)[0]


def _only(kind: str, part: str, said: Any) -> MappingDocument:
    """Return a document that says nothing but one part."""
    if said is None:
        return documents.from_json({"connector": kind})
    is_part = part in PARTS
    return documents.from_json({"connector": kind} | ({part: said} if is_part else {"fields": [said]}))
