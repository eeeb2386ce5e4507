"""Random histories of one employee: what runs decided, what people decided, and the link that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bench.proofs.story_check import check_story
from core.models import Action, Decision, RunKind
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Code
from core.runs.system_names import SystemNames
from core.story.rows import DECISIONS, DecisionRow, HoldRow, LinkRow, PersonRows, RecordRow
from core.story.stages import IN_DOUBT
from core.story.story import tell

SYSTEMS, ZONE = SystemNames("enableHR", "iPayroll"), ZoneInfo("Australia/Sydney")
BEGAN = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
LABELS = (
    "Phone",
    "Bank account",
    "Street",
    "Pay rate",
    "Title",
    "Postcode",
    "Branch",
    "Tax number",
    "E-mail",
    "End",
)
PEOPLE = ("Paula Payroll", "Alex O'Neil-Smith", "command line", "Somebody")
TARGETS = ("1001", "1002", "A-7", "77.4")
WRITES = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}
STOPS = (Code.NOT_ATTEMPTED, Code.CANCELLED, Code.MANY_BANK_CHANGES, Code.STALE, None, "OF_A_LATER_VERSION")
FILTERS = (*(code for code in CATALOGUE if code not in {Code.PREVIEW}), None, "OF_A_LATER_VERSION")
FLAGS = tuple(flag for flag in MatchedBy if flag is not MatchedBy.CREATED)


class History:
    """Makes one history from a seed; nothing in it depends on anything else."""

    def __init__(self, seed: int) -> None:
        """Start with nothing."""
        self._random = Random(seed)
        self._at = BEGAN
        self._records: list[RecordRow] = []
        self._decisions: list[DecisionRow] = []
        self._holds: list[HoldRow] = []
        self._linked: tuple[str, int | None, int | None] | None = None

    def make(self) -> PersonRows:
        """Return the rows."""
        for _ in range(self._random.randrange(12)):
            self._at += timedelta(minutes=self._random.randrange(1, 3000))
            self._random.choice((self._run, self._run, self._run, self._decide, self._hold))()
        link = None
        if self._linked is not None:
            link = LinkRow(self._linked[0], self._linked[1], self._linked[2], self._at)
        return PersonRows(tuple(self._records), tuple(self._decisions), tuple(self._holds), link)

    def _run(self) -> None:
        pick, again = self._random, self._records and self._random.random() < 0.4
        number = len(self._records) + 1
        if again:
            last = self._records[-1]
            self._records.append(replace(last, run_id=number, at=self._at))
            return
        decision = pick.choice(list(Decision))
        if decision in WRITES:
            self._write(number, decision)
        elif decision in (Decision.AMBIGUOUS, Decision.ALREADY_LINKED):
            self._add(number, decision, pick.choice(IN_DOUBT), Action.NOT_WRITTEN)
        elif decision is Decision.NO_CHANGE:
            self._add(number, decision, None, Action.SKIPPED, target_id=self._target())
        else:
            target_id = self._target() if pick.random() < 0.5 else None
            self._add(number, decision, pick.choice(FILTERS), Action.NOT_WRITTEN, target_id=target_id)

    def _write(self, number: int, decision: Decision) -> None:
        pick = self._random
        fields = (
            tuple(pick.sample(LABELS, pick.randrange(len(LABELS)))) if decision is not Decision.CREATE else ()
        )
        flags = sum(pick.sample(FLAGS, pick.randrange(3)))
        matched_by = MatchedBy.CREATED.value if decision is Decision.CREATE else flags or None
        target_id, more = self._target(), {"matched_by": matched_by, "fields": fields}
        if pick.random() < 0.6:
            self._add(number, decision, None, WRITES[decision], target_id=target_id, **more)
            is_new = self._linked is None or self._linked[0] != target_id
            if is_new or matched_by:
                self._linked = (target_id, matched_by, number)
            return
        action = pick.choice((Action.FAILED, Action.NOT_WRITTEN, Action.PENDING))
        shown = None if decision is Decision.CREATE else target_id
        self._add(number, decision, pick.choice(STOPS), action, target_id=shown, **more)

    def _target(self) -> str:
        if self._linked is not None and self._random.random() < 0.8:
            return self._linked[0]
        return self._random.choice(TARGETS)

    def _add(self, number: int, decision: Decision, reason: str | None, action: Action, **found: Any) -> None:
        found = {"target_id": None, "matched_by": None} | found
        row = RecordRow(number, self._at, RunKind.SYNC, decision, reason, action, None, **found)
        self._records.append(row)

    def _decide(self) -> None:
        action, who = self._random.choice(DECISIONS), self._random.choice(PEOPLE)
        target_id = None
        if action == "link.make":
            target_id = self._random.choice(TARGETS)
            self._linked = (target_id, MatchedBy.DECISION.value, None)
        elif action == "link.break":
            if self._linked is None:
                return
            target_id, self._linked = self._linked[0], None
        elif action == "link.refuse" and self._linked is not None:
            return
        elif action == "link.undo":
            self._linked = (
                (self._random.choice(TARGETS), None, None) if self._linked is None else self._linked
            )
        self._decisions.append(DecisionRow(self._at, who, action, target_id))

    def _hold(self) -> None:
        last_day = date(2026, 9, self._random.randrange(1, 30)) if self._random.random() < 0.5 else None
        released = self._at + timedelta(hours=5) if self._random.random() < 0.5 else None
        who = self._random.choice(PEOPLE)
        self._holds.append(
            HoldRow(self._at, who, "Parental leave", last_day, released, self._random.choice(PEOPLE))
        )


def check(seeds: Iterable[int]) -> Iterator[str]:
    """Tell the story of each seed's history; yield what is wrong with it, in words."""
    for seed in seeds:
        rows = History(seed).make()
        story = tell(rows, SYSTEMS, ZONE)
        yield from (f"history {seed}: {text}" for text in check_story(rows, story))
