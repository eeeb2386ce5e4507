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
    *("violations", "invalidparams", "modelstate", "problems", "fault", "exceptions", "failures"),
)
_FIELDS = (
    *("field", "fieldname", "property", "propertyname", "propertypath", "pointer", "param", "parameter"),
    *("attribute", "loc"),
)
# These may mean something else, so they count only when they name a field that the file has.
_PERHAPS_FIELDS = ("name", "path", "location", "source", "target", "key")
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
_STEP = re.compile(r"[./\[\]]+")
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
    described = described_lines(system, response, message_paths)
    is_left_to_us = not message_paths and "messages" not in system.description.errors.model_fields_set
    if described and not is_left_to_us:
        found = " ".join(line.text for line in described)
        by_field = (
            line for line in _contained(system, response.data) if line.label and line.text not in found
        )
        return [*described, *dict.fromkeys(by_field)][:_MOST_LINES]
    return list(_shared_forms(system, response)) or described


def described_lines(
    system: System, response: Response, message_paths: Sequence[str] = ()
) -> Sequence[ErrorLine]:
    """Return the reasons where the file says that they are."""
    errors = system.description.errors
    for entry in _objects(response.data):
        for path in message_paths or errors.messages:
            lines = [
                line
                for text, field in _texts(system, paths.value_at(entry, path))
                for line in _line(system, text, field)
            ]
            if lines:
                return lines
    return []


def _objects(data: Any) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in (data if isinstance(data, list) else [data]) if isinstance(entry, dict)]


def _texts(system: System, data: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts, and the path of the field that each of them is about; a blank one when there is none."""
    each = system.description.errors.each
    for entry in data if isinstance(data, list) else [data]:
        is_object = each is not None and isinstance(entry, dict)
        value = paths.value_at(entry, each) if is_object else entry
        if value and not isinstance(value, dict | list | bool):
            yield str(value), _named_field(system, _fold_names(entry)) if is_object else ""


def _split_label(system: System, line: str) -> ErrorLine:
    """Return a line of which the file says that it may begin with the name of a field."""
    name, colon, reason = line.partition(":")
    if colon and system.description.errors.names_fields and (label := _known_label(system, name.strip())):
        return ErrorLine(label, reason.strip())
    return ErrorLine(None, line)


def _known_label(system: System, path: str) -> str | None:
    """Return the label of a field of the target by its name, whatever stands before it; None for any other name."""
    if system.description.target is None:
        return None
    labels = {_fold(known): field.label for known, field in system.fields_by_name.items()}
    steps = path.split(".")
    paths_to_it = [".".join(steps[first:]) for first in range(len(steps))]
    if label := next((labels[_fold(each)] for each in paths_to_it if _fold(each) in labels), None):
        return label
    nested = {label for known, label in labels.items() if known.rpartition(".")[2] == _fold(steps[-1])}
    return nested.pop() if len(nested) == 1 else None


def _shared_forms(system: System, response: Response) -> Iterable[ErrorLine]:
    """Return the reasons in the forms that many systems share, each once."""
    data, found = response.data, []
    if isinstance(data, list | str):
        found = list(_walk(system, data, "", 0))
    elif isinstance(data, dict):
        found = list(_summary(system, data))
        if not found and not response.ok:  # perhaps nothing but messages by field
            names = [name for name in data if _known_label(system, name) or _fold(name) in _NO_FIELD]
            known = {name: data[name] for name in names}
            found = list(_by_field(system, known, "", 0))
    return list(dict.fromkeys(found))[:_MOST_LINES]


def _summary(system: System, data: Mapping[str, Any]) -> Iterator[ErrorLine]:
    """Yield what a whole response says: its texts, then its errors one by one."""
    folded = _fold_names(data)
    for name in _SUMMARIES:
        if isinstance(text := folded.get(name), str):
            yield from _line(system, text, "")
    yield from _contained(system, data)


def _contained(system: System, data: Any) -> Iterator[ErrorLine]:
    """Yield the errors that a whole response holds one by one."""
    folded = _fold_names(data) if isinstance(data, dict) else {}
    for name in _CONTAINERS:
        if isinstance(inner := folded.get(name), dict | list):
            yield from _walk(system, inner, "", 1)


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
    folded = _fold_names(data)
    reason = next((text for name in _REASONS if isinstance(text := folded.get(name), str) and text), None)
    named = _named_field(system, folded)
    inner = [folded[name] for name in _CONTAINERS if isinstance(folded.get(name), dict | list)]
    has_fields_only = all(_known_label(system, name) for name in data)
    if has_fields_only or (reason is None and not (named and inner)):
        yield from _by_field(system, data, field, depth)
        return
    where = f"{field}.{named}".strip(".") if named else field
    if reason is not None:
        yield from _line(system, reason, where)
    for container in inner:
        yield from _walk(system, container, where, depth + 1)


def _by_field(system: System, data: Mapping[str, Any], field: str, depth: int) -> Iterator[ErrorLine]:
    for name, value in data.items():
        if _fold(name) in _NOT_REASONS and not _known_label(system, name):
            continue
        is_general = _fold(name) in _NO_FIELD or name.isdigit()
        yield from _walk(system, value, field if is_general else f"{field}.{name}".strip("."), depth + 1)


def _named_field(system: System, folded: Mapping[str, Any]) -> str:
    """Return the path of the field that an error is about; blank when it names none."""
    named = (_field_path(folded.get(name)) for name in _FIELDS)
    perhaps = (_field_path(folded.get(name)) for name in _PERHAPS_FIELDS)
    return next((path for path in named if path), None) or next(
        (path for path in perhaps if path and _known_label(system, path)), ""
    )


def _field_path(value: Any) -> str:
    """Return the path of a field that an error names, however it is written; blank when it names none."""
    if isinstance(value, dict):
        inner = _fold_names(value)
        return next((path for name in ("pointer", "parameter") if (path := _field_path(inner.get(name)))), "")
    steps = value if isinstance(value, list) else _STEP.split(value) if isinstance(value, str) else []
    named = [str(step).strip("#$ ") for step in steps if not isinstance(step, dict | list)]
    return ".".join(step for step in named if step and not step.isdigit())


def _line(system: System, text: str, field: str) -> Iterator[ErrorLine]:
    if not field:
        lines = text.splitlines() if system.description.errors.names_fields else [text]
        yield from (_split_label(system, line) for line in lines if line.strip())
        return
    path = _field_path(field)
    name = path.rpartition(".")[2]
    label = _known_label(system, path) or (name if _WORD.fullmatch(name) else None)
    if text.strip():
        yield ErrorLine(label if _fold(name) not in _NO_FIELD else None, text.strip())


def _fold_names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {_fold(name): value for name, value in data.items()}


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
