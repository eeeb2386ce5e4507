"""The rules that find the employee at the target who is the one read from the source.

Everybody at the target with the same number, tax number, a name that is alike, or e-mail address and birth date is a
*candidate*. Placeholders identify nobody (keys.py), nor does what many employees of the target share
(target_index.py). The tiers are tried in this order; the first one with a hit decides:

1. LINK           the stored link. A link does not count when the target no longer has its employee, or when it is
                  broken because it leads to somebody else; a doubtful link is an *Ambiguous match* (link_check.py).
2. EXTERNAL_ID    the same external id (for most targets the employee number); not enough where first name and surname
                  both differ and the tax number does not agree.
3. STRONG         the same tax number; not enough where first name and surname both differ and the birth date does not
                  agree.
4. NAME_BIRTH     the same name and birth date; or a name that is alike, the birth date, and e-mail address or postcode.
5. SIMILAR        a name that is alike while a birth date is not known, or e-mail address and birth date under another
                  name; where nobody else is found, the birth date and the name in the other order or with an initial.
                  Never enough alone.

One contradiction of a strong value makes a candidate an *Ambiguous match*: another tax number, birth date or second
given name, another first name with another gender (comparison.py), or another employee number where both systems
number alike (numbering.py). So a mistyped tax number never makes a second employee. A candidate of tier 4 or 5 is
dropped when two strong values contradict. The same number, or the same tax number, is never ignored.

Tiers 1 to 3 are strong. A hit of tier 4 or 5 is weak and is settled when the whole source has been read (conflicts.py):
- A candidate that a stronger tier has matched to another employee of the source, and who has another external id or
  given name than ours, is that other person (the twin): no candidate. If nothing distinguishes them: *Already linked*.
- A candidate of tier 4 who fits only this employee is a match when nothing contradicts.
- Everything else is an *Ambiguous match*: several candidates, a candidate who fits two employees of the source, one
  with another external id that no other employee claims, a hit of tier 5. Nothing is created while a candidate is left.

A match of tier 4 never replaces a tax number or a bank account (processor.py). The link of somebody who has left moves
to the same person's new record in the source (returning.py).

A person can decide that an employee of the source is somebody (a stored link, tier 1) or is not (a rejected match: no
candidate in tiers 3 to 5; with the same external id it stays an *Ambiguous match*, as a number is given only once).

Two employees of the source who are alike and have no candidate at the target are both created when their employee
numbers differ: they are two people. The same employee number, or the same tax number, twice among those to be created
is an *Ambiguous match* for both; so is the same name and birth date twice where neither number is known.

One file, because the tiers are one rule to read from top to bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from connectors.contract.records import Prepared
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import Code
from core.sync.match.comparison import PersonComparison, compare_people
from core.sync.match.keys import PersonDetails, canonical_external_id
from core.sync.match.target_index import Slots, TargetIndex

# When as many strong values contradict, a candidate is somebody else.
SOMEBODY_ELSE = 2


class Tier(IntEnum):
    """How a candidate was found, the most reliable way first."""

    LINK = 1
    EXTERNAL_ID = 2
    STRONG = 3
    NAME_BIRTH = 4
    SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One employee of the target who may be ours."""

    slot: int
    # Another external id or given name speaks against it.
    is_distinct: bool = False
    contradictions: int = 0
    other_number: bool = False
    # Full name and birth date agree.
    is_exact: bool = False


class OtherRecord(NamedTuple):
    """Another record of the source that is, or may be, the same person: its id, and what follows from that."""

    source_id: str
    code: Code


class Match(NamedTuple):
    """What the tiers found: nothing, one certain match, a doubt, or candidates to settle at the end."""

    tier: Tier | None = None
    slot: int | None = None
    doubt: Code | None = None
    candidates: tuple[Candidate, ...] = ()
    # The employees of the target that the doubt is about.
    doubtful_slots: Sequence[int] = ()
    # The stored link leads to somebody else.
    link_is_broken: bool = False
    # The certain match has the same tax number, or another external id than ours.
    same_tax_number: bool = False
    other_number: bool = False
    # The record of the source that has ended and whose link moves to this one.
    moved_from: OtherRecord | None = None
    # The record of the source that is linked to the match and may be the same person, so that a person decides.
    shared_with: OtherRecord | None = None
    # What agrees, by the slot of the employee of the target.
    agreed: Mapping[int, MatchedBy] = {}

    @property
    def likely_slot(self) -> int | None:
        """Return the slot to compare with: the match, or the only candidate that may become one."""
        if self.tier is Tier.NAME_BIRTH and len(self.candidates) == 1 and not self.candidates[0].is_distinct:
            return self.candidates[0].slot
        return self.slot

    @property
    def matched_by(self) -> MatchedBy | None:
        """Return how the match to compare with was made; None for a link, and where nobody was found."""
        slot = self.likely_slot
        return None if slot is None else self.agreed.get(slot)

    @property
    def is_exact(self) -> bool:
        """Return whether it is the only candidate, with full name and birth date."""
        return len(self.candidates) == 1 and self.candidates[0].is_exact

    def claimed_slots(self) -> tuple[int, ...]:
        """Return every slot that this employee has a claim on."""
        return tuple(candidate.slot for candidate in self.candidates) if self.slot is None else (self.slot,)


NO_MATCH = Match()


def match(
    target_index: TargetIndex,
    prepared: Prepared,
    linked_slot: int | None = None,
    rejected_slots: frozenset[int] = frozenset(),
    *,
    numbers_count: bool = True,
) -> Match:
    """Find an employee at the target: the stored link leads to ``linked_slot``, a person rejected some others.

    ``numbers_count``: the two systems may number their employees alike, so another number speaks against a candidate.
    """
    if linked_slot is not None:
        return Match(Tier.LINK, linked_slot)
    if not len(target_index):
        return NO_MATCH
    ours = target_index.person_to_find(prepared)
    return (
        _match_numbers(target_index, prepared, ours, rejected_slots)
        or _match_names(target_index, prepared, ours, rejected_slots, numbers_count)
        or NO_MATCH
    )


def _match_numbers(
    target_index: TargetIndex, prepared: Prepared, ours: PersonDetails, rejected_slots: frozenset[int]
) -> Match | None:
    by_number = target_index.find_by_external_id(prepared.external_id)
    if not rejected_slots.isdisjoint(by_number):
        return Match(Tier.EXTERNAL_ID, doubt=Code.CONFLICTING_KEYS, doubtful_slots=by_number)
    by_tax_number = [slot for slot in target_index.find_by_tax_number(ours) if slot not in rejected_slots]
    slots = list(dict.fromkeys(by_number + by_tax_number))
    if not slots:
        return None
    tier = Tier.EXTERNAL_ID if by_number else Tier.STRONG
    compared_by_slot = {slot: compare_people(ours, target_index.person(slot)) for slot in slots}
    agreed = {
        slot: what_agrees(compared, same_number=slot in by_number)
        for slot, compared in compared_by_slot.items()
    }
    if len(slots) > 1:
        return Match(tier, doubt=Code.SEVERAL_CANDIDATES, doubtful_slots=slots, agreed=agreed)
    (slot,) = slots
    compared = compared_by_slot[slot]
    agrees = compared.same_tax_number if by_number else compared.same_birth_date
    if compared.contradictions or (compared.other_name and not agrees):
        return Match(tier, doubt=Code.CONFLICTING_KEYS, doubtful_slots=slots, agreed=agreed)
    other_number = has_other_number(target_index, slot, prepared)
    return Match(
        tier, slot, same_tax_number=compared.same_tax_number, other_number=other_number, agreed=agreed
    )


def _match_names(
    target_index: TargetIndex,
    prepared: Prepared,
    ours: PersonDetails,
    rejected_slots: frozenset[int],
    numbers_count: bool,
) -> Match | None:
    candidates: list[Candidate] = []
    are_certain = True
    compared_by_slot = _find_candidates(target_index, ours, rejected_slots)
    for slot, compared in compared_by_slot.items():
        other_number = numbers_count and has_other_number(target_index, slot, prepared)
        is_exact = compared.same_name and compared.same_birth_date and not compared.contradictions
        is_other_name = compared.other_first_name or not (compared.alike_name or compared.same_email)
        is_distinct = other_number or is_other_name or compared.contradictions > 0
        candidates.append(Candidate(slot, is_distinct, compared.contradictions, other_number, is_exact))
        are_certain = are_certain and (is_exact or _agrees_further(compared))
    if not candidates:
        return None
    agreed = {slot: what_agrees(compared) for slot, compared in compared_by_slot.items()}
    return Match(
        Tier.NAME_BIRTH if are_certain else Tier.SIMILAR, candidates=tuple(candidates), agreed=agreed
    )


def what_agrees(compared: PersonComparison, *, same_number: bool = False) -> MatchedBy:
    """Return what agrees of two people."""
    agrees = {
        MatchedBy.EMPLOYEE_NUMBER: same_number,
        MatchedBy.TAX_NUMBER: compared.same_tax_number,
        MatchedBy.NAME: compared.same_name,
        MatchedBy.SIMILAR_NAME: not compared.same_name and (compared.alike_name or compared.loose_name),
        MatchedBy.BIRTH_DATE: compared.same_birth_date,
        MatchedBy.EMAIL: compared.same_email,
        MatchedBy.POSTCODE: compared.same_postcode,
    }
    return MatchedBy(sum(flag.value for flag, is_so in agrees.items() if is_so))


def _find_candidates(
    target_index: TargetIndex, ours: PersonDetails, rejected_slots: frozenset[int]
) -> dict[int, PersonComparison]:
    """Return the candidates by name or e-mail; those whose name agrees only loosely when there are no others."""
    for find, is_candidate in (
        (target_index.find_by_name_or_email, _is_candidate),
        (target_index.find_by_loose_name, _is_loose_candidate),
    ):
        compared = {
            slot: compare_people(ours, target_index.person(slot))
            for slot in find(ours)
            if slot not in rejected_slots
        }
        if found := {slot: each for slot, each in compared.items() if is_candidate(each)}:
            return found
    return {}


def _is_loose_candidate(compared: PersonComparison) -> bool:
    return compared.loose_name and compared.same_birth_date and compared.contradictions < SOMEBODY_ELSE


def _is_candidate(compared: PersonComparison) -> bool:
    if compared.contradictions >= SOMEBODY_ELSE:
        return False
    by_name = compared.alike_name and not compared.other_birth_date
    return by_name or (compared.same_email and compared.same_birth_date)


def _agrees_further(compared: PersonComparison) -> bool:
    """Return whether a name that is only alike is the same person's: birth date, and e-mail address or postcode."""
    return (
        compared.alike_name
        and compared.same_birth_date
        and not compared.contradictions
        and (compared.same_email or compared.same_postcode)
    )


def has_other_number(target_index: TargetIndex, slot: int, prepared: Prepared) -> bool:
    """Return whether an employee of the target has another external id than ours."""
    ours, theirs = canonical_external_id(prepared.external_id), target_index.external_id(slot)
    return ours is not None and theirs is not None and ours != theirs


def find_alike(target_index: TargetIndex, prepared: Prepared) -> Slots:
    """Find the employees of the target who may be one that we have just created."""
    ours = target_index.person_to_find(prepared)
    found = target_index.find_by_tax_number(ours) + target_index.find_by_name_or_email(ours)
    alike = []
    for slot in dict.fromkeys(found):
        compared = compare_people(ours, target_index.person(slot))
        by_name = compared.alike_name and not compared.other_birth_date
        if (compared.same_tax_number or by_name) and not (
            compared.contradictions
            or compared.other_first_name
            or has_other_number(target_index, slot, prepared)
        ):
            alike.append(slot)
    return alike
