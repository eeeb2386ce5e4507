"""The other records of a person at the source: how their employment has ended there, and whether one is on hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from connectors.concurrency import for_each
from connectors.contract.employee import Employee, EmploymentStatus, employment_status
from connectors.contract.protocols import Source
from connectors.contract.records import Problem, Reason, SourceRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.runs.outcome_catalogue import Code, explain
from core.settings import settings
from core.sync.match.resolver import Subject

TRANSFERRED_AWAY = Problem(Reason.TRANSFERRED_AWAY, explain(Reason.TRANSFERRED_AWAY).sentence)

# How an employment ends that continues under another record.
MOVES = frozenset({Code.TRANSFERRED, Code.MERGED})

# In place of an employee when the source failed to answer.
READ_FAILED = SourceRecord("", "", None)
# Returns the target ids that some employees of the source are linked to, by source id.
LinkedTo = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
# How many transfers of one person are followed.
MOST_TRANSFERS = 20


def left_as(employee: Employee | None) -> Code | None:
    """Return how an employment has ended; None while it continues under this record, and where nothing is known."""
    if employee is None:
        return None
    match employment_status(employee.status):
        case EmploymentStatus.TRANSFERRED:
            return Code.TRANSFERRED
        case EmploymentStatus.MERGED:
            return Code.MERGED
    return Code.EMPLOYED_AGAIN if employee.terminated else None


class SourceView(NamedTuple):
    """What is known of one record: how its employment has ended, and the records it names as the same person's."""

    left_as: Code | None = None
    earlier_id: str | None = None
    later_id: str | None = None
    is_read: bool = True


class PointedLink(NamedTuple):
    """The link that the source's own chain of records leads to; without a target id the chain could not be read."""

    owner: str
    target_id: str | None


class OtherRecords:
    """Reads records of the source by id, each once a run."""

    def __init__(self, source: Source, linked_to: LinkedTo) -> None:
        """Take the source, already opened, and what looks links up."""
        self._source, self._linked_to = source, linked_to
        self._circuit_breaker = CircuitBreaker()
        self._views: dict[str, SourceView] = {}

    def view(self, source_id: str) -> SourceView:
        """Return what is known of a record that has been read."""
        return self._views[source_id]

    async def read(self, source_ids: Collection[str]) -> None:
        """Read records that have not been read yet."""

        async def read_one(source_id: str) -> None:
            record = await self._circuit_breaker.call(self._source.read_one(source_id), lambda _: READ_FAILED)
            self._views[source_id] = _view(record)

        await for_each(read_one, sorted(source_ids - self._views.keys()), at_once=settings().concurrency)

    async def find_links(self, subjects: Sequence[Subject]) -> dict[int, PointedLink]:
        """Return the links that the source's own ids of earlier records lead to, by position.

        A transferred employee may have been transferred before, under a record that never had a link.
        """
        found: dict[int, PointedLink] = {}
        ids = {subject.position: _earlier_id(subject) for subject in subjects}
        wanted = {position: source_id for position, source_id in ids.items() if source_id is not None}
        for _ in range(MOST_TRANSFERS):
            if not wanted:
                break
            stored = await self._linked_to(set(wanted.values()))
            linked = {position: source_id for position, source_id in wanted.items() if source_id in stored}
            found |= {
                position: PointedLink(source_id, stored[source_id]) for position, source_id in linked.items()
            }
            rest = {position: source_id for position, source_id in wanted.items() if position not in linked}
            await self.read(set(rest.values()))
            found |= {
                position: PointedLink(source_id, None)
                for position, source_id in rest.items()
                if not self._views[source_id].is_read
            }
            wanted = {
                position: earlier
                for position, source_id in rest.items()
                if (earlier := self._views[source_id].earlier_id) is not None
            }
        return found


class HeldRecord(NamedTuple):
    """The source id of a record on hold; None where a record of the person could not be read to tell."""

    source_id: str | None


UNREAD = HeldRecord(None)
NONE_NAMED: frozenset[str] = frozenset()


class PersonToCheck(NamedTuple):
    """A record that is not on hold itself, and the other records of the person that are known."""

    source_id: str
    named: frozenset[str]


class HeldRecords:
    """Follows the records that name each other, in both directions, while anybody is on hold."""

    def __init__(self, others: OtherRecords, held_ids: frozenset[str]) -> None:
        """``held_ids`` are the source ids on hold today."""
        self._others, self._held_ids = others, held_ids
        # The records that records on hold lead to, each with the one on hold.
        self._reached: dict[str, str] | None = None

    async def find(self, people: Mapping[int, PersonToCheck]) -> Mapping[int, HeldRecord]:
        """Return those of ``people`` who are on hold under another record, by position."""
        if not self._held_ids or not people:
            return {}
        held = await self.reach_from_held()
        seen = {position: {person.source_id} for position, person in people.items()}
        at = {position: {person.source_id, *person.named} for position, person in people.items()}
        found: dict[int, HeldRecord] = {}
        for _ in range(MOST_TRANSFERS):
            for position, ids in at.items():
                if source_id := next((held[each] for each in sorted(ids) if each in held), None):
                    found[position] = HeldRecord(source_id)
                ids.difference_update(seen[position])
                seen[position].update(ids)
            at = {position: ids for position, ids in at.items() if ids and position not in found}
            if not at:
                break
            await self._others.read(set().union(*at.values()))
            for position, ids in at.items():
                if not all(self._others.view(each).is_read for each in ids):
                    found[position] = UNREAD
                at[position] = {each for source_id in ids for each in self._named_by(source_id)}
        return found

    async def reach_from_held(self) -> Mapping[str, str]:
        """Return the records that lead from a record on hold, each with that one; they are read once."""
        if self._reached is None:
            reached = {source_id: source_id for source_id in self._held_ids}
            at = set(reached)
            for _ in range(MOST_TRANSFERS):
                await self._others.read(at)
                origins = {
                    each: reached[source_id] for source_id in sorted(at) for each in self._named_by(source_id)
                }
                at = origins.keys() - reached.keys()
                if not at:
                    break
                reached |= {source_id: origins[source_id] for source_id in at}
            self._reached = reached
        return self._reached

    def _named_by(self, source_id: str) -> Iterator[str]:
        view = self._others.view(source_id)
        return (each for each in (view.earlier_id, view.later_id) if each is not None)


def named_records(employee: Employee | None) -> frozenset[str]:
    """Return the other records that an employee names as their own."""
    if employee is None or (employee.earlier_record_id is None and employee.later_record_id is None):
        return NONE_NAMED
    return frozenset(each for each in (employee.earlier_record_id, employee.later_record_id) if each)


def _earlier_id(subject: Subject) -> str | None:
    employee = subject.record.employee
    earlier = None if employee is None else employee.earlier_record_id
    return None if earlier == subject.record.source_id else earlier


def _view(record: SourceRecord | None) -> SourceView:
    if record is None:  # a record that is gone is taken for one that has ended
        return SourceView(Code.EMPLOYED_AGAIN)
    employee = record.employee
    if employee is None:
        return SourceView(is_read=False)
    return SourceView(left_as(employee), employee.earlier_record_id, employee.later_record_id)
