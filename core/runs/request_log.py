"""Keep the requests that were made for each employee: how they were answered, and their form without any value.

The form of a body says which fields it has, and of each value the type and the length. The requests for many employees
are one compressed row, and each list of field names is in it once, because a first sync makes thousands of requests.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, repeat
from typing import Any

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from connectors.contract.exchanges import Exchange
from connectors.values.shown_path import shown_name
from core.clock import now
from core.db import transaction
from core.models import RequestLog

# How long requests are kept, unless Support has set another number for an account.
KEPT = timedelta(days=30)
# The quickest; more saves little.
COMPRESSION = 1

# How the form of a value is stored: text by its length, and everything else by one of these. An object is a list that
# begins with the number of its field names, a list one that begins with LIST, its length and the form of its first
# entry.
BLANK, YES_OR_NO, LIST, NUMBER = -1, -2, -3, -4
ONLY_TEXT, ONLY_OBJECTS = {str}, {dict}
# In place of a position: requests that are about no employee, such as those for a list.
OF_RUN = -1
# Where an exchange has its bodies.
SENT, ANSWER = Exchange._fields.index("sent"), Exchange._fields.index("answer")


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
    # Empty for a request that an earlier version has stored, of the target.
    system: str = ""


def add(session: Session, run_id: int, requests: Mapping[int, Sequence[Exchange]]) -> None:
    """Store the requests for some of a run's employees, by position."""
    if not requests:
        return
    forms = _Forms()
    made = iter(forms.entries([each for exchanges in requests.values() for each in exchanges]))
    entries = [(position, list(islice(made, len(exchanges)))) for position, exchanges in requests.items()]
    packed = zlib.compress(orjson.dumps([forms.names(), entries]), COMPRESSION)
    row = {
        "run_id": run_id,
        "first_position": min(requests),
        "last_position": max(requests),
        "entries": packed,
    }
    session.execute(insert(RequestLog).values(row | {"created_at": now()}))


def add_of_run(run_id: int, requests: Sequence[Exchange]) -> None:
    """Store the requests of a run that are about no employee."""
    with transaction() as session:
        add(session, run_id, {OF_RUN: requests})


def forget(session: Session, run_id: int) -> None:
    """Delete the requests for a run's employees, because they are read again."""
    theirs = (RequestLog.run_id == run_id, RequestLog.first_position > OF_RUN)
    session.execute(delete(RequestLog).where(*theirs))


class _Forms:
    """The forms of bodies, with each list of field names once.

    Those of many bodies with the same fields are made field by field, which takes half the time.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}

    def names(self) -> list[list[str]]:
        return [[shown_name(name) for name in names] for names in self._numbers]

    def entries(self, exchanges: Sequence[Exchange]) -> list[tuple[Any, ...]]:
        sent, answers = (self._of([each[at] for each in exchanges]) for at in (SENT, ANSWER))
        return [
            (method, path, status, round(seconds * 1000), sent_form, answer_form, failure, system)
            for (method, path, _, status, _, seconds, failure, system), sent_form, answer_form in zip(
                exchanges, sent, answers, strict=True
            )
        ]

    def _of(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return the forms of some values."""
        kinds = set(map(type, values))
        if kinds == ONLY_TEXT:
            return list(map(len, values))
        if kinds == ONLY_OBJECTS:
            return self._of_objects(values)
        return [len(value) if value.__class__ is str else self._of_one(value) for value in values]

    def _of_objects(self, objects: Sequence[dict[Any, Any]]) -> Sequence[Any]:
        shapes = list(map(tuple, objects))
        if shapes.count(shapes[0]) == len(shapes):
            return self._of_alike(shapes[0], objects)
        places = defaultdict[tuple[Any, ...], list[int]](list)
        for place, names in enumerate(shapes):
            places[names].append(place)
        forms: list[Any] = [None] * len(objects)
        for names, theirs in places.items():
            alike = self._of_alike(names, [objects[place] for place in theirs])
            for place, form in zip(theirs, alike, strict=True):
                forms[place] = form
        return forms

    def _of_alike(self, names: tuple[Any, ...], objects: Sequence[dict[Any, Any]]) -> Sequence[Any]:
        """Return the forms of objects with the same field names."""
        number = self._numbers.setdefault(names, len(self._numbers))
        fields = zip(*[each.values() for each in objects], strict=True)
        return list(zip(repeat(number, len(objects)), *map(self._of, fields), strict=True))

    def _of_one(self, value: Any) -> Any:
        if value is None:
            return BLANK
        if isinstance(value, bool):
            return YES_OR_NO
        if isinstance(value, dict):
            return self._of_objects([value])[0]
        if isinstance(value, list | tuple):
            return [LIST, len(value), self._of(value[:1])[0] if value else BLANK]
        return len(value) if isinstance(value, str) else NUMBER - len(str(value))


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
    method, path, status, milliseconds, sent, answer, *more = request
    sent, answer = (tuple(_lines(names, "", form)) for form in (sent, answer))
    return LoggedRequest(method, path, status, milliseconds, sent, answer, *more)


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
