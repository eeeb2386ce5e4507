"""Super readiness: which employees in Australia lack something before super can be paid for them, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.paging import PAGE_SIZE, first_row, page_count
from core.people.entries import Person
from core.people.listing import PeopleFilter, by_name
from core.people.readiness import all_verdicts
from core.people.super_gaps import SuperGap
from core.people.verdicts import State
from core.security.actor import Actor

RULE = (
    "Since 1 July 2026 super must reach the fund within 7 business days of pay day; the first contribution to a fund, "
    "also after a change of fund, within 20."
)
WORDS = {
    SuperGap.FUND: "no fund is chosen",
    SuperGap.USI: "the fund's USI",
    SuperGap.ABN: "the ABN of the self-managed fund",
    SuperGap.ESA: "the electronic service address of the self-managed fund",
    SuperGap.ACCOUNT: "the bank account of the self-managed fund",
    SuperGap.MEMBER_NUMBER: "the member number",
    SuperGap.TFN: "no tax file number is quoted",
}


@dataclass(frozen=True, slots=True)
class SuperPage:
    """One page of the people who lack something, by name, and how many there are.

    ``total`` people fit the filter. What is missing can be said of ``judged`` people; the source did not show super and
    tax of ``not_read`` others. Of ``accounts_elsewhere`` people only payroll has the bank account of their own fund.
    """

    rows: Sequence[Person]
    total: int
    judged: int
    not_read: int
    accounts_elsewhere: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def super_page(
    actor: Actor, connection_id: int, people_filter: PeopleFilter | None = None, page: int = 1
) -> SuperPage:
    """Return one page of the employees that the job sends and that lack something. Raises as ``readiness`` does."""
    people = _people_sent(actor, connection_id)
    lacking = _lacking(people, people_filter)
    first = first_row(page, len(lacking))
    in_australia = [person.super_gaps for person in people if person.super_gaps is not None]
    not_read = sum(SuperGap.UNREAD in gaps for gaps in in_australia)
    elsewhere = sum(SuperGap.ACCOUNT_ELSEWHERE in gaps for gaps in in_australia)
    judged = len(in_australia) - not_read
    return SuperPage(lacking[first : first + PAGE_SIZE], len(lacking), judged, not_read, elsewhere)


def all_lacking(
    actor: Actor, connection_id: int, people_filter: PeopleFilter | None = None
) -> Sequence[Person]:
    """Return all of them."""
    return _lacking(_people_sent(actor, connection_id), people_filter)


def describe(person: Person) -> str:
    """Return what somebody lacks, as a list shows it."""
    words = ", ".join(WORDS[gap] for gap in person.super_gaps or () if gap in WORDS)
    return words[:1].upper() + words[1:]


def _people_sent(actor: Actor, connection_id: int) -> list[Person]:
    verdicts = all_verdicts(actor, connection_id)
    return [verdict.person for verdict in verdicts if verdict.state is not State.LEFT_OUT]


def _lacking(people: Sequence[Person], people_filter: PeopleFilter | None) -> list[Person]:
    fits = (people_filter or PeopleFilter()).fits
    return sorted((person for person in people if _lacks(person) and fits(person)), key=by_name)


def _lacks(person: Person) -> bool:
    return any(gap in WORDS for gap in person.super_gaps or ())
