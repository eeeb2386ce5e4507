"""What iPayroll's answers to a create or an update mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import Outcome, Prepared, Problem, Reason, Verdict
from connectors.errors import AuthError, ConfigError
from connectors.http import Answer
from connectors.ipayroll.canonical import text
from connectors.ipayroll.fields import FIELDS
from connectors.sentences import joined, sentence

_SENSITIVE = frozenset(field.name for field in FIELDS if field.sensitive)


def employees_in(data: Any) -> Sequence[Mapping[str, Any]]:
    """Return the employees of an answer, which may be one or an array of them."""
    entries = data if isinstance(data, list) else [data]
    return [entry for entry in entries if isinstance(entry, dict)]


def words(answer: Answer, prepared: Prepared | None = None) -> str:
    """Return iPayroll's words as a clean sentence without the values we sent in sensitive fields."""
    data = answer.data if isinstance(answer.data, dict) else {}
    messages = data.get("messages")
    said = messages if isinstance(messages, list) else [messages or data.get("error_description") or data.get("message")]
    secrets = [str(prepared.values[name]) for name in _SENSITIVE if name in prepared.values] if prepared else []
    return joined(said, secrets) or f"No reason was given (status {answer.status})."


def written(answer: Answer, target_id: str | None) -> Outcome:
    """Return a success; iPayroll's own id counts, where it says it."""
    said = next((text(entry.get("employeeId")) for entry in employees_in(answer.data)), None)
    return Outcome(target_id=said or target_id)


def refused(answer: Answer, prepared: Prepared) -> Outcome:
    """Return the problem of one employee. Raises AuthError when iPayroll refuses us rather than the employee."""
    must_be_allowed(answer)
    if answer.status == 404:
        return not_found()
    if answer.status == 423:
        return _problem(Reason.LOCKED, f"iPayroll has locked this employee, so nothing was changed: {words(answer, prepared)}")
    return _problem(Reason.REFUSED, f"iPayroll refused this employee: {words(answer, prepared)}")


def not_found() -> Outcome:
    """Return the problem of an employee iPayroll does not have."""
    return _problem(Reason.NOT_FOUND, "iPayroll no longer has this employee, so nothing was changed.")


def must_be_allowed(answer: Answer) -> None:
    """Raise AuthError when iPayroll does not let us do this at all."""
    if answer.status == 403:
        raise AuthError(
            "iPayroll does not allow iHUB to use employees. Give the API user that right, or connect iPayroll again "
            "as somebody who has it."
        )


def must_be_there(answer: Answer) -> None:
    """Raise ConfigError when there is no iPayroll at the address."""
    if answer.status == 404:
        raise ConfigError("There is no iPayroll at the address of this connection. Correct the address.")


def _problem(reason: Reason, message: str) -> Outcome:
    return Outcome(problem=Problem(reason, sentence(message), verdict=Verdict.ERROR))
