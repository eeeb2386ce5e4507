"""The rules that find the employee at the target who is the one read from the source.

The tiers are tried in this order; the first one with a hit decides:

1. LINK           the stored link. A link does not count when the target no longer has its employee, or when it is
                  broken because it leads to somebody else; a doubtful link is an *Ambiguous match* (link_check.py).
2. EXTERNAL_ID    the same external id (for most targets the employee number). If at least two of name, birth date and
                  tax number differ, it is an *Ambiguous match*.
3. STRONG         the same tax number, or the same e-mail, birth date and first given name (twins may share the first
                  two). Masked tax numbers, and special ones that many people share, do not count. If the keys hit
                  different people, or name and birth date both differ, it is an *Ambiguous match*.
4. NAME_BIRTH     first given name, surname and birth date.
5. SIMILAR        first given name, surname and postcode, unless birth dates differ; or e-mail and birth date under
                  another given name. Never enough alone.

In tiers 4 and 5 an employee with another tax number is no candidate. Tiers 1 to 3 are strong. A hit of tier 4 or 5 is
weak and is settled when the whole source has been read (conflicts.py):
- A candidate that a stronger tier has matched to another employee of the source, and who has another external id or
  given name than ours, is that other person (the twin): no candidate. If nothing distinguishes them: *Already linked*.
- A candidate of tier 4 who fits only this employee, and whose external id does not contradict ours, is a match.
- Everything else is an *Ambiguous match*: several candidates, a candidate who fits two employees of the source, one
  with another external id that no other employee claims, a hit of tier 5. Nothing is created while a candidate is left.

A person can decide that an employee of the source is somebody (a stored link, tier 1) or is not (a rejected match: no
candidate in tiers 3 to 5; with the same external id it stays an *Ambiguous match*, as a number is given only once).

Two employees of the source who are alike and have no candidate at the target are both created when their employee
numbers differ: they are two people. The same employee number, or the same tax number, twice among those to be created
is an *Ambiguous match* for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from connectors.contract.records import Prepared
from core.runs.outcome_catalogue import Code
from core.sync.match.keys import MatchKeys, canonical_external_id
from core.sync.match.target_index import Slots, TargetIndex


class Tier(IntEnum):
    """How a candidate was found, the most reliable way first."""

    LINK = 1
    EXTERNAL_ID = 2
    STRONG = 3
    NAME_BIRTH = 4
    SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One employee of the target; ``is_distinct`` when another external id or given name speaks against them."""

    slot: int
    is_distinct: bool = False


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

    @property
    def likely_slot(self) -> int | None:
        """Return the slot to compare with: the match, or the only candidate that may become one."""
        if self.tier is Tier.NAME_BIRTH and len(self.candidates) == 1 and not self.candidates[0].is_distinct:
            return self.candidates[0].slot
        return self.slot

    def claimed_slots(self) -> tuple[int, ...]:
        """Return every slot that this employee has a claim on."""
        return tuple(candidate.slot for candidate in self.candidates) if self.slot is None else (self.slot,)


NO_MATCH = Match()


def match(
    target_index: TargetIndex,
    prepared: Prepared,
    linked_slot: int | None = None,
    rejected_slots: frozenset[int] = frozenset(),
) -> Match:
    """Find an employee at the target: the stored link leads to ``linked_slot``, a person rejected some others."""
    if linked_slot is not None:
        return Match(Tier.LINK, linked_slot)
    if not len(target_index):
        return NO_MATCH
    keys = target_index.key_extractor.extract(prepared.values)
    return (
        _match_external_id(target_index, prepared, keys, rejected_slots)
        or _match_strong_keys(target_index, keys, rejected_slots)
        or _match_name(target_index, prepared, keys, rejected_slots)
        or NO_MATCH
    )


def _match_external_id(
    target_index: TargetIndex, prepared: Prepared, keys: MatchKeys, rejected_slots: frozenset[int]
) -> Match | None:
    slots = target_index.find_by_external_id(prepared.external_id)
    if not rejected_slots.isdisjoint(slots):
        return Match(Tier.EXTERNAL_ID, doubt=Code.CONFLICTING_KEYS, doubtful_slots=slots)
    return _strong_match(target_index, Tier.EXTERNAL_ID, slots, keys)


def _match_strong_keys(
    target_index: TargetIndex, keys: MatchKeys, rejected_slots: frozenset[int]
) -> Match | None:
    by_email = [
        slot
        for slot in target_index.find_by_key(keys.email_and_birth_date)
        if keys.given_name == target_index.keys(slot).given_name
    ]
    found = dict.fromkeys(target_index.find_by_key(keys.tax_number) + by_email)
    slots = [slot for slot in found if slot not in rejected_slots]
    return _strong_match(target_index, Tier.STRONG, slots, keys)


def _strong_match(target_index: TargetIndex, tier: Tier, slots: Slots, keys: MatchKeys) -> Match | None:
    if not slots:
        return None
    if len(slots) > 1:
        return Match(tier, doubt=Code.SEVERAL_CANDIDATES, doubtful_slots=slots)
    if _count_contradictions(keys, target_index.keys(slots[0])) >= 2:
        return Match(tier, doubt=Code.CONFLICTING_KEYS, doubtful_slots=slots)
    return Match(tier, slots[0])


def _count_contradictions(ours: MatchKeys, theirs: MatchKeys) -> int:
    """Count which of name, birth date and tax number are known of both and differ."""
    pairs = (
        (ours.name, theirs.name),
        (ours.birth_date, theirs.birth_date),
        (ours.tax_number, theirs.tax_number),
    )
    return sum(_contradict(*pair) for pair in pairs)


def _contradict(ours: bytes | str | None, theirs: bytes | str | None) -> bool:
    return ours is not None and theirs is not None and ours != theirs


def _match_name(
    target_index: TargetIndex, prepared: Prepared, keys: MatchKeys, rejected_slots: frozenset[int]
) -> Match | None:
    def candidates(slots: Slots) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(slot, is_distinct(target_index, slot, prepared, keys))
            for slot in dict.fromkeys(slots)
            if slot not in rejected_slots
            and not _contradict(keys.tax_number, target_index.keys(slot).tax_number)
        )

    by_name = candidates(target_index.find_by_key(keys.name_and_birth_date))
    by_email = candidates(target_index.find_by_key(keys.email_and_birth_date))
    if by_name and set(by_email) <= set(by_name):
        return Match(Tier.NAME_BIRTH, candidates=by_name)
    by_postcode = (
        candidate
        for candidate in candidates(target_index.find_by_key(keys.name_and_postcode))
        if not _contradict(keys.birth_date, target_index.keys(candidate.slot).birth_date)
    )
    similar = tuple(dict.fromkeys((*by_name, *by_email, *by_postcode)))
    return Match(Tier.SIMILAR, candidates=similar) if similar else None


def is_distinct(target_index: TargetIndex, slot: int, prepared: Prepared, keys: MatchKeys) -> bool:
    """Return whether another external id or another given name speaks against an employee of the target."""
    our_id = canonical_external_id(prepared.external_id)
    return _contradict(our_id, target_index.external_id(slot)) or _contradict(
        keys.given_name, target_index.keys(slot).given_name
    )
