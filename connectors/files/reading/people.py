"""The employees of one or more files, each once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.errors import ConfigError
from connectors.files.places.folder import MEMORY, Entry, Folder, read_if_there, write_whole
from connectors.files.reading import columns, separated, workbook
from connectors.files.reading.table import Row, Table
from connectors.files.settings import FileSourceSettings

LONGEST_ID = 200
# This number of files is remembered as seen; older ones are known by the time of the last of them.
MOST_SEEN = 2000


@dataclass(frozen=True, slots=True)
class Person:
    """One employee of a file: by field, the texts; or why the line cannot be used."""

    id: str
    values: Mapping[str, str]
    fault: str | None = None
    # The line has no id: nobody knows who it is about.
    is_unknown: bool = False


@dataclass(slots=True)
class Rolling:
    """Everybody of all lists of changes so far, and the files that are in it."""

    people: dict[str, Person] = field(default_factory=dict)
    # Name, size and time of the files that were read, and what they hold as a SHA-256.
    seen: list[list[Any]] = field(default_factory=list)

    def has(self, entry: Entry) -> bool:
        """Say whether a file was read before, by its name, size and time."""
        return any(each[:3] == [entry.name, entry.size, entry.changed_at] for each in self.seen)

    def add(self, entry: Entry, digest: str, people: Sequence[Person]) -> None:
        """Take the changes of one file; of a file that was read under another name nothing."""
        known = any(each[3] == digest for each in self.seen)
        self.seen = [*self.seen[-MOST_SEEN:], [entry.name, entry.size, entry.changed_at, digest]]
        if known:
            return
        self.people = {key: person for key, person in self.people.items() if not person.is_unknown}
        self.people.update({person.id: person for person in people})


def read_table(settings: FileSourceSettings, name: str, content: bytes) -> Table:
    """Return the rows of a file, whichever form it has. Raises ConfigError and TemporaryError."""
    if content.startswith(workbook.OLD_EXCEL):
        raise ConfigError(
            f"{name} is an old Excel file (.xls) or has a password. Save it as .xlsx or as CSV."
        )
    if content.startswith(workbook.MAGIC):
        return workbook.read_workbook(name, content, sheet=settings.sheet, header_line=settings.header_line)
    return separated.read_separated(
        name,
        content,
        encoding=settings.encoding,
        separator=settings.separator,
        header_line=settings.header_line,
    )


def people_of(name: str, table: Table, chosen: Mapping[str, str], *, last_counts: bool) -> list[Person]:
    """Return the employees of a file. Somebody who is there twice is a fault, unless their last line counts."""
    places = columns.positions(name, table.header, chosen)
    id_place = places[columns.SOURCE_ID if columns.SOURCE_ID in places else columns.NUMBER]
    people: dict[str, tuple[int, Person]] = {}
    for row in table.rows:
        key = row.values[id_place] if id_place < len(row.values) else ""
        person = _person(name, row, key, places)
        before = people.get(person.id)
        if before is not None and not last_counts and before[1] != person:
            message = (
                f"Lines {before[0]} and {row.line} of {name} are about the same employee and differ, so neither "
                "was used. Leave one of them."
            )
            person = Person(person.id, person.values, message)
        people[person.id] = (row.line, person)
    return [person for _, person in people.values()]


def _person(name: str, row: Row, key: str, places: Mapping[str, int]) -> Person:
    values = row.values
    texts = {
        path: _undefused(values[index])
        for path, index in places.items()
        if index < len(values) and values[index]
    }
    if not key or len(key) > LONGEST_ID or not key.isprintable():
        message = (
            f"Line {row.line} of {name} has no id of an employee that can be used. Correct the line there."
        )
        return Person(f"{name}, line {row.line}"[-LONGEST_ID:], texts, row.fault or message, is_unknown=True)
    return Person(key, texts, row.fault)


def _undefused(text: str) -> str:
    """Return a text without the ' that keeps spreadsheets from taking it for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text


async def load_rolling(folder: Folder, name: str) -> Rolling:
    """Return what iHUB remembers of lists of changes in a folder. Raises ConfigError where it is damaged."""
    content = await read_if_there(folder.read(f"{MEMORY}/{name}"))
    if content is None:
        return Rolling()
    try:
        first, *lines = content.decode().splitlines()
        people = [Person(*json.loads(line)) for line in lines]
        return Rolling({person.id: person for person in people}, json.loads(first)["seen"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"What iHUB keeps in {MEMORY}/{name} is damaged, so nothing was read. Remove it there and put a file with "
            "everybody into the folder."
        ) from error


async def save_rolling(folder: Folder, name: str, rolling: Rolling) -> None:
    """Keep everybody of the lists of changes in the folder itself."""
    lines = [json.dumps({"seen": rolling.seen})]
    lines += [
        json.dumps([person.id, person.values, person.fault, person.is_unknown])
        for person in rolling.people.values()
    ]
    await write_whole(folder, f"{MEMORY}/{name}", ("\n".join(lines) + "\n").encode())


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()
