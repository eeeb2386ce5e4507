"""The message of a run: one sentence on how it ended."""

from __future__ import annotations

import re

from core.models import RunKind, RunStatus
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

# Sentences of ``ended`` that the counters do not say.
NOT_COUNTED = re.compile(r"Approved from run #\d+\.|There was nothing to write\.|\d+ (?:is|are) ignored\.")

# What a column calls each kind of run, and what a sentence calls it before its number.
KIND_LABELS = {RunKind.SYNC: "Sync", RunKind.PREVIEW: "Preview", RunKind.SELECTED: "Chosen employees"}
KIND_NAMES = {RunKind.SYNC: "Run", RunKind.PREVIEW: "Preview", RunKind.SELECTED: "Run of chosen employees"}


def ended(
    counters: Counters, applied_run_id: int | None = None, need_action: int = 0, ignored: int = 0
) -> tuple[RunStatus, str]:
    """Return the status and message of a run that reached its end.

    ``applied_run_id`` names the plan it applied. ``need_action`` is how many employees need somebody, ``ignored`` how
    many a person has decided to ignore; each of them is in one of the counters too.
    """
    explain_held = _waiting if applied_run_id is None else _stale
    held = f" {explain_held(counters.held)}" if counters.held else ""
    origin = "" if applied_run_id is None else f"Approved from run #{applied_run_id}. "
    if applied_run_id is not None and not counters.read:
        return RunStatus.COMPLETE, f"{origin}There was nothing to write.{_need(need_action, ignored)}"
    rest = f"{held}{_need(need_action, ignored)}"
    if counters.errors:
        others = ", ".join(_parts(counters, without="errors"))
        failed = f"{counters.errors} of {_employees(counters.read)} could not be written"
        return RunStatus.ERROR, f"{origin}{failed}{others and f'; {others}'}.{rest}"
    return RunStatus.COMPLETE, f"{origin}{_all(counters.read)} processed: {numbers(counters)}.{rest}"


def not_counted(message: str) -> str:
    """Return what the message of a run that reached its end says beside its counters; empty for nothing."""
    return " ".join(NOT_COUNTED.findall(message))


def joined(*sentences: str) -> str:
    """Return sentences as one text, without empty ones."""
    return " ".join(filter(None, sentences))


def held(message: str, need_action: int, ignored: int = 0) -> str:
    """Return the message of a run that was held, with how many employees need somebody."""
    return f"{message}{_need(need_action, ignored)}"


def _need(need_action: int, ignored: int) -> str:
    """Return how many employees need somebody to act, and how many are ignored; neither adds to the counters."""
    need = (
        f" {need_action} {'needs' if need_action == 1 else 'need'} you (see To fix)." if need_action else ""
    )
    return f"{need} {ignored} {'is' if ignored == 1 else 'are'} ignored." if ignored else need


def aborted(reason: str, counters: Counters) -> str:
    """Return the message of a run that could not continue."""
    if not counters.read:
        return reason
    done = f"{counters.written} written" if counters.written else "nothing was written"
    return f"{reason} Of {_employees(counters.read)} read, {done} and {counters.errors} not processed."


def cancelled(counters: Counters) -> str:
    """Return the message of a run that a person cancelled."""
    if not counters.read:
        return "It was stopped before any employee was read."
    return f"Of {_employees(counters.read)} read before it was stopped: {numbers(counters)}."


def preview(planned: Counters, warning: str) -> str:
    """Return the message of a preview; ``planned`` are its counters before those to be written are held."""
    would_write = f"{planned.pending or 'none'} would be written"
    parts = ", ".join([would_write, *_parts(planned)])
    message = f"Preview of {_employees(planned.read)}; nothing was written: {parts}."
    return f"{message} A run would be held: {warning}" if warning else message


def mapping_effect(updates: int, only_by_mapping: int) -> str:
    """Return what the draft of a mapping does to the updates of a preview."""
    return f"{updates} would be updated, of which {only_by_mapping} only because of the mapping."


def numbers(counters: Counters) -> str:
    """Return the counters that are not zero, in words."""
    return ", ".join(_parts(counters)) or "no employee was read"


def _parts(counters: Counters, without: str = "") -> list[str]:
    return [
        f"{getattr(counters, name)} {word}"
        for name, word in PARTS
        if getattr(counters, name) and name != without
    ]


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
