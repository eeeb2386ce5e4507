"""Settle who gets whom at the target, once everybody at the source has been seen (the rules: matching.py)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from core.models import Decision
from core.runs.outcome_catalogue import Code
from core.security.vault import vault
from core.sync.match.duplicate_numbers import DuplicateNumbers
from core.sync.match.rules import Candidate, Match, Tier
from core.sync.store.rows import Withdrawal
from core.sync.store.temp_store import TempTable

# Stands for the position of an employee of the source that a stored link names, read in this run or not.
OTHERS = -1

# Stands for the place of an employee whose link leads astray, and so holds nobody.
NOWHERE = -1

HELD = """
    SELECT place, owner FROM kept
    WHERE place <> -1 AND owner NOT IN (SELECT owner FROM kept WHERE place = -1) ORDER BY place, owner
    """
CONTESTED = """
    SELECT place, tier, position FROM kept
    WHERE place IN (SELECT place FROM kept GROUP BY place HAVING COUNT(*) > 1) ORDER BY place, rowid
    """


class MatchConflicts:
    """Who at the source has claimed whom at the target, and which numbers are to be created; positions only, on disk."""

    def __init__(self, alone: bool = False) -> None:
        """Begin with no claims; ``alone`` when only one employee of the source is looked at, so that rivals stay unseen."""
        self._alone = alone
        self._strong = TempTable("place INTEGER, tier INTEGER, position INTEGER", index="place")
        self._owned = TempTable("place INTEGER, owner TEXT")
        self._new = DuplicateNumbers()
        # Whether anybody without a link has been found at the target.
        self.any_new = False
        self._weak: dict[int, tuple[Tier, tuple[Candidate, ...]]] = {}
        self._names: dict[int, str] = {}
        self._any_unread = False
        self._unread = TempTable("name BLOB", index="name")

    def unread(self, name: str) -> None:
        """Note the name of somebody without a link who could not be read, so that nobody else is taken for them."""
        self._any_unread = True
        self._unread.add(_hashed(name))

    def match(self, position: int, found: Match, source_id: str, name: str) -> None:
        """Note what the tiers found for one employee; whose link leads astray holds nobody by it."""
        if found.astray:
            self._owned.add(NOWHERE, source_id)
        self.any_new = self.any_new or (found.tier is not Tier.LINK and bool(found.places()))
        if found.place is not None and found.tier is not None:
            self._strong.add(found.place, int(found.tier), position)
        elif found.candidates and found.tier is not None:
            self._weak[position], self._names[position] = (found.tier, found.candidates), name

    def taken(self, place: int, owner: str) -> None:
        """Note that a stored link gives this place to another employee of the source."""
        self._owned.add(place, owner)

    def miss(self) -> None:
        """Note that somebody who may have a claim could not be looked at, so that weak matches wait for a person."""
        self._alone = True

    def owners(self) -> set[str]:
        """Return the employees of the source who hold by their links what others claim."""
        return {owner for _, owner in self._owned.query(HELD)}

    def create(self, position: int, external: str | None, tax: str | None) -> None:
        """Note the numbers of somebody who is to be created, as they are compared (identity.py)."""
        self._new.add(position, external, tax)

    def settle(self) -> list[Withdrawal]:
        """Return the rows that cannot be written as planned, each once."""
        for place, _ in self._owned.query(HELD):
            self._strong.add(place, int(Tier.LINK), OTHERS)
        withdrawn: dict[int, Withdrawal] = {}
        for one in (*self._settle_strong(), *self._settle_weak(), *self._settle_new()):
            withdrawn.setdefault(one.position, one)
        return list(withdrawn.values())

    def _settle_strong(self) -> Iterator[Withdrawal]:
        rows = self._strong.query(CONTESTED)
        for place, group in groupby(rows, key=itemgetter(0)):
            claims = [(Tier(tier), position) for _, tier, position in group]
            best = min(tier for tier, _ in claims)
            rivals = sum(tier is best for tier, position in claims)
            for tier, position in claims:
                if position == OTHERS or (tier is best and rivals == 1):
                    continue
                if tier is best and best is not Tier.LINK:
                    yield Withdrawal(
                        position, Decision.AMBIGUOUS, Code.SHARED_MATCH, (place,), tier is Tier.EXTERNAL_ID
                    )
                elif tier is not best:
                    same_number = tier is Tier.EXTERNAL_ID
                    yield Withdrawal(
                        position, Decision.ALREADY_LINKED, Code.ALREADY_LINKED, (place,), same_number
                    )

    def _settle_weak(self) -> Iterator[Withdrawal]:
        fans: dict[int, int] = {}
        left = {position: self._left(candidates) for position, (_, candidates) in self._weak.items()}
        for candidate in (one for candidates in left.values() for one in candidates):
            fans[candidate.place] = fans.get(candidate.place, 0) + 1
        for position, candidates in left.items():
            yield from self._judge(position, self._weak[position][0], candidates, fans)

    def _left(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Drop the twins: those whom another employee of the source has, and who are told apart from ours."""
        return tuple(one for one in candidates if not (one.distinct and self._is_strong(one.place)))

    def _judge(
        self, position: int, tier: Tier, left: tuple[Candidate, ...], fans: dict[int, int]
    ) -> Iterator[Withdrawal]:
        if not left:
            return
        only, places = left[0], tuple(one.place for one in left)
        if len(left) > 1:
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.SEVERAL_CANDIDATES, places)
        elif self._is_strong(only.place):
            yield Withdrawal(position, Decision.ALREADY_LINKED, Code.ALREADY_LINKED, places)
        elif fans[only.place] > 1:
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.SHARED_MATCH, places)
        elif (
            tier is Tier.ALIKE
            or self._alone
            or self._was_one_of_several(position)
            or self._has_unread_namesake(position)
        ):
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.WEAK_MATCH, places)
        elif only.distinct:
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.OTHER_NUMBER, places)

    def _was_one_of_several(self, position: int) -> bool:
        """Say whether the plan creates somebody because nobody of several stood out; one who is left may be them."""
        return len(self._weak[position][1]) > 1

    def _has_unread_namesake(self, position: int) -> bool:
        if not self._any_unread:
            return False
        return any(
            self._unread.query("SELECT 1 FROM kept WHERE name = ? LIMIT 1", (_hashed(self._names[position]),))
        )

    def _settle_new(self) -> Iterator[Withdrawal]:
        for position in self._new.positions():
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.DUPLICATE_AT_SOURCE)

    def _is_strong(self, place: int) -> bool:
        return any(self._strong.query("SELECT 1 FROM kept WHERE place = ? LIMIT 1", (place,)))


def _hashed(name: str) -> bytes:
    return vault().fingerprint(" ".join(name.casefold().split()).encode())
