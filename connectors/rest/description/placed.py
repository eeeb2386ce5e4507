"""Fill in the settings that the places of a description name, such as `attributes.dynamic_{locker_field}.value`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.rest.description.document import Description
from connectors.rest.description.roles import SourceRole
from connectors.rest.description.settings_form import blank_settings, fill_braces
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField

Location = tuple[str | int, ...]
# What a source says of each employee; its other parts are requests, which have their own way.
_PARTS = ("employee", "custom")


def places_with_settings(description: Description) -> Iterator[tuple[Location, str]]:
    """Yield the places that name settings in braces, each with where the file has it."""
    if description.source is not None:
        for part in _PARTS:
            written = description.source.model_dump(by_alias=True, exclude_unset=True).get(part, {})
            yield from _texts(written, ("source", part))
        if "{" in (description.source.mark or ""):
            yield ("source", "mark"), str(description.source.mark)
    for index, field in enumerate(description.target.fields if description.target else ()):
        for key, place in _field_places(field):
            yield ("target", "fields", index, key), place


def _field_places(field: TargetField) -> Sequence[tuple[str, str]]:
    places = (("sent_at", field.sent_at), ("shown_at", field.shown_at))
    return [(key, place) for key, place in places if place is not None and "{" in place]


def _texts(written: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(written, dict):
        for name, inner in written.items():
            if name not in {"map", "label"}:
                yield from _texts(inner, (*location, name))
    elif isinstance(written, str) and "{" in written:
        yield location, written


def fill_places(system: System, settings: SideSettings) -> System:
    """Return a system whose places have the values of settings in them.

    What has a blank setting in its place is not read, and not sent.
    """
    description = system.description
    if not any(True for _ in places_with_settings(description)):
        return system
    updates: dict[str, Any] = {}
    if description.source is not None:
        updates["source"] = _source(description.source, settings)
    if (target := description.target) is not None:
        fields = tuple(_field(field, settings) for field in target.fields)
        updates["target"] = target.model_copy(update={"fields": fields})
    return replace(system, description=description.model_copy(update=updates))


def _field(field: TargetField, settings: SideSettings) -> TargetField:
    places = dict(_field_places(field))
    if not places:
        return field
    if any(blank_settings(place, settings) for place in places.values()):
        return field.model_copy(update={"send": False, "shown_at": f"{field.name}.nowhere"})
    filled = {key: fill_braces(place, settings, encoded=False) for key, place in places.items()}
    return field.model_copy(update=filled)


def _source(source: SourceRole, settings: SideSettings) -> SourceRole:
    written = source.model_dump(by_alias=True, exclude_unset=True, exclude={"branches"})
    for part in _PARTS:
        entries = written.get(part, {})
        written[part] = {
            name: _filled(entry, settings)
            for name, entry in entries.items()
            if not any(blank_settings(text, settings) for _, text in _texts(entry, ()))
        }
    if source.mark is not None:
        written["mark"] = fill_braces(source.mark, settings, encoded=False)
    return SourceRole.model_validate(written).model_copy(update={"branches": source.branches})


def _filled(written: Any, settings: SideSettings) -> Any:
    if isinstance(written, dict):
        return {
            name: inner if name in {"map", "label"} else _filled(inner, settings)
            for name, inner in written.items()
        }
    return fill_braces(written, settings, encoded=False) if isinstance(written, str) else written
