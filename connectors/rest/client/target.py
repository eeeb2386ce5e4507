"""Write employees to a described system, one per request (capabilities.py: what some can do beyond that)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.contract.choices import ListedChoice
from connectors.contract.connector import SideSettings
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser
from connectors.contract.records import ListedRecord, Outcome, Prepared, TargetRecord
from connectors.contract.requests.pending import CREATE
from connectors.http.json_body import load_json
from connectors.http.pacing import Pacer
from connectors.http.response import Response
from connectors.http.retry import Retry
from connectors.rest.client import confirmations, responses
from connectors.rest.client.choices import read_choices
from connectors.rest.client.lists.reading import Listed
from connectors.rest.client.paging import with_details, without
from connectors.rest.client.updates.updating import UpdatingSession, wrap
from connectors.rest.description.system import System
from connectors.rest.employee_places import ANY
from connectors.rest.mapped_target import MappedTarget


class RestTarget(UpdatingSession, MappedTarget):
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
        passed_over = self._system.target.not_listed
        pages = self._pages if passed_over is None else without(self._pages, passed_over)
        if not self._system.target.details:
            return aiter(pages)
        return with_details(pages, self._pages, lambda employee_id: self._read(self._get, id=employee_id))

    def translate(self, data: bytes) -> TargetRecord:
        """Translate an employee that was listed."""
        record = self._translation.read_record(load_json(data))
        if record is None:
            raise LookupError("Nobody without an id is listed.")
        return record

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
        return await self._followed(
            CREATE,
            create.follow,
            lambda: self._client.send(
                create.method,
                self._path(create.path),
                wrap(create, self._create_body(prepared)),
                self._query(create.query),
                repeatable=repeatable,
                headers=headers,
                as_form=create.body == "form",
            ),
        )

    def _create_outcome(self, prepared: Prepared, response: Response) -> Outcome:
        responses.raise_if_missing(self._system, response)
        secrets = partial(responses.sensitive_values, self._system, prepared, {})
        if not response.ok:
            return responses.refused_outcome(self._system, response, secrets)
        target_id = self._chosen_id(prepared)
        return confirmations.written_outcome(
            self._system, self._create, response, target_id, secrets, followed=response.followed
        )

    def _create_body(self, prepared: Prepared) -> dict[str, Any]:
        """Return what is sent to create an employee."""
        given = {name: value for name, value in prepared.values.items() if value is not None}
        return self._body(given, self._system.never_sent_with_others)

    def _chosen_id(self, prepared: Prepared) -> str | None:
        return prepared.external_id if self._system.target.external_id_chosen_by_us else None
