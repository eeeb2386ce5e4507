"""Update the employees of a described system: what is sent together, and then what has a request of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from connectors.contract.fields import Value
from connectors.contract.records import Outcome, Prepared, TargetRecord
from connectors.http.json_body import DamagedObject
from connectors.rest import paths
from connectors.rest.client import confirmations, responses
from connectors.rest.client.session import Json, is_valid_id
from connectors.rest.client.updates.actions import ActingSession
from connectors.rest.description.endpoints import CreateEndpoint, PartEndpoint, UpdateEndpoint
from connectors.rest.description.reads import GetEndpoint
from connectors.rest.translation.compile import CompiledTarget
from connectors.rest.translation.target_records import merge_values, request_body

Endpoint = TypeVar("Endpoint")


class UpdatingSession(ActingSession):
    """A session of a target that updates employees, one per request."""

    _translation: CompiledTarget

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by the system's id."""
        raw = await self._read(self._get, id=target_id)
        return None if raw is None else self._translation.read_record(raw)

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Send our values, or the whole employee with our values in it where the system may drop what is not sent.

        In the second case the employee is read just before, and ``current`` is not used: it may be from long ago, and
        changes made at the target since then must not be undone. Fields with a request of their own are sent after it.
        """
        if not self._system.description.employees.actions:
            return await self._update_alone(target_id, prepared)
        if (refused := await self._end_earlier_actions(prepared)) is not None:
            return refused
        target_id, raw = await self._continued(target_id)
        outcome = await self._update_alone(target_id, prepared, raw)
        if outcome.problem is not None:
            return outcome
        shown = current if raw is None else self._translation.read_record(raw)
        return await self._act(target_id, prepared, shown or await self.find(target_id), outcome)

    async def _update_body(
        self, target_id: str, prepared: Prepared, raw: Json | None = None
    ) -> dict[str, Any] | Outcome:
        """Return what is sent to update an employee, or the outcome where nothing can be sent.

        ``raw`` is the employee as just read, where that is known.
        """
        ours = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        if not is_valid_id(target_id):
            return responses.not_found_outcome(self._system)
        if self._update.sends == "ours":
            return self._body(ours, self._system.sent_alone)
        raw = raw or await self._read(self._get, id=target_id)
        if isinstance(raw, DamagedObject):  # it would be sent back without what is broken in it
            return responses.damaged_outcome(self._system, raw.field)
        if raw is None:
            return responses.not_found_outcome(self._system)
        return merge_values(self._system, raw, ours)

    async def _update_alone(self, target_id: str, prepared: Prepared, raw: Json | None = None) -> Outcome:
        """Send what is in no request of its own."""
        update, sent = self._update, await self._update_body(target_id, prepared, raw)
        if isinstance(sent, Outcome):
            return sent
        path, query = self._path(update.path, id=target_id), self._query(update.query, id=target_id)
        response = await self._followed(
            "update",
            update.follow,
            lambda: self._client.send(
                update.method,
                path,
                wrap(update, sent),
                query,
                repeatable=True,
                as_form=update.body == "form",
            ),
        )
        secrets = partial(responses.sensitive_values, self._system, prepared, sent)
        if not response.ok:
            return responses.refused_outcome(self._system, response, secrets)
        return confirmations.written_outcome(
            self._system, update, response, target_id, secrets, followed=response.followed
        )

    def _body(self, values: Mapping[str, Value], left_out: frozenset[str]) -> dict[str, Any]:
        system = self._system
        return request_body(system.placed(values, left_out), system.clears, system.write_date, system.lists)

    @property
    def _get(self) -> GetEndpoint:
        return require_endpoint(self._system.description.employees.get)

    @property
    def _create(self) -> CreateEndpoint:
        return require_endpoint(self._system.description.employees.create)

    @property
    def _update(self) -> UpdateEndpoint:
        return require_endpoint(self._system.description.employees.update)


def require_endpoint(endpoint: Endpoint | None) -> Endpoint:
    """Return an endpoint that the description of a target always has (connectors.rest.checks.consistency)."""
    if endpoint is None:
        raise LookupError("This system is not described as a target.")
    return endpoint


def wrap(endpoint: CreateEndpoint | UpdateEndpoint | PartEndpoint, sent: dict[str, Any]) -> Any:
    """Return a request with what is sent in it where the file says so."""
    body = [sent] if endpoint.body == "array" else sent
    if endpoint.inside is None:
        return body
    around: dict[str, Any] = {}
    paths.set_value(around, endpoint.inside, body)
    return around
