"""Tell a response that speaks of a failure although its status says success."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from connectors.rest import paths
from connectors.rest.description.base import ResponseValue
from connectors.rest.description.endpoints import ResponseWarning
from connectors.rest.description.system import System

# How systems say in a response with a status of success that they failed. Names are compared without case, dashes and
# underscores. Other texts, such as "Incomplete", may be the employee's own.
_SUCCESS_FLAGS = ("success", "ok", "succeeded", "successful", "issuccess", "issuccessful")
_FAILURE_FLAGS = ("error", "errors", "haserror", "haserrors", "iserror", "fault", "failed")
_NO_FAILURE = frozenset(("", "false", "0", "none", "null", "ok", "success"))
_STATES = ("status", "state", "result", "outcome")
# Where a system repeats the status of an error, it says what is wrong beside it (RFC 9457).
_STATUSES, _WORDS = ("status", "statuscode", "httpstatus", "code"), ("message", "detail")
_FAILED_STATES = frozenset(
    ("error", "errors", "failed", "failure", "fail", "rejected", "refused", "invalid", "denied", "ko", "nok")
)
_TELLING_NAMES = frozenset((*_SUCCESS_FLAGS, *_FAILURE_FLAGS, *_STATES, *_STATUSES, *_WORDS))
_ERROR_STATUS, _PUNCTUATION = re.compile("[45][0-9]{2}"), re.compile(r"[\s_-]+")
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
    said = _told({name: value for name, value in shown.items() if name not in fields})
    return bool(said) and (
        any(str(said.get(name)).casefold() in {"false", "0", "no"} for name in _SUCCESS_FLAGS)
        or any(_tells_of_failure(said.get(name)) for name in _FAILURE_FLAGS)
        or any(str(said.get(name)).casefold() in _FAILED_STATES for name in _STATES)
        or _repeats_a_status(said)
    )


def _tells_of_failure(value: Any) -> bool:
    """Say whether the value of a flag is a failure, and not, say, an object with the code 0."""
    if isinstance(value, Mapping):
        return any(_tells_of_failure(inner) for inner in value.values())
    return bool(value) and str(value).strip().casefold() not in _NO_FAILURE


def _repeats_a_status(said: Mapping[str, Any]) -> bool:
    """Say whether an object has the status of an error, with words about it."""
    has_status = any(_ERROR_STATUS.fullmatch(str(said.get(name))) for name in _STATUSES)
    return has_status and any(isinstance(said.get(name), str) and said[name] for name in _WORDS)


def looks_queued(system: System, shown: Mapping[str, Any]) -> bool:
    """Say whether an object tells of a queued request and of no employee."""
    said = _told(shown)
    if not any(str(said.get(name)).casefold() in _QUEUED_STATES for name in _STATES):
        return False
    own = {name.partition(".")[0] for name in system.fields_by_shown_place} - {
        system.description.employees.id
    }
    return own.isdisjoint(shown)


def _told(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values whose names may tell of a failure or a queue, by their folded names."""
    return {folded: value for name, value in shown.items() if (folded := _fold(name)) in _TELLING_NAMES}


@lru_cache(maxsize=4096)
def _fold(name: str) -> str:
    return _PUNCTUATION.sub("", name).casefold()
