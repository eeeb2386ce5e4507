"""Propose the fields of a file from the form of an employee in a vendor's requests and responses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.rest.trial.known_names import DATES, FORMATS, IDENTITIES, SENSITIVE, leaves, recognise
from connectors.rest.trial.openapi import Json, OpenApi

_MOST_UNKNOWN = 40
_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*")
_NOT_TEXTS = frozenset({"no", "yes", "on", "off", "y", "n", "true", "false", "null"})


def source_lines(api: OpenApi, employee: Json) -> list[str]:
    """Return the lines about a source; none where no surname was found."""
    lines, taken = ["source:", "  employee:"], set[str]()
    for place, _, _ in leaves(api, employee):
        path = recognise(place)
        if path and path not in taken:
            taken.add(path)
            check = (
                "  # CHECK: map its words to iHUB's"
                if path in {"status", "gender", "employment_type"}
                else ""
            )
            lines.append(f"    {path}: {quoted(place)}{check}")
    return lines if "surname" in taken else []


def target_lines(api: OpenApi, body: Json, employee: Json) -> list[str]:
    """Return the lines about a target; none where no surname was found."""
    shown = {place for place, _, _ in leaves(api, employee)}
    known: list[str] = []
    unknown: list[str] = []
    taken = set[str]()
    for place, described, required in leaves(api, body):
        if described.get("readOnly"):
            continue
        path = recognise(place)
        if path and path not in taken:
            taken.add(path)
            known.append(_field_line(place, path, described, required=required))
        elif required or place in shown:
            unknown.append(_unknown_line(place, described, required=required))
    if "surname" not in taken:
        return []
    ended = [place for place, _, _ in leaves(api, body) if recognise(place) == "end_date"][:1]
    lines = ["target:", *(f"  ended: {{field: {place}}}" for place in ended), "  fields:", *known]
    return [*lines, *unknown[:_MOST_UNKNOWN]]


def _field_line(place: str, path: str, described: Json, *, required: bool) -> str:
    parts = [
        f"name: {quoted(place)}",
        f"label: {quoted(_label(place))}",
        *_typed(described, path),
        f"from: {path}",
    ]
    if path in FORMATS:
        parts.append(f"format: {FORMATS[path]}")
    parts += ["required: true"] if required else []
    if isinstance(described.get("maxLength"), int) and path not in DATES:
        parts.append(f"max_length: {described['maxLength']}")
    parts += ["sensitive: true"] if path in SENSITIVE else []
    if path in IDENTITIES:
        parts.append(f"identity: {IDENTITIES[path]}")
    words = ", ".join(map(str, described.get("enum") or ()))
    check = f"  # CHECK: it takes {words}; add a map" if words else ""
    return f"    - {{{', '.join(parts)}}}{check}"


def _unknown_line(place: str, described: Json, *, required: bool) -> str:
    parts = [f"name: {quoted(place)}", f"label: {quoted(_label(place))}", *_typed(described), "send: false"]
    note = "required there, and iHUB does not know what fills it" if required else "filled by a mapping alone"
    return f"    - {{{', '.join(parts)}}}  # CHECK: {note}"


def _typed(described: Json, path: str = "") -> Sequence[str]:
    form, kind = described.get("format"), described.get("type")
    if (
        path in DATES
        or form in {"date", "date-time"}
        or described.get("x-is-date")
        or described.get("x-is-msdate")
    ):
        return ["type: date"]
    types: Mapping[Any, str] = {"integer": "number", "number": "number", "boolean": "boolean"}
    if form == "email":
        return ["type: email"]
    return [f"type: {types[kind]}"] if kind in types else []


def _label(place: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_.-]", " ", place)
    return words[:1].upper() + words[1:].lower()


def quoted(text: str) -> str:
    """Return a text as YAML takes it."""
    is_plain = re.fullmatch(r"[A-Za-z][\w./-]*( [\w./-]+)*", text) and text.casefold() not in {
        "no",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "true",
        "false",
        "null",
    }
    escaped = text.replace("\\", "\\\\").replace('"', "'")
    return text if is_plain else f'"{escaped}"'
