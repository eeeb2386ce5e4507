"""What a connector may promise beyond the contract; the engine asks ``isinstance`` and uses what it finds.

What is promised for one employee holds for each of many: an outcome of their own, in the order given, and
UnansweredError when it is not known whether any of it happened. RefusedTogetherError says that the request was refused
as a whole and changed nothing: the engine then sends each employee alone, so that one bad record stops no other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from connectors.contract.branches import Branch
from connectors.contract.choices import ListedChoice
from connectors.contract.employee import Employee
from connectors.contract.fields import Field
from connectors.contract.protocols import RecordDigest
from connectors.contract.records import ListedRecord, Outcome, Prepared, TargetRecord
from connectors.contract.source_fields import SourceField
from connectors.contract.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Update:
    """One update among many, with the arguments of ``Target.update``."""

    target_id: str
    prepared: Prepared
    current: TargetRecord | None


@runtime_checkable
class CreatesMany(Protocol):
    """A target with an endpoint that creates many employees."""

    batch_size: int

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        """Create at most ``batch_size`` employees. Raises UnansweredError when it may or may not have happened."""


@runtime_checkable
class UpdatesMany(Protocol):
    """A target with an endpoint that updates many employees."""

    batch_size: int

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Bring at most ``batch_size`` employees to what was prepared; safe to repeat."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a target takes of an employee in a request of its own, such as the bank account.

    ``fields`` are the names of its fields, and ``label`` is what people call it.
    """

    name: str
    label: str
    fields: frozenset[str]


@runtime_checkable
class WritesParts(Protocol):
    """A target that takes parts of an employee in requests of their own; creates and updates leave them out."""

    parts: Sequence[Part]

    async def write_part(self, target_id: str, part: Part, prepared: Prepared) -> Outcome:
        """Bring a part of an employee to what was prepared; safe to repeat. Raises ConnectorError."""


@runtime_checkable
class FindsExternalId(Protocol):
    """A target that can also look an employee up by the id we stored there."""

    async def find_external(self, external_id: str) -> TargetRecord | None:
        """Read one employee by our id; None when there is none. Used after crashes, before any create."""


@runtime_checkable
class CreatesOnce(Protocol):
    """A target that takes an idempotency key with a create and does not repeat the create under the same key.

    As in draft-ietf-httpapi-idempotency-key-header.
    """

    async def create_once(self, prepared: Prepared, key: str) -> Outcome:
        """Create the employee, or return the outcome of the first request under this key; safe to repeat.

        Raises UnansweredError when it is still unknown after repeating.
        """


@runtime_checkable
class ReadsFiles(Protocol):
    """A source whose employees are in files with columns that a person has to name."""

    async def propose_columns(self) -> Mapping[str, str]:
        """Return each heading of the newest file with the place of an employee that it is, "" for none.

        A proposal, or what the settings say. Raises ConnectorError.
        """

    async def take_file(self, name: str, content: bytes) -> str:
        """Put a file among those that are read, and return its name there.

        Raises ConfigError for a file that cannot be read or would not be found, ConnectorError.
        """


@runtime_checkable
class HandsOver(Protocol):
    """A target that collects what is written, and hands it over at the end of a run, such as in one file."""

    async def hand_over(self) -> None:
        """Hand over everything that was written and is not handed over yet; safe to repeat.

        Raises ConnectorError: what was written stays, and the next run hands it over.
        """


@runtime_checkable
class ReportsListing(Protocol):
    """A target that can say how far its last list is to be trusted."""

    @property
    def list_moved(self) -> bool:
        """Say whether employees came or went while they were listed."""

    @property
    def answered_without_list(self) -> bool:
        """Say whether the last response had no list, which is an empty target only while nobody is linked to it."""


@runtime_checkable
class ShowsOnlyList(Protocol):
    """A source that can say whether reading one employee means reading its list."""

    @property
    def shows_only_list(self) -> bool:
        """Say whether employees are shown in the list only, so that several are read from it at once."""


@runtime_checkable
class DigestsRecords(Protocol):
    """A source or target that takes the digest by which the engine recognises a record that has not changed.

    A source uses it as the version of employees that have no marker of their own.
    """

    def use_record_digest(self, digest: RecordDigest) -> None:
        """Take the digest; called before anything is read."""


@runtime_checkable
class ListsBranches(Protocol):
    """A source that can say which branches it has, and which of them lie below others."""

    async def branches(self) -> Sequence[Branch]:
        """Read all branches. Raises ConnectorError."""


@runtime_checkable
class ListsUntranslated(Protocol):
    """A target that can list its employees without translating them: most have not changed since the last run."""

    def list_untranslated(self) -> AsyncIterator[Sequence[ListedRecord]]:
        """Yield every employee the target lists, a page at a time."""

    def translate(self, data: bytes) -> TargetRecord:
        """Translate one of them."""


# Translates an employee, given with their source id, as ``Target.prepare`` does.
Translator = Callable[[str, Employee], Prepared]

# By the target's field: takes an employee and their source id, returns the name of each step with the value after it.
StepValues = Mapping[str, Callable[[Employee, str], Sequence[tuple[str, Any]]]]


@runtime_checkable
class MapsFields(Protocol):
    """A target whose fields one connection can fill otherwise than its file says.

    ``changes`` are in the words of the file, each with the ``name`` of its field.
    """

    def use_source_fields(self, source_fields: Sequence[SourceField]) -> None:
        """Take what the source has, by which changes are checked; called before them.

        Raises ConfigError where the file would show a value that the source calls sensitive.
        """

    def use_field_changes(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Translate employees with these changes; called before anything is read.

        Raises ConfigError, with what is wrong, where they do not fit the file as it is now.
        """

    def translator(self, changes: Sequence[Mapping[str, Any]]) -> Translator:
        """Return what translates employees with other changes, to show what they would do. Raises ConfigError."""

    def step_values(self, changes: Sequence[Mapping[str, Any]]) -> StepValues:
        """Return what says the values after each step with other changes, to show them. Raises ConfigError."""

    def fields_with(self, changes: Sequence[Mapping[str, Any]]) -> Sequence[Field]:
        """Return the fields with other changes. Raises ConfigError."""


@runtime_checkable
class ListsChoices(Protocol):
    """A target with lists from which values of its fields are chosen (``Connector.choice_lists`` names them)."""

    async def list_choices(self, name: str) -> Sequence[ListedChoice]:
        """Read the entries of one of them. Raises ConnectorError."""


@runtime_checkable
class CountsRequests(Protocol):
    """A source or target that can say how many requests it has sent since it was made."""

    @property
    def traffic(self) -> Traffic:
        """Return what was sent so far."""
