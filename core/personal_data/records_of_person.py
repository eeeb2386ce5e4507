"""Find the records of one person in all runs, without a long transaction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core.db import reading
from core.models import Connection, Record, Run, RunStatus

# How many runs one statement looks through.
RUNS = 50
# A run, and the position of one of its employees.
Place = tuple[int, int]


def places_of(
    pairing_id: int, source_id: str, last_run_id: int | None = None, *, only_ended: bool = False
) -> Iterator[Place]:
    """Yield the places of a person's records, in the order of the runs, up to a run where one is given."""
    run_ids = runs_of(pairing_id, last_run_id, only_ended=only_ended)
    for first in range(0, len(run_ids), RUNS):
        some = run_ids[first : first + RUNS]
        theirs = (Record.run_id.in_(some), Record.source_id == source_id)
        query = select(Record.run_id, Record.position).where(*theirs).order_by(Record.run_id, Record.position)
        with reading() as session:
            found = [(row[0], row[1]) for row in session.execute(query)]
        yield from found


def runs_of(pairing_id: int, last_run_id: int | None = None, *, only_ended: bool = False) -> list[int]:
    """Return the runs of a pairing whose records are kept, the oldest first."""
    connections = select(Connection.id).where(Connection.pairing_id == pairing_id)
    query = select(Run.id).where(Run.connection_id.in_(connections), Run.rows_removed_at.is_(None))
    if last_run_id is not None:
        query = query.where(Run.id <= last_run_id)
    if only_ended:
        query = query.where(Run.status.not_in(RunStatus.unfinished()))
    with reading() as session:
        return list(session.scalars(query.order_by(Run.id)))
