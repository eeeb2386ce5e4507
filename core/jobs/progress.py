"""How far a run is: what is read, planned and written, at what rate, and about how long the rest takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from core.models import Phase, Side
from core.runs.counters import Counters
from core.sides.systems import parse_settings


@dataclass(frozen=True, slots=True)
class Pace:
    """How many employees a target lets iHUB write in a minute at most."""

    target: str
    per_minute: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``share`` is between 0 and 1; None while it cannot be known."""

    share: float | None
    text: str


def pace_of(side: Side | None) -> Pace | None:
    """Return the limit of a target; None when it has none, or its settings cannot be used."""
    if side is None:
        return None
    try:
        connector = connector_of(side.kind)
        rate = getattr(parse_settings(connector, side.settings), "requests_per_second", None)
    except ConfigError:  # a run says so
        return None
    return None if not rate else Pace(connector.name, rate * 60 * connector.writes_per_request)


def planned(counters: Counters) -> int:
    """Return how many employees a run that writes has to write or has written, those that failed included."""
    return counters.read - counters.unchanged - counters.filtered - counters.held


def measure(
    run_id: int,
    phase: Phase,
    counters: Counters,
    *,
    usually_read: int = 0,
    pace: Pace | None = None,
    per_minute: float | None = None,
) -> Progress:
    """Return how far a run is.

    ``usually_read`` is how many the last run of everybody read, 0 when there was none. ``per_minute`` is how many
    employees were written in a minute, as far as that has been observed.
    """
    if phase is Phase.READING:
        of_about = f" of about {usually_read:,}" if usually_read > counters.read else ""
        text = f"{counters.read:,}{of_about} read, {counters.filtered:,} filtered."
        return Progress(None, f"Run #{run_id}: reading and comparing. {text}")
    text = (
        f"{counters.read:,} read, {planned(counters):,} planned, {counters.written:,} written, "
        f"{counters.errors:,} errors."
    )
    share = 1 - counters.pending / counters.read if counters.read else None
    rest = _estimate(counters.pending, pace, per_minute)
    return Progress(share, f"Run #{run_id}: writing. {text}{rest and f' {rest}'}")


def _estimate(pending: int, pace: Pace | None, per_minute: float | None) -> str:
    if not pending:
        return ""
    if per_minute:
        return f"{per_minute:,.0f} a minute, {_minutes(pending / per_minute)} left."
    if pace is not None:
        time = _minutes(pending / pace.per_minute)
        return f"{time[0].upper()}{time[1:]} at {pace.target}'s {pace.per_minute:,.0f} a minute."
    return ""


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        number = math.ceil(minutes)
        return f"about {number} minute{'s' if number != 1 else ''}"
    return f"about {round(minutes / 60)} hours"
