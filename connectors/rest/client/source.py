"""Read employees from a described system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from connectors.concurrency import gather_missing
from connectors.contract.duplicates import merge_readings
from connectors.contract.employee import Employee
from connectors.contract.errors import TemporaryError
from connectors.contract.exchanges import FailedExchanges
from connectors.contract.protocols import Remembered
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from connectors.http.circuit_breaker import CircuitBreaker
from connectors.http.json_body import DamagedObject, dump_json
from connectors.rest import paths
from connectors.rest.client.lists.reading import Listed
from connectors.rest.client.session import Session
from connectors.rest.description.roles import SourceRole, SourceValue
from connectors.rest.translation.from_source import UnreadableError
from connectors.values.normalise import text

Json = Mapping[str, Any]


class RestSource(Session):
    """A described system as a source."""

    @cached_property
    def _circuit_breaker(self) -> CircuitBreaker:
        return CircuitBreaker()

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time; without details when the remembered version is the same."""
        async for page in self._pages:
            listed = self._without_repeated(page)
            versions = remembered([employee.id for employee in listed]) if remembered else {}
            if listed:
                yield await gather_missing(
                    listed, partial(self._unchanged, versions), partial(self._record, versions)
                )

    def _without_repeated(self, page: Sequence[Listed]) -> Sequence[Listed]:
        """Drop employees listed again where the details are read, which are the same for each of them."""
        if not self._reads_details:
            return page
        return list({listed.id: listed for listed in page if not listed.again}.values())

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee with all details; from the list where the system does not show single employees."""
        get = self._system.description.employees.get
        if get is not None:
            raw = await self._read(get, id=source_id)
            return None if raw is None else self._translate(self._id(raw), raw, self._version_of(raw))
        readings = [
            self._translate(listed.id, listed.entry, self._listed_version(listed))
            async for page in self._pages
            for listed in page
            if listed.id == source_id
        ]
        if self.answered_without_list:
            raise TemporaryError(f"{self._system.name} did not list its employees. Try again later.")
        return merge_readings(readings) if readings else None

    @property
    def shows_only_list(self) -> bool:
        """Say whether the system does not show single employees."""
        return self._system.description.employees.get is None

    @cached_property
    def _has_whole_list(self) -> bool:
        """Say whether the digest of an employee in the list is that of all their details."""
        return self._record_digest is not None and not self._reads_details

    @cached_property
    def _reads_details(self) -> bool:
        return self._role.details and self._system.description.employees.get is not None

    def _unchanged(self, remembered: Mapping[str, str], listed: Listed) -> SourceRecord | None:
        version = self._listed_version(listed)
        if version is None or version != remembered.get(listed.id):
            return None
        return SourceRecord(listed.id, self._display_name(listed.entry), None, version, unchanged=True)

    def _listed_version(self, listed: Listed) -> str | None:
        """Return the version of an employee: the system's own marker, or the digest of a list that shows everything."""
        if self._role.mark and (version := self._version(listed.entry)) is not None:
            return version
        return listed.digest.hex() if self._has_whole_list else None

    def _version_of(self, raw: Json) -> str | None:
        """Return the version of an employee whose details were read."""
        if (version := self._version(raw)) is not None or self._record_digest is None:
            return version
        return self._record_digest(dump_json(raw)).hex()

    async def _record(self, versions: Mapping[str, str], listed: Listed) -> SourceRecord:
        source_id, entry = listed.id, listed.entry
        version = self._listed_version(listed)
        get = self._system.description.employees.get
        if not self._role.details or get is None:
            return self._translate(source_id, entry, version)

        def failed(error: TemporaryError) -> SourceRecord:
            message = f"{self._system.name} did not return the details: {error}"
            return _unreadable(source_id, self._display_name(entry), version, message)

        with FailedExchanges() as refused:
            raw = await self._circuit_breaker.call(self._read(get, id=source_id), failed)
        record = self._detailed(versions, listed, version, raw)
        if refused:
            record.requests = refused
        return record

    def _detailed(
        self,
        versions: Mapping[str, str],
        listed: Listed,
        version: str | None,
        raw: Json | SourceRecord | None,
    ) -> SourceRecord:
        """Return the record of an employee whose details were asked for."""
        source_id, entry = listed.id, listed.entry
        if isinstance(raw, SourceRecord):
            return raw
        if raw is None:
            message = f"{self._system.name} lists this employee but does not return the details."
            return _unreadable(source_id, self._display_name(entry), version, message)
        version = self._version(entry) or self._version_of(raw)
        if version is not None and version == versions.get(source_id):
            return SourceRecord(source_id, self._display_name(raw), None, version, unchanged=True)
        return self._translate(source_id, raw, version)

    def _translate(self, source_id: str, raw: Json, version: str | None) -> SourceRecord:
        try:
            if isinstance(raw, DamagedObject):
                raise UnreadableError(f"`{raw.field}`")
            employee = self._read_employee(raw)
        except UnreadableError as error:
            message = f"{self._system.name} has a value that iHUB cannot read in {error}. Correct it there."
            return _unreadable(source_id, self._display_name(raw), version, message)
        # The day of an end date that is still to come brings no new version.
        version = None if employee.ends_by_date else version
        return SourceRecord(source_id, employee.display_name, employee, version)

    @cached_property
    def _role(self) -> SourceRole:
        role = self._system.description.source
        if role is None:
            raise LookupError(f"{self._system.name} is not a source.")
        return role

    @cached_property
    def _read_employee(self) -> Callable[[Json], Employee]:
        if self._compiled.read_employee is None:
            raise LookupError(f"{self._system.name} is not a source.")
        return self._compiled.read_employee

    def _id(self, raw: Json) -> str:
        return text(paths.value_at(raw, self._system.description.employees.id)) or ""

    @cached_property
    def _get_version(self) -> Callable[[Json], Any]:
        return paths.compile_path(self._role.mark)

    def _version(self, raw: Json) -> str | None:
        return text(self._get_version(raw)) if self._role.mark else None

    def _display_name(self, raw: Json) -> str:
        """Return the name to show for an employee that may be unreadable."""
        names = [name for get in self._name_getters if (name := text(get(raw)))]
        return " ".join(names) or self._id(raw)

    @cached_property
    def _name_getters(self) -> Sequence[Callable[[Json], Any]]:
        entries = [self._role.employee.get(name) for name in ("first_name", "surname")]
        return [
            paths.compile_path(entry.at if isinstance(entry, SourceValue) else entry)
            for entry in entries
            if isinstance(entry, str | SourceValue)
        ]


def _unreadable(source_id: str, name: str, version: str | None, message: str) -> SourceRecord:
    problem = Problem(Reason.UNREADABLE, message, verdict=Verdict.ERROR)
    return SourceRecord(source_id, name, None, version, problem=problem)
