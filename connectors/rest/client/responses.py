"""What the responses of a described system mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.records import Outcome, Prepared, Problem, Reason, Verdict
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client.refusals.error_messages import error_lines, find_words
from connectors.rest.client.refusals.failure_signs import is_refused, speaks_of_failure
from connectors.rest.description.system import System
from connectors.values.redaction import redact

Json = Mapping[str, Any]
# Returns the values of an employee that a message must not repeat; called only when there is a message, as it is slow.
SensitiveValues = Callable[[], Sequence[str]]


def json_objects(data: Any) -> Sequence[Json]:
    """Return the objects of a response, which may be one object or an array."""
    entries = data if isinstance(data, list) else [data]
    return [entry for entry in entries if isinstance(entry, dict)]


def error_text(
    system: System, response: Response, secrets: Sequence[str] = (), message_paths: Sequence[str] = ()
) -> str:
    """Return the system's reason as clean sentences, with the secrets and the request's credentials masked."""
    status = f" (status {response.status})" if response.status else ""
    return find_words(system, response, secrets, message_paths) or f"No reason was given{status}."


def sensitive_values(system: System, prepared: Prepared, sent: Json) -> Sequence[str]:
    """Return what a message must not repeat: an employee's sensitive values, ours and those sent with them."""
    names = [name for name, field in system.fields_by_name.items() if field.sensitive]
    places = [system.fields_by_name[name].places[0] for name in names]
    values = [prepared.values.get(name) for name in names] + [paths.value_at(sent, place) for place in places]
    return [str(value) for value in values if value is not None and value != system.target.clear_with]


def is_same_id(first: str, second: str) -> bool:
    """Say whether two ids are one id that a system writes in two ways."""
    return first.strip().casefold().lstrip("0") == second.strip().casefold().lstrip("0")


def refused_outcome(system: System, response: Response, secrets: SensitiveValues) -> Outcome:
    """Return the problem of one employee. Raises AuthError when the system refuses iHUB, not the employee."""
    raise_if_forbidden(system, response)
    return refusal(system, response, secrets)


def refusal(
    system: System, response: Response, secrets: SensitiveValues, message_paths: Sequence[str] = ()
) -> Outcome:
    """Return the problem of one employee, as a response or one result of it describes it."""
    if response.status == 404:
        return not_found_outcome(system)
    reason = error_text(system, response, secrets(), message_paths)
    if response.status in system.description.errors.locked:
        message = (
            f"{system.name} has locked this employee, so nothing was changed. Finish what holds the lock there, then "
            f"run the job again. {reason}"
        )
        return _problem(Reason.LOCKED, message)
    labels = {line.label for line in error_lines(system, response, message_paths) if line.label}
    field = min(labels) if len(labels) == 1 else None
    return _problem(Reason.REFUSED, f"{system.name} refused this employee: {reason}", field)


def not_found_outcome(system: System) -> Outcome:
    """Return the problem of an employee that the system does not have."""
    return _problem(
        Reason.NOT_FOUND,
        f"{system.name} no longer has this employee, so nothing was changed. Run the job again; it looks for the "
        "employee again.",
    )


def damaged_outcome(system: System, field: str) -> Outcome:
    """Return the problem of an employee who cannot be sent back whole, because a value of theirs cannot be read."""
    return _problem(
        Reason.NOT_SHOWN,
        f"{system.name} has a value that iHUB cannot read in `{field}`, so nothing was changed. Correct it there.",
    )


def raise_if_forbidden(system: System, response: Response) -> None:
    """Raise AuthError when iHUB may not make such requests at all."""
    if response.status in system.description.errors.not_allowed:
        name = system.name
        raise AuthError(
            f"{name} does not allow iHUB to use employees. Give the API user that permission, or reconnect {name} as a "
            "user who has it."
        )


def raise_if_missing(system: System, response: Response) -> None:
    """Raise ConfigError when the system is not at this address."""
    if response.status == 404:
        raise ConfigError(
            f"There is no {system.name} at the address of this connection. Correct the address and the other settings."
        )


def raise_if_failed(system: System, response: Response, purpose: str) -> None:
    """Raise a ConnectorError when a request failed; ``purpose`` is what the system should have done."""
    raise_if_forbidden(system, response)
    raise_if_missing(system, response)
    if not response.ok or is_refused(system, response.data):
        raise TemporaryError(f"{system.name} did not {purpose}: {error_text(system, response)}")


def raise_if_unusable(system: System, response: Response, purpose: str) -> None:
    """Raise a ConnectorError when a request failed, or its response speaks of an error whatever its status."""
    raise_if_failed(system, response, purpose)
    if speaks_of_failure(system, response.data):
        raise TemporaryError(f"{system.name} did not {purpose}: {error_text(system, response)}")


def _problem(reason: Reason, message: str, field: str | None = None) -> Outcome:
    return Outcome(problem=Problem(reason, redact(message), field, Verdict.ERROR))
