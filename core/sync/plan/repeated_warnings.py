"""Repeat the warnings of earlier runs for employees who are not translated again, until what they ask for is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import orjson

from connectors.contract.records import Prepared, TargetRecord
from core.models import ProblemKind
from core.problems import remembered
from core.problems.remembered import WarningRow
from core.runs.outcome_catalogue import Fixer
from core.sync.store.temp_store import TempTable

Warnings = list[dict[str, str]]
FIND = """
    SELECT source_id, kind, code, field, message, fixer FROM kept
    WHERE source_id IN (SELECT value FROM json_each(?)) ORDER BY rowid
    """


class RepeatedWarnings:
    """The open warnings of one pairing, on disk."""

    def __init__(self, rows: Iterable[WarningRow] = ()) -> None:
        self._rows = TempTable(
            "source_id TEXT, kind TEXT, code TEXT, field TEXT, message TEXT, fixer TEXT", index="source_id"
        )
        self._empty = True
        for row in rows:
            self._empty = False
            self._rows.add(*row)

    def by_source_id(self, source_ids: Sequence[str]) -> Mapping[str, Warnings]:
        """Return the warnings of some employees, as a record's row has them."""
        if self._empty or not source_ids:
            return {}
        found: dict[str, Warnings] = {}
        for source_id, *warning in self._rows.query(FIND, (orjson.dumps(source_ids).decode(),)):
            found.setdefault(source_id, []).append(_row(*warning))
        return found


def load(pairing_id: int) -> RepeatedWarnings:
    """Load the open warnings of a pairing."""
    return RepeatedWarnings(remembered.open_warnings(pairing_id))


def _row(kind: str, code: str, field: str, message: str, fixer: str) -> dict[str, str]:
    row = {"code": code, "message": message}
    if field:
        row["field"] = field
    if fixer != Fixer.HR:
        row["fixer"] = fixer
    if kind != ProblemKind.WARNING:
        row["kind"] = kind
    return row


def for_unread(remembered: Warnings, current: TargetRecord | None) -> Warnings:
    """Return the warnings of an employee who was not read in full, without what the target shows as done."""
    return [
        warning
        for warning in remembered
        if warning.get("kind") != ProblemKind.BY_HAND or not _shows(current, warning.get("field"))
    ]


def about_writes(remembered: Warnings) -> Warnings:
    """Return what the target said about the last write, which a translation cannot say again."""
    return [warning for warning in remembered if warning.get("kind") == ProblemKind.RESPONSE]


def without_done(prepared: Prepared, current: TargetRecord, *, is_unlisted: bool) -> Prepared:
    """Return an employee without the warnings that ask for what the target already shows."""
    asked = [warning for warning in prepared.warnings if warning.until_shown]
    if not asked:
        return prepared
    done = {warning for warning in asked if is_unlisted or _shows(current, warning.field)}
    return replace(prepared, warnings=tuple(one for one in prepared.warnings if one not in done))


def _shows(current: TargetRecord | None, field: str | None) -> bool:
    return current is not None and field is not None and current.values.get(field) is not None
