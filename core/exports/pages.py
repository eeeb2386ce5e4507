"""One page of a table for programs, with the key of the next: whatever is added meanwhile, no row comes twice."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from core.audit import trail
from core.db import reading, transaction
from core.errors import NotFoundError
from core.exports.columns import Row, Table
from core.exports.person_table import PEOPLE, PersonFilter, person_chunks
from core.exports.record_table import RECORDS, RecordsFilter, record_chunks
from core.exports.run_table import RUNS, run_chunks
from core.reports.local_time import account_zone
from core.reports.run_filter import RunFilter, RunOrder
from core.security import throttling
from core.security.actor import Actor, Permission, require
from core.security.vault import vault

MOST_ROWS = 1_000
# Reading pages is recorded once in this time for each token and table.
RECORDED_EVERY = timedelta(hours=1)
ACTIONS = {RUNS.name: "export.runs", RECORDS.name: "export.records", PEOPLE.name: "export.people"}
FOREIGN_KEY = (
    "This page key does not belong to this list: the filter, the table or the token is another one. "
    "Start again without a page key."
)


@dataclass(frozen=True, slots=True)
class TablePage:
    """Some rows of a table; ``next_key`` leads to the next page, None at the end."""

    table: Table
    rows: list[Row]
    zone: ZoneInfo
    next_key: str | None


def read_runs(actor: Actor, only: RunFilter, limit: int = MOST_ROWS, key: str | None = None) -> TablePage:
    """Return a page of runs, the oldest first. Raises NotFoundError, also for a key of another list."""
    only = replace(only, order=RunOrder.OLDEST)
    place = _place(actor, RUNS, only, key)
    return _page(actor, RUNS, only, run_chunks(actor, only, place, limit + 1), limit)


def read_records(
    actor: Actor, only: RecordsFilter, limit: int = MOST_ROWS, key: str | None = None
) -> TablePage:
    """Return a page of the employees of runs. Raises NotFoundError, also for a key of another list."""
    place = _place(actor, RECORDS, only, key)
    after = None if place is None else (place[0], place[1])
    return _page(actor, RECORDS, only, record_chunks(actor, only, after, limit + 1), limit)


def read_people(
    actor: Actor, only: PersonFilter, limit: int = MOST_ROWS, key: str | None = None
) -> TablePage:
    """Return a page of people. Raises NotFoundError, also for a key of another list."""
    place = _place(actor, PEOPLE, only, key)
    after = None if place is None else (place[0], place[1])
    return _page(actor, PEOPLE, only, person_chunks(actor, only, after, limit + 1), limit)


def record_reading(actor: Actor, table: Table, token_id: int) -> None:
    """Record in the audit that a program reads a table, once an hour for each token."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with transaction() as session:
        if throttling.allow_once(session, f"api {token_id} {table.name}", RECORDED_EVERY):
            trail.record(session, actor, ACTIONS[table.name], "connection:all", api_token=token_id)


def _page(
    actor: Actor, table: Table, only: object, chunks: Iterator[list[tuple[Any, Row]]], limit: int
) -> TablePage:
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    found: list[tuple[Any, Row]] = []
    for chunk in chunks:
        found += chunk
        if len(found) > limit:
            break
    with reading() as session:
        zone = account_zone(session, actor.account_id)
    more = len(found) > limit
    next_key = _key(actor, table, only, found[limit - 1][0]) if more else None
    return TablePage(table, [row for _, row in found[:limit]], zone, next_key)


def _key(actor: Actor, table: Table, only: object, place: object) -> str:
    sealed = orjson.dumps([place, _seal(actor, table, only, place)])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _place(actor: Actor, table: Table, only: object, key: str | None) -> Any:
    """Return the last row of the page before; None where there is none. Raises NotFoundError."""
    if key is None:
        return None
    try:
        place, seal = orjson.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise NotFoundError(FOREIGN_KEY) from None
    if seal != _seal(actor, table, only, place):
        raise NotFoundError(FOREIGN_KEY)
    return place


def _seal(actor: Actor, table: Table, only: object, place: object) -> str:
    """Return what only this iHUB can make, for this account, table, filter and place."""
    filters = asdict(only)  # type: ignore[call-overload]
    named = orjson.dumps(["page", actor.account_id, table.name, filters, place], default=str)
    return vault().fingerprint(named).hex()
