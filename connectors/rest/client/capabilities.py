"""What a described target can do beyond the contract, as far as its file has the endpoints for it."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Sequence
from functools import cached_property, partial
from http import HTTPStatus
from typing import cast

from connectors.contract.capabilities import Part
from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Prepared, Problem, Reason, TargetRecord, Verdict
from connectors.rest import paths
from connectors.rest.client import confirmations, responses
from connectors.rest.client.bulk_target import BulkCreateTarget, BulkUpdateTarget
from connectors.rest.client.responses import Json
from connectors.rest.client.target import RestTarget
from connectors.rest.client.updates.updating import require_endpoint, wrap
from connectors.rest.description.document import Description
from connectors.rest.description.reads import ExternalIdEndpoint
from connectors.rest.translation.target_records import request_body
from connectors.values.normalise import text

# How long to wait for the first request under a key before each repetition.
BUSY_SECONDS = (0.5, 1.0, 2.0, 4.0)


class ExternalIdTarget(RestTarget):
    """A described system that finds an employee by the id that we stored there."""

    async def find_external(self, external_id: str) -> TargetRecord | None:
        """Read one employee by the id we stored there."""
        endpoint = require_endpoint(self._system.description.employees.by_external_id)
        searches = "{external_id}" not in endpoint.path
        read = (
            self._search(endpoint, external_id) if searches else self._read(endpoint, external_id=external_id)
        )
        raw = await read
        return None if raw is None else self._translation.read_record(raw)

    async def _search(self, endpoint: ExternalIdEndpoint, external_id: str) -> Json | None:
        """Return the employee with an id of ours among those that a query finds; None where it finds nobody.

        A response with nobody but others is an error: the system may have ignored the query.
        """
        if not external_id.strip():
            return None
        response = await self._ask(endpoint, external_id=external_id)
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        responses.raise_if_failed(self._system, response, "look an employee up")
        shown = paths.value_at(response.data, endpoint.record)
        if shown == []:
            return None
        found = [
            entry for entry in responses.json_objects(shown) if self._has_external_id(entry, external_id)
        ]
        if len(found) != 1:
            raise TemporaryError(
                f"{self._system.name} was asked for the employee with one external id and showed "
                f"{'several' if found else 'something else'}. Nothing was changed. Try again later."
            )
        return found[0]

    def _has_external_id(self, entry: Json, external_id: str) -> bool:
        shown = text(paths.value_at(entry, self._system.target.external_id))
        return shown is not None and shown.casefold() == external_id.strip().casefold()


class IdempotentTarget(RestTarget):
    """A described system that does not repeat a create under the same idempotency key."""

    async def create_once(self, prepared: Prepared, key: str) -> Outcome:
        """Create the employee under a key, and repeat the request until the system gives the result."""
        idempotency = require_endpoint(self._create.idempotency)
        headers = {idempotency.header: key}
        try:
            response = await self._send_create(prepared, repeatable=True, headers=headers)
            for seconds in BUSY_SECONDS:
                if response.status not in idempotency.busy:
                    break
                await asyncio.sleep(seconds)
                response = await self._send_create(prepared, repeatable=True, headers=headers)
        except UnansweredError:
            raise
        except TemporaryError as error:
            raise UnansweredError(str(error), error.retry_after, status=error.status) from error
        if response.status in idempotency.busy:
            raise UnansweredError(
                f"{self._system.name} has not finished creating an employee. Try again later."
            )
        return self._create_outcome(prepared, response)


class PartTarget(RestTarget):
    """A described system that takes parts of an employee, such as the bank account, in requests of their own."""

    @cached_property
    def parts(self) -> Sequence[Part]:
        """Return the parts in the order in which they are written; their names are their paths."""
        described = self._system.description.employees.parts
        return [Part(part.path, part.label, frozenset(part.fields)) for part in described]

    async def write_part(self, target_id: str, part: Part, prepared: Prepared) -> Outcome:
        """Send the fields of a part, those without a value as the system clears one."""
        endpoint = next(each for each in self._system.description.employees.parts if each.path == part.name)
        prefix = "" if endpoint.strip is None else f"{endpoint.strip}."
        system = self._system
        own = {name: value for name, value in prepared.values.items() if name in part.fields}
        values = {
            place.removeprefix(prefix): value for place, value in system.placed(own, frozenset()).items()
        }
        lists = [place.removeprefix(prefix) for place in system.lists]
        sent = request_body(values, lambda place: system.clears(prefix + place), system.write_date, lists)
        response = await self._client.send(
            endpoint.method,
            self._path(endpoint.path, id=target_id),
            wrap(endpoint, sent),
            endpoint.query,
            repeatable=True,
        )
        if response.status == HTTPStatus.NOT_FOUND:
            message = f"{self._system.name} does not have a place for it (status 404)."
            return Outcome(problem=Problem(Reason.REFUSED, message, part.label, Verdict.ERROR))
        secrets = partial(responses.sensitive_values, self._system, prepared, {})
        if not response.ok:
            return responses.refused_outcome(self._system, response, secrets)
        return confirmations.part_outcome(self._system, response, target_id, secrets)


def target_class(description: Description) -> type[RestTarget]:
    """Return the class of a described target, with each capability that its file has an endpoint for."""
    employees = description.employees
    capabilities: dict[type[RestTarget], object] = {
        BulkCreateTarget: employees.create_many,
        BulkUpdateTarget: employees.update_many,
        ExternalIdTarget: employees.by_external_id,
        IdempotentTarget: employees.create and employees.create.idempotency,
        PartTarget: employees.parts,
    }
    bases = tuple(base for base, endpoint in capabilities.items() if endpoint)
    return cast(type[RestTarget], types.new_class("DescribedTarget", bases or (RestTarget,)))
