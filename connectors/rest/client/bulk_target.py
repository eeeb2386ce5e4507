"""Write several employees to a described system in one request, each with its own outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from connectors.concurrency import gather
from connectors.contract.capabilities import Update
from connectors.contract.errors import RefusedTogetherError, UnansweredError
from connectors.contract.records import Outcome, Prepared
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.client import confirmations, responses
from connectors.rest.client.refusals.failure_signs import is_refused
from connectors.rest.client.target import RestTarget
from connectors.rest.client.updates.updating import require_endpoint
from connectors.rest.description.endpoints import BulkEndpoint

# For each employee of a request, in order: the values that a message must not repeat, and the system's id where it
# is already known.
Expected = Sequence[tuple[responses.SensitiveValues, str | None]]


class _BulkWriter(RestTarget):
    """A described system that accepts several employees in a request."""

    @property
    def batch_size(self) -> int:
        """Return how many employees go into a request: the smaller of the limits for creates and updates."""
        employees = self._system.description.employees
        endpoints = (employees.create_many, employees.update_many)
        return min(endpoint.most for endpoint in endpoints if endpoint is not None)

    async def _send_many(
        self, endpoint: BulkEndpoint, entries: Sequence[Any], expected: Expected, *, repeatable: bool
    ) -> list[Outcome]:
        """Send employees in one request and return their outcomes.

        Raises RefusedTogetherError when nothing was written, UnansweredError when an outcome is unknown.
        """
        sent: Any = list(entries)
        if endpoint.records is not None:
            sent = {}
            paths.set_value(sent, endpoint.records, list(entries))
        response = await self._client.send(
            endpoint.method,
            self._path(endpoint.path),
            sent,
            self._query(endpoint.query),
            repeatable=repeatable,
        )
        responses.raise_if_forbidden(self._system, response)
        results = _results_in_order(endpoint, response, len(expected))
        if response.ok and results is None and is_refused(self._system, response.data):
            raise self._refused_together(response, expected)
        outcomes = self._outcomes(endpoint, results or [None] * len(expected), expected)
        has_statuses = results is not None and endpoint.results.status is not None
        if not response.ok and not has_statuses and not _has_new_id(outcomes, expected):
            raise self._refused_together(response, expected)
        known = [outcome for outcome in outcomes if outcome is not None]
        ids = [outcome.target_id for outcome in known if outcome.target_id]
        is_accepted = response.status == HTTPStatus.ACCEPTED
        if is_accepted or len(known) != len(expected) or len(set(ids)) != len(ids):
            raise UnansweredError(
                f"{self._system.name} did not give the outcome of each employee it was sent.",
                status=response.status,
            )
        return known

    def _outcomes(
        self, endpoint: BulkEndpoint, results: Sequence[dict[str, Any] | None], expected: Expected
    ) -> list[Outcome | None]:
        is_create = endpoint is self._system.description.employees.create_many
        return [
            None
            if result is None
            else confirmations.bulk_outcome(
                self._system, endpoint.results, result, *each, is_create=is_create
            )
            for result, each in zip(results, expected, strict=True)
        ]

    def _refused_together(self, response: Response, expected: Expected) -> RefusedTogetherError:
        secrets = [value for sensitive_values, _ in expected for value in sensitive_values()]
        reason = responses.error_text(self._system, response, secrets)
        return RefusedTogetherError(
            f"{self._system.name} refused {len(expected)} employees together: {reason}"
        )


def _results_in_order(
    endpoint: BulkEndpoint, response: Response, count: int
) -> list[dict[str, Any] | None] | None:
    """Return the results in the order of the request, with None for missing ones; None when there are none at all."""
    results = paths.value_at(response.data, endpoint.results.records)
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        return None
    if endpoint.results.position is None:
        return results if len(results) == count else None
    ordered: list[dict[str, Any] | None] = [None] * count
    for result in results:
        position = paths.value_at(result, endpoint.results.position)
        if not isinstance(position, int) or not 0 <= position < count or ordered[position] is not None:
            return None
        ordered[position] = result
    return ordered


def _has_new_id(outcomes: Sequence[Outcome | None], expected: Expected) -> bool:
    """Say whether an outcome has an id that was not known before, so that not everything was refused."""
    return any(
        outcome is not None and outcome.target_id and known_id is None
        for outcome, (_, known_id) in zip(outcomes, expected, strict=True)
    )


class BulkCreateTarget(_BulkWriter):
    """A described system that accepts several new employees in a request."""

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create several employees."""
        endpoint = require_endpoint(self._system.description.employees.create_many)
        expected = [
            (partial(responses.sensitive_values, self._system, each, {}), self._chosen_id(each))
            for each in prepared
        ]
        entries = [self._create_body(each) for each in prepared]
        return await self._send_many(endpoint, entries, expected, repeatable=endpoint.method == "PUT")


class BulkUpdateTarget(_BulkWriter):
    """A described system that accepts several changed employees in a request."""

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Update several employees; the request leaves out those who cannot be sent."""
        endpoint = require_endpoint(self._system.description.employees.update_many)
        bodies = await gather(self._update_body(update.target_id, update.prepared) for update in updates)
        present = [
            (update, body)
            for update, body in zip(updates, bodies, strict=True)
            if not isinstance(body, Outcome)
        ]
        for update, body in present:
            is_number = endpoint.numeric_ids and update.target_id.isdecimal()
            sent_id = int(update.target_id) if is_number else update.target_id
            paths.set_value(body, self._system.description.employees.id, sent_id)
        expected = [
            (partial(responses.sensitive_values, self._system, update.prepared, body), update.target_id)
            for update, body in present
        ]
        entries = [body for _, body in present]
        sent = await self._send_many(endpoint, entries, expected, repeatable=True) if present else []
        outcomes = iter(sent)
        return [
            body if isinstance(body, Outcome) else _with_known_id(next(outcomes), update.target_id)
            for update, body in zip(updates, bodies, strict=True)
        ]


def _with_known_id(outcome: Outcome, target_id: str) -> Outcome:
    """Return an outcome with the id as we know it, whatever spelling the system uses."""
    return outcome if outcome.target_id is None else replace(outcome, target_id=target_id)
