"""Say where a request does not have the form that an interface description asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.rest.trial.openapi import Json, OpenApi

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_DEEPEST, _DEEPEST_EXAMPLE = 20, 4


def find_faults(api: OpenApi, schema: Any, value: Any, place: str = "", depth: int = 0) -> Iterator[str]:
    """Yield sentences about what a value lacks or has too much; they name places and never the value itself."""
    described = api.schema(schema)
    here = f"`{place}`" if place else "The request"
    kind = described.get("type") or ("object" if described.get("properties") else None)
    kinds = [kind] if isinstance(kind, str) else list(kind or ())
    if depth > _DEEPEST or value is None:
        return
    allowed = tuple(each for name in kinds for each in _TYPES.get(name, ()))
    is_wrong = allowed and (
        not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
    )
    if is_wrong:
        yield f"{here} has to be {_article(kinds[0])}."
        return
    if isinstance(value, dict):
        yield from _object(api, described, value, place, depth)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from find_faults(api, described.get("items"), entry, _inside(place, str(index)), depth + 1)
    else:
        yield from _single(described, value, here)


def _object(api: OpenApi, described: Json, value: dict[str, Any], place: str, depth: int) -> Iterator[str]:
    properties = described.get("properties") or {}
    for name in described.get("required") or ():
        if value.get(name) is None and not api.schema(properties.get(name)).get("readOnly"):
            yield f"`{_inside(place, name)}` is required and is not sent."
    for name, inner in value.items():
        if name in properties:
            if api.schema(properties[name]).get("readOnly"):
                yield f"`{_inside(place, name)}` is read-only there."
            yield from find_faults(api, properties[name], inner, _inside(place, name), depth + 1)
        elif properties and described.get("additionalProperties") in {None, False}:
            yield f"`{_inside(place, name)}` is not in the description of the system."


def _single(described: Json, value: Any, here: str) -> Iterator[str]:
    known = described.get("enum")
    if known and value not in known and str(value) not in map(str, known):
        shown = ", ".join(str(each) for each in known[:12] if each is not None)
        yield f"{here} takes one of: {shown}. Add a `map`."
    longest = described.get("maxLength")
    if isinstance(value, str) and isinstance(longest, int) and len(value) > longest:
        yield f"{here} takes at most {longest} characters. Add `max_length: {longest}`."
    pattern = described.get("pattern")
    if isinstance(value, str) and pattern and not _matches(str(pattern), value):
        yield f"{here} does not have the form {pattern}."
    form = described.get("format")
    if isinstance(value, str) and form == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        yield f"{here} is a date in the form 2026-07-01."


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # a pattern of another language
        return True


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def example_of(api: OpenApi, schema: Any, depth: int = 0) -> Any:
    """Return a value of the form of a schema, with its own examples where it has such."""
    described = api.schema(schema)
    for key in ("example", "default"):
        if described.get(key) is not None:
            return described[key]
    if known := described.get("enum"):
        return known[0]
    kind = described.get("type") or ("object" if described.get("properties") else "string")
    if depth > _DEEPEST_EXAMPLE:
        return None
    if kind == "object":
        inner = (described.get("properties") or {}).items()
        return {name: example_of(api, each, depth + 1) for name, each in inner}
    if kind == "array":
        return [example_of(api, described.get("items"), depth + 1)]
    forms = {"date": "2024-07-01", "date-time": "2024-07-01T00:00:00Z", "email": "jo@example.com"}
    plain = {"integer": 7, "number": 7, "boolean": True}
    return plain.get(str(kind), forms.get(str(described.get("format")), "a1"))
