"""The message of a run: one sentence on how it ended."""

from __future__ import annotations

from core.models import RunStatus
from core.runs.counters import Counters

PARTS = (
    ("created", "created"),
    ("updated", "updated"),
    ("terminated", "terminated"),
    ("unchanged", "unchanged"),
    ("filtered", "filtered"),
    ("errors", "could not be written"),
    ("held", "held"),
)


def ended(counters: Counters, applied_run_id: int | None = None) -> tuple[RunStatus, str]:
    """Return the status and message of a run that reached its end; ``applied_run_id`` names the plan it applied."""
    explain_held = _waiting if applied_run_id is None else _stale
    held = f" {explain_held(counters.held)}" if counters.held else ""
    origin = "" if applied_run_id is None else f"Approved from run #{applied_run_id}. "
    if counters.errors:
        return (
            RunStatus.ERROR,
            f"{origin}{counters.errors} of {_employees(counters.read)} could not be written.{held}",
        )
    return RunStatus.COMPLETE, f"{origin}{_all(counters.read)} processed: {numbers(counters)}.{held}"


def aborted(reason: str, counters: Counters) -> str:
    """Return the message of a run that could not continue."""
    if not counters.read:
        return reason
    done = f"{counters.written} written" if counters.written else "nothing was written"
    return f"{reason} Of {_employees(counters.read)} read, {done} and {counters.errors} not processed."


def cancelled(counters: Counters) -> str:
    """Return the message of a run that a person cancelled."""
    if not counters.read:
        return "Cancelled before any employee was read."
    return f"Cancelled. Of {_employees(counters.read)} read so far: {numbers(counters)}."


def preview(planned: Counters, warning: str) -> str:
    """Return the message of a preview; ``planned`` are its counters before those to be written are held."""
    would_write = f"{planned.pending or 'none'} would be written"
    parts = ", ".join([would_write, *_parts(planned)])
    message = f"Preview of {_employees(planned.read)}; nothing was written: {parts}."
    return f"{message} A run would be held: {warning}" if warning else message


def numbers(counters: Counters) -> str:
    """Return the counters that are not zero, in words."""
    return ", ".join(_parts(counters)) or "no employee was read"


def _parts(counters: Counters) -> list[str]:
    return [f"{getattr(counters, name)} {word}" for name, word in PARTS if getattr(counters, name)]


def _employees(number: int) -> str:
    return "1 employee" if number == 1 else f"{number} employees"


def _all(number: int) -> str:
    return "The only employee was" if number == 1 else f"All {number} employees were"


def _waiting(number: int) -> str:
    return (
        "1 person is waiting for a decision."
        if number == 1
        else f"{number} people are waiting for a decision."
    )


def _stale(number: int) -> str:
    return (
        "1 was left out because the data changed since the plan was made."
        if number == 1
        else f"{number} were left out because their data changed since the plan was made."
    )
