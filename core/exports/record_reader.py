"""Read the records of some runs for exports: rows of the driver, with what they share put into words once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from core.db import reading
from core.exports.columns import SplitRow
from core.exports.employee_numbers import EmployeeNumbers
from core.exports.record_words import NOTHING, OUTCOME, Raw, RecordWords, RunFacts, Special
from core.folding import Search, searchable
from core.models import Connection, HiddenProblems, KeptEmployee, Link, Position, Record, RecordPart, Run
from core.reports.local_time import account_zone
from core.reports.outcomes import record_parts
from core.runs.system_names import connection_labels, kind_at, system_names
from core.security.actor import Actor

# A run, and the position of one of its employees.
Place = tuple[int, int]


class RecordReader:
    """Reads the records of runs that match some conditions and a search, ``size`` at a time."""

    def __init__(
        self, actor: Actor, conditions: Sequence[ColumnElement[bool]], search: Search, size: int
    ) -> None:
        self._conditions, self._search, self._size = conditions, search, size
        with reading() as session:
            self._labels = connection_labels(session, actor.account_id)
            self._words = RecordWords(account_zone(session, actor.account_id))
        self._numbers = EmployeeNumbers()

    def read(
        self, run_ids: Sequence[int], after: Place | None
    ) -> Iterator[tuple[Sequence[Raw], list[SplitRow]]]:
        """Yield the records of some runs beyond a place, each chunk in its own short transaction."""
        runs: dict[int, RunFacts] = {}
        while True:
            with reading() as session:
                runs = runs or self._load_runs(session, run_ids)
                raws = self._fetch(session, run_ids, after)
                wanted = [raw for raw in raws if self._finds(raw)] if self._search else raws
                special = _load_special(session, wanted)
                self._numbers.load(session, {raw[4] for raw in wanted} - {None})
            yield wanted, self._rows(wanted, runs, special)
            if len(raws) < self._size:
                return
            after = place_of(raws[-1])

    def _load_runs(self, session: Session, run_ids: Sequence[int]) -> dict[int, RunFacts]:
        kinds = kind_at(Position.SOURCE), kind_at(Position.TARGET)
        query = select(Run.id, Run.kind, Run.started_at, Run.connection_id, *kinds).select_from(Run)
        query = query.join(Connection, Connection.id == Run.connection_id).where(Run.id.in_(run_ids))
        return {
            row[0]: RunFacts(row[0], row[1], row[2], row[3], self._labels[row[3]], system_names(*row[4:]))
            for row in session.execute(query)
        }

    def _fetch(self, session: Session, run_ids: Sequence[int], after: Place | None) -> Sequence[Raw]:
        query = _query().where(*within(run_ids, after), *self._conditions)
        query = query.order_by(Run.id, Record.position).limit(self._size)
        found: Any = session.connection().execute(query)
        rows: Sequence[Raw] = found.cursor.fetchall()
        found.close()
        return rows

    def _finds(self, raw: Raw) -> bool:
        return not self._search.is_too_long and self._search.finds(searchable(raw[1]), raw[2:4])

    def _rows(
        self, raws: Sequence[Raw], runs: Mapping[int, RunFacts], special: Mapping[Place, Special]
    ) -> list[SplitRow]:
        put, known, batches = self._words.shared, self._words.known, self._numbers.batches
        rows: list[SplitRow] = []
        # The inner loop of an export: without a call for each row.
        for raw in raws:
            position, name, source_id, target_id, batch_id = raw[:OUTCOME]
            shared = None if special else known.get(raw[OUTCOME:])
            if shared is None:
                run_id = raw[OUTCOME]
                shared = put(raw, runs[run_id], special.get((run_id, position), NOTHING))
            number = batches[batch_id].get(source_id) if batch_id in batches else None
            rows.append((name, source_id, target_id, shared, number, position))
        return rows


def _query() -> Select[Any]:
    """Select the columns of `Raw`, as the driver has them."""
    # None where the two are not linked now, and 0 where it is not known how they were.
    of_link = func.coalesce(Link.matched_by, case((Link.source_id.is_not(None), 0)))
    columns = (
        *(Record.position, Record.name, Record.source_id, Record.target_id, KeptEmployee.batch_id),
        *(Record.run_id, Record.decision, Record.reason, Record.action, Record.message),
        *(cast(Record.changes, Text), cast(Record.warnings, Text), Record.matched_by, of_link),
    )
    linked = and_(
        Link.pairing_id == Connection.pairing_id,
        Link.source_id == Record.source_id,
        Link.target_id == Record.target_id,
    )
    kept = and_(KeptEmployee.pairing_id == Connection.pairing_id, KeptEmployee.source_id == Record.source_id)
    query: Any = select(*columns).select_from(Record).join(Run, Run.id == Record.run_id)
    query = query.join(Connection, Connection.id == Run.connection_id)
    found: Select[Any] = query.outerjoin(Link, linked).outerjoin(KeptEmployee, kept)
    return found


def place_of(raw: Raw) -> Place:
    """Return the place of a record."""
    return raw[OUTCOME], raw[0]


def within(run_ids: Sequence[int], last: Place | None) -> list[ColumnElement[bool]]:
    """Return the conditions for the records of some runs beyond a place, which each engine finds by their key."""
    if len(run_ids) == 1:
        beyond = [] if last is None or last[0] != run_ids[0] else [Record.position > last[1]]
        return [Record.run_id == run_ids[0], *beyond]
    runs = Run.id.in_(run_ids)
    return [runs] if last is None else [runs, tuple_(Record.run_id, Record.position) > tuple_(*last)]


def _load_special(session: Session, raws: Sequence[Raw]) -> dict[Place, Special]:
    """Return what only few records have, by place: what was decided about their problems, and their parts."""
    if not raws:
        return {}
    run_ids = sorted({raw[OUTCOME] for raw in raws})
    problems: dict[Place, Any] = {}
    query = select(HiddenProblems.run_id, HiddenProblems.position, HiddenProblems.problems)
    for run_id, position, found in session.execute(query.where(*_around(HiddenProblems, run_ids, raws))):
        problems[run_id, position] = found
    parts: dict[Place, list[str]] = {}
    columns = RecordPart.run_id, RecordPart.position, RecordPart.label, RecordPart.action
    of_records = select(*columns).where(*_around(RecordPart, run_ids, raws)).order_by(RecordPart.number)
    for run_id, position, label, action in session.execute(of_records):
        parts.setdefault((run_id, position), []).append(record_parts.part_text(label, action))
    return {place: Special(problems.get(place, ()), parts.get(place, ())) for place in {*problems, *parts}}


def _around(
    table: type[HiddenProblems | RecordPart], run_ids: Sequence[int], raws: Sequence[Raw]
) -> list[ColumnElement[bool]]:
    """Return the conditions for what belongs to some records, and perhaps to others of their runs."""
    if len(run_ids) > 1:
        return [table.run_id.in_(run_ids)]
    return [table.run_id == run_ids[0], table.position.between(raws[0][0], raws[-1][0])]
