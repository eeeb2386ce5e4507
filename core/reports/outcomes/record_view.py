"""One employee of a run as reports show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from connectors.contract.records import Reason
from connectors.values.redaction import MASK
from core.models import Action, Decision, Record
from core.reports.link_column import LINK_MATCHED_BY
from core.runs import matched_by, outcome_catalogue
from core.runs.outcome_catalogue import CATALOGUE, FAILURES, Fixer
from core.runs.system_names import SystemNames

COLUMNS = (
    Record.position,
    Record.name,
    Record.source_id,
    Record.target_id,
    Record.decision,
    Record.reason,
    Record.action,
    Record.message,
    Record.changes,
    Record.warnings,
    Record.matched_by,
    LINK_MATCHED_BY,
)
_BIRTHDAY = re.compile(r"birth|\bborn\b|\bdob\b", re.IGNORECASE)
# Reasons whose messages say what to do.
_SAID = (Reason.MISSING_FIELD, Reason.BAD_FORMAT, Reason.NO_VALUE_MAP, Reason.TOO_LONG)


@dataclass(frozen=True, slots=True)
class RecordView:
    """One employee of a run. ``changes`` holds masked values; the payload never leaves the engine.

    ``matched_by`` says how the employee was found at the target, empty where they were not. ``fixer`` must act on the
    outcome; each of the ``warnings`` has its own. ``who_must_act`` has all of them. ``remedy`` is what to do about an
    employee who was not written, where the message does not say so itself.
    """

    position: int
    name: str
    source_id: str
    target_id: str | None
    decision: Decision
    reason: str | None
    action: Action
    message: str | None
    changes: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    matched_by: str
    fixer: Fixer | None
    remedy: str = ""

    @property
    def who_must_act(self) -> tuple[str, ...]:
        """Return the people who must act on the outcome or a warning, each once."""
        first = () if self.fixer is None else (self.fixer.value,)
        return tuple(dict.fromkeys([*first, *(str(warning["fixer"]) for warning in self.warnings)]))


def record_view(row: Row[Any], names: SystemNames) -> RecordView:
    """Turn a row of ``COLUMNS`` into a view whose messages name the two systems."""
    values: dict[str, Any] = dict(row._mapping)
    of_link = values.pop("link_matched_by")
    values["message"] = row.message and names.fill(row.message)
    values["changes"] = tuple(map(_mask_birthday, row.changes or ()))
    values["warnings"] = tuple(warning_view(warning, names) for warning in row.warnings or ())
    values["matched_by"] = matched_by.describe_record(row.decision, row.action, row.matched_by, of_link)
    values["remedy"] = remedy_of(row, names)
    return RecordView(**values, fixer=outcome_catalogue.fixer(row.decision, row.action, row.reason))


def remedy_of(row: Row[Any], names: SystemNames) -> str:
    """Return what to do about an employee who was not written, where the message does not say so itself."""
    was_not_written = row.decision in FAILURES or row.action is Action.FAILED
    if not was_not_written or row.reason not in CATALOGUE or (row.message and row.reason in _SAID):
        return ""
    remedy = names.fill(CATALOGUE[row.reason].remedy)
    return "" if remedy in names.fill(row.message or "") else remedy


def warning_view(warning: Mapping[str, Any], names: SystemNames) -> Mapping[str, Any]:
    """Return a warning whose message names the two systems, with who must act on it."""
    return {"fixer": Fixer.HR.value, **warning, "message": names.fill(warning["message"])}


def _mask_birthday(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Mask a birthday as it was stored before runs did so themselves; then, only the field's words tell it."""
    if not _BIRTHDAY.search(f"{change.get('field')} {change.get('label')}"):
        return change
    return {**change, **{moment: MASK for moment in ("before", "after") if change.get(moment)}}
