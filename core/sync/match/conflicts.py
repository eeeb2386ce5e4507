"""Settle conflicts between matches once the whole source has been read (the rules are stated in rules.py)."""

from __future__ import annotations

from collections import Counter
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

# In place of a position: an employee of the source who has a stored link, read in this run or not.
LINK_OWNER = -1
# In place of a slot: the employee's link is broken, so it gives them no claim.
NO_SLOT = -1

OWNED = """
    SELECT slot, owner FROM kept
    WHERE slot <> -1 AND owner NOT IN (SELECT owner FROM kept WHERE slot = -1) ORDER BY slot, owner
    """
CONTESTED = """
    SELECT slot, tier, position FROM kept
    WHERE slot IN (SELECT slot FROM kept GROUP BY slot HAVING COUNT(*) > 1) ORDER BY slot, rowid
    """


class MatchConflicts:
    """Collects what the employees of the source claim at the target, and the numbers to be created; mostly on disk."""

    def __init__(self, *, single_employee: bool = False) -> None:
        """Start empty; a run of a ``single_employee`` does not see other employees of the source who may fit better."""
        self._review_weak_matches = single_employee
        self._strong = TempTable("slot INTEGER, tier INTEGER, position INTEGER", index="slot")
        self._owners = TempTable("slot INTEGER, owner TEXT")
        self._creates = DuplicateNumbers()
        # Whether an employee without a link has been found at the target.
        self.any_new_match = False
        self._weak: dict[int, tuple[Tier, tuple[Candidate, ...]]] = {}
        self._names: dict[int, str] = {}
        self._any_unread = False
        self._unread_names = TempTable("name BLOB", index="name")

    def add_unread_name(self, name: str) -> None:
        """Note the name of an unlinked employee who could not be read: nobody else may be matched in their place."""
        self._any_unread = True
        self._unread_names.add(_hash_name(name))

    def add_match(self, position: int, match: Match, source_id: str, name: str) -> None:
        """Note what the tiers found for one employee of the source."""
        if match.link_is_broken:
            self._owners.add(NO_SLOT, source_id)
        if match.tier is not Tier.LINK and match.claimed_slots():
            self.any_new_match = True
        if match.slot is not None and match.tier is not None:
            self._strong.add(match.slot, int(match.tier), position)
        elif match.candidates and match.tier is not None:
            self._weak[position], self._names[position] = (match.tier, match.candidates), name

    def add_link_owner(self, slot: int, source_id: str) -> None:
        """Note that a stored link gives a claimed slot to another employee of the source."""
        self._owners.add(slot, source_id)

    def require_review_of_weak_matches(self) -> None:
        """Note that an employee who may have a claim could not be read, so that weak matches wait for a person."""
        self._review_weak_matches = True

    def link_owners(self) -> set[str]:
        """Return the employees of the source whose links hold what others claim."""
        return {owner for _, owner in self._owners.query(OWNED)}

    def add_create(self, position: int, external_id: str | None, tax_number: str | None) -> None:
        """Note the numbers of an employee to be created, in the form in which two are compared (keys.py)."""
        self._creates.add(position, external_id, tax_number)

    def settle(self) -> list[Withdrawal]:
        """Return the rows that cannot be written as planned, each once."""
        for slot, _ in self._owners.query(OWNED):
            self._strong.add(slot, int(Tier.LINK), LINK_OWNER)
        withdrawals: dict[int, Withdrawal] = {}
        for withdrawal in (*self._settle_strong(), *self._settle_weak(), *self._settle_creates()):
            withdrawals.setdefault(withdrawal.position, withdrawal)
        return list(withdrawals.values())

    def _settle_strong(self) -> Iterator[Withdrawal]:
        for slot, rows in groupby(self._strong.query(CONTESTED), key=itemgetter(0)):
            claims = [(Tier(tier), position) for _, tier, position in rows]
            best_tier = min(tier for tier, _ in claims)
            is_shared = sum(tier is best_tier for tier, _ in claims) > 1
            for tier, position in claims:
                if position == LINK_OWNER:
                    continue
                same_number = tier is Tier.EXTERNAL_ID
                if tier is not best_tier:
                    yield Withdrawal(
                        position, Decision.ALREADY_LINKED, Code.ALREADY_LINKED, (slot,), same_number
                    )
                elif is_shared and best_tier is not Tier.LINK:
                    yield Withdrawal(position, Decision.AMBIGUOUS, Code.SHARED_MATCH, (slot,), same_number)

    def _settle_weak(self) -> Iterator[Withdrawal]:
        candidates_by_position = {
            position: self._without_twins(candidates) for position, (_, candidates) in self._weak.items()
        }
        claims_by_slot = Counter(
            candidate.slot for candidates in candidates_by_position.values() for candidate in candidates
        )
        for position, candidates in candidates_by_position.items():
            verdict = self._judge_weak(position, candidates, claims_by_slot) if candidates else None
            if verdict is not None:
                yield Withdrawal(position, *verdict, tuple(candidate.slot for candidate in candidates))

    def _without_twins(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Drop the candidates that are distinct from ours and strongly matched to another employee of the source."""
        return tuple(
            candidate
            for candidate in candidates
            if not (candidate.is_distinct and self._is_strong(candidate.slot))
        )

    def _judge_weak(
        self, position: int, candidates: tuple[Candidate, ...], claims_by_slot: Counter[int]
    ) -> tuple[Decision, Code] | None:
        """Return why a weak match has to wait for a person; None when its only candidate is the match."""
        if len(candidates) > 1:
            return Decision.AMBIGUOUS, Code.SEVERAL_CANDIDATES
        (candidate,) = candidates
        if self._is_strong(candidate.slot):
            return Decision.ALREADY_LINKED, Code.ALREADY_LINKED
        if claims_by_slot[candidate.slot] > 1:
            return Decision.AMBIGUOUS, Code.SHARED_MATCH
        if self._needs_review(position):
            return Decision.AMBIGUOUS, Code.WEAK_MATCH
        return (Decision.AMBIGUOUS, Code.OTHER_NUMBER) if candidate.is_distinct else None

    def _needs_review(self, position: int) -> bool:
        """Return whether the only candidate left may still be somebody else.

        Where several candidates were found, the plan creates a new employee, who may be the one who is left.
        """
        tier, candidates = self._weak[position]
        return (
            tier is Tier.SIMILAR
            or self._review_weak_matches
            or len(candidates) > 1
            or self._has_unread_namesake(position)
        )

    def _has_unread_namesake(self, position: int) -> bool:
        if not self._any_unread:
            return False
        query = "SELECT 1 FROM kept WHERE name = ? LIMIT 1"
        return any(self._unread_names.query(query, (_hash_name(self._names[position]),)))

    def _settle_creates(self) -> Iterator[Withdrawal]:
        for position in self._creates.positions():
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.DUPLICATE_AT_SOURCE)

    def _is_strong(self, slot: int) -> bool:
        return any(self._strong.query("SELECT 1 FROM kept WHERE slot = ? LIMIT 1", (slot,)))


def _hash_name(name: str) -> bytes:
    return vault().fingerprint(" ".join(name.casefold().split()).encode())
