"""What the responses of a described system mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.records import Outcome, Prepared, Problem, Reason, Verdict, Warn
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.description.endpoints import (
    BulkResults,
    CreateEndpoint,
    ResponseWarning,
    UpdateEndpoint,
)
from connectors.rest.description.system import System
from connectors.values.normalise import text
from connectors.values.redaction import redact, redact_all

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
    lines = (_with_label(system, line)[1] for line in _lines(system, response, message_paths))
    status = f" (status {response.status})" if response.status else ""
    return redact_all(lines, [*response.secrets, *secrets]) or f"No reason was given{status}."


def sensitive_values(system: System, prepared: Prepared, sent: Json) -> Sequence[str]:
    """Return what a message must not repeat: an employee's sensitive values, ours and those sent with them."""
    names = [name for name, field in system.fields_by_name.items() if field.sensitive]
    values = [prepared.values.get(name) for name in names] + [paths.value_at(sent, name) for name in names]
    return [str(value) for value in values if value is not None and value != system.target.clear_with]


def _lines(system: System, response: Response, message_paths: Sequence[str] = ()) -> Sequence[str]:
    errors = system.description.errors
    for data in json_objects(response.data) or [{}]:
        candidates = (
            list(_texts(paths.value_at(data, path), errors.each)) for path in message_paths or errors.messages
        )
        if texts := next((texts for texts in candidates if texts), None):
            lines = [
                line for each in texts for line in (each.splitlines() if errors.names_fields else [each])
            ]
            return [line for line in lines if line.strip()]
    return (
        [entry for entry in response.data if isinstance(entry, str)]
        if isinstance(response.data, list)
        else []
    )


def _texts(data: Any, each: str | None) -> Iterable[str]:
    for entry in data if isinstance(data, list) else [data]:
        value = paths.value_at(entry, each) if each and isinstance(entry, dict) else entry
        if value and not isinstance(value, dict | list):
            yield str(value)


def _with_label(system: System, line: str) -> tuple[str | None, str]:
    """Return the label of the field that a line begins with, and the line with the label instead of the name."""
    name, colon, reason = line.partition(":")
    if not (colon and system.description.errors.names_fields and system.description.target):
        return None, line
    folded = name.strip().casefold()
    fields = system.fields_by_name.items()
    label = next((field.label for known, field in fields if known.casefold() == folded), None)
    return label, f"{label}:{reason}" if label else line


def written_outcome(
    system: System,
    endpoint: CreateEndpoint | UpdateEndpoint,
    response: Response,
    target_id: str | None,
    secrets: SensitiveValues,
) -> Outcome:
    """Return a success. A new employee gets the id in the response, where there is one; an update keeps the id."""
    shown = next(iter(json_objects(response.data)), {})
    new_id = None
    if isinstance(endpoint, CreateEndpoint):
        new_id = text(paths.value_at(shown, system.description.employees.id))
        if endpoint.id_from_location and response.location:
            new_id = unquote(response.location.split("?")[0].rstrip("/").rpartition("/")[2]) or new_id
    applying = [warning for warning in endpoint.warnings if _applies(warning, shown)]
    hidden = [*response.secrets, *secrets()] if applying else []
    warnings = tuple(_warn(warning, shown, hidden) for warning in applying)
    return Outcome(target_id=new_id or target_id, warnings=warnings)


def _applies(warning: ResponseWarning, shown: Json) -> bool:
    value = str(paths.value_at(shown, warning.at)).casefold()
    return value in {str(expected).casefold() for expected in warning.equals}


def _warn(warning: ResponseWarning, shown: Json, hidden: Sequence[str]) -> Warn:
    details = text(paths.value_at(shown, warning.details)) if warning.details else None
    return Warn(warning.remark.code, redact_all([warning.remark.message, details], hidden), at_target=True)


def bulk_outcome(
    system: System, results: BulkResults, result: Json, secrets: SensitiveValues, target_id: str | None
) -> Outcome | None:
    """Return the outcome of one employee of a bulk request; None when the result does not give it."""
    status = paths.value_at(result, results.status)
    if results.status is not None and status is None:
        return None
    if results.status is None:
        failed = bool(_lines(system, Response(0, result), results.messages))
    else:
        failed = not _is_success(results, status)
    if failed:
        return _refusal(system, Response(_status_number(status) or 0, result), secrets, results.messages)
    shown_id = text(paths.value_at(result, results.id or system.description.employees.id)) or target_id
    about_another = shown_id is not None and target_id is not None and not is_same_id(shown_id, target_id)
    return None if shown_id is None or about_another else Outcome(target_id=shown_id)


def _status_number(status: Any) -> int | None:
    """Return a status that is a number or a text of three digits; None when it is a word."""
    if isinstance(status, str):
        return int(status) if len(status) == 3 and status.isdecimal() else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def is_same_id(first: str, second: str) -> bool:
    """Say whether two ids are one id that a system writes in two ways."""
    return first.strip().casefold().lstrip("0") == second.strip().casefold().lstrip("0")


def _is_success(results: BulkResults, status: Any) -> bool:
    if results.taken:
        return str(status).casefold() in {str(value).casefold() for value in results.taken}
    return 200 <= (_status_number(status) or 0) < 300


def refused_outcome(system: System, response: Response, secrets: SensitiveValues) -> Outcome:
    """Return the problem of one employee. Raises AuthError when the system refuses iHUB, not the employee."""
    raise_if_forbidden(system, response)
    return _refusal(system, response, secrets)


def _refusal(
    system: System, response: Response, secrets: SensitiveValues, message_paths: Sequence[str] = ()
) -> Outcome:
    if response.status == 404:
        return not_found_outcome(system)
    reason = error_text(system, response, secrets(), message_paths)
    if response.status in system.description.errors.locked:
        message = f"{system.name} has locked this employee, so nothing was changed: {reason}"
        return _problem(Reason.LOCKED, message)
    lines = _lines(system, response, message_paths)
    labels = {label for line in lines if (label := _with_label(system, line)[0])}
    field = min(labels) if len(labels) == 1 else None
    return _problem(Reason.REFUSED, f"{system.name} refused this employee: {reason}", field)


def not_found_outcome(system: System) -> Outcome:
    """Return the problem of an employee that the system does not have."""
    return _problem(Reason.NOT_FOUND, f"{system.name} no longer has this employee, so nothing was changed.")


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
    if not response.ok:
        raise TemporaryError(f"{system.name} did not {purpose}: {error_text(system, response)}")


def _problem(reason: Reason, message: str, field: str | None = None) -> Outcome:
    return Outcome(problem=Problem(reason, redact(message), field, Verdict.ERROR))
