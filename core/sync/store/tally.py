"""Count the outcomes of a run's employees, from the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import asdict
from typing import Literal

from sqlalchemy import select, text, update

from core.db import reading, transaction
from core.models import Action, Decision, MappingPreview, Record
from core.runs.affected import Affected
from core.runs.counters import Counters
from core.runs.lease import Lease, assert_lease

Bucket = Literal["unchanged", "filtered", "held", "created", "updated", "terminated", "errors"]

WAITING = (Decision.HELD, Decision.AMBIGUOUS, Decision.ALREADY_LINKED)
WRITTEN: dict[Action, Bucket] = {
    Action.CREATED: "created",
    Action.UPDATED: "updated",
    Action.TERMINATED: "terminated",
}

UNCHANGED = (Decision.NO_CHANGE, Action.SKIPPED)
# All rows are counted by the primary key, the notable ones by their index: reading each row takes ten times as
# long.
COUNT = text(
    f"""
    SELECT decision, action, count(*) FROM record WHERE run_id = :run_id AND decision <> '{Decision.NO_CHANGE}'
    GROUP BY decision, action
    UNION ALL SELECT '{Decision.NO_CHANGE}', '{Action.SKIPPED}', count(*) FROM record WHERE run_id = :run_id
    """  # noqa: S608 - our own words
)


def bucket(decision: Decision, action: Action) -> Bucket | None:
    """Return the counter of a row, or None while it is pending. Every settled row has exactly one."""
    if decision is Decision.ERROR or action is Action.FAILED:
        return "errors"
    if decision is Decision.FILTERED:
        return "filtered"
    if decision is Decision.NO_CHANGE:
        return "unchanged"
    if decision in WAITING or action is Action.NOT_WRITTEN:
        return "held"
    return WRITTEN.get(action)


def count(run_id: int) -> Counters:
    """Count a run's rows. While rows are pending, the counters do not balance."""
    with reading() as session:
        rows = session.execute(COUNT, {"run_id": run_id}).all()
    numbers = {(Decision(decision), Action(action)): int(number) for decision, action, number in rows}
    numbers[UNCHANGED] -= sum(number for outcome, number in numbers.items() if outcome != UNCHANGED)
    tally = Tally()
    tally.add_all(numbers)
    return tally.counters()


class Tally:
    """The counters of a run in progress."""

    def __init__(self, counters: Counters | None = None) -> None:
        """Continue from what has been counted already."""
        self.reset(counters or Counters())
        # Every employee who is linked was among those read; False also where that is not known.
        self.all_links_read = False
        # In a first run, those whose values at the target it would have overwritten.
        self.first_changes = Affected()
        # In a preview of a draft mapping: the positions of the updates that are due to the draft alone.
        self.only_by_mapping: set[int] = set()

    def reset(self, counters: Counters) -> None:
        """Replace the counters by those of the rows."""
        self._counts = asdict(counters)

    def add(self, decision: Decision, action: Action, number: int = 1) -> None:
        """Count rows that were read."""
        self._counts["read"] += number
        self.settle(decision, action, number)

    def settle(self, decision: Decision, action: Action, number: int = 1) -> None:
        """Count the outcome of rows that were pending."""
        name = bucket(decision, action)
        if name is not None:
            self._counts[name] += number

    def settle_all(self, written: Mapping[Action, int], refused: int) -> None:
        """Count the outcomes of many rows that were pending: the number of each action, and the number refused."""
        for action, number in written.items():
            self.settle(Decision.UPDATE, action, number)
        self._counts["errors"] += refused

    def add_all(self, numbers: Mapping[tuple[Decision, Action], int]) -> None:
        """Count many rows that were read: the number of each decision and action."""
        for (decision, action), number in numbers.items():
            self.add(decision, action, number)

    def counters(self) -> Counters:
        """Return the current counters."""
        return Counters(**self._counts)


def end_draft_preview(lease: Lease, by_draft: Set[int]) -> tuple[int, int]:
    """Return how many updates are planned, and how many of them are at the positions ``by_draft``; keep the latter."""
    planned = select(Record.position).where(
        Record.run_id == lease.run_id, Record.action == Action.PENDING, Record.decision == Decision.UPDATE
    )
    with transaction() as session:
        assert_lease(session, lease)
        positions = session.scalars(planned).all()
        only_by_draft = sum(position in by_draft for position in positions)
        found = update(MappingPreview).where(MappingPreview.run_id == lease.run_id)
        session.execute(found.values(only_by_mapping=only_by_draft))
    return len(positions), only_by_draft
