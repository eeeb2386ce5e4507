"""The employees of one response of a list, or that it has no list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.errors import TemporaryError
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.description.reads import ListEndpoint, Offset, PageNumbers
from connectors.rest.description.system import System

Json = Mapping[str, Any]
# How a system says that a page is past the end of the list.
_PAST_THE_END = frozenset({404, 416})
_REASONS = frozenset(
    {"error", "errors", "fault", "exception", "message", "messages", "detail", "details", "reason", "problem"}
)
# Lists of objects that are no employees.
_LINKS = frozenset({"links", "_links"})


def read_entries(system: System, response: Response, *, is_first: bool) -> Sequence[Json] | None:
    """Return the employees of a response; None where it has no list at all: it is blank, or only the list is missing.

    Raises ConnectorError when the response is anything else, a refusal, or speaks of an error beside its list. A page
    that we count ourselves may be past the end; one that the system has led to has to be there.
    """
    place = system.description.employees.list
    is_counted = isinstance(place.paging, PageNumbers | Offset)
    if not is_first and is_counted and response.status in _PAST_THE_END:
        return None
    if not is_first and response.status in _PAST_THE_END:
        raise TemporaryError(
            f"{system.name} no longer has the next page of its list. Nothing was changed. Try again later."
        )
    responses.raise_if_unusable(system, response, f"list its {system.listed}")
    records = _as_array(place, system, paths.value_at(response.data, place.records))
    if isinstance(records, list):
        entries = [paths.value_at(record, place.record) for record in records]
        if all(isinstance(entry, dict) for entry in entries):
            return entries
    elif records is None and _has_no_list(response.data) and not _has_error(system, response):
        return None
    raise TemporaryError(
        f"{system.name} listed its {system.listed} in a form iHUB does not understand. Try again later."
    )


def _as_array(place: ListEndpoint, system: System, records: Any) -> Any:
    """Return the array of the employees, where the file says that there may be an object instead of it."""
    if not isinstance(records, dict):
        return records
    if place.keyed_by is not None and all(isinstance(entry, dict) for entry in records.values()):
        return [_with_key(entry, place.keyed_by, key) for key, entry in records.items()]
    shown = paths.value_at(records, place.record) if place.one_alone else None
    has_id = paths.value_at(shown, system.description.employees.id) is not None
    return [records] if has_id else records


def _with_key(entry: Json, place: str, key: str) -> Json:
    copy = dict(entry)
    paths.set_value(copy, place, key)
    return copy


def _has_no_list(data: Any) -> bool:
    """Say whether a response is blank, or an object that has no objects in a list under any other name."""
    return not _has_objects(data) if isinstance(data, dict) else data is None


def _has_objects(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_objects(inner) for name, inner in value.items() if name not in _LINKS)
    return isinstance(value, list) and any(isinstance(entry, dict) for entry in value)


def _has_error(system: System, response: Response) -> bool:
    """Say whether a response without a list gives a reason for it."""
    data = response.data if isinstance(response.data, dict) else {}
    named = any(value for name, value in data.items() if name.casefold() in _REASONS)
    return named or any(paths.value_at(data, path) for path in system.description.errors.messages)
