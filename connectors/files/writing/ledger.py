"""What was written to files: everybody's last row, kept in the folder, and a journal of what is not in a file yet.

A row counts as written once it is in the journal on the disk. The next file takes everything from the journal; the
ledger then says which file that was, so that a journal is never used twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from connectors.contract.errors import ConfigError
from connectors.files.places.folder import MEMORY, Folder, read_if_there, write_whole

# The values of an employee by the names of the columns, as JSON has them.
Values = Mapping[str, Any]


class Refusal(NamedTuple):
    """What the payroll has refused, and why."""

    values: Values
    message: str


@dataclass(slots=True)
class Kept:
    """One employee: the row written last, the one before it, and what the payroll has refused of them."""

    values: Values
    before: Values | None = None
    refusal: Refusal | None = None

    @property
    def taken(self) -> Values | None:
        """Return what the payroll has: the last row, or the one before when it was refused; None for nothing."""
        is_refused = self.refusal is not None and self.refusal.values == self.values
        return self.before if is_refused else self.values


@dataclass(slots=True)
class _Contents:
    number: int = 0
    answers: list[str] = field(default_factory=list)
    people: dict[str, Kept] = field(default_factory=dict)


class Ledger:
    """The employees of one series of files."""

    def __init__(self, folder: Folder, name: str) -> None:
        """Take the folder, not yet read, and the name of the series."""
        self._folder, self._path = folder, f"{MEMORY}/{name}"
        self._kept = _Contents()
        # Those in the journal: in no file yet. In the order of their first row.
        self.pending: dict[str, Values] = {}
        # There is a ledger: this is not the first time.
        self.exists = False
        self._is_torn = False

    @property
    def people(self) -> Mapping[str, Kept]:
        """Return everybody, by their number."""
        return self._kept.people

    @property
    def number(self) -> int:
        """Return the number of the last file."""
        return self._kept.number

    @property
    def answers(self) -> Sequence[str]:
        """Return the answers that were read, each as a SHA-256."""
        return self._kept.answers

    @property
    def publication(self) -> str:
        """Return where it says which file is being made."""
        return f"{self._path}.publishing.json"

    @property
    def journal(self) -> str:
        """Return where the rows are that are in no file yet."""
        return f"{self._path}.journal-{self.number:06d}.jsonl"

    async def load(self) -> None:
        """Read everything. Raises ConfigError where it is damaged."""
        self._kept, self.pending, self._is_torn = _Contents(), {}, False
        content = await read_if_there(self._folder.read(f"{self._path}.ledger.jsonl"))
        self.exists = content is not None
        if content is not None:
            self._kept = self._parsed(content)
        journal = await read_if_there(self._folder.read(self.journal)) or b""
        whole, _, torn = journal.rpartition(b"\n")
        self._is_torn = bool(torn)
        self.exists = self.exists or bool(whole)
        for line in whole.splitlines():
            key, values = self._line(line)
            self._put(key, values)

    def _parsed(self, content: bytes) -> _Contents:
        try:
            first, *lines = content.splitlines()
            head = json.loads(first)
            people = {}
            for line in lines:
                key, values, before, refusal = json.loads(line)
                people[key] = Kept(values, before, Refusal(*refusal) if refusal else None)
            if head["people"] != len(people):
                raise ValueError("people")
            return _Contents(head["number"], head["answers"], people)
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged() from error

    def _line(self, line: bytes) -> tuple[str, Values]:
        try:
            key, values = json.loads(line)
        except (ValueError, TypeError) as error:
            raise self._damaged() from error
        return key, values

    def _damaged(self) -> ConfigError:
        return ConfigError(
            f"What iHUB keeps in {self._path}… of {self._folder.label} is damaged, so nothing was written. Restore it "
            "from a backup, or remove it; then everybody is written again."
        )

    async def add(self, rows: Sequence[tuple[str, Values]]) -> None:
        """Write rows to the journal, to the disk; they count as written when this returns."""
        if self._is_torn:  # the process that wrote the last line has died before its end
            await self._rewrite_journal()
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        await self._folder.append(self.journal, lines)
        self.exists = True
        for key, values in rows:
            self._put(key, values)

    async def _rewrite_journal(self) -> None:
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in self.pending.items())
        await write_whole(self._folder, self.journal, lines)
        self._is_torn = False

    def _put(self, key: str, values: Values) -> None:
        kept = self._kept.people.get(key)
        if kept is None:
            self._kept.people[key] = Kept(values)
        elif key in self.pending:  # what came before is in no file
            kept.values = values
        else:
            self._kept.people[key] = Kept(values, kept.taken)
        self.pending[key] = values

    def refuse(self, key: str, message: str) -> None:
        """Note that the payroll has refused the last row of an employee."""
        if key not in self.pending and (kept := self._kept.people.get(key)) is not None:
            kept.refusal = Refusal(kept.values, message)

    async def keep_answers(self, digests: Sequence[str]) -> None:
        """Note that answers were read, with what they said; the journal stays."""
        self._kept.answers = [*self._kept.answers, *digests][-1000:]

    async def close(self, number: int) -> None:
        """Note that everything of the journal is in the file of a number, and begin a new journal."""
        old = self.journal
        self._kept.number, self.pending = number, {}
        await self.save()
        await self._folder.remove(old)
        await self._folder.remove(self.publication)

    async def save(self) -> None:
        """Write the ledger without those of the journal that are new: they are in the journal."""
        people = self._kept.people
        head = {"number": self.number, "answers": self._kept.answers, "people": len(people)}
        lines = [json.dumps(head)]
        lines += [json.dumps([key, kept.values, kept.before, kept.refusal]) for key, kept in people.items()]
        await write_whole(self._folder, f"{self._path}.ledger.jsonl", ("\n".join(lines) + "\n").encode())
