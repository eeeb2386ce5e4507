"""Write employees to a described system, one per request (capabilities.py: what some can do beyond that)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from connectors.contract.choices import ListedChoice
from connectors.contract.connector import SideSettings
from connectors.contract.fields import Value
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser
from connectors.contract.records import ListedRecord, Outcome, Prepared, TargetRecord
from connectors.http.json_body import DamagedObject, load_json
from connectors.http.pacing import Pacer
from connectors.http.response import Response
from connectors.http.retry import Retry
from connectors.rest import paths
from connectors.rest.client import confirmations, responses
from connectors.rest.client.actions import ActingSession
from connectors.rest.client.choices import read_choices
from connectors.rest.client.lists.reading import Listed
from connectors.rest.client.paging import with_details
from connectors.rest.client.session import is_valid_id
from connectors.rest.description.endpoints import CreateEndpoint, PartEndpoint, UpdateEndpoint
from connectors.rest.description.reads import GetEndpoint
from connectors.rest.description.system import System
from connectors.rest.employee_places import ANY
from connectors.rest.mapped_target import MappedTarget
from connectors.rest.translation.target_records import merge_values, request_body

Endpoint = TypeVar("Endpoint")


class RestTarget(ActingSession, MappedTarget):
    """A described system as a target."""

    def __init__(
        self,
        system: System,
        settings: SideSettings,
        authoriser: Authoriser,
        *,
        pacer: Pacer | None = None,
        retry: Retry | None = None,
        locality: Locality | None = None,
    ) -> None:
        """Open no connection yet. Raises ConfigError when a required setting is blank."""
        super().__init__(system, settings, authoriser, pacer=pacer, retry=retry, locality=locality)
        # The system as its file describes it; ``_system`` is what the connection makes of it.
        self._file, self._places = self._system, ANY
        self._use(self._compiled)

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield the employees the system lists."""
        async for page in self._listed_pages():
            yield [record for listed in page if (record := self._translation.read_record(listed.entry))]

    async def list_untranslated(self) -> AsyncIterator[Sequence[ListedRecord]]:
        """Yield the employees the system lists as they are."""
        async for page in self._listed_pages():
            yield [ListedRecord(listed.id, listed.digest, listed.data) for listed in page]

    def _listed_pages(self) -> AsyncIterator[Sequence[Listed]]:
        if not self._system.target.details:
            return aiter(self._pages)
        return with_details(self._pages, lambda employee_id: self._read(self._get, id=employee_id))

    def translate(self, data: bytes) -> TargetRecord:
        """Translate an employee that was listed."""
        record = self._translation.read_record(load_json(data))
        if record is None:
            raise LookupError("Nobody without an id is listed.")
        return record

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by the system's id."""
        raw = await self._read(self._get, id=target_id)
        return None if raw is None else self._translation.read_record(raw)

    async def list_choices(self, name: str) -> Sequence[ListedChoice]:
        """Read the entries of one of the target's lists. Raises ConnectorError."""
        return await read_choices(self._system, self._settings, self._client, name)

    async def create(self, prepared: Prepared) -> Outcome:
        """Create the employee."""
        response = await self._send_create(prepared, repeatable=self._create.method == "PUT")
        return self._create_outcome(prepared, response)

    async def _send_create(
        self, prepared: Prepared, *, repeatable: bool, headers: Mapping[str, str] | None = None
    ) -> Response:
        create = self._create
        response = await self._client.send(
            create.method,
            self._path(create.path),
            wrap(create, self._create_body(prepared)),
            self._query(create.query),
            repeatable=repeatable,
            headers=headers,
            as_form=create.body == "form",
        )
        return await self._to_end(create.follow, response)

    def _create_outcome(self, prepared: Prepared, response: Response) -> Outcome:
        responses.raise_if_missing(self._system, response)
        secrets = partial(responses.sensitive_values, self._system, prepared, {})
        if not response.ok:
            return responses.refused_outcome(self._system, response, secrets)
        target_id = self._chosen_id(prepared)
        return confirmations.written_outcome(
            self._system, self._create, response, target_id, secrets, followed=response.followed
        )

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Send our values, or the whole employee with our values in it where the system may drop what is not sent.

        In the second case the employee is read just before, and ``current`` is not used: it may be from long ago, and
        changes made at the target since then must not be undone. Fields with a request of their own are sent after it.
        """
        update = self._update
        sent = await self._update_body(target_id, prepared)
        if isinstance(sent, Outcome):
            return sent
        path = self._path(update.path, id=target_id)
        response = await self._client.send(
            update.method,
            path,
            wrap(update, sent),
            self._query(update.query, id=target_id),
            repeatable=True,
            as_form=update.body == "form",
        )
        response = await self._to_end(update.follow, response)
        secrets = partial(responses.sensitive_values, self._system, prepared, sent)
        if not response.ok:
            return responses.refused_outcome(self._system, response, secrets)
        outcome = confirmations.written_outcome(
            self._system, update, response, target_id, secrets, followed=response.followed
        )
        if not self._system.description.employees.actions or outcome.problem is not None:
            return outcome
        current = current or await self.find(target_id)
        return await self._act(target_id, prepared, current, outcome)

    async def _update_body(self, target_id: str, prepared: Prepared) -> dict[str, Any] | Outcome:
        """Return what is sent to update an employee, or the outcome where nothing can be sent."""
        ours = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        if not is_valid_id(target_id):
            return responses.not_found_outcome(self._system)
        if self._update.sends == "everything":
            raw = await self._read(self._get, id=target_id)
            if isinstance(raw, DamagedObject):  # it would be sent back without what is broken in it
                return responses.damaged_outcome(self._system, raw.field)
            if raw is None:
                return responses.not_found_outcome(self._system)
            return merge_values(self._system, raw, ours)
        return self._body(ours)

    def _create_body(self, prepared: Prepared) -> dict[str, Any]:
        """Return what is sent to create an employee."""
        given = {name: value for name, value in prepared.values.items() if value is not None}
        return self._body(given)

    def _body(self, values: Mapping[str, Value]) -> dict[str, Any]:
        system = self._system
        return request_body(system.placed(values), system.clears, system.write_date, system.lists)

    def _chosen_id(self, prepared: Prepared) -> str | None:
        return prepared.external_id if self._system.target.external_id_chosen_by_us else None

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
