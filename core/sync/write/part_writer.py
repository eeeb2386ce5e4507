"""Write the parts of an employee that the target takes in requests of their own, each with its outcome.

The employee comes first. A part that fails does not keep the others from being written; the next run writes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from connectors.contract.capabilities import Part, WritesParts
from connectors.contract.errors import TemporaryError
from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Prepared, TargetRecord
from core.models import Action, Decision
from core.runs.outcome_catalogue import Code
from core.sync.compare import diff
from core.sync.runtime.context import RunContext
from core.sync.store import journal
from core.sync.store.payloads import Intent
from core.sync.store.rows import MAIN_PART, PartRow
from core.sync.write.batches import is_create
from core.sync.write.no_response import server_error, unanswered

EMPLOYEE = "Employee"
NOT_REACHED = "Not sent, because the employee was not written."
DONE = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}


class Written(NamedTuple):
    """How an employee was written: the outcome of the employee alone, and that of each part."""

    outcome: Outcome
    rows: tuple[PartRow, ...] = ()
    # The fields of the parts that were not written.
    failed_fields: frozenset[str] = frozenset()


class PartWriter:
    """Writes the parts of one run's employees. Does nothing for a target that takes each in one request."""

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, which must already be open."""
        self._work = work
        self._target = target if isinstance(target, WritesParts) and target.parts else None
        self._fields = {field.name: field for field in target.fields}
        self._finished: Mapping[int, Mapping[int, PartRow]] = {}

    @property
    def are_used(self) -> bool:
        """Say whether the target takes an employee in several requests."""
        return self._target is not None

    async def load(self) -> None:
        """Load what earlier attempts of the run have written."""
        if self._target is not None:
            self._finished = await self._work.store.run(journal.finished_parts, self._work.lease.run_id)

    def written_before(self, intent: Intent) -> Outcome | None:
        """Return the outcome of an employee whose own request needs no sending; None where it has to be sent.

        An earlier attempt has sent it, or only parts of an update differ from what the target shows.
        """
        if self._target is None:
            return None
        if (main := self._finished.get(intent.position, {}).get(MAIN_PART)) is not None:
            return Outcome(main.target_id)
        if is_create(intent):
            return None
        of_parts = frozenset[str]().union(*(part.fields for part in self._target.parts))
        payload = intent.payload
        own = {name for name in payload.prepared.values if name not in of_parts}
        is_needed = self._is_needed(payload.prepared, payload.current, own)
        is_part_needed = any(
            self._is_needed(payload.prepared, payload.current, part.fields) for part in self._target.parts
        )
        return None if is_needed or not is_part_needed else Outcome(intent.target_id)

    async def complete(self, intent: Intent, outcome: Outcome, *, is_new: bool = False) -> Written:
        """Write the parts of an employee who has been written, or say that nothing of them was.

        ``is_new``: the employee was just created, or found as created by an earlier request. Raises ConnectorError when
        the system is at fault, and not the employee.
        """
        if self._target is None:
            return Written(outcome)
        needed = self._needed(intent, is_new=is_new or is_create(intent))
        if not needed:
            return Written(outcome)
        main = self._row(intent, MAIN_PART, EMPLOYEE, outcome)
        if outcome.problem is not None or outcome.target_id is None:
            return Written(outcome, (main, *(self._not_reached(intent, *each) for each in needed)))
        before = self._finished.get(intent.position, {})
        if MAIN_PART not in before:
            await self._save(main)
        rows, failed = [before.get(MAIN_PART, main)], set[str]()
        for number, part in needed:
            row = before.get(number)
            if row is None:
                row = self._row(
                    intent, number, part.label, await self._write(outcome.target_id, part, intent)
                )
                await self._save(row)
            rows.append(row)
            failed |= part.fields if row.action is Action.FAILED else set()
        return Written(outcome, tuple(rows), frozenset(failed))

    async def _save(self, row: PartRow) -> None:
        await self._work.store.run(journal.save_parts, self._work.lease, [row])

    async def _write(self, target_id: str, part: Part, intent: Intent) -> Outcome:
        assert self._target is not None
        try:
            return await self._target.write_part(target_id, part, intent.payload.prepared)
        except TemporaryError as error:
            return server_error() if error.is_server_error else unanswered(error)

    def _needed(self, intent: Intent, *, is_new: bool) -> list[tuple[int, Part]]:
        """Return the parts with something to send, with their numbers."""
        payload, before = intent.payload, self._finished.get(intent.position, {})
        current = None if is_new else payload.current
        every = self._target.parts if self._target is not None else ()
        return [
            (number, part)
            for number, part in enumerate(every, MAIN_PART + 1)
            if number in before or self._is_needed(payload.prepared, current, part.fields, is_new=is_new)
        ]

    def _is_needed(
        self,
        prepared: Prepared,
        current: TargetRecord | None,
        names: frozenset[str] | set[str],
        *,
        is_new: bool = False,
    ) -> bool:
        """Say whether some fields have something to send: all of a new employee, otherwise what may differ."""
        values = {name: value for name, value in prepared.values.items() if name in names}
        if is_new:
            return any(value is not None for value in values.values())
        values = {name: value for name, value in values.items() if name not in prepared.create_only}
        if current is None:
            return bool(values)
        compared = diff.compare(self._fields, replace(prepared, values=values), current, new_spelling=True)
        return bool(compared.differences or compared.unseen)

    def _row(self, intent: Intent, number: int, label: str, outcome: Outcome) -> PartRow:
        problem = outcome.problem
        if problem is None:
            action = DONE[intent.decision] if number == MAIN_PART or is_create(intent) else Action.UPDATED
            return PartRow(intent.position, number, label, action, target_id=outcome.target_id)
        return PartRow(
            intent.position,
            number,
            label,
            Action.FAILED,
            str(problem.reason),
            problem.message,
            outcome.target_id,
        )

    def _not_reached(self, intent: Intent, number: int, part: Part) -> PartRow:
        return PartRow(
            intent.position, number, part.label, Action.NOT_WRITTEN, Code.NOT_ATTEMPTED, NOT_REACHED
        )


def worst(rows: Sequence[PartRow]) -> PartRow | None:
    """Return the first part that was not written; None where all of them were."""
    return next((row for row in rows if row.action is Action.FAILED), None)


def is_only(failed: PartRow, rows: Sequence[PartRow]) -> bool:
    """Say whether all others were written."""
    return all(row is failed or row.action in journal.WRITTEN for row in rows)
