"""Find the system's own words in a refusal: where the file says, and in the forms that many systems share.

The shared forms are those of RFC 9457 (`title`, `detail`, `errors`), JSON:API, ASP.NET, Django and FastAPI, and any
mixture of them: texts, objects with a field and a message, and messages by field, nested in any way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client.refusals.error_fields import (
    field_path,
    fold,
    fold_names,
    known_label,
    named_fields,
)
from connectors.rest.description.system import System
from connectors.values.redaction import redact_all

# Names are compared without case, dashes and underscores.
_SUMMARIES = ("title", "message", "msg", "detail", "error", "errordescription", "errormessage", "faultstring")
# What one error among several says; the first one that is there counts.
_REASONS = (
    *("detail", "message", "msg", "reason", "description", "errormessage", "errordescription"),
    *("defaultmessage", "text", "issue", "title", "error", "faultstring"),
)
_CONTAINERS = (
    *("errors", "error", "messages", "message", "detail", "details", "fielderrors", "validationerrors"),
    *("fields", "violations", "invalidparams", "modelstate", "problems", "fault", "exceptions", "failures"),
)
# What an error says besides its reason; among them may be the value that was sent.
_NOT_REASONS = frozenset(
    [
        *(
            "value",
            "rejectedvalue",
            "attemptedvalue",
            "input",
            "received",
            "code",
            "errorcode",
            "type",
            "status",
        ),
        *("timestamp", "traceid", "requestid", "instance", "url", "documentationurl", "help", "links", "ctx"),
    ]
)
# Names that stand for the whole employee.
_NO_FIELD = frozenset(
    {"", "base", "nonfielderrors", "general", "all", "global", "errors", "error", "messages"}
)
_WORD = re.compile(r"[^\W\d_][\w .-]{0,60}")
_DEEPEST, _MOST_LINES = 8, 30


class ErrorLine(NamedTuple):
    """One reason, with the label of the field that it is about."""

    label: str | None
    text: str

    def __str__(self) -> str:
        """Return it as it is shown."""
        return f"{self.label}: {self.text}" if self.label else self.text


def find_words(
    system: System, response: Response, secrets: Iterable[str] = (), message_paths: Sequence[str] = ()
) -> str:
    """Return the system's reason as clean sentences, with secrets and credentials masked; blank without a reason."""
    lines = error_lines(system, response, message_paths)
    return redact_all(lines, [*response.credentials, *secrets]) if lines else ""


def error_lines(system: System, response: Response, message_paths: Sequence[str] = ()) -> Sequence[ErrorLine]:
    """Return the reasons in a response."""
    in_body, header = _body_lines(system, response, message_paths), system.description.errors.header
    if header is None or not (said := response.headers.get(header.lower(), "").strip()):
        return in_body
    return _once_each([*_line(system, said, ""), *(line for line in in_body if line.text not in said)])


def _body_lines(system: System, response: Response, message_paths: Sequence[str]) -> Sequence[ErrorLine]:
    described = described_lines(system, response, message_paths)
    is_left_to_us = not message_paths and "messages" not in system.description.errors.model_fields_set
    if described and not is_left_to_us:
        by_field = [line for line in _contained(system, response.data) if line.label]
        found = " ".join(map(str, described))
        new = (line for line in by_field if not (line.text in found and str(line.label) in found))
        return _once_each([*described, *new])
    return list(_shared_forms(system, response)) or described


def _once_each(lines: Sequence[ErrorLine]) -> list[ErrorLine]:
    """Return each reason once, with its field where that is said somewhere."""
    labelled = {line.text for line in lines if line.label}
    kept = (line for line in lines if line.label or line.text not in labelled)
    return list(dict.fromkeys(kept))[:_MOST_LINES]


def described_lines(
    system: System, response: Response, message_paths: Sequence[str] = ()
) -> Sequence[ErrorLine]:
    """Return the reasons where the file says that they are."""
    places = message_paths or system.description.errors.messages
    lines = []
    for entry in _objects(response.data):
        in_each_place = (list(_lines_at(system, entry, path)) for path in places)
        lines += next((found for found in in_each_place if found), [])
    return lines[:_MOST_LINES]


def _lines_at(system: System, entry: Mapping[str, Any], path: str) -> Iterator[ErrorLine]:
    """Yield the reasons at one place of an object, with the field that is named beside them."""
    around = [paths.value_at(entry, path.rpartition(".")[0] or None), entry]
    beside = next(
        (
            fields
            for each in around
            if isinstance(each, dict) and (fields := named_fields(system, fold_names(each)))
        ),
        (),
    )
    for text, fields in _texts(system, paths.value_at(entry, path)):
        yield from _about(system, text, fields or beside)


def _objects(data: Any) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in (data if isinstance(data, list) else [data]) if isinstance(entry, dict)]


def _texts(system: System, data: Any) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the texts, and the paths of the fields that each of them is about."""
    each = system.description.errors.each
    for entry in data if isinstance(data, list) else [data]:
        is_object = each is not None and isinstance(entry, dict)
        value = paths.value_at(entry, each) if is_object else entry
        if value and not isinstance(value, dict | list | bool):
            named = named_fields(system, fold_names(entry), is_listed=True) if is_object else ()
            yield str(value), named


def _split_label(system: System, line: str) -> ErrorLine:
    """Return a line of which the file says that it may begin with the name of a field."""
    name, colon, reason = line.partition(":")
    if colon and system.description.errors.names_fields and (label := known_label(system, name.strip())):
        return ErrorLine(label, reason.strip())
    return ErrorLine(None, line)


def _shared_forms(system: System, response: Response) -> Iterable[ErrorLine]:
    """Return the reasons in the forms that many systems share, each once."""
    data, found = response.data, []
    if isinstance(data, list | str):
        found = list(_walk(system, data, "", 0))
    elif isinstance(data, dict):
        found = list(_summary(system, data))
        if not found and not response.ok:  # perhaps nothing but messages by field
            names = [name for name in data if known_label(system, name) or fold(name) in _NO_FIELD]
            known = {name: data[name] for name in names}
            found = list(_by_field(system, known, "", 0))
    return _once_each(found)


def _summary(system: System, data: Mapping[str, Any]) -> Iterator[ErrorLine]:
    """Yield what a whole response says: its texts, then its errors one by one.

    Where it names a field, the most exact of its texts is about that.
    """
    folded = fold_names(data)
    fields = named_fields(system, folded)
    reason = next((name for name in _REASONS if isinstance(folded.get(name), str) and folded[name]), None)
    for name in (*_SUMMARIES, *([reason] if fields and reason and reason not in _SUMMARIES else ())):
        if isinstance(text := folded.get(name), str):
            yield from _about(system, text, fields if name == reason else ())
    yield from _contained(system, data)


def _contained(system: System, data: Any) -> Iterator[ErrorLine]:
    """Yield the errors that a whole response holds one by one."""
    for inner in _containers(fold_names(data) if isinstance(data, dict) else {}):
        yield from _walk(system, inner, "", 1)


def _containers(folded: Mapping[str, Any]) -> list[Any]:
    """Return what holds errors in an object. A list of names says only which fields they are about."""
    inner = (folded.get(name) for name in _CONTAINERS)
    names = folded.get("fields")
    are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return [each for each in inner if isinstance(each, dict | list) and not (are_names and each is names)]


def _walk(system: System, data: Any, field: str, depth: int) -> Iterator[ErrorLine]:
    if isinstance(data, str):
        yield from _line(system, data, field)
    elif depth >= _DEEPEST:
        return
    elif isinstance(data, list):
        for entry in data:
            yield from _walk(system, entry, field, depth + 1)
    elif isinstance(data, dict):
        yield from _entry(system, data, field, depth)


def _entry(system: System, data: Mapping[str, Any], field: str, depth: int) -> Iterator[ErrorLine]:
    """Yield what one object among the errors says: about the field it names, or about each of its own names."""
    folded = fold_names(data)
    reason = next((text for name in _REASONS if isinstance(text := folded.get(name), str) and text), None)
    named = named_fields(system, folded, is_listed=True)
    inner = _containers(folded)
    has_fields_only = all(known_label(system, name) for name in data)
    if has_fields_only or (reason is None and not (named and inner)):
        yield from _by_field(system, data, field, depth)
        return
    places = [f"{field}.{name}".strip(".") for name in named] or [field]
    if reason is not None:
        yield from _about(system, reason, places)
    for container in inner:
        yield from _walk(system, container, places[0], depth + 1)


def _by_field(system: System, data: Mapping[str, Any], field: str, depth: int) -> Iterator[ErrorLine]:
    for name, value in data.items():
        if fold(name) in _NOT_REASONS and not known_label(system, name):
            continue
        is_general = fold(name) in _NO_FIELD or name.isdigit()
        yield from _walk(system, value, field if is_general else f"{field}.{name}".strip("."), depth + 1)


def _about(system: System, text: str, fields: Sequence[str]) -> Iterator[ErrorLine]:
    """Yield a text once for each field that it is about."""
    for field in fields or ("",):
        yield from _line(system, text, field)


def _line(system: System, text: str, field: str) -> Iterator[ErrorLine]:
    if not field:
        lines = text.splitlines() if system.description.errors.names_fields else [text]
        yield from (_split_label(system, line) for line in lines if line.strip())
        return
    path = field_path(field)
    name = path.rpartition(".")[2]
    label = known_label(system, path) or (name if _WORD.fullmatch(name) else None)
    if text.strip():
        yield ErrorLine(label if fold(name) not in _NO_FIELD else None, text.strip())
