"""Keep the requests that were made for each employee: how they were answered, and their form without any value.

The form of a body says which fields it has, and of each value the type and the length. The requests for many employees
are one compressed row, and each list of field names is in it once, because a first sync makes thousands of requests.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from connectors.contract.exchanges import Exchange
from connectors.values.shown_path import shown_name
from core.clock import now
from core.db import reading, transaction
from core.models import RequestLog

KEPT = timedelta(days=30)
# The quickest; more saves little.
COMPRESSION = 1

# How the form of a value is stored: text by its length, and everything else by one of these. An object is a list that
# begins with the number of its field names, a list one that begins with LIST, its length and the form of its first
# entry.
BLANK, YES_OR_NO, LIST, NUMBER = -1, -2, -3, -4
CONSTANT: Mapping[type, int] = {type(None): BLANK, bool: YES_OR_NO}
LISTS = (list, tuple)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request without its values. ``status`` is None where no response came, and ``failure`` then says why.

    ``sent`` and ``answer`` are lines of a field's name and what kind of value it has, such as ``("bank.number", "text
    (9 characters)")``.
    """

    method: str
    path: str
    status: int | None
    milliseconds: int
    sent: Sequence[tuple[str, str]]
    answer: Sequence[tuple[str, str]]
    failure: str | None = None


def add(session: Session, run_id: int, requests: Mapping[int, Sequence[Exchange]]) -> None:
    """Store the requests for some of a run's employees, by position."""
    if not requests:
        return
    forms = _Forms()
    entries = [(position, list(map(forms.entry, exchanges))) for position, exchanges in requests.items()]
    packed = zlib.compress(orjson.dumps([forms.names(), entries]), COMPRESSION)
    row = {
        "run_id": run_id,
        "first_position": min(requests),
        "last_position": max(requests),
        "entries": packed,
    }
    session.execute(insert(RequestLog).values(row | {"created_at": now()}))


class _Forms:
    """The forms of bodies, with each list of field names once."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}

    def names(self) -> list[list[str]]:
        return [[shown_name(name) for name in names] for names in self._numbers]

    def entry(self, exchange: Exchange) -> tuple[Any, ...]:
        method, path, sent, status, answer, seconds, failure = exchange
        return method, path, status, round(seconds * 1000), self._form(sent), self._form(answer), failure

    def _form(self, value: Any) -> Any:
        kind = value.__class__
        if kind in CONSTANT:
            return CONSTANT[kind]
        if isinstance(value, dict):
            # Most values are text: the form of one is found without a call.
            form, number = self._form, self._numbers.setdefault(tuple(value), len(self._numbers))
            return [number, *[len(each) if each.__class__ is str else form(each) for each in value.values()]]
        if isinstance(value, str):
            return len(value)
        if isinstance(value, LISTS):
            return [LIST, len(value), self._form(value[0]) if value else BLANK]
        return NUMBER - len(str(value))


def of_position(session: Session, run_id: int, position: int) -> list[LoggedRequest]:
    """Return the requests for one of a run's employees, in the order in which they were stored."""
    holding = (
        RequestLog.run_id == run_id,
        RequestLog.first_position <= position,
        RequestLog.last_position >= position,
    )
    found: list[LoggedRequest] = []
    for packed in session.scalars(select(RequestLog.entries).where(*holding).order_by(RequestLog.id)):
        names, entries = orjson.loads(zlib.decompress(packed))
        for at, requests in entries:
            found += (_read(names, request) for request in requests if at == position)
    return found


def _read(names: Sequence[Sequence[str]], request: Sequence[Any]) -> LoggedRequest:
    method, path, status, milliseconds, sent, answer, failure = request
    sent, answer = (tuple(_lines(names, "", form)) for form in (sent, answer))
    return LoggedRequest(method, path, status, milliseconds, sent, answer, failure)


def _lines(names: Sequence[Sequence[str]], path: str, form: Any) -> Iterator[tuple[str, str]]:
    """Yield each value of a body with its place in it."""
    if not isinstance(form, list):
        if path or form != BLANK:
            yield path, _words(form)
    elif form[0] == LIST:
        yield path, f"list of {form[1]:,}"
        if form[1]:
            yield from _lines(names, f"{path}[0]", form[2])
    else:
        for name, part in zip(names[form[0]], form[1:], strict=True):
            yield from _lines(names, f"{path}.{name}" if path else name, part)


def _words(form: int) -> str:
    if form >= 0:
        return _count("text", form)
    if form == BLANK:
        return "blank"
    return "yes or no" if form == YES_OR_NO else _count("number", NUMBER - form)


def _count(what: str, length: int) -> str:
    return f"{what} ({length:,} character{'' if length == 1 else 's'})"


def delete_old() -> None:
    """Delete the requests that are no longer kept."""
    old = RequestLog.created_at < now() - KEPT
    with reading() as session:
        found = session.scalar(select(RequestLog.id).where(old).limit(1))
    if found is not None:
        with transaction() as session:
            session.execute(delete(RequestLog).where(old))
