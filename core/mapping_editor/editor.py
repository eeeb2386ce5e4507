"""What the Mapping tab shows: the version in force, the actor's draft, and what each field can be filled with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.source_fields import SourceField, first_entries
from connectors.registry import connector_of
from connectors.rest.description.field_change import change_system
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField
from core.db import reading
from core.errors import InvalidError
from core.mapping import checking, drafts, editing, stored
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.mapping.drafts import Draft
from core.mapping.stored import Version
from core.mapping.versions import differences
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

NOT_DESCRIBED = (
    "The fields of this target are filled by the connector's own code, so that they cannot be changed."
)


@dataclass(frozen=True, slots=True)
class EditorView:
    """The mapping that is being edited: the draft where there is one, otherwise the version in force."""

    connection_id: int
    source: str
    target: str
    version: Version
    draft: Draft | None
    # Whether the target's fields are described in a file, so that they can be changed.
    is_described: bool

    @property
    def document(self) -> MappingDocument:
        """Return the mapping that is being edited."""
        return self.version.document if self.draft is None else self.draft.document

    @property
    def based_on(self) -> int:
        """Return the number of the version on which the mapping that is being edited is based."""
        return self.version.number if self.draft is None else self.draft.based_on

    @property
    def is_outdated(self) -> bool:
        """Say whether somebody has saved a version since the draft was begun."""
        return self.draft is not None and self.draft.based_on != self.version.number

    @property
    def changes(self) -> int:
        """Return in how many parts the draft differs from the version in force."""
        return 0 if self.draft is None else len(differences(self.version.document, self.draft.document))


@dataclass(frozen=True, slots=True)
class FieldEditor:
    """One field as it can be edited: what is written of it by the file, and with the mapping."""

    name: str
    label: str
    type: str
    by_file: Mapping[str, Any]
    keys: Mapping[str, Any]
    # The target's list that its value has to be from.
    choices: str | None
    # What the connection's source has of an employee, and the settings of the target with their titles.
    source_fields: Sequence[SourceField]
    settings: Mapping[str, str]


def open_editor(actor: Actor, connection_id: int) -> EditorView:
    """Return the mapping of a connection as it is being edited. Raises NotFoundError, ForbiddenError, ConfigError."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        version = stored.current(session, connection_id)
        target = connector_of(checking.target_kind(session, connection_id))
        source = connector_of(checking.source_kind(session, connection_id))
    system: System | None = target.system
    is_described = system is not None and system.description.target is not None
    draft = drafts.get(actor, connection_id)
    return EditorView(connection_id, source.name, target.name, version, draft, is_described)


def open_field(actor: Actor, connection_id: int, document: MappingDocument, name: str) -> FieldEditor:
    """Return one field as a document leaves it. Raises InvalidError for a field that the target does not have."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        target = connector_of(checking.target_kind(session, connection_id))
        source = connector_of(checking.source_kind(session, connection_id))
    field = _field(target.system, name)
    own = [change for change in document.fields if change.name == name]
    mapped = change_system(target.system, own).fields_by_name[name] if own else field
    properties = target.settings.model_json_schema().get("properties", {})
    return FieldEditor(
        name,
        field.label,
        field.type.value,
        editing.field_keys(field),
        editing.field_keys(mapped),
        field.choices,
        tuple(first_entries(source.source_fields)),
        {setting: str(schema.get("title", setting)) for setting, schema in properties.items()},
    )


def apply(actor: Actor, connection_id: int, name: str, keys: Mapping[str, Any] | None) -> None:
    """Keep in the actor's draft that a field is as ``keys`` say; None: as in the file.

    The draft need not be usable yet. Raises MappingFaultsError for what cannot be written at all, and InvalidError.
    """
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
    view = open_editor(actor, connection_id)
    if not view.is_described:
        raise InvalidError(NOT_DESCRIBED)
    with reading() as session:
        system = checking.target_system(checking.target_kind(session, connection_id))
    if keys is None:
        document = editing.give_back_field(view.document, name)
    else:
        document = editing.replace_field(view.document, _field(system, name), keys)
    if documents.digest(document) == view.version.digest and view.based_on == view.version.number:
        drafts.discard(actor, connection_id)
    else:
        drafts.put(actor, connection_id, document, based_on=view.based_on)


def _field(system: System | None, name: str) -> TargetField:
    field = None if system is None or system.description.target is None else system.fields_by_name.get(name)
    if field is None:
        raise InvalidError("The target has no such field. Reload the page.")
    return field
