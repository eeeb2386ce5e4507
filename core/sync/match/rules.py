"""Find out which employee at the target is the one read from the source.

The tiers, tried in this order; the first that hits decides:

1. LINK           the stored link. A link whose employee the target no longer has counts for nothing, nor does one whose
                  employee has become somebody else; where that is not certain: *Ambiguous match* (finder.py, likeness.py).
2. EXTERNAL_ID    the same external id (for most targets the employee number), unless at least two of name, birth date
                  and tax number say that it is somebody else: then *Ambiguous match*.
3. STRONG         the same tax number, or the same e-mail, birth date and first given name (twins may share the first
                  two). Special numbers that many people share, and masked ones, are no tax numbers. Hits on different
                  people, or a tax number whose name and birth date are both others': *Ambiguous match*.
4. NAME_BIRTH     first given name, surname and birth date.
5. ALIKE          first given name, surname and postcode, unless birth dates differ; or e-mail and birth date under
                  another given name. Never enough alone.

In tiers 4 and 5 nobody whose tax number is known to be another one is a candidate. Tiers 1 to 3 are strong. A hit of
tier 4 or 5 is weak and is settled when the whole source has been read (claims.py):
- A candidate that a stronger tier has given to another employee of the source, and who has another external id or
  given name than ours, is that other person (the twin): no candidate. With nothing to tell them apart: *Already linked*.
- A candidate of tier 4 that only this employee fits, whose external id does not contradict ours, is a match.
- Everything else is *Ambiguous match*: several candidates, a candidate that two employees of the source fit, one
  under another external id that nobody claims, a hit of tier 5. Nothing is created while a candidate is left.

A person can decide that an employee of the source is somebody (a stored link, tier 1) or is not (a ruling: no candidate in
tiers 3 to 5; under the same external id it stays *Ambiguous match*, as the number can be given only once).

Two employees of the source who are alike and have no candidate at the target are both created when their employee
numbers differ: they are two people. The same number, or the same tax number, twice in what is to be created is
*Ambiguous match* for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from connectors.contract.records import Prepared
from core.runs.outcome_catalogue import Code
from core.sync.match.keys import Keys, external_key
from core.sync.match.target_index import Places, TargetIndex


class Tier(IntEnum):
    """How a candidate was found, the surest way first."""

    LINK = 1
    EXTERNAL_ID = 2
    STRONG = 3
    NAME_BIRTH = 4
    ALIKE = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One employee of the target; ``distinct`` when another external id or given name speaks against it."""

    place: int
    distinct: bool = False


class Match(NamedTuple):
    """What the tiers found: nobody, one employee for sure, a doubt, or candidates to settle at the end."""

    tier: Tier | None = None
    place: int | None = None
    doubt: Code | None = None
    candidates: tuple[Candidate, ...] = ()
    # Whom the doubt is about.
    doubted: Sequence[int] = ()
    # The stored link leads to somebody else.
    astray: bool = False

    @property
    def hopeful(self) -> int | None:
        """Return the place to compare with: the match, or the only candidate that may become one."""
        if self.tier is Tier.NAME_BIRTH and len(self.candidates) == 1 and not self.candidates[0].distinct:
            return self.candidates[0].place
        return self.place

    def places(self) -> tuple[int, ...]:
        """Return everybody this employee has a claim on."""
        return tuple(one.place for one in self.candidates) if self.place is None else (self.place,)


NOBODY = Match()


def match(
    directory: TargetIndex,
    prepared: Prepared,
    linked_place: int | None = None,
    apart: frozenset[int] = frozenset(),
) -> Match:
    """Find an employee in the directory; ``linked_place`` is where the stored link leads, ``apart`` who it is not."""
    if linked_place is not None:
        return Match(Tier.LINK, linked_place)
    if not len(directory):
        return NOBODY
    ours = directory.recogniser.keys(prepared.values)
    return (
        _by_number(directory, prepared, ours, apart)
        or _by_strong_keys(directory, ours, apart)
        or _by_name(directory, prepared, ours, apart)
        or NOBODY
    )


def _by_number(directory: TargetIndex, prepared: Prepared, ours: Keys, apart: frozenset[int]) -> Match | None:
    places = directory.by_external(prepared.external_id)
    if not apart.isdisjoint(places):
        return Match(Tier.EXTERNAL_ID, doubt=Code.CONFLICTING_KEYS, doubted=places)
    return _sure(directory, Tier.EXTERNAL_ID, places, ours)


def _by_strong_keys(directory: TargetIndex, ours: Keys, apart: frozenset[int]) -> Match | None:
    by_mail = [
        place for place in directory.by_key(ours.mail_and_birth) if ours.given == directory.keys(place).given
    ]
    places = [place for place in dict.fromkeys(directory.by_key(ours.tax) + by_mail) if place not in apart]
    return _sure(directory, Tier.STRONG, places, ours)


def _sure(directory: TargetIndex, tier: Tier, places: Places, ours: Keys) -> Match | None:
    if not places:
        return None
    if len(places) > 1:
        return Match(tier, doubt=Code.SEVERAL_CANDIDATES, doubted=places)
    if contradictions(ours, directory.keys(places[0])) >= 2:
        return Match(tier, doubt=Code.CONFLICTING_KEYS, doubted=places)
    return Match(tier, places[0])


def contradictions(ours: Keys, theirs: Keys) -> int:
    """Count which of name, birth date and tax number are known of both and differ."""
    pairs = ((ours.name, theirs.name), (ours.birth_date, theirs.birth_date), (ours.tax, theirs.tax))
    return sum(_differ(*pair) for pair in pairs)


def _differ(one: bytes | None, other: bytes | None) -> bool:
    return one is not None and other is not None and one != other


def _by_name(directory: TargetIndex, prepared: Prepared, ours: Keys, apart: frozenset[int]) -> Match | None:
    def candidates(places: Places) -> tuple[Candidate, ...]:
        others = (place for place in dict.fromkeys(places) if place not in apart)
        possible = (place for place in others if not _differ(ours.tax, directory.keys(place).tax))
        return tuple(Candidate(place, distinct(directory, place, prepared, ours)) for place in possible)

    named = candidates(directory.by_key(ours.name_and_birth))
    mailed = candidates(directory.by_key(ours.mail_and_birth))
    if named and set(mailed) <= set(named):
        return Match(Tier.NAME_BIRTH, candidates=named)
    nearby = candidates(directory.by_key(ours.name_and_postcode))
    same_age = (one for one in nearby if not _differ(ours.birth_date, directory.keys(one.place).birth_date))
    alike = tuple(dict.fromkeys((*named, *mailed, *same_age)))
    return Match(Tier.ALIKE, candidates=alike) if alike else None


def distinct(directory: TargetIndex, place: int, prepared: Prepared, ours: Keys) -> bool:
    """Say whether another external id or another given name speaks against an employee of the target."""
    number, other = external_key(prepared.external_id), directory.external(place)
    return (number is not None and other is not None and number != other) or _differ(
        ours.given, directory.keys(place).given
    )
