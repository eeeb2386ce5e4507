"""Tell a response that speaks of a failure although its status says success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.rest import paths
from connectors.rest.description.base import ResponseValue
from connectors.rest.description.endpoints import ResponseWarning
from connectors.rest.description.system import System

# How systems say in a response with a status of success that they failed. Other texts, such as "Incomplete", may be
# the employee's own.
_SUCCESS_FLAGS = ("success", "ok", "succeeded", "successful", "isSuccess", "is_success")
_FAILURE_FLAGS = ("error", "errors", "hasErrors", "has_errors", "isError", "is_error", "fault")
_STATES = ("status", "state", "result", "outcome")
_FAILED_STATES = frozenset(
    ("error", "errors", "failed", "failure", "fail", "rejected", "refused", "invalid", "denied", "ko", "nok")
)
# How they say that they have taken a request and not carried it out yet.
_QUEUED_STATES = frozenset(
    (
        "queued",
        "pending",
        "processing",
        "accepted",
        "submitted",
        "scheduled",
        "in progress",
        "in_progress",
        "running",
    )
)


def is_refused(system: System, data: Any) -> bool:
    """Say whether the values that the file names mark a response as a refusal, whatever its status."""
    errors, shown = system.description.errors, data if isinstance(data, dict) else {}
    if errors.refused is not None and holds(errors.refused, shown):
        return True
    return (
        errors.success is not None
        and paths.value_at(shown, errors.success.at) is not None
        and not holds(errors.success, shown)
    )


def speaks_of_failure(system: System, data: Any) -> bool:
    """Say whether a response looks like a failure: in what the file names, or in what many systems share."""
    shown = data if isinstance(data, dict) else {}
    return is_refused(system, shown) or looks_failed(system, shown)


def whole(data: Any) -> Mapping[str, Any]:
    """Return the object that a response consists of, which may be the only entry of an array."""
    entry = data[0] if isinstance(data, list) and len(data) == 1 else data
    return entry if isinstance(entry, dict) else {}


def holds(value: ResponseValue | ResponseWarning, shown: Any) -> bool:
    """Say whether an object has one of the values at their place."""
    found = str(paths.value_at(shown, value.at)).casefold()
    return found in {str(expected).casefold() for expected in value.equals}


def looks_failed(system: System, shown: Mapping[str, Any]) -> bool:
    """Say whether an object says that something failed, outside of the employee's own fields."""
    fields = system.fields_by_name if system.description.target is not None else {}
    said = {name: value for name, value in shown.items() if name not in fields}
    return (
        any(str(said.get(name)).casefold() in {"false", "0", "no"} for name in _SUCCESS_FLAGS)
        or any(said.get(name) and str(said[name]).casefold() not in {"false", "0"} for name in _FAILURE_FLAGS)
        or any(str(said.get(name)).casefold() in _FAILED_STATES for name in _STATES)
    )


def looks_queued(system: System, shown: Mapping[str, Any]) -> bool:
    """Say whether an object tells of a queued request and of no employee."""
    own = {name.partition(".")[0] for name in system.fields_by_name} - {system.description.employees.id}
    is_queued = any(str(shown.get(name)).casefold() in _QUEUED_STATES for name in _STATES)
    return is_queued and own.isdisjoint(shown)
