"""What every source and every target promises to the engine.

A connector knows neither the store, the queue nor the pages. Problems with one record are values (``Problem``,
``Outcome``); problems with a system are exceptions (``connectors.contract.errors``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.contract.employee import Employee
from connectors.contract.fields import Field
from connectors.contract.records import Outcome, Prepared, SourceRecord, TargetRecord

# Returns a keyed digest of 16 bytes: two records with the same one are the same, and it reveals nothing else.
RecordDigest = Callable[[bytes], bytes]
# Given source ids, returns the source versions under which they were last dealt with completely.
Remembered = Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Organisation:
    """The account or company whose data the credentials open at a system.

    ``id`` is None while the system cannot say (iPayroll names its organisation only in an employee); a later check may.
    """

    id: str | None
    name: str


class Authoriser(Protocol):
    """Gives the headers that authorise a request; core stores and refreshes what they are made from."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send, refreshed when near their expiry. Raises AuthError."""

    async def renew(self) -> None:
        """Refresh once after the system answered 401. Raises AuthError when that fails."""

    async def refused(self, reason: str) -> None:
        """Record that the system refuses even what was just refreshed; ``reason`` is the message of the AuthError."""


class Source(Protocol):
    """A system that employees are read from. Use as ``async with connector.source(...) as source``."""

    async def check(self) -> Organisation:
        """Make one cheap authorised call; return whose data this is."""

    def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time; those whose source version is remembered without details."""

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee with all details; None when the source has no such employee."""

    async def __aenter__(self) -> Source: ...
    async def __aexit__(self, *exc: object) -> None: ...


class Target(Protocol):
    """A system that employees are written to. Use as ``async with connector.target(...) as target``."""

    fields: Sequence[Field]

    async def check(self) -> Organisation:
        """Make one cheap authorised call; return whose data this is."""

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee; pure, does no I/O."""

    def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield every employee the target lists, a page at a time."""

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by the target's id; None when there is none. Used after crashes, before any create."""

    async def create(self, prepared: Prepared) -> Outcome:
        """Create the employee. Raises UnansweredError when it may or may not have happened."""

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Bring the employee to ``prepared``; safe to repeat."""

    async def __aenter__(self) -> Target: ...
    async def __aexit__(self, *exc: object) -> None: ...
