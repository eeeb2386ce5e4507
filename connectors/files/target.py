"""Write employees to files: a row counts once it is in the journal, and a run ends by making a file of the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from connectors.contract.capabilities import Update
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser, Organisation
from connectors.contract.records import Outcome, Prepared, Problem, Reason, TargetRecord, Verdict
from connectors.files.places.folder import Folder
from connectors.files.places.opening import open_place
from connectors.files.reading.people import digest_of
from connectors.files.settings import FileTargetSettings
from connectors.files.writing.answers import apply_answers
from connectors.files.writing.ledger import Ledger, Values
from connectors.files.writing.publication import Publication
from connectors.rest.description.system import System
from connectors.rest.mapped_target import MappedTarget
from connectors.rest.translation.target_records import request_body
from connectors.values.redaction import redact

PAGE = 200


class FileTarget(MappedTarget):
    """A series of files in one folder as a target."""

    batch_size = 100
    concurrency = 4
    list_moved = False

    def __init__(
        self,
        system: System,
        settings: FileTargetSettings,
        authoriser: Authoriser,
        *,
        folder: Path | None = None,
        locality: Locality | None = None,
    ) -> None:
        """Open nothing yet; ``folder`` is the one that the account may use on this server. Raises ConfigError."""
        super().__init__(replace(system, locality=locality or Locality()), settings)
        self._place: Folder = open_place(settings, authoriser, folder)
        self._options = settings
        name = f"{settings.file_name}.{system.description.kind}"
        self._ledger = Ledger(self._place, name)
        self._loading, self._writing = asyncio.Lock(), asyncio.Lock()
        self._is_loaded = self._is_ready = self._has_answers = False

    async def __aenter__(self) -> Self:
        """Open the folder."""
        await self._place.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the folder; what is in no file yet is there for the next run."""
        await self._place.__aexit__(*exc)

    async def check(self) -> Organisation:
        """Look into the folder; return whose files these are."""
        await self._place.list()
        address = digest_of(f"{self._place.address}/{self._options.file_name.casefold()}".encode())
        return Organisation(address[:32], f"{self._options.file_name} in {self._place.label}"[:200])

    @property
    def answered_without_list(self) -> bool:
        """Say that nothing is known of earlier files, which is right only before the first."""
        return not self._ledger.exists

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield everybody who is in the payroll, as far as is known."""
        await self._load()
        found = [
            record
            for key, kept in self._ledger.people.items()
            if kept.taken is not None and (record := self._record(key, kept.taken)) is not None
        ]
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by their number."""
        await self._load()
        kept = self._ledger.people.get(target_id)
        return None if kept is None or kept.taken is None else self._record(target_id, kept.taken)

    def _record(self, key: str, values: Values) -> TargetRecord | None:
        blank = dict.fromkeys(self._columns)  # a column of a file is blank or has a value
        return self._translation.read_record({**blank, **values, self._system.description.employees.id: key})

    async def create(self, prepared: Prepared) -> Outcome:
        """Write the employee to the journal."""
        return (await self.create_many([prepared]))[0]

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Write the whole row of the employee, with what has changed, to the journal."""
        return (await self.update_many([Update(target_id, prepared, current)]))[0]

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Write several employees to the journal."""
        rows = [(each.external_id, self._body(each.values, is_new=True)) for each in prepared]
        return await self._write(rows, is_new=True)

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write several changed employees to the journal."""
        rows: list[tuple[str | None, Values]] = []
        for each in updates:
            kept = {
                name: value
                for name, value in each.prepared.values.items()
                if name not in each.prepared.create_only
            }
            rows.append((each.target_id, self._body(kept)))
        return await self._write(rows, is_new=False)

    async def hand_over(self) -> None:
        """Make a file of everything that was written. Raises ConnectorError; then the next run makes it."""
        await self._load()
        async with self._writing:
            publication = self._publication()
            await publication.publish()
            if self._has_answers:
                await self._ledger.save()
                self._has_answers = False

    def _publication(self) -> Publication:
        return Publication(self._place, self._ledger, self._options, self._columns)

    @property
    def _columns(self) -> Sequence[str]:
        return [field.name for field in self._file.target.fields]

    async def _load(self) -> None:
        async with self._loading:
            if not self._is_loaded:
                await self._ledger.load()
                self._has_answers = await apply_answers(self._place, self._ledger, self._options.answer_file)
                self._is_loaded = True

    async def _write(self, rows: Sequence[tuple[str | None, Values]], *, is_new: bool) -> Sequence[Outcome]:
        await self._load()
        async with self._writing:
            if not self._is_ready:
                await self._publication().finish_interrupted()
                self._is_ready = True
            outcomes: list[Outcome] = []
            due: dict[str, Values] = {}
            for key, values in rows:
                outcome, row = self._judge(key, values, due, is_new=is_new)
                outcomes.append(outcome)
                if row is not None:
                    due[str(key)] = row
            if due:
                await self._ledger.add(list(due.items()))
            return outcomes

    def _judge(
        self, key: str | None, values: Values, due: Mapping[str, Values], *, is_new: bool
    ) -> tuple[Outcome, Values | None]:
        """Return the outcome of one employee, and the row that has to be written for it."""
        kept = self._ledger.people.get(key or "")
        if key is None:
            return _problem(
                Reason.REFUSED,
                "This employee has no number, so no row was written. Enter it in the HR system.",
            ), None
        if not is_new and (kept is None or kept.taken is None):
            return _problem(
                Reason.NOT_FOUND,
                f"{self._system.name} has no row of this employee, so nothing was written. Run the job again.",
            ), None
        written = due.get(key) or (kept.taken if kept is not None else None)
        merged = {**written, **values} if written is not None and not is_new else values
        row = {name: value for name, value in merged.items() if value is not None}
        if kept is not None and kept.refusal is not None and kept.refusal.values == row:
            return _problem(
                Reason.REFUSED, redact(f"The payroll refused this employee: {kept.refusal.message}.")
            ), None
        if written is None or (row != written and not is_new):
            return Outcome(key), row
        if row != written:
            return _problem(
                Reason.REFUSED,
                "Another employee has a row under this number, so none was written. Give each a number of their "
                "own in the HR system.",
            ), None
        return Outcome(key), None

    def _body(self, values: Mapping[str, Any], *, is_new: bool = False) -> Values:
        given = {name: value for name, value in values.items() if value is not None or not is_new}
        system = self._system
        body = request_body(system.placed(given, frozenset()), system.clears, system.write_date, system.lists)
        row: Values = json.loads(json.dumps(body, default=str))
        return row


def _problem(reason: Reason, message: str) -> Outcome:
    return Outcome(problem=Problem(reason, message, verdict=Verdict.ERROR))
