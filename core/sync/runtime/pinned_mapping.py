"""Give the target the mapping that the run pinned when it was claimed, so that no run ever mixes two versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.capabilities import MapsFields, Translator
from connectors.contract.errors import ConfigError
from connectors.contract.fields import Field
from connectors.contract.protocols import Target
from core.sides.system_pair import SystemPair
from core.sync.runtime.context import Facts

_NOT_DESCRIBED = "The mapping of this connection changes fields, and its target is not described in a file."


def give(facts: Facts, pair: SystemPair) -> None:
    """Let the target translate employees as the run's mapping says, or as the draft of a preview.

    Raises ConfigError, with what is wrong, where the mapping does not fit the target's file as it is now, where a field
    cannot take what the source has, or would show what the source calls sensitive by now.
    """
    target, changes = pair.target, _fields(facts.draft or facts.mapping)
    if isinstance(target, MapsFields):
        target.use_source_fields(pair.source_connector.source_fields)
    if changes:
        _require_maps_fields(target).use_field_changes(changes)
    pair.require_fits(changes)


def in_force(facts: Facts, target: Target) -> tuple[Translator, Sequence[Field]]:
    """Return what translates with the version in force, and its fields, for a preview of a draft.

    Raises ConfigError where the version does not fit the target's file as it is now.
    """
    if not isinstance(target, MapsFields):
        return target.prepare, target.fields
    changes = _fields(facts.mapping)
    return target.translator(changes), target.fields_with(changes)


def translator_before(facts: Facts, target: Target) -> Translator | None:
    """Return what translates with the mapping before that of the run; None where no other one may have been used.

    For a preview of a draft that is the mapping in force.
    """
    before = facts.mapping if facts.draft is not None else facts.mapping_before
    if not isinstance(target, MapsFields) or (facts.draft is None and facts.mapped_since is None):
        return None
    if _fields(before) == _fields(facts.draft or facts.mapping):
        return None
    try:
        return target.translator(_fields(before))
    except ConfigError:  # the target's file has changed since
        return None


def _fields(document: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    return document.get("fields", ()) if document else ()


def _require_maps_fields(target: Target) -> MapsFields:
    if not isinstance(target, MapsFields):
        raise ConfigError(_NOT_DESCRIBED)
    return target
