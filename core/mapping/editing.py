"""Change one field in the document of a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.rest.description.target_field import WAYS
from core.mapping import document as documents
from core.mapping.document import MappingDocument

# The keys that say how a field is filled: one of them replaces the others.
_WAYS = frozenset({"from" if way == "origin" else way for way in WAYS}) | {"else"}


def change_field(document: MappingDocument, name: str, keys: Mapping[str, Any]) -> MappingDocument:
    """Return a document with some keys of a field changed. None gives a key back to the file.

    A way to fill the field replaces the other ways. Raises MappingFaultsError.
    """
    said = documents.to_json(document)
    fields = {field["name"]: field for field in said.get("fields", ())}
    before = fields.get(name, {"name": name})
    ways = {key for key in keys if key in _WAYS and keys[key] is not None}
    if ways or keys.get("send") is False:
        before = {key: value for key, value in before.items() if key not in _WAYS and key != "send"}
    fields[name] = {
        key: value for key, value in {**before, **keys, "name": name}.items() if value is not None
    }
    return documents.from_json({**said, "fields": list(fields.values())})


def give_back_field(document: MappingDocument, name: str) -> MappingDocument:
    """Return a document that leaves a field as the file has it."""
    said = documents.to_json(document)
    fields = [field for field in said.get("fields", ()) if field["name"] != name]
    return documents.from_json({**said, "fields": fields})
