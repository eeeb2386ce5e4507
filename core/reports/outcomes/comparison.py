"""Compare a run with another of its connection: who newly failed, who recovered, who goes back and forth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from core.db import reading
from core.errors import InvalidError
from core.models import Action, Decision, Record, Run, RunKind, RunStatus
from core.reports.outcomes import groups
from core.runs import outcome_catalogue
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

# How many runs are looked at to find who goes back and forth, and how many can be chosen.
RECENT_RUNS, CHOICES = 10, 100
# How often an outcome changes between *needs somebody* and not, so that it goes back and forth.
FLAPS = 3


class Change(StrEnum):
    """How the outcome of an employee differs between two runs."""

    NEWLY_FAILED = "newly failed"
    RECOVERED = "recovered"
    STILL_FAILING = "still failing"


@dataclass(frozen=True, slots=True)
class Difference:
    """An employee whose outcome somebody has to act on in one of two runs, or in both.

    ``before`` and ``after`` say the outcome in the earlier and the later run; "not read" where they were not in it.
    """

    source_id: str
    name: str
    change: Change
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Flapping:
    """An employee whose outcome goes back and forth; ``failed`` has a sign for each recent run, the oldest first."""

    source_id: str
    name: str
    changes: int
    failed: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An earlier and a later run of one connection."""

    earlier: int
    later: int
    differences: tuple[Difference, ...]
    flapping: tuple[Flapping, ...]
    # The runs that were looked at for who goes back and forth, the oldest first.
    recent: tuple[int, ...]

    def count(self, change: Change) -> int:
        """Return how many employees have a change."""
        return sum(each.change is change for each in self.differences)


def comparable_runs(actor: Actor, run_id: int) -> dict[int, datetime]:
    """Return when other runs of the connection that have ended were started, the newest first, at most 100."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    ended = [status for status in RunStatus if status.ended]
    with reading() as session:
        run = require_run(session, actor, run_id)
        query = select(Run.id, func.coalesce(Run.started_at, Run.created_at)).where(
            Run.connection_id == run.connection_id,
            Run.id != run_id,
            Run.status.in_(ended),
            Run.read > 0,
            Run.rows_removed_at.is_(None),
        )
        found = session.execute(query.order_by(Run.id.desc()).limit(CHOICES))
        return {other: at for other, at in found}  # noqa: C416 - rows become pairs


def compare(actor: Actor, run_id: int, other_id: int) -> Comparison:
    """Compare two runs of one connection, in whichever order they are given.

    Raises NotFoundError, also for a run of another account, and InvalidError for runs of different connections or one
    that has not ended.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    earlier, later = sorted((run_id, other_id))
    with reading() as session:
        runs = [require_run(session, actor, each) for each in (earlier, later)]
        _require_comparable(*runs)
        before, after = (_failing(session, each) for each in (earlier, later))
        only_once = set(before) ^ set(after)
        others = {each: _named(session, each, only_once) for each in (earlier, later)}
        recent = _recent(session, runs[1])
        flapping = _flapping(session, recent)
    found = _differences(before, after, others[earlier], others[later])
    return Comparison(earlier, later, found, flapping, tuple(recent))


def _require_comparable(earlier: Run, later: Run) -> None:
    if earlier.id == later.id:
        raise InvalidError("A run cannot be compared with itself. Choose another run of this connection.")
    if earlier.connection_id != later.connection_id:
        raise InvalidError("These runs are of different connections. Choose two runs of one connection.")
    if earlier.rows_removed_at or later.rows_removed_at:
        raise InvalidError(
            "The employees of one of these runs were removed, because they are not kept longer."
        )
    if not (earlier.status.ended and later.status.ended):
        raise InvalidError("One of these runs has not ended yet. Compare them when it has.")


Outcome = tuple[str, str]


def _failing(session: Session, run_id: int) -> dict[str, Outcome]:
    """Return who needs somebody in a run, by source id, with the name and the outcome in words."""
    rows = session.execute(_records(run_id).where(groups.OUTCOME_NEEDS_SOMEBODY))
    return {row.source_id: (row.name, _words(row)) for row in rows}


def _named(session: Session, run_id: int, source_ids: set[str]) -> dict[str, Outcome]:
    """Return the name and the outcome of some employees in a run."""
    if not source_ids:
        return {}
    rows = session.execute(_records(run_id))
    return {row.source_id: (row.name, _words(row)) for row in rows if row.source_id in source_ids}


def _records(run_id: int) -> Select[str, str, Decision, Action, str | None]:
    columns = (Record.source_id, Record.name, Record.decision, Record.action, Record.reason)
    return select(*columns).where(Record.run_id == run_id)


def _words(row: Row[str, str, Decision, Action, str | None]) -> str:
    """Return an outcome in words, such as "Create, Failed: Refused" or "Ambiguous match: Weak match"."""
    decided = outcome_catalogue.processor(row.decision, row.reason)
    written = outcome_catalogue.writer(row.action, row.reason)
    words = decided if written == Action.SKIPPED else f"{decided}, {written}"
    is_known = row.reason in outcome_catalogue.CATALOGUE and ":" not in words
    return f"{words}: {outcome_catalogue.explain(row.reason).title}" if row.reason and is_known else words


def _differences(
    before: Mapping[str, Outcome],
    after: Mapping[str, Outcome],
    all_before: Mapping[str, Outcome],
    all_after: Mapping[str, Outcome],
) -> tuple[Difference, ...]:
    found = []
    for source_id in {**after, **before}:
        if source_id not in after and source_id not in all_after:
            continue  # the later run was not about this employee
        change = _change(source_id in before, source_id in after)
        name, then = before.get(source_id) or all_before.get(source_id) or ("", "not read")
        new_name, now = after.get(source_id) or all_after[source_id]
        found.append(Difference(source_id, new_name or name, change, then, now))
    order = list(Change)
    return tuple(sorted(found, key=lambda each: (order.index(each.change), each.name, each.source_id)))


def _change(failed_before: bool, failed_after: bool) -> Change:
    if not failed_after:
        return Change.RECOVERED
    return Change.STILL_FAILING if failed_before else Change.NEWLY_FAILED


def _recent(session: Session, run: Run) -> list[int]:
    """Return the last runs of everybody up to one, the oldest first."""
    query = select(Run.id).where(
        Run.connection_id == run.connection_id,
        Run.id <= run.id,
        Run.kind == RunKind.SYNC,
        Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR)),
        ~Run.aborted,
        Run.rows_removed_at.is_(None),
    )
    return sorted(session.scalars(query.order_by(Run.id.desc()).limit(RECENT_RUNS)))


def _flapping(session: Session, recent: Sequence[int]) -> tuple[Flapping, ...]:
    """Return who goes back and forth in these runs, the oldest first."""
    failing = {run_id: _failing(session, run_id) for run_id in recent}
    names = {source_id: name for each in failing.values() for source_id, (name, _) in each.items()}
    candidates = [
        source_id
        for source_id in names
        if 1 < sum(source_id in each for each in failing.values()) < len(recent)
    ]
    found = []
    for source_id in candidates:
        failed = tuple(source_id in failing[run_id] for run_id in recent)
        changes = sum(one is not other for one, other in pairwise(failed))
        if changes >= FLAPS:
            found.append(Flapping(source_id, names[source_id], changes, failed))
    return tuple(sorted(found, key=lambda each: (-each.changes, each.name, each.source_id)))
