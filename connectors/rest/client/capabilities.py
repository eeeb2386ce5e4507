"""What a described target can do beyond the contract, as far as its file has the endpoints for it."""

from __future__ import annotations

import asyncio
import types
from typing import cast

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Prepared, TargetRecord
from connectors.rest.client.bulk_target import BulkCreateTarget, BulkUpdateTarget
from connectors.rest.client.target import RestTarget, require_endpoint
from connectors.rest.description.document import Description
from connectors.rest.translation.target_records import read_record

# How long to wait for the first request under a key before each repetition.
BUSY_SECONDS = (0.5, 1.0, 2.0, 4.0)


class ExternalIdTarget(RestTarget):
    """A described system that finds an employee by the id that we stored there."""

    async def find_external(self, external_id: str) -> TargetRecord | None:
        """Read one employee by the id we stored there."""
        endpoint = require_endpoint(self._system.description.employees.by_external_id)
        raw = await self._read(endpoint, external_id=external_id)
        return None if raw is None else read_record(self._system, raw)


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


def target_class(description: Description) -> type[RestTarget]:
    """Return the class of a described target, with each capability that its file has an endpoint for."""
    employees = description.employees
    capabilities: dict[type[RestTarget], object] = {
        BulkCreateTarget: employees.create_many,
        BulkUpdateTarget: employees.update_many,
        ExternalIdTarget: employees.by_external_id,
        IdempotentTarget: employees.create and employees.create.idempotency,
    }
    bases = tuple(base for base, endpoint in capabilities.items() if endpoint)
    return cast(type[RestTarget], types.new_class("DescribedTarget", bases or (RestTarget,)))
