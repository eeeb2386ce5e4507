"""One request as it is sent: its path with the query, and its body as JSON or as a web form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from connectors.http.json_body import dump_json

# Characters that a query may hold as they are (RFC 3986), and that take part in nothing there.
SAFE_IN_QUERY = "/?:@!$'()*,"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}

Query = Mapping[str, str | int]


class Request(NamedTuple):
    """A request; ``sent`` is its body before it was written."""

    method: str
    path: str
    body: bytes | None = None
    repeatable: bool = True
    headers: Mapping[str, str] | None = None
    sent: Any = None


def new_request(  # noqa: PLR0917 - the parts of a request, in its order
    method: str,
    path: str,
    body: Any,
    query: Query | None,
    repeatable: bool,
    headers: Mapping[str, str] | None,
    as_form: bool,
) -> Request:
    """Return a request with a body."""
    if not as_form:
        return Request(method, with_query(path, query), dump_json(body), repeatable, headers, body)
    written, headers = form_body(body), {**(headers or {}), **FORM_TYPE}
    return Request(method, with_query(path, query), written, repeatable, headers, body)


def with_query(path: str, query: Query | None) -> str:
    """Return a path with its query."""
    return f"{path}?{urlencode(query, safe=SAFE_IN_QUERY)}" if query else path


def form_body(body: Any) -> bytes:
    """Return an object as form fields: what is inside another as `outer[inner]`, None as a blank field."""
    return urlencode(list(_fields(body, ""))).encode()


def _fields(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _fields(inner, f"{name}[{index}]")
    elif isinstance(value, bool):
        yield name, str(value).lower()
    else:
        yield name, "" if value is None else str(value)
