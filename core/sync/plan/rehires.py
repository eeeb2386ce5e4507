"""Employees whose employment has ended at the target but continues at the source: rehired, or an error in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from connectors.contract.fields import Field, Value
from connectors.contract.records import OngoingEmployment, Prepared, TargetRecord, Warn

CODE = "ENDED_AT_TARGET"


def reopen_or_warn(
    prepared: Prepared,
    ongoing: OngoingEmployment,
    current: TargetRecord,
    fields: Mapping[str, Field],
    today: date,
    *,
    is_ours: Callable[[date], bool],
) -> Prepared:
    """Return the employee with the end of an earlier employment cleared at the target, or with a warning about it.

    An end that iHUB itself wrote is cleared once the source has taken it back. An employee who started after the end
    has been rehired. Any other end after the start was entered at the target, which may know more than the source: it
    is never undone. One still to come means nothing yet.
    """
    end = _as_date(current.values.get(ongoing.end_field))
    if end is None:
        return prepared
    if ongoing.can_reopen and is_ours(end):
        return replace(prepared, values={**prepared.values, ongoing.end_field: None})
    if end >= today:
        return prepared
    is_rehired = ongoing.since is not None and ongoing.since > end
    if is_rehired and ongoing.can_reopen:
        return replace(prepared, values={**prepared.values, ongoing.end_field: None})
    label, day = fields[ongoing.end_field].label, f"{end.day} {end:%B %Y}"
    remedy = (
        "The employee has been rehired: remove the date in {target}."
        if is_rehired
        else "Remove the date in {target}, or end the employment in {source}."
    )
    message = f"{{target}} has {day} as {label}, but {{source}} says that the employment continues. {remedy}"
    return replace(prepared, warnings=(*prepared.warnings, Warn(CODE, message, at_target=True)))


def ends_later(ongoing: OngoingEmployment, current: TargetRecord, today: date) -> bool:
    """Return whether the target holds an end still to come, so that the employee is read again once it has passed."""
    end = _as_date(current.values.get(ongoing.end_field))
    return end is not None and end >= today


def _as_date(value: Value) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
