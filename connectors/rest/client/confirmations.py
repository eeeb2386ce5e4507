"""Tell whether a response with a status of success confirms that an employee was written.

A response that does not name the new employee, accepts the request for later (202) or speaks of an error confirms
nothing. It counts as no response, so that the employee is looked up: nobody is taken for created who is not there.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from connectors.contract.errors import UnansweredError
from connectors.contract.records import Outcome, Warn
from connectors.http.json_body import dump_json
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client.refusals.error_messages import described_lines, find_words
from connectors.rest.client.refusals.failure_signs import holds, is_refused, looks_failed, looks_queued, whole
from connectors.rest.client.responses import Json, SensitiveValues, is_same_id, json_objects, refusal
from connectors.rest.description.endpoints import BulkResults, CreateEndpoint, ResponseWarning, UpdateEndpoint
from connectors.rest.description.system import System
from connectors.values.normalise import text
from connectors.values.redaction import redact_all

# What systems put in the place of an id that there is not.
_NO_IDS = frozenset({"-1", "null", "none", "nil", "undefined", "nan", "n/a", "true", "false"})
# Zeros, alone or as an empty GUID, and nothing but punctuation.
_BLANK_ID = re.compile(r"[0\W_]*")


def record_id(value: Any) -> str | None:
    """Return the id of an employee as a text; None for what stands in the place of an id that there is not."""
    shown = text(value)
    is_none = shown is None or shown.casefold() in _NO_IDS or _BLANK_ID.fullmatch(shown) is not None
    return None if is_none else shown


def written_outcome(
    system: System,
    endpoint: CreateEndpoint | UpdateEndpoint,
    response: Response,
    target_id: str | None,
    secrets: SensitiveValues,
    *,
    followed: bool = False,
) -> Outcome:
    """Return the outcome of a write whose status says success; ``followed``: the last one of a status that was read.

    A new employee gets the id in the response; an update keeps ``target_id``. ``target_id`` of a create is the id that
    we chose. Raises UnansweredError when the response does not confirm the write.
    """
    if is_refused(system, whole(response.data)):
        return refusal(system, response, secrets)
    if followed:
        return _followed_outcome(system, endpoint, response, target_id, secrets)
    shown = next(iter(json_objects(paths.value_at(response.data, endpoint.record))), {})
    if _is_unconfirmed(system, response) or _lacks_employee(system, endpoint, response, shown):
        raise unconfirmed(system, response, secrets)
    was_there = False
    if isinstance(endpoint, CreateEndpoint):
        was_there = endpoint.updated is not None and holds(endpoint.updated, whole(response.data))
        target_id = _new_id(system, endpoint, response, shown, target_id)
        if target_id is None:
            raise unconfirmed(system, response, secrets)
    applying = [warning for warning in endpoint.warnings if _applies(warning, response.data)]
    hidden = [*response.credentials, *secrets()] if applying else []
    warnings = tuple(_warn(warning, response.data, hidden) for warning in applying)
    has_record = (
        len(shown) > 1 and record_id(paths.value_at(shown, system.description.employees.id)) is not None
    )
    shown_record = dump_json(shown) if has_record else None
    return Outcome(target_id=target_id, warnings=warnings, shown=shown_record, was_there=was_there)


def _followed_outcome(
    system: System,
    endpoint: CreateEndpoint | UpdateEndpoint,
    response: Response,
    target_id: str | None,
    secrets: SensitiveValues,
) -> Outcome:
    place = endpoint.follow.id if endpoint.follow is not None else None
    shown_id = record_id(paths.value_at(response.data, place)) if place else None
    if target_id is None and shown_id is None:
        raise unconfirmed(system, response, secrets)
    return Outcome(target_id=target_id or shown_id)


def part_outcome(system: System, response: Response, target_id: str, secrets: SensitiveValues) -> Outcome:
    """Return the outcome of a part of an employee whose status says success. Raises UnansweredError as above."""
    if is_refused(system, whole(response.data)):
        return refusal(system, response, secrets)
    if _is_unconfirmed(system, response):
        raise unconfirmed(system, response, secrets)
    return Outcome(target_id=target_id)


def unconfirmed(system: System, response: Response, secrets: SensitiveValues) -> UnansweredError:
    """Return the error for a response that does not say that an employee was written."""
    if _is_accepted(system, response):
        message = f"{system.name} accepted the request and has not said yet whether the employee was written."
        return UnansweredError(message, status=HTTPStatus.ACCEPTED)
    message = f"{system.name} responded without confirming that the employee was written."
    if words := find_words(system, response, secrets()):
        message = f"{message[:-1]}: {words}"
    return UnansweredError(message, status=response.status)


def _is_accepted(system: System, response: Response) -> bool:
    return response.status == HTTPStatus.ACCEPTED or looks_queued(system, whole(response.data))


def _is_unconfirmed(system: System, response: Response) -> bool:
    if _is_accepted(system, response):
        return True
    success, shown = system.description.errors.success, whole(response.data)
    is_unsaid = success is not None and bool(shown) and paths.value_at(shown, success.at) is None
    return is_unsaid or looks_failed(system, shown)


def _lacks_employee(
    system: System, endpoint: CreateEndpoint | UpdateEndpoint, response: Response, shown: Json
) -> bool:
    """Say whether a response has something else where the file says that the employee is."""
    is_said = endpoint.record is not None and response.data is not None
    return is_said and record_id(paths.value_at(shown, _id_place(system, endpoint))) is None


def _id_place(system: System, endpoint: CreateEndpoint | UpdateEndpoint) -> str:
    return endpoint.id or system.description.employees.id


def _new_id(
    system: System, endpoint: CreateEndpoint, response: Response, shown: Json, chosen_id: str | None
) -> str | None:
    """Return the id of a new employee; None when the response does not give it, or gives another than we chose."""
    shown_id = record_id(paths.value_at(shown, _id_place(system, endpoint)))
    if endpoint.id_from_location and response.location:
        shown_id = (
            record_id(unquote(response.location.split("?")[0].rstrip("/").rpartition("/")[2])) or shown_id
        )
    if chosen_id is None:
        return shown_id
    is_chosen = shown_id is not None and is_same_id(shown_id, chosen_id)
    return chosen_id if is_chosen or response.data is None else None


def _applies(warning: ResponseWarning, data: Any) -> bool:
    return holds(warning, next(iter(json_objects(data)), {}))


def _warn(warning: ResponseWarning, data: Any, hidden: list[str]) -> Warn:
    shown = next(iter(json_objects(data)), {})
    details = text(paths.value_at(shown, warning.details)) if warning.details else None
    return Warn(warning.remark.code, redact_all([warning.remark.message, details], hidden), at_target=True)


def bulk_outcome(
    system: System,
    results: BulkResults,
    result: Json,
    secrets: SensitiveValues,
    target_id: str | None,
    *,
    is_create: bool,
) -> Outcome | None:
    """Return the outcome of one employee of a bulk request; None when the result does not give it.

    ``target_id`` is the id of an update, or the one that we chose for a create.
    """
    status = paths.value_at(result, results.status)
    if results.status is not None and status is None:
        return None
    if results.status is None:
        is_success = not described_lines(system, Response(0, result), results.messages)
    else:
        is_success = _is_success(results, status)
    if not is_success:
        number = _status_number(status)
        response = Response(0 if number is None or (is_create and number == 404) else number, result)
        is_unclear = number is None and results.status is not None and not results.taken
        if is_unclear and not described_lines(system, response, results.messages):
            return None
        return refusal(system, response, secrets, results.messages)
    if _leaves_open(system, results, result, status):
        return None
    shown_id = record_id(paths.value_at(result, results.id or system.description.employees.id))
    if shown_id is None and (not is_create or results.status is not None):
        shown_id = target_id
    about_another = shown_id is not None and target_id is not None and not is_same_id(shown_id, target_id)
    return None if shown_id is None or about_another else Outcome(target_id=shown_id)


def _leaves_open(system: System, results: BulkResults, result: Json, status: Any) -> bool:
    """Say whether a result without a refusal does not confirm anything either."""
    if results.status is None:
        return looks_failed(system, result) or looks_queued(system, result)
    return not results.taken and _status_number(status) == HTTPStatus.ACCEPTED


def _status_number(status: Any) -> int | None:
    """Return a status that is a number or a text of three digits; None when it is a word."""
    if isinstance(status, str):
        return int(status) if len(status) == 3 and status.isdecimal() else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def _is_success(results: BulkResults, status: Any) -> bool:
    if results.taken:
        return str(status).casefold() in {str(value).casefold() for value in results.taken}
    return 200 <= (_status_number(status) or 0) < 300
