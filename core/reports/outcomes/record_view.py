"""One employee of a run as reports show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from connectors.contract.records import Reason
from connectors.values.redaction import MASK
from core.models import Action, Decision, HiddenProblems, ProblemKind, Record
from core.problems import hidden
from core.reports.link_column import LINK_MATCHED_BY
from core.reports.local_time import zone_of_run
from core.reports.outcomes import record_parts
from core.reports.outcomes.record_parts import PartView
from core.runs import matched_by, outcome_catalogue
from core.runs.outcome_catalogue import CATALOGUE, FAILURES, Fixer
from core.runs.system_names import SystemNames

_HIDDEN = (
    select(HiddenProblems.problems)
    .where(HiddenProblems.run_id == Record.run_id, HiddenProblems.position == Record.position)
    .correlate(Record)
    .scalar_subquery()
    .label("hidden")
)
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
    _HIDDEN,
)
_BIRTHDAY = re.compile(r"birth|\bborn\b|\bdob\b", re.IGNORECASE)
# Reasons whose messages say what to do.
_SAID = (Reason.MISSING_FIELD, Reason.BAD_FORMAT, Reason.NO_VALUE_MAP, Reason.TOO_LONG)


@dataclass(frozen=True, slots=True)
class RecordView:
    """One employee of a run. ``changes`` holds masked values; the payload never leaves the engine.

    ``matched_by`` says how the employee was found at the target, empty where they were not. ``fixer`` must act on the
    outcome; each of the ``warnings`` has its own. ``who_must_act`` has all of them. ``remedy`` is what to do about an
    employee who was not written, where the message does not say so itself. ``decided`` says what is ignored or put off:
    nobody must act on that.
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
    decided: tuple[str, ...] = ()
    # Where the target takes the employee in several requests.
    parts: tuple[PartView, ...] = ()

    @property
    def who_must_act(self) -> tuple[str, ...]:
        """Return the people who must act on the outcome or a warning, each once."""
        first = () if self.fixer is None else (self.fixer.value,)
        all_of_them = [*first, *(str(warning["fixer"]) for warning in self.warnings)]
        return tuple(dict.fromkeys(filter(None, all_of_them)))


def record_views(
    session: Session, run_id: int, rows: Sequence[Row[Any]], names: SystemNames
) -> list[RecordView]:
    """Turn rows of ``COLUMNS`` of a run into views, with the parts of each record."""
    zone = zone_of_run(session, run_id)
    parts = record_parts.of_positions(session, run_id, [row.position for row in rows])
    views = [record_view(row, names, zone) for row in rows]
    return [replace(view, parts=parts[view.position]) if view.position in parts else view for view in views]


def record_view(row: Row[Any], names: SystemNames, zone: tzinfo) -> RecordView:
    """Turn a row of ``COLUMNS`` into a view whose messages name the two systems; days are those of ``zone``."""
    values: dict[str, Any] = dict(row._mapping)
    of_link, problems = values.pop("link_matched_by"), values.pop("hidden") or ()
    hides = hidden_keys(problems)
    values["message"] = row.message and names.fill(row.message)
    values["changes"] = tuple(map(_mask_birthday, row.changes or ()))
    values["warnings"] = tuple(warning_view(warning, names, hides) for warning in row.warnings or ())
    values["matched_by"] = matched_by.describe_record(row.decision, row.action, row.matched_by, of_link)
    values["remedy"] = remedy_of(row, names)
    values["decided"] = tuple(hidden.texts(problems, zone))
    return RecordView(**values, fixer=fixer_of(row, hides))


def hidden_keys(problems: Sequence[Mapping[str, Any]]) -> Set[tuple[str, str, str]]:
    """Return which problems of a record were ignored or put off: kind, code and field of each."""
    return {(each["kind"], each["code"], each["field"]) for each in problems}


class OutcomeRow(NamedTuple):
    """What says the outcome of a record, where that is all that was read of it."""

    decision: Decision
    action: Action
    reason: str | None
    message: str | None


def fixer_of(row: Row[Any] | OutcomeRow, hides: Set[tuple[str, str, str]]) -> Fixer | None:
    """Return who must act on the outcome of a record; None where nobody must."""
    is_hidden = any(kind == ProblemKind.OUTCOME for kind, _, _ in hides)
    return None if is_hidden else outcome_catalogue.fixer(row.decision, row.action, row.reason)


def remedy_of(row: Row[Any] | OutcomeRow, names: SystemNames) -> str:
    """Return what to do about an employee who was not written, where the message does not say so itself."""
    was_not_written = row.decision in FAILURES or row.action is Action.FAILED
    if not was_not_written or row.reason not in CATALOGUE or (row.message and row.reason in _SAID):
        return ""
    remedy = names.fill(CATALOGUE[row.reason].remedy)
    return "" if remedy in names.fill(row.message or "") else remedy


def warning_view(
    warning: Mapping[str, Any], names: SystemNames, hides: Set[tuple[str, str, str]]
) -> Mapping[str, Any]:
    """Return a warning whose message names the two systems, with who must act on it; empty where it is hidden."""
    key = (warning.get("kind") or ProblemKind.WARNING, warning["code"], warning.get("field") or "")
    shown = {"fixer": Fixer.HR.value, **warning, "message": names.fill(warning["message"])}
    return shown | {"fixer": ""} if key in hides else shown


def _mask_birthday(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Mask a birthday as it was stored before runs did so themselves; then, only the field's words tell it."""
    if not _BIRTHDAY.search(f"{change.get('field')} {change.get('label')}"):
        return change
    return {**change, **{moment: MASK for moment in ("before", "after") if change.get(moment)}}
