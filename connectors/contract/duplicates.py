"""Make one record of an employee that a source has listed more than once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.contract.records import Problem, Reason, SourceRecord, Verdict

_MESSAGE = (
    "{source} lists this employee more than once, with different employments, so nothing was written. "
    "Leave one employment under this id in {source}, or give each an id of its own."
)


def merge_readings(readings: Sequence[SourceRecord]) -> SourceRecord:
    """Return the last reading; one with a problem when any has one, or when the readings are different employments."""
    last = readings[-1]
    if unreadable := next((reading for reading in readings if reading.problem is not None), None):
        return unreadable
    if len({_employment(reading) for reading in readings}) == 1:
        return last
    problem = Problem(Reason.LISTED_TWICE, _MESSAGE, verdict=Verdict.ERROR)
    return SourceRecord(last.source_id, last.name, None, last.source_version, problem=problem)


def _employment(reading: SourceRecord) -> tuple[str, date | None, date | None] | None:
    employee = reading.employee
    if employee is None:
        return None
    return (employee.status or "").casefold(), employee.start_date, employee.end_date
