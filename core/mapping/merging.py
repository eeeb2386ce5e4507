"""Merge the changes of one person into a version that somebody else has saved meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# What a document is about besides single fields; each is one part.
PARTS = ("scope", "starters", "leavers", "people")
Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """One part of a mapping that two people have changed in different ways; None stands for: as in the file."""

    part: str
    ours: Any
    theirs: Any


def parts_of(said: Mapping[str, Any]) -> dict[Part, Any]:
    """Return each part of a document in its canonical form: the change of each field, and the rest."""
    parts: dict[Part, Any] = {("field", field["name"]): field for field in said.get("fields", ())}
    parts |= {("part", name): said[name] for name in PARTS if name in said}
    return parts


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[Part, tuple[Any, Any]]:
    """Return the parts that differ between two documents, each with what it was and what it is."""
    old, new = parts_of(before), parts_of(after)
    names = list(dict.fromkeys((*old, *new)))
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def merge(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Overlap]]:
    """Return ``theirs`` with what ``ours`` changed in ``base``, and the parts that both have changed differently."""
    our_changes, their_changes = changed_parts(base, ours), changed_parts(base, theirs)
    overlaps = [
        Overlap(name, our_changes[kind, name][1], their_changes[kind, name][1])
        for kind, name in our_changes
        if (kind, name) in their_changes and our_changes[kind, name][1] != their_changes[kind, name][1]
    ]
    merged = parts_of(theirs)
    for part, (_, after) in our_changes.items():
        if after is None:
            merged.pop(part, None)
        else:
            merged[part] = after
    return _from_parts(theirs, merged), overlaps


def resolve(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], keep_theirs: Collection[str]
) -> dict[str, Any]:
    """Return ``theirs`` with what ``ours`` changed in ``base``, except the parts of which theirs are to stay."""
    said, kept = merge(base, ours, theirs)[0], parts_of(theirs)
    parts = {part: value for part, value in parts_of(said).items() if part[1] not in keep_theirs}
    parts |= {part: value for part, value in kept.items() if part[1] in keep_theirs}
    return _from_parts(theirs, parts)


def _from_parts(frame: Mapping[str, Any], parts: Mapping[Part, Any]) -> dict[str, Any]:
    said = {key: value for key, value in frame.items() if key != "fields" and key not in PARTS}
    said |= {name: value for (kind, name), value in parts.items() if kind == "part"}
    if fields := [value for (kind, _), value in parts.items() if kind == "field"]:
        said["fields"] = fields
    return said
