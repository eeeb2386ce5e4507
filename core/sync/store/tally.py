"""Count what became of the employees of a run, always from the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from sqlalchemy import text

from core.db import reading
from core.models import Action, Decision
from core.runs.counters import Counters

Bucket = Literal["unchanged", "filtered", "held", "created", "updated", "terminated", "errors"]

WAITING = (Decision.HELD, Decision.AMBIGUOUS, Decision.ALREADY_LINKED)
WRITTEN: dict[Action, Bucket] = {
    Action.CREATED: "created",
    Action.UPDATED: "updated",
    Action.TERMINATED: "terminated",
}

UNCHANGED = (Decision.NO_CHANGE, Action.SKIPPED)
# Everybody is counted by the index of the rows, the notable ones by theirs: looking at each row takes ten
# times as long.
COUNT = text(
    f"""
    SELECT decision, action, count(*) FROM record WHERE run_id = :run_id AND decision <> '{Decision.NO_CHANGE}'
    GROUP BY decision, action
    UNION ALL SELECT '{Decision.NO_CHANGE}', '{Action.SKIPPED}', count(*) FROM record WHERE run_id = :run_id
    """  # noqa: S608 - our own words
)


def bucket(decision: Decision, action: Action) -> Bucket | None:
    """Return which counter a row belongs to; None while it is pending. Every ended row belongs to exactly one."""
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
    """Count a run's rows. While rows are pending the counters do not balance yet."""
    with reading() as session:
        rows = session.execute(COUNT, {"run_id": run_id}).all()
    counted = {(Decision(decision), Action(action)): int(number) for decision, action, number in rows}
    counted[UNCHANGED] -= sum(number for row, number in counted.items() if row != UNCHANGED)
    tally = Tally()
    for (decision, action), number in counted.items():
        tally.add(decision, action, number)
    return tally.counters()


class Tally:
    """Counters of a run that is going, for showing progress."""

    def __init__(self, counters: Counters | None = None) -> None:
        """Go on from what has been counted already."""
        self.reset(counters or Counters())

    def reset(self, counters: Counters) -> None:
        """Take what has been counted from the rows."""
        self._counts = asdict(counters)

    def add(self, decision: Decision, action: Action, number: int = 1) -> None:
        """Count rows that have been read."""
        self._counts["read"] += number
        self.settle(decision, action, number)

    def settle(self, decision: Decision, action: Action, number: int = 1) -> None:
        """Count the outcome of rows that were pending."""
        name = bucket(decision, action)
        if name is not None:
            self._counts[name] += number

    def settle_all(self, written: Mapping[str, int], refused: int) -> None:
        """Count the outcomes of many rows that were pending: how many by action, and how many the store turned down."""
        for action, number in written.items():
            self.settle(Decision.UPDATE, Action(action), number)
        self._counts["errors"] += refused

    def add_all(self, rows: Mapping[tuple[str, str], int]) -> None:
        """Count many rows that have been read: how many there are of each decision and action."""
        for (decision, action), number in rows.items():
            self.add(Decision(decision), Action(action), number)

    def counters(self) -> Counters:
        """Return the counters as they stand."""
        return Counters(**self._counts)
