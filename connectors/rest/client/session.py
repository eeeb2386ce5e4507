"""What a described system does in both of its roles: it is opened, checked and asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Authoriser, Organisation
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer, Pacer
from connectors.http.retry import Retry
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.organisations import read_organisation
from connectors.rest.client.paging import Pages
from connectors.rest.description.endpoints import ExternalIdEndpoint, GetEndpoint
from connectors.rest.description.settings_form import check_required, fill_braces
from connectors.rest.description.system import System
from connectors.values.normalise import text

Json = Mapping[str, Any]


class Session:
    """One organisation at a described system. Use as ``async with``."""

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
        check_required(system.description, settings)
        self._system, self._settings = system, settings
        known: Any = settings
        pacer = pacer or LocalPacer(known.requests_per_second)
        self._client = Client(system.name, known.url, authoriser, pacer, retry=retry)
        self._pages = Pages(system, settings, self._client)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.__aexit__(*exc)

    async def check(self) -> Organisation:
        """Make one cheap authorised call; say whose data this is."""
        name, check = self._system.name, self._system.description.check
        answer = await self._client.get(self._path(check.path), check.query)
        responses.raise_if_failed(self._system, answer, "say whose data this is")
        entries = paths.value_at(answer.data, check.records)
        if check.records is not None and not isinstance(entries, list):
            raise TemporaryError(f"{name} answered in a form iHUB does not understand. Try again later.")
        return read_organisation(self._system, self._chosen(responses.json_objects(entries)))

    def _chosen(self, entries: Sequence[Json]) -> Json:
        """Return the entry that the settings speak of, or the first; an empty one where there is none."""
        description = self._system.description
        if not description.check.where:
            return next(iter(entries), {})
        wanted = {
            place: fill_braces(value, self._settings, encoded=False)
            for place, value in description.check.where.items()
        }
        fitting = (
            entry
            for entry in entries
            if all(text(paths.value_at(entry, at)) == value for at, value in wanted.items())
        )
        if (found := next(fitting, None)) is None:
            titles = " and ".join(
                setting.title for setting in description.settings.values() if setting.required
            )
            raise ConfigError(
                f"{described.name} does not show what the settings name to this sign-in. Check {titles or 'the settings'}."
            )
        return found

    async def _read(self, endpoint: GetEndpoint | ExternalIdEndpoint, **given: str) -> Json | None:
        """Return one employee; None when there is none."""
        if set(given.values()) & {"", ".", ".."}:  # would lead to another address
            return None
        answer = await self._client.get(self._path(endpoint.path, **given), endpoint.query)
        if answer.status == 404:
            return None
        responses.raise_if_forbidden(self._system, answer)
        shown = responses.json_objects(paths.value_at(answer.data, endpoint.record)) if answer.ok else ()
        found = [one for one in shown if self._is(one, given.get("id"))]
        if not found or (len(found) > 1 and "id" in given):  # several are nobody in particular
            raise TemporaryError(
                f"{self._system.name} did not show an employee: {responses.error_text(self._system, answer)}"
            )
        return found[0]

    def _is(self, shown: Json, wanted: str | None) -> bool:
        """Say whether this is the employee with the id that was asked for; with none asked for, anybody with an id."""
        found = text(paths.value_at(shown, self._system.description.employees.id))
        return found is not None and (wanted is None or responses.is_same_id(found, wanted))

    def _path(self, template: str, **given: str) -> str:
        return fill_braces(template, self._settings, given)
