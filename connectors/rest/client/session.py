"""What a described system does in both of its roles: open, check, and read one employee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser, Organisation, RecordDigest
from connectors.http.client_session import ClientSession
from connectors.http.json_body import DamagedObject
from connectors.http.pacing import Pacer
from connectors.http.response import Response
from connectors.http.retry import Retry
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.connection import new_client
from connectors.rest.client.organisations import read_organisation
from connectors.rest.client.paging import Pages
from connectors.rest.client.refusals.failure_signs import is_refused
from connectors.rest.description.base import Query
from connectors.rest.description.placed import fill_places
from connectors.rest.description.reads import ExternalIdEndpoint, GetEndpoint, ReadEndpoint
from connectors.rest.description.settings_form import (
    check_required,
    fill_braces,
    fill_json,
    fill_query,
)
from connectors.rest.description.system import System
from connectors.rest.translation.compile import compile_system
from connectors.values.normalise import text

Json = Mapping[str, Any]
# In a path, these would lead to another address.
_INVALID_IDS = frozenset({"", ".", ".."})


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
        locality: Locality | None = None,
    ) -> None:
        """Open no connection yet. Raises ConfigError when a required setting is blank."""
        check_required(system.description, settings)
        placed = fill_places(system, settings)
        self._compiled = compile_system(replace(placed, locality=locality or Locality()), settings)
        self._system, self._settings = self._compiled.system, settings
        super().__init__(new_client(self._system, settings, authoriser, pacer, retry))
        self._pages = Pages(self._system, settings, self._client)
        # None until the engine gives one: then records without a marker have no version.
        self._record_digest: RecordDigest | None = None

    def use_record_digest(self, digest: RecordDigest) -> None:
        """Take the digest by which the engine recognises a record."""
        self._record_digest = self._pages.digest = digest

    @property
    def list_moved(self) -> bool:
        """Say whether employees came or went while they were listed."""
        return self._pages.moved

    @property
    def answered_without_list(self) -> bool:
        """Say whether the last list was a response without a list, which may mean that there is nobody."""
        return self._pages.answered_without_list

    async def check(self) -> Organisation:
        """Make one cheap authorised request; return whose data it opens."""
        name, check = self._system.name, self._system.description.check
        response = await self._ask(check)
        responses.raise_if_unusable(self._system, response, "say whose data this is")
        entries = paths.value_at(response.data, check.records)
        if not isinstance(entries, list) and (
            check.records is not None or not self._has_organisation(entries)
        ):
            raise TemporaryError(f"{name} responded in a form iHUB does not understand. Try again later.")
        return read_organisation(self._system, self._select(responses.json_objects(entries)))

    def _has_organisation(self, shown: Any) -> bool:
        return text(paths.value_at(shown, self._system.description.check.id)) is not None

    def _select(self, entries: Sequence[Json]) -> Json:
        """Return the entry that the settings name, or the first one; an empty entry when there is none."""
        description = self._system.description
        if not description.check.where:
            return next(iter(entries), {})
        expected = {
            path: fill_braces(value, self._settings, encoded=False)
            for path, value in description.check.where.items()
        }
        for entry in entries:
            if all(text(paths.value_at(entry, path)) == value for path, value in expected.items()):
                return entry
        compared = "".join(description.check.where.values())
        titles = [each.title for name, each in description.settings.items() if f"{{{name}}}" in compared]
        raise ConfigError(
            f"This sign-in has no access at {description.name} to what the settings name. "
            f"Check {' and '.join(titles) or 'the settings'}."
        )

    async def _read(self, endpoint: GetEndpoint | ExternalIdEndpoint, **ids: str) -> Json | None:
        """Return one employee; None when there is none."""
        if not all(map(is_valid_id, ids.values())):
            return None
        response = await self._ask(endpoint, **ids)
        if response.status == 404:
            return None
        responses.raise_if_forbidden(self._system, response)
        is_shown = response.ok and not is_refused(self._system, response.data)
        shown = responses.json_objects(paths.value_at(response.data, endpoint.record)) if is_shown else ()
        if isinstance(endpoint, GetEndpoint) and endpoint.id is not None:
            shown = [with_id(entry, endpoint.id, self._system.description.employees.id) for entry in shown]
        employees = [entry for entry in shown if self._has_id(entry, ids.get("id"))]
        is_ambiguous = "id" in ids and len(employees) > 1
        if not employees or is_ambiguous:
            reason = responses.error_text(self._system, response)
            raise TemporaryError(f"{self._system.name} did not show an employee: {reason}")
        return employees[0]

    def _has_id(self, shown: Json, requested: str | None) -> bool:
        """Say whether an employee has the requested id, or any id when none was requested."""
        shown_id = text(paths.value_at(shown, self._system.description.employees.id))
        return shown_id is not None and (requested is None or responses.is_same_id(shown_id, requested))

    async def _ask(self, endpoint: ReadEndpoint, **ids: str) -> Response:
        """Send a request that reads something."""
        path, query = self._path(endpoint.path, **ids), self._query(endpoint.query, **ids)
        if endpoint.method == "GET":
            return await self._client.get(path, query)
        content = fill_json(endpoint.content or {}, self._settings, ids)
        return await self._client.send("POST", path, content, query, repeatable=True)

    def _query(self, query: Query, **ids: str) -> Query:
        return fill_query(query, self._settings, ids) if query else query

    def _path(self, template: str, **ids: str) -> str:
        return fill_braces(template, self._settings, ids)


def with_id(shown: Json, place: str, list_place: str) -> Json:
    """Return the details of an employee with the id also where the list has it."""
    if paths.value_at(shown, list_place) is not None or paths.value_at(shown, place) is None:
        return shown
    copy = DamagedObject(shown) if isinstance(shown, DamagedObject) else dict(shown)
    if isinstance(copy, DamagedObject) and isinstance(shown, DamagedObject):
        copy.field = shown.field
    paths.set_value(copy, list_place, paths.value_at(shown, place))
    return copy


def is_valid_id(value: str) -> bool:
    """Say whether an id can be part of a path."""
    return value not in _INVALID_IDS
