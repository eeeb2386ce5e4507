"""Change one field in the document of a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.rest.description.target_field import WAYS, TargetField
from core.mapping import document as documents
from core.mapping.document import MappingDocument

# The keys that say how a field is filled: one of them replaces the others.
WAY_KEYS = frozenset({"from" if way == "origin" else way for way in WAYS}) | {"else"}
# The other keys that the editor of a field shows, each with what it is where nothing is written.
OTHER_KEYS: dict[str, Any] = {
    "steps": None,
    "map": None,
    "unmapped": None,
    "default": None,
    "default_only_on_create": False,
    "when": None,
    "otherwise": None,
    "blank": "keep",
    "owner": None,
    "also_when_blank": False,
    "only_on_create": False,
    "required": False,
    "sensitive": False,
}
# What a mapping can add to a field and not take away.
_ONLY_ADDED = frozenset({"required", "sensitive"})
# What leaves out a list that the file has.
_EMPTY: dict[str, Any] = {"steps": [], "map": {}}


def change_field(document: MappingDocument, name: str, keys: Mapping[str, Any]) -> MappingDocument:
    """Return a document with some keys of a field changed. None gives a key back to the file.

    A way to fill the field replaces the other ways. Raises MappingFaultsError.
    """
    said = documents.to_json(document)
    fields = {field["name"]: field for field in said.get("fields", ())}
    before = fields.get(name, {"name": name})
    ways = {key for key in keys if key in WAY_KEYS and keys[key] is not None}
    if ways or keys.get("send") is False:
        before = {key: value for key, value in before.items() if key not in WAY_KEYS and key != "send"}
    fields[name] = {
        key: value for key, value in {**before, **keys, "name": name}.items() if value is not None
    }
    return documents.from_json({**said, "fields": list(fields.values())})


def give_back_field(document: MappingDocument, name: str) -> MappingDocument:
    """Return a document that leaves a field as the file has it."""
    said = documents.to_json(document)
    fields = [field for field in said.get("fields", ()) if field["name"] != name]
    return documents.from_json({**said, "fields": fields})


def field_keys(field: TargetField) -> dict[str, Any]:
    """Return what is written of a field, in the keys that the editor shows."""
    written = field.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: value for key, value in written.items() if key in WAY_KEYS | OTHER_KEYS.keys() | {"send"}}


def replace_field(document: MappingDocument, field: TargetField, keys: Mapping[str, Any]) -> MappingDocument:
    """Return a document in which a field of the file is as ``keys`` say, with only what differs from the file.

    Keys that the editor does not show stay as the document has them. Raises MappingFaultsError.
    """
    said = documents.to_json(document)
    known = WAY_KEYS | OTHER_KEYS.keys() | {"send"}
    before: dict[str, Any] = next((each for each in said.get("fields", ()) if each["name"] == field.name), {})
    rest = {key: value for key, value in before.items() if key not in known}
    change = {"name": field.name} | rest | _differences(field_keys(field), keys)
    others = [each for each in said.get("fields", ()) if each["name"] != field.name]
    fields = [*others, change] if len(change) > 1 else others
    return documents.from_json({**said, "fields": fields})


def _differences(file: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    if keys.get("send") is False:
        change: dict[str, Any] = {} if file.get("send") is False else {"send": False}
    else:
        ways = {key: value for key, value in keys.items() if key in WAY_KEYS}
        own = {key: value for key, value in file.items() if key in WAY_KEYS}
        change = ways if ways != own else {}
        if file.get("send") is False:
            change = {**ways, "send": True}
    for key, nothing in OTHER_KEYS.items():
        value = keys.get(key, nothing)
        if value == file.get(key, nothing) or (key in _ONLY_ADDED and file.get(key)):
            continue
        if value is None:
            value = _EMPTY.get(key)
        if value is not None:
            change[key] = value
    return change
