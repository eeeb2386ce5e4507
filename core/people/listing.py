"""Read who the source lists, as far as it is kept: searched by name, counted by status, branch and type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from connectors.contract.employee import employment_status, fold_word
from core.db import reading
from core.models import KeptEmployee, KeptEmployeeBatch, Link, Pairing
from core.paging import PAGE_SIZE
from core.people.entries import Person, to_person, unseal
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

NO_VALUE = "–"
NOWHERE = (None, None)
MOST_READINGS = 3
ROWS = select(KeptEmployee.source_id, KeptEmployee.batch_id, KeptEmployee.outcome).where(
    KeptEmployee.pairing_id == bindparam("pairing_id")
)
BATCHES = (
    select(KeptEmployeeBatch.id, KeptEmployeeBatch.ciphertext)
    .where(KeptEmployeeBatch.pairing_id == bindparam("pairing_id"))
    .order_by(KeptEmployeeBatch.id)
)


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people to list; empty means all.

    ``search`` is part of a name, or a whole employee number or source id. ``branch`` is a branch's name or id.
    """

    search: str = ""
    status: str | None = None
    branch: str | None = None
    employment_type: str | None = None

    def fits(self, person: Person) -> bool:
        """Return whether somebody is to be listed."""
        if self.status is not None and not _is_same(self.status, person.status):
            return False
        if self.branch is not None and not (
            _is_same(self.branch, person.branch_id) or _is_same(self.branch, person.branch)
        ):
            return False
        if self.employment_type is not None and not _is_same(self.employment_type, person.employment_type):
            return False
        text = self.search.strip().casefold()
        return not text or text in person.name.casefold() or text in _ids(person)


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """The first people by name, a page of them at most, with how many fit in all."""

    rows: Sequence[Person]
    total: int


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many people the source lists, by status, branch and employment type, the largest number first."""

    total: int
    by_status: Mapping[str, int]
    by_branch: Mapping[str, int]
    by_employment_type: Mapping[str, int]


def list_people(actor: Actor, connection_id: int, people_filter: PeopleFilter | None = None) -> PeopleFound:
    """Return the first people of a connection by name. Raises NotFoundError, ForbiddenError."""
    people_filter = people_filter or PeopleFilter()
    fitting = [
        person for person in everybody(_pairing_of(actor, connection_id)) if people_filter.fits(person)
    ]
    fitting.sort(key=by_name)
    return PeopleFound(fitting[:PAGE_SIZE], len(fitting))


def count_people(actor: Actor, connection_id: int) -> PeopleCounts:
    """Return how many people there are of each status, branch and employment type."""
    people = everybody(_pairing_of(actor, connection_id))
    return PeopleCounts(
        len(people),
        _count(people, status_of),
        _count(people, branch_of),
        _count(people, lambda person: person.employment_type or NO_VALUE),
    )


def last_read(actor: Actor, connection_id: int) -> datetime | None:
    """Return when a run last read the whole list, so that what is kept was right; None before the first."""
    pairing_id = _pairing_of(actor, connection_id)
    with reading() as session:
        return session.scalar(select(Pairing.everybody_read_at).where(Pairing.id == pairing_id))


def everybody(pairing_id: int | None) -> list[Person]:
    """Return all people of a pairing, in no order; 50,000 take less than a second."""
    if pairing_id is None:
        return []
    for _ in range(MOST_READINGS):
        people, is_whole = _read(pairing_id)
        if is_whole:
            break
    return people


def everybody_linked(pairing_id: int | None) -> list[Person]:
    """Return all people of a pairing; those written since they were read are at the target."""
    with reading() as session:
        linked = set(session.scalars(select(Link.source_id).where(Link.pairing_id == pairing_id)))
    return [
        person._replace(at_target=True) if person.source_id in linked and not person.at_target else person
        for person in everybody(pairing_id)
    ]


def _read(pairing_id: int) -> tuple[list[Person], bool]:
    """Return the people, and whether all are there: a run that stores them again may end between two statements."""
    values, people = {"pairing_id": pairing_id}, list[Person]()
    with reading() as session:
        connection = session.connection()
        theirs = {row[0]: (row[1], row[2]) for row in connection.execute(ROWS, values)}
        for batch_id, ciphertext in connection.execute(BATCHES, values):
            for entry in unseal(ciphertext):
                counting, outcome = theirs.get(entry[0], NOWHERE)
                if counting == batch_id:
                    people.append(to_person(entry, outcome))
    return people, len(people) == len(theirs)


def status_of(person: Person) -> str:
    """Return the status in iHUB's word where it knows one, else in the source's."""
    return employment_status(person.status) or person.status or NO_VALUE


def branch_of(person: Person) -> str:
    """Return the name of somebody's branch, or its id where it has no name."""
    return person.branch or person.branch_id or NO_VALUE


def by_name(person: Person) -> tuple[str, str]:
    """Return what people are sorted by."""
    return person.name.casefold(), person.source_id


def _count(people: Iterable[Person], group: Callable[[Person], str]) -> Mapping[str, int]:
    return dict(Counter(map(group, people)).most_common())


def _is_same(word: str, value: str | None) -> bool:
    return fold_word(word) == fold_word(value or "")


def _ids(person: Person) -> tuple[str, ...]:
    return tuple(each.casefold() for each in (person.source_id, person.employee_number) if each)


def _pairing_of(actor: Actor, connection_id: int) -> int | None:
    with reading() as session:
        return require_connection(session, actor, connection_id, Permission.SEE_REPORTS).pairing_id
