"""Read employees from files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePath
from typing import Self

from connectors.contract.employee import Employee
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser, Organisation, RecordDigest, Remembered
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from connectors.files.described import describe_source, key_of
from connectors.files.places.folder import Folder, write_whole
from connectors.files.places.opening import open_place
from connectors.files.reading import columns
from connectors.files.reading.arrivals import find_files, fits, newest_file, read_whole
from connectors.files.reading.people import (
    Person,
    digest_of,
    load_rolling,
    people_of,
    read_table,
    save_rolling,
)
from connectors.files.settings import CHANGES, FileSourceSettings
from connectors.rest.translation.from_source import EmployeeReader, UnreadableError

KIND, NAME = "employee_files", "Files with employees"
PAGE = 200


class FileSource:
    """Employees in the files of one folder as a source."""

    def __init__(
        self,
        settings: FileSourceSettings,
        authoriser: Authoriser,
        *,
        folder: Path | None = None,
        locality: Locality | None = None,
    ) -> None:
        """Open nothing yet; ``folder`` is the one that the account may use on this server. Raises ConfigError."""
        self._settings, self._locality = settings, locality or Locality()
        self._folder: Folder = open_place(settings, authoriser, folder)
        self._columns = columns.parse(settings.columns)
        self._record_digest: RecordDigest | None = None
        self.page_size = PAGE

    async def __aenter__(self) -> Self:
        """Open the folder."""
        await self._folder.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the folder."""
        await self._folder.__aexit__(*exc)

    def use_record_digest(self, digest: RecordDigest) -> None:
        """Take the digest by which the engine recognises a record."""
        self._record_digest = digest

    @property
    def shows_only_list(self) -> bool:
        """Say that several employees are read from one file at once."""
        return True

    async def check(self) -> Organisation:
        """Read the headings of the newest file; return whose files these are."""
        with suppress(TemporaryError):  # a file that is still being written is no reason to refuse the folder
            header = await self._newest_header()
            if header is not None and self._columns:
                columns.positions(self._settings.file_name, header, self._columns)
        address = digest_of(f"{self._folder.address}/{self._settings.file_name.casefold()}".encode())
        return Organisation(address[:32], f"{self._settings.file_name} in {self._folder.label}"[:200])

    async def propose_columns(self) -> Mapping[str, str]:
        """Return each heading of the newest file with the field it seems to be, "" for none. Raises ConnectorError."""
        header = await self._newest_header()
        if header is None:
            raise ConfigError(
                f"There is no file {self._settings.file_name} in {self._folder.label} yet. Put one there."
            )
        proposed = self._columns or columns.propose(header)
        folded = {heading.casefold(): path for heading, path in proposed.items()}
        return {heading: folded.get(heading.casefold(), "") for heading in header}

    async def take_file(self, name: str, content: bytes) -> str:
        """Put a file into the folder, whole. Raises ConfigError for one that cannot be read or would not be found."""
        name = PurePath(name.replace("\\", "/")).name
        read_table(self._settings, name, content)
        if not fits(name, self._settings.file_name):
            ending = PurePath(name).suffix
            own = PurePath(self._settings.file_name.replace("*", "uploaded"))
            name = own.name if own.suffix else f"{own.name}{ending}"
        if not fits(name, self._settings.file_name):
            raise ConfigError(
                f"The files of this source are called {self._settings.file_name}. Give the file such a name."
            )
        await write_whole(self._folder, name, content)
        return name

    async def _newest_header(self) -> Sequence[str] | None:
        """Return the headings of the newest file; None where a list of changes is not there yet."""
        if self._settings.content == CHANGES and not await find_files(self._folder, self._settings.file_name):
            return None
        entry = await newest_file(self._folder, self._settings.file_name)
        try:
            content = await self._folder.read(entry.name)
        except FileNotFoundError:
            return None
        return read_table(self._settings, entry.name, content).header

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time."""
        people = await self._people()
        for start in range(0, len(people), self.page_size):
            page = people[start : start + self.page_size]
            versions = remembered([person.id for person in page]) if remembered else {}
            yield [self._record(person, versions.get(person.id)) for person in page]

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee; None when no file has them."""
        found = next((person for person in await self._people() if person.id == source_id), None)
        return None if found is None else self._record(found, None)

    async def _people(self) -> list[Person]:
        if not self._columns:
            raise ConfigError(
                "Nobody has said what the columns of the files are. Open Connections and choose Columns of this "
                "source."
            )
        if self._settings.content == CHANGES:
            return await self._changed_people()
        entry = await newest_file(self._folder, self._settings.file_name)
        content = await read_whole(self._folder, entry)
        return self._read_file(entry.name, content)

    def _read_file(self, name: str, content: bytes) -> list[Person]:
        table = read_table(self._settings, name, content)
        last_counts = self._settings.content == CHANGES
        return people_of(name, table, self._columns, last_counts=last_counts)

    async def _changed_people(self) -> list[Person]:
        """Return everybody of all lists of changes so far; files that are new are read and remembered."""
        memory = f"changes-{digest_of(self._settings.file_name.casefold().encode())[:12]}.jsonl"
        rolling, is_new = await load_rolling(self._folder, memory), False
        for entry in await find_files(self._folder, self._settings.file_name):
            if not rolling.has(entry):
                content = await read_whole(self._folder, entry)
                rolling.add(entry, digest_of(content), self._read_file(entry.name, content))
                is_new = True
        if is_new:
            await save_rolling(self._folder, memory, rolling)
        if not rolling.people:
            raise ConfigError(
                f"There has been no file {self._settings.file_name} in {self._folder.label} yet, so nothing was "
                "read or changed. Put it there, or correct the file name."
            )
        return list(rolling.people.values())

    @cached_property
    def _reader(self) -> EmployeeReader:
        system = describe_source(KIND, NAME, self._columns, FileSourceSettings)
        return EmployeeReader(replace(system, locality=self._locality))

    def _record(self, person: Person, remembered: str | None) -> SourceRecord:
        name = (
            " ".join(filter(None, (person.values.get("first_name"), person.values.get("surname"))))
            or person.id
        )
        if person.fault is not None:
            return _unreadable(person.id, name, person.fault)
        if "surname" not in person.values:
            return _unreadable(person.id, name, "The file has no surname of this employee. Enter it there.")
        version = self._version(person)
        if version is not None and version == remembered:
            return SourceRecord(person.id, name, None, version, unchanged=True)
        try:
            employee: Employee = self._reader.read(
                {key_of(path): text for path, text in person.values.items()}
            )
        except UnreadableError as error:
            return _unreadable(
                person.id, name, f"The file has a value that iHUB cannot read in {error}. Correct it there."
            )
        # The day of an end date that is still to come brings no new version.
        return SourceRecord(
            person.id, employee.display_name, employee, None if employee.ends_by_date else version
        )

    def _version(self, person: Person) -> str | None:
        if self._record_digest is None:
            return None
        return self._record_digest(json.dumps([person.id, person.values], sort_keys=True).encode()).hex()


def _unreadable(source_id: str, name: str, message: str) -> SourceRecord:
    problem = Problem(Reason.UNREADABLE, message, verdict=Verdict.ERROR)
    return SourceRecord(source_id, name, None, None, problem=problem)
