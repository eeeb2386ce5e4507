"""Write employees to a described system, one a request, so that each has an answer of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from connectors.connector import SideSettings
from connectors.contract import Authoriser, Field, Outcome, Prepared, TargetRecord
from connectors.employee import Employee
from connectors.pacing import Pacer
from connectors.rest import answers, translation
from connectors.rest.endpoints import Create, Get, Update
from connectors.rest.records import body, merged, record
from connectors.rest.session import Session
from connectors.rest.system import System
from connectors.retry import Retry

Endpoint = TypeVar("Endpoint")


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
        return translation.prepared(self._system, self._settings, source_id, employee)

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
        create = self._create
        sent = body({name: value for name, value in prepared.values.items() if value is not None})
        answer = await self._client.send(
            create.method, self._path(create.path), _packed(create, sent), create.query, repeatable=create.method == "PUT"
        )
        answers.must_be_there(self._system, answer)
        if not answer.ok:
            return answers.refused(self._system, answer, prepared)
        return answers.written(self._system, create, answer, self._chosen_id(prepared), prepared)

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Send our values, or the whole employee with our values in it where the system may not keep what is not sent.

        In the second case the employee is read just before, whatever ``current`` says: it may be from long ago, and
        what somebody changed at the target since then must not be undone.
        """
        update = self._update
        ours = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        if update.sends == "everything":
            raw = await self._read(self._get, id=target_id)
            if raw is None:
                return answers.not_found(self._system)
            sent = merged(self._system, raw, ours)
        else:
            sent = body(ours, self._system.target.clear_with)
        if target_id in {"", ".", ".."}:
            return answers.not_found(self._system)
        path = self._path(update.path, id=target_id)
        answer = await self._client.send(update.method, path, _packed(update, sent), update.query, repeatable=True)
        if not answer.ok:
            return answers.refused(self._system, answer, prepared)
        return answers.written(self._system, update, answer, target_id, prepared)

    def _chosen_id(self, prepared: Prepared) -> str | None:
        return prepared.external_id if self._system.target.external_id_chosen_by_us else None

    @property
    def _get(self) -> Get:
        return _there(self._system.described.employees.get)

    @property
    def _create(self) -> Create:
        return _there(self._system.described.employees.create)

    @property
    def _update(self) -> Update:
        return _there(self._system.described.employees.update)


def _there(endpoint: Endpoint | None) -> Endpoint:
    """Return an endpoint that a description of a target always has (connectors.rest.checks)."""
    if endpoint is None:
        raise LookupError("This system is not described as a target.")
    return endpoint


def _packed(endpoint: Create | Update, sent: dict[str, Any]) -> Any:
    return [sent] if endpoint.body == "array" else sent
