"""Decisions that are not stored yet: they are collected so that one transaction stores many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import orjson

from connectors.contract.exchanges import Exchange
from core.models import Decision
from core.people.entries import Entry, make_entry
from core.scope.condition_days import Outlook
from core.sync.match import other_records
from core.sync.match.resolver import Subject, is_at_target
from core.sync.plan.reader import PositionedRecord, SortedEmployees
from core.sync.store import journal
from core.sync.store.exclusions import ExclusionRow
from core.sync.store.payloads import Intent, PayloadBatcher
from core.sync.store.rows import UNCHANGED_ROW_WIDTH, LinkRow, Row

ROWS_A_TRANSACTION, UNCHANGED_A_TRANSACTION = 1000, 2000


@dataclass(frozen=True, slots=True)
class PlanBatch:
    """What is stored at once, and the number of unchanged employees in it."""

    journal: journal.Batch
    unchanged: int


class PlanBuffer:
    """The decisions of one run since the last batch was taken; a preview stores neither links nor exclusions."""

    def __init__(self, run_id: int, *, preview: bool) -> None:
        self._preview = preview
        self._payload_batcher = PayloadBatcher(run_id)
        self.employees = SortedEmployees()
        self._rows: list[Row] = []
        self._links: list[LinkRow] = []
        self._source_versions: list[tuple[str, str]] = []
        self._states: list[tuple[str, bytes]] = []
        self._exclusions: dict[str, ExclusionRow] = {}
        self._recheck_days: dict[str, date | None] = {}
        self._kept_employees: dict[str, Entry] = {}
        self._requests: dict[int, Sequence[Exchange]] = {}

    @property
    def is_full(self) -> bool:
        """Return whether there is enough for a transaction."""
        unchanged = len(self.employees.unchanged) // UNCHANGED_ROW_WIDTH
        return len(self._rows) >= ROWS_A_TRANSACTION or unchanged >= UNCHANGED_A_TRANSACTION

    def take_undecided(self) -> tuple[list[PositionedRecord], list[str]]:
        """Return the employees to decide on, and those of them who may have a link, and remove them from the buffer."""
        records, linked_ids = self.employees.to_decide, self.employees.linked_ids
        self.employees.to_decide, self.employees.linked_ids = [], []
        return records, linked_ids

    def add_row(self, row: Row, requests: Sequence[Exchange] = ()) -> None:
        """Add the row of a decision, and what the source refused or did not answer about the employee."""
        self._rows.append(row)
        if requests:
            self._requests[row.position] = requests

    def add_intent(self, intent: Intent) -> int:
        """Add what is to be written for one employee; return the id of its payload batch."""
        return self._payload_batcher.add(intent)

    def add_link(self, link: LinkRow) -> None:
        """Add the link of an employee who need not be written."""
        self._links.append(link)

    def add_source_version(self, source_id: str, source_version: str) -> None:
        """Add a new source version for a link that otherwise stays as it is."""
        self._source_versions.append((source_id, source_version))

    def add_states(self, states: Sequence[tuple[str, bytes]]) -> None:
        """Add what the target shows now of employees none of whose fields has changed there."""
        self._states += states

    def add_exclusion(self, subject: Subject, row: Row) -> None:
        """Add a decision that holds until the employee changes; without a source version a change cannot be seen."""
        if subject.record.source_version is not None:
            message = row.message[:1000] if row.message else None
            is_linked = subject.linked is not None
            self._exclusions[row.source_id] = ExclusionRow(
                subject.record.source_version, is_linked, row.reason, message
            )

    def add_recheck(self, source_id: str, day: date | None) -> None:
        """Add the next day on which the scope can say something else about an employee; None where no day does."""
        self._recheck_days[source_id] = day

    def add_kept_employee(
        self, subject: Subject, row: Row, condition: Outlook | None, *, other_pay: bool
    ) -> None:
        """Add what is kept of an employee who was read: also a preview keeps it, but not that of a draft.

        ``condition`` is what the scope's condition says of them, where what is kept does not; ``other_pay`` as there.
        """
        others = other_records.named_records(subject.record.employee)
        is_error = row.decision is Decision.ERROR
        is_left_out = is_error or row.decision is Decision.FILTERED
        self._kept_employees[row.source_id] = make_entry(
            subject.record,
            subject.prepared,
            row.reason if is_left_out else None,
            is_error=is_error,
            at_target=is_at_target(subject),
            condition=condition,
            records=others if subject.held_with is None else others | {subject.held_with},
            other_pay=other_pay,
        )

    def take_batch(self) -> PlanBatch:
        """Return what is to be stored, and empty the buffer; employees without a decision stay in it."""
        employees, store_links = self.employees, not self._preview
        batch = PlanBatch(
            journal.Batch(
                self._rows,
                orjson.dumps(employees.unchanged),
                self._payload_batcher.drain(),
                self._links if store_links else (),
                self._source_versions if store_links else (),
                self._states if store_links else (),
                list(self._kept_employees.values()),
                self._exclusions if store_links else {},
                employees.outdated_exclusions if store_links else (),
                self._recheck_days if store_links else {},
                self._requests,
            ),
            len(employees.unchanged) // UNCHANGED_ROW_WIDTH,
        )
        self._rows, self._links, self._exclusions = [], [], {}
        self._source_versions, self._states = [], []
        self._recheck_days, self._kept_employees, self._requests = {}, {}, {}
        employees.unchanged, employees.outdated_exclusions = [], []
        return batch
