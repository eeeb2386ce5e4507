"""Somebody whose employment has ended at the target and goes on at the source: has come back, or one of the two is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from connectors.contract.fields import Field, Value
from connectors.contract.records import OngoingEmployment, Prepared, TargetRecord, Warn

CODE = "ENDED_AT_TARGET"


def resumed(
    prepared: Prepared,
    ongoing: OngoingEmployment,
    current: TargetRecord,
    fields: Mapping[str, Field],
    today: date,
) -> Prepared:
    """Return the employee with the end blanked that an earlier employment had at the target, or with a warning about it.

    Who has begun after the end has come back. An end after the beginning was entered at the target, which may know more than the
    source: it is never undone. An end still to come says nothing.
    """
    ended = _day(current.values.get(ongoing.end_field))
    if ended is None or ended >= today:
        return prepared
    back = ongoing.since is not None and ongoing.since > ended
    if back and ongoing.can_reopen:
        return replace(prepared, values={**prepared.values, ongoing.end_field: None})
    label, day = fields[ongoing.end_field].label, f"{ended.day} {ended:%B %Y}"
    remedy = (
        "The employee has come back: take it away in payroll, so that they are paid."
        if back
        else "Take it away in payroll, or end the employment in the HR system."
    )
    message = f"Payroll holds {day} as {label}, and the HR system says that the employment goes on. {remedy}"
    return replace(prepared, warnings=(*prepared.warnings, Warn(CODE, message)))


def awaited(ongoing: OngoingEmployment, current: TargetRecord, today: date) -> bool:
    """Say whether an end at the target is still to come, so that the employee has to be looked at when it has."""
    ended = _day(current.values.get(ongoing.end_field))
    return ended is not None and ended >= today


def _day(value: Value) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
