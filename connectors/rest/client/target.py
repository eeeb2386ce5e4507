"""Write employees to a described system, one a request (many.py: several)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.fields import Field
from connectors.contract.protocols import Authoriser
from connectors.contract.records import Outcome, Prepared, TargetRecord
from connectors.http.pacing import Pacer
from connectors.http.response import Answer
from connectors.http.retry import Retry
from connectors.rest.client import responses
from connectors.rest.client.session import Session
from connectors.rest.description.endpoints import Create, Get, Update
from connectors.rest.description.system import System
from connectors.rest.translation import to_target
from connectors.rest.translation.target_records import body, merged, record

Endpoint = TypeVar("Endpoint")
# How long the first request under a key is given to end, before it is asked about again.
BUSY_SECONDS = (0.5, 1.0, 2.0, 4.0)


class RestTarget(Session):
    """A described system as a target."""

    def __init__(
        self,
        system: System,
        settings: SideSettings,
        authoriser: Authoriser,
        *,
        pacer: Pacer | None = None,
        retry: Retry | None = None,
    ) -> None:
        """Take the side's settings; nothing is opened yet. Raises ConfigError when one that is needed is blank."""
        super().__init__(system, settings, authoriser, pacer=pacer, retry=retry)
        self.fields: Sequence[Field] = system.fields

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee."""
        return to_target.prepared(self._system, self._settings, source_id, employee)

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield the employees the system lists."""
        async for page in self._pages:
            yield [found for entry in page if (found := record(self._system, entry))]

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by the system's id."""
        raw = await self._read(self._get, id=target_id)
        return None if raw is None else record(self._system, raw)

    async def find_external(self, external_id: str) -> TargetRecord | None:
        """Read one employee by the id we stored there."""
        endpoint = self._system.described.employees.by_external_id
        raw = await self._read(endpoint, external_id=external_id) if endpoint else None
        return None if raw is None else record(self._system, raw)

    async def create(self, prepared: Prepared) -> Outcome:
        """Create the employee."""
        return self._created(
            prepared, await self._send_new(prepared, repeatable=self._create.method == "PUT")
        )

    async def create_once(self, prepared: Prepared, key: str) -> Outcome:
        """Create the employee under a key, repeating the request until the system says what came of it."""
        idempotency = there(self._create.idempotency)
        headers = {idempotency.header: key}
        try:
            answer = await self._send_new(prepared, repeatable=True, headers=headers)
            for seconds in BUSY_SECONDS:
                if answer.status not in idempotency.busy:
                    return self._created(prepared, answer)
                await asyncio.sleep(seconds)
                answer = await self._send_new(prepared, repeatable=True, headers=headers)
            if answer.status in idempotency.busy:
                raise UnansweredError(
                    f"{self._system.name} has not finished creating an employee. Try again later."
                )
        except UnansweredError:
            raise
        except TemporaryError as error:
            raise UnansweredError(str(error), error.retry_after) from error
        return self._created(prepared, answer)

    async def _send_new(
        self, prepared: Prepared, *, repeatable: bool, headers: Mapping[str, str] | None = None
    ) -> Answer:
        create, sent = self._create, new_employee(prepared)
        return await self._client.send(
            create.method,
            self._path(create.path),
            _packed(create, sent),
            create.query,
            repeatable=repeatable,
            headers=headers,
        )

    def _created(self, prepared: Prepared, answer: Answer) -> Outcome:
        responses.must_be_there(self._system, answer)
        secrets = partial(responses.secrets, self._system, prepared, {})
        if not answer.ok:
            return responses.refused(self._system, answer, secrets)
        return responses.written(self._system, self._create, answer, self._chosen_id(prepared), secrets)

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Send our values, or the whole employee with our values in it where the system may not keep what is not sent.

        In the second case the employee is read just before, whatever ``current`` says: it may be from long ago, and
        what somebody changed at the target since then must not be undone.
        """
        update = self._update
        sent = await self._changed(target_id, prepared)
        if sent is None:
            return responses.not_found(self._system)
        path = self._path(update.path, id=target_id)
        answer = await self._client.send(
            update.method, path, _packed(update, sent), update.query, repeatable=True
        )
        secrets = partial(responses.secrets, self._system, prepared, sent)
        if not answer.ok:
            return responses.refused(self._system, answer, secrets)
        return responses.written(self._system, update, answer, target_id, secrets)

    async def _changed(self, target_id: str, prepared: Prepared) -> dict[str, Any] | None:
        """Return what is sent to update an employee; None when the system does not have them."""
        ours = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        if target_id in {"", ".", ".."}:  # would lead to another address
            return None
        if self._update.sends == "everything":
            raw = await self._read(self._get, id=target_id)
            return None if raw is None else merged(self._system, raw, ours)
        return body(ours, self._system.target.clear_with)

    def _chosen_id(self, prepared: Prepared) -> str | None:
        return prepared.external_id if self._system.target.external_id_chosen_by_us else None

    @property
    def _get(self) -> Get:
        return there(self._system.described.employees.get)

    @property
    def _create(self) -> Create:
        return there(self._system.described.employees.create)

    @property
    def _update(self) -> Update:
        return there(self._system.described.employees.update)


def there(endpoint: Endpoint | None) -> Endpoint:
    """Return an endpoint that a description of a target always has (connectors.rest.checks.consistency)."""
    if endpoint is None:
        raise LookupError("This system is not described as a target.")
    return endpoint


def new_employee(prepared: Prepared) -> dict[str, Any]:
    """Return what is sent to create an employee."""
    return body({name: value for name, value in prepared.values.items() if value is not None})


def _packed(endpoint: Create | Update, sent: dict[str, Any]) -> Any:
    return [sent] if endpoint.body == "array" else sent
