"""What rows of records say in words. Many have the same outcome, which is put into words once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from core.exports.columns import Row, Shared
from core.models import Action, Decision, RunKind
from core.problems import hidden
from core.reports import headings
from core.reports.outcomes.groups import group_of
from core.reports.outcomes.record_view import OutcomeRow, fixer_of, hidden_keys, remedy_of, warning_view
from core.runs import matched_by, outcome_catalogue
from core.runs.system_names import SystemNames

# A record as the driver reads it: position, name, source id, target id, the batch that holds the employee number; then
# its outcome: run, decision, reason, action, message, changes, warnings, how it was matched, and how the link was.
OUTCOME = 5
Raw: TypeAlias = "tuple[Any, ...]"
MOST = 5_000


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What rows say about their run."""

    id: int
    kind: RunKind
    started_at: datetime | None
    connection_id: int
    connection: str
    systems: SystemNames


@dataclass(frozen=True, slots=True)
class Special:
    """What only few records have: what was decided about their problems, and their parts in words."""

    problems: Sequence[Mapping[str, Any]]
    parts: Sequence[str]


NOTHING = Special((), ())


class RecordWords:
    """Puts outcomes into words, and remembers the latest of them."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        # By the outcome as it is in `Raw`.
        self.known: dict[object, Shared] = {}

    def shared(self, raw: Raw, run: RunFacts, special: Special) -> Shared:
        """Return the cells that a record shares with others of its run and its outcome."""
        key = None if special is not NOTHING else raw[OUTCOME:]
        found = self.known.get(key)
        if found is not None:
            return found
        if len(self.known) >= MOST:
            self.known.clear()
        found = self._put(raw, run, special)
        if key is not None:
            self.known[key] = found
        return found

    def _put(self, raw: Raw, run: RunFacts, special: Special) -> Shared:
        decision, action = Decision(raw[OUTCOME + 1]), Action(raw[OUTCOME + 3])
        reason, message, changes, warned, matched, of_link = raw[OUTCOME + 2], *raw[OUTCOME + 4 :]
        outcome = OutcomeRow(decision, action, reason, message)
        hides = hidden_keys(special.problems)
        warnings = [warning_view(each, run.systems, hides) for each in orjson.loads(warned or "[]")]
        fixer = fixer_of(outcome, hides)
        fixers = [fixer.value if fixer else "", *(str(each["fixer"] or "") for each in warnings)]
        middle: Row = (
            outcome_catalogue.processor(decision, reason),
            outcome_catalogue.writer(action, reason),
            message and run.systems.fill(message),
            " ".join(str(each["message"]) for each in warnings) if warnings else None,
            None if changes is None else _labels(changes),
            matched_by.describe_record(decision, action, matched, of_link) or None,
            ", ".join(dict.fromkeys(filter(None, fixers))) or None,
            remedy_of(outcome, run.systems) or None,
            " ".join(hidden.texts(special.problems, self._zone)) if special.problems else None,
            "; ".join(special.parts) or None,
            *(run.id, run.connection, run.started_at, headings.KINDS[run.kind]),
        )
        return Shared(middle, (group_of(decision, action).value, reason, run.connection_id))


def _labels(changes: str) -> str | None:
    """Return the fields that differed, without their values."""
    return ", ".join([str(change["label"]) for change in orjson.loads(changes) or ()]) or None
