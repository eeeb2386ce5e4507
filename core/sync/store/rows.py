"""The rows that pass between planning, writing and the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.contract.exchanges import Exchange
from connectors.contract.records import Warn
from core.models import Action, Decision, ProblemKind
from core.runs.outcome_catalogue import Code, Fixer, explain
from core.sync.store.unanswered import UnansweredRow


@dataclass(slots=True)
class Row:
    """One employee's record as it is planned. What is to be written is in the payload batch."""

    position: int
    source_id: str
    name: str
    decision: Decision
    action: Action
    target_id: str | None = None
    reason: str | None = None
    message: str | None = None
    changes: list[dict[str, str | None]] | None = None
    warnings: list[dict[str, str]] | None = None
    payload_batch_id: int | None = None
    # How the employee was matched, where that was decided in this run (core/runs/matched_by.py).
    matched_by: int | None = None


class Linked(NamedTuple):
    """A stored link."""

    target_id: str
    # What is known of the employee (compare/link_state.py).
    state: bytes | None
    # The source's version under which the employee was last written completely.
    source_version: str | None
    # The link may stand for what the target holds. From time to time the target is read again.
    fresh: bool
    # It was stored so recently that an unchanged employee's link need not be stored again.
    recent: bool
    # It was stored by a run with the mapping of this one, or nobody needs to know.
    as_mapped: bool = True


class LinkRow(NamedTuple):
    """A link to store."""

    source_id: str
    target_id: str
    state: bytes
    source_version: str | None
    # How the two were matched; None leaves what the link says.
    matched_by: int | None = None


# Linked employees that have not changed: position, source id, target id and name of each, one after the other.
# Nearly every employee of nearly every run is here, and one list of plain values costs a quarter of many tuples.
UnchangedRows = list[int | str]
UNCHANGED_ROW_WIDTH = 4


class CandidateRow(NamedTuple):
    """One employee of the target that a person can choose for the record at a position."""

    position: int
    target_id: str
    name: str
    same_number: bool
    # What agrees (core/runs/matched_by.py).
    matched_by: int | None = None


# The number of the part with everything that has no request of its own.
MAIN_PART = 0


class PartRow(NamedTuple):
    """The outcome of one of the requests for an employee, where the target takes several (models.RecordPart)."""

    position: int
    number: int
    label: str
    action: Action
    reason: str | None = None
    message: str | None = None
    target_id: str | None = None


class Result(NamedTuple):
    """The outcome of an intent, with the link that it earns."""

    position: int
    action: Action
    target_id: str | None = None
    reason: str | None = None
    message: str | None = None
    warnings: list[dict[str, str]] | None = None
    link: LinkRow | None = None
    # Employees of the target that a person has to choose from; the record is then an *Ambiguous match*.
    candidates: Sequence[CandidateRow] = ()
    # What is remembered of a create without a response.
    unanswered: UnansweredRow | None = None
    # The target was not asked again, or has accepted the request for later: it is not down.
    is_waiting: bool = False
    # Where the target takes the employee in several requests.
    parts: Sequence[PartRow] = ()
    # What was asked of the target. Always the last value (write/collected_requests.py).
    requests: Sequence[Exchange] = ()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A planned row that is not written after all: it waits for a person, or there is nothing to do."""

    position: int
    decision: Decision
    code: Code
    # The candidates, by their slot in the target index.
    slots: tuple[int, ...] = ()
    same_number: bool = False
    # The other record of the same person at the source.
    other_record_id: str | None = None

    @property
    def message(self) -> str:
        """Return what the record's row says."""
        sentence = explain(self.code).sentence
        other = self.other_record_id
        return sentence if other is None else f"{sentence} The other record has the source ID {other}."


def warning_rows(warnings: Sequence[Warn], kind: ProblemKind | None = None) -> list[dict[str, str]] | None:
    """Return warnings as a record's row has them: one for each code and field, with all messages.

    ``kind`` is what they are as open problems, where that does not depend on each of them.
    """
    rows: dict[tuple[str, str | None], dict[str, str]] = {}
    for warning in warnings:
        row = rows.get((warning.code, warning.field))
        if row is None:
            rows[warning.code, warning.field] = _warning_row(warning, kind)
        else:
            row["message"] += f" {warning.message}"
    return list(rows.values()) or None


def _warning_row(warning: Warn, kind: ProblemKind | None) -> dict[str, str]:
    row = {"code": warning.code, "message": warning.message}
    if warning.field is not None:
        row["field"] = warning.field
    if warning.at_target:
        row["fixer"] = Fixer.PAYROLL.value
    if kind is not None or warning.until_shown:
        row["kind"] = (kind or ProblemKind.BY_HAND).value
    return row
