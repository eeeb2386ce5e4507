"""What a described system does in both of its roles: it is opened, checked and asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Authoriser, Organisation
from connectors.http.client import Client, ClientSession
from connectors.http.pacing import LocalPacer, Pacer
from connectors.http.retry import Retry
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.organisations import organisation
from connectors.rest.client.paging import Pages
from connectors.rest.description.endpoints import ByExternalId, Get
from connectors.rest.description.settings_form import filled, require
from connectors.rest.description.system import System
from connectors.values.normalise import text

Json = Mapping[str, Any]


class Session(ClientSession):
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
        require(system.described, settings)
        self._system, self._settings = system, settings
        known: Any = settings
        pacer = pacer or LocalPacer(known.requests_per_second)
        super().__init__(Client(system.name, known.url, authoriser, pacer, retry=retry))
        self._pages = Pages(system, settings, self._client)

    async def check(self) -> Organisation:
        """Make one cheap authorised call; say whose data this is."""
        name, check = self._system.name, self._system.described.check
        answer = await self._client.get(self._path(check.path), check.query)
        responses.must_be_good(self._system, answer, "say whose data this is")
        entries = paths.at(answer.data, check.records)
        if check.records is not None and not isinstance(entries, list):
            raise TemporaryError(f"{name} answered in a form iHUB does not understand. Try again later.")
        return organisation(self._system, self._chosen(responses.objects(entries)))

    def _chosen(self, entries: Sequence[Json]) -> Json:
        """Return the entry that the settings speak of, or the first; an empty one where there is none."""
        described = self._system.described
        if not described.check.where:
            return next(iter(entries), {})
        wanted = {
            place: filled(value, self._settings, encoded=False)
            for place, value in described.check.where.items()
        }
        fitting = (
            entry
            for entry in entries
            if all(text(paths.at(entry, at)) == value for at, value in wanted.items())
        )
        if (found := next(fitting, None)) is None:
            titles = " and ".join(
                setting.title for setting in described.settings.values() if setting.required
            )
            raise ConfigError(
                f"{described.name} does not show what the settings name to this sign-in. Check {titles or 'the settings'}."
            )
        return found

    async def _read(self, endpoint: Get | ByExternalId, **given: str) -> Json | None:
        """Return one employee; None when there is none."""
        if set(given.values()) & {"", ".", ".."}:  # would lead to another address
            return None
        answer = await self._client.get(self._path(endpoint.path, **given), endpoint.query)
        if answer.status == 404:
            return None
        responses.must_be_allowed(self._system, answer)
        shown = responses.objects(paths.at(answer.data, endpoint.record)) if answer.ok else ()
        found = [one for one in shown if self._is(one, given.get("id"))]
        if not found or (len(found) > 1 and "id" in given):  # several are nobody in particular
            raise TemporaryError(
                f"{self._system.name} did not show an employee: {responses.words(self._system, answer)}"
            )
        return found[0]

    def _is(self, shown: Json, wanted: str | None) -> bool:
        """Say whether this is the employee with the id that was asked for; with none asked for, anybody with an id."""
        found = text(paths.at(shown, self._system.described.employees.id))
        return found is not None and (wanted is None or responses.same(found, wanted))

    def _path(self, template: str, **given: str) -> str:
        return filled(template, self._settings, given)
