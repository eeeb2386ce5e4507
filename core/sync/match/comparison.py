"""Compare two people: what agrees, and which strong values contradict."""

from __future__ import annotations

from typing import NamedTuple

from core.sync.match.keys import PersonDetails
from core.sync.match.names import (
    have_other_first_names,
    have_other_second_names,
    is_initial,
    only_name,
    spellings,
)


class PersonComparison(NamedTuple):
    """How one employee of the source compares with one of the target.

    ``contradictions`` counts the strong values that are known of both and differ: tax number, birth date, second given
    name, and gender together with another first name. Employee numbers are not among them, because two systems may
    number their employees differently (numbering.py).
    """

    contradictions: int
    same_tax_number: bool
    same_birth_date: bool
    other_birth_date: bool
    # Only case, accents, hyphens and apostrophes differ.
    same_name: bool
    # It could be another spelling of the same name.
    alike_name: bool
    # The same names in the other order, or an initial in place of the first given name.
    loose_name: bool
    other_first_name: bool
    other_surname: bool
    same_email: bool
    same_postcode: bool

    @property
    def other_name(self) -> bool:
        """Return whether first name and surname both differ."""
        return self.other_first_name and self.other_surname


def compare_people(ours: PersonDetails, theirs: PersonDetails) -> PersonComparison:
    """Compare an employee of the source with one of the target."""
    other_first_name = have_other_first_names(ours.given_names, theirs.given_names)
    other_birth_date = _differ(ours.birth_date, theirs.birth_date)
    contradictions = (
        _differ(ours.tax_number, theirs.tax_number),
        other_birth_date,
        have_other_second_names(ours.given_names, theirs.given_names),
        other_first_name and _differ(ours.gender, theirs.gender),
    )
    is_alike = _is_alike(ours, theirs)
    return PersonComparison(
        contradictions=sum(contradictions),
        same_tax_number=_agree(ours.tax_number, theirs.tax_number),
        same_birth_date=_agree(ours.birth_date, theirs.birth_date),
        other_birth_date=other_birth_date,
        same_name=is_alike and _agree(ours.full_name, theirs.full_name),
        alike_name=is_alike,
        loose_name=_is_swapped(ours, theirs) or _has_initial(ours, theirs),
        other_first_name=other_first_name,
        other_surname=_differ(ours.surname, theirs.surname),
        same_email=_agree(ours.email, theirs.email),
        same_postcode=_agree(ours.postcode, theirs.postcode),
    )


def _is_alike(ours: PersonDetails, theirs: PersonDetails) -> bool:
    same_spelling = not set(spellings(ours.given_names)).isdisjoint(spellings(theirs.given_names))
    return (same_spelling and _agree(ours.surname, theirs.surname)) or _agree(
        only_name(ours.given_names, ours.surname), only_name(theirs.given_names, theirs.surname)
    )


def _is_swapped(ours: PersonDetails, theirs: PersonDetails) -> bool:
    return ours.surname in spellings(theirs.given_names) and theirs.surname in spellings(ours.given_names)


def _has_initial(ours: PersonDetails, theirs: PersonDetails) -> bool:
    if not ours.given_names or not theirs.given_names or not _agree(ours.surname, theirs.surname):
        return False
    return is_initial(ours.given_names[0], theirs.given_names[0])


def _agree(ours: str | None, theirs: str | None) -> bool:
    return ours is not None and ours == theirs


def _differ(ours: str | None, theirs: str | None) -> bool:
    return ours is not None and theirs is not None and ours != theirs
