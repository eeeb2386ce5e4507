"""Settle conflicts between matches once the whole source has been read (the rules are stated in rules.py).

All of this is one file, because who holds an employee of the target follows from all claims together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from core.models import Decision
from core.runs.outcome_catalogue import Code
from core.security.vault import vault
from core.sync.match.duplicate_numbers import DuplicateNumbers
from core.sync.match.numbering import Numbering
from core.sync.match.other_records import MOVES
from core.sync.match.rules import SOMEBODY_ELSE, Candidate, Match, OtherRecord, Tier
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
    SELECT slot, tier, position, has_left FROM kept
    WHERE slot IN (SELECT slot FROM kept GROUP BY slot HAVING COUNT(*) > 1) ORDER BY slot, rowid
    """
# The claims on one employee of the target: tier, position, and whether the employee has left.
SlotClaims = list[tuple[Tier, int, bool]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one employee of the source claims; ``left_as`` is how their employment has ended there, if it has."""

    position: int
    source_id: str
    name: str
    match: Match
    left_as: Code | None = None

    @property
    def has_left(self) -> bool:
        """Return whether the employment has ended at the source."""
        return self.left_as is not None


class MovedLink(NamedTuple):
    """A link that moves from ``owner``, a record that has ended, to the same person's new record at the source."""

    owner: OtherRecord
    source_id: str
    slot: int


class MatchConflicts:
    """Collects what the employees of the source claim at the target, and the numbers to be created; mostly on disk."""

    def __init__(self, *, reads_chosen: bool = False) -> None:
        """Start empty; a run that ``reads_chosen`` employees does not see others of the source who may fit better."""
        self._review_weak_matches = reads_chosen
        self._strong = TempTable(
            "slot INTEGER, tier INTEGER, position INTEGER, has_left INTEGER", index="slot"
        )
        self._owners = TempTable("slot INTEGER, owner TEXT")
        self._creates = DuplicateNumbers()
        # Whose numbers have been compared, and whether they are the same.
        self._compared_numbers = TempTable("position INTEGER, is_same INTEGER")
        # Whether an employee without a link has been found at the target.
        self.any_new_match = False
        # The claims on candidates that are settled at the end.
        self._weak: dict[int, Claim] = {}
        # Those of strong matches with another number.
        self._other_numbers: dict[int, int] = {}
        # The links that move from the record of somebody who has left to their new one, by slot.
        self._moved: dict[int, MovedLink] = {}
        # How the employments have ended that continue under another record, by position.
        self._left_as: dict[int, Code] = {}
        # The records of the source that may be the same person as one that waits, by position.
        self._shared: dict[int, OtherRecord] = {}
        # Those who match somebody without a link, and are not written in any case.
        self._excluded: set[int] = set()
        self._any_unread = False
        self._unread_names = TempTable("name BLOB", index="name")

    def add_unread_name(self, name: str) -> None:
        """Note the name of an unlinked employee who could not be read: nobody else may be matched in their place."""
        self._any_unread = True
        self._unread_names.add(_hash_name(name))

    def add_match(self, claim: Claim) -> None:
        """Note what the tiers found for one employee of the source."""
        match = claim.match
        if match.link_is_broken:
            self._owners.add(NO_SLOT, claim.source_id)
        if match.tier is not Tier.LINK and match.claimed_slots():
            self.any_new_match = True
        if claim.left_as in MOVES:
            self._left_as[claim.position] = claim.left_as
        if match.shared_with is not None:
            self._shared[claim.position] = match.shared_with
        if match.slot is not None and match.tier is not None:
            self._strong.add(match.slot, int(match.tier), claim.position, claim.has_left)
            if match.moved_from is not None:
                self._moved[match.slot] = MovedLink(match.moved_from, claim.source_id, match.slot)
            elif match.other_number and match.tier is Tier.STRONG:
                self._other_numbers[claim.position] = match.slot
        elif match.candidates and match.tier is not None:
            self._weak[claim.position] = claim

    def add_numbers(self, position: int, *, is_same: bool) -> None:
        """Note that an employee who matches by tax number has been counted in the numbering."""
        self._compared_numbers.add(position, is_same)

    def add_excluded(self, position: int) -> None:
        """Note an employee who is not written in any case, so that there is nothing to decide about them."""
        self._excluded.add(position)

    def add_link_owner(self, slot: int, source_id: str) -> None:
        """Note that a stored link gives a claimed slot to another employee of the source."""
        self._owners.add(slot, source_id)

    def add_moved_owner(self, slot: int, position: int) -> None:
        """Note the position of somebody who has left, whose link moves, and who was not decided on in this run."""
        self._strong.add(slot, int(Tier.LINK), position, True)

    def require_review_of_weak_matches(self) -> None:
        """Note that an employee who may have a claim could not be read, so that weak matches wait for a person."""
        self._review_weak_matches = True

    def link_owners(self) -> set[str]:
        """Return the employees of the source whose links hold what others claim."""
        owners = {owner for _, owner in self._owners.query(OWNED)}
        return owners - {moved.owner.source_id for moved in self.moved_links()}

    def moved_links(self) -> list[MovedLink]:
        """Return the links of employees who have left that exactly one new record of theirs takes over."""
        return [
            moved
            for slot, moved in self._moved.items()
            if sum(tier is not Tier.LINK and not has_left for tier, _, has_left in self._claims(slot)) == 1
        ]

    def _claims(self, slot: int) -> SlotClaims:
        query = "SELECT tier, position, has_left FROM kept WHERE slot = ? ORDER BY rowid"
        return [
            (Tier(tier), position, bool(has_left))
            for tier, position, has_left in self._strong.query(query, (slot,))
        ]

    def add_create(self, position: int, external_id: str | None, tax_number: str | None) -> None:
        """Note the numbers of an employee to be created, in the form in which two are compared (keys.py)."""
        self._creates.add(position, external_id, tax_number)

    def settle(self, numbering: Numbering) -> list[Withdrawal]:
        """Return the rows that cannot be written as planned, each once; the numbering keeps those who are written."""
        moved = {link.slot: link for link in self.moved_links()}
        for slot, owner in self._owners.query(OWNED):
            if slot not in moved or moved[slot].owner.source_id != owner:
                self._strong.add(slot, int(Tier.LINK), LINK_OWNER, False)
        withdrawals: dict[int, Withdrawal] = {}
        for withdrawal in self._settle_strong(moved):
            withdrawals.setdefault(withdrawal.position, self._explain(withdrawal))
        # The second record of somebody who is linked says nothing: it has another number in any case.
        taken_back = set(withdrawals)
        self._take_back(numbering, taken_back)
        for withdrawal in (
            *self._settle_other_numbers(numbering),
            *self._settle_weak(numbering),
            *self._settle_creates(),
        ):
            withdrawals.setdefault(withdrawal.position, self._explain(withdrawal))
        # They are counted again in each run, so that keeping them would weigh them more in each.
        self._take_back(numbering, (withdrawals.keys() | self._excluded) - taken_back)
        return [
            withdrawal
            for position, withdrawal in withdrawals.items()
            if position not in self._excluded or withdrawal.code in MOVES
        ]

    def _explain(self, withdrawal: Withdrawal) -> Withdrawal:
        """Return a withdrawal as what it is where another record of the same person at the source explains it."""
        if withdrawal.code is Code.EMPLOYED_AGAIN and withdrawal.position in self._left_as:
            return replace(withdrawal, code=self._left_as[withdrawal.position])
        if withdrawal.code is Code.ALREADY_LINKED and withdrawal.position in self._shared:
            other = self._shared[withdrawal.position]
            return replace(
                withdrawal, decision=Decision.AMBIGUOUS, code=other.code, other_record_id=other.source_id
            )
        return withdrawal

    def _take_back(self, numbering: Numbering, positions: Collection[int]) -> None:
        for position, is_same in self._compared_numbers.query("SELECT position, is_same FROM kept"):
            if position in positions:
                numbering.take_back(is_same=bool(is_same))

    def _settle_strong(self, moved: Mapping[int, MovedLink]) -> Iterator[Withdrawal]:
        for slot, rows in groupby(self._strong.query(CONTESTED), key=itemgetter(0)):
            claims = [(Tier(tier), position, bool(has_left)) for _, tier, position, has_left in rows]
            if slot in moved:
                claims = yield from _withdraw_links(claims, moved[slot])
            yield from _settle_slot(slot, claims)

    def _settle_other_numbers(self, numbering: Numbering) -> Iterator[Withdrawal]:
        if numbering.is_alike:
            for position, slot in self._other_numbers.items():
                if any(claimant in self._left_as for _, claimant, _ in self._claims(slot)):
                    continue  # the number there is that of the record before the transfer
                yield Withdrawal(position, Decision.AMBIGUOUS, Code.OTHER_NUMBER, (slot,))

    def _settle_weak(self, numbering: Numbering) -> Iterator[Withdrawal]:
        candidates_by_position = {
            position: self._without_twins(position, claim.match.candidates, numbering)
            for position, claim in self._weak.items()
        }
        claims_by_slot = Counter(
            (candidate.slot, self._weak[position].has_left)
            for position, candidates in candidates_by_position.items()
            for candidate in candidates
        )
        for position, candidates in candidates_by_position.items():
            for candidate in candidates:
                if self._is_employed_again(position, candidate):
                    yield from (_employed_again(old) for _, old, _ in self._claims(candidate.slot))
            waiting = self._judge_weak(position, candidates, claims_by_slot) if candidates else None
            if waiting is not None:
                yield Withdrawal(position, *waiting, tuple(candidate.slot for candidate in candidates))

    def _without_twins(
        self, position: int, candidates: tuple[Candidate, ...], numbering: Numbering
    ) -> tuple[Candidate, ...]:
        """Drop the candidates that are somebody else.

        They are distinct from ours and strongly matched to another employee of the source, or two strong values
        contradict, one of which is the number.
        """
        return tuple(
            candidate
            for candidate in candidates
            if not (candidate.is_distinct and self._is_taken(position, candidate))
            and candidate.contradictions + (candidate.other_number and numbering.is_proven) < SOMEBODY_ELSE
        )

    def _judge_weak(
        self, position: int, candidates: tuple[Candidate, ...], claims_by_slot: Counter[tuple[int, bool]]
    ) -> tuple[Decision, Code] | None:
        """Return why a weak match has to wait for a person; None when its only candidate is the match."""
        if len(candidates) > 1:
            return Decision.AMBIGUOUS, Code.SEVERAL_CANDIDATES
        (candidate,) = candidates
        has_left, is_taken = self._weak[position].has_left, self._is_taken(position, candidate)
        if has_left and (is_taken or claims_by_slot[candidate.slot, False]):
            return Decision.FILTERED, Code.EMPLOYED_AGAIN
        if is_taken:
            return Decision.ALREADY_LINKED, Code.ALREADY_LINKED
        doubt = self._doubt(position, candidate, is_shared=claims_by_slot[candidate.slot, has_left] > 1)
        return None if doubt is None else (Decision.AMBIGUOUS, doubt)

    def _doubt(self, position: int, candidate: Candidate, *, is_shared: bool) -> Code | None:
        """Return what speaks against the only candidate, who is nobody else at the source."""
        if is_shared:
            return Code.SHARED_MATCH
        if candidate.contradictions:
            return Code.CONFLICTING_KEYS
        if self._needs_review(position):
            return Code.WEAK_MATCH
        return Code.OTHER_NUMBER if candidate.is_distinct else None

    def _needs_review(self, position: int) -> bool:
        """Return whether the only candidate left may still be somebody else.

        Where several candidates were found, the plan creates a new employee, who may be the one who is left.
        """
        match = self._weak[position].match
        return (
            match.tier is Tier.SIMILAR
            or self._review_weak_matches
            or len(match.candidates) > 1
            or self._has_unread_namesake(position)
        )

    def _has_unread_namesake(self, position: int) -> bool:
        if not self._any_unread:
            return False
        query = "SELECT 1 FROM kept WHERE name = ? LIMIT 1"
        return any(self._unread_names.query(query, (_hash_name(self._weak[position].name),)))

    def _settle_creates(self) -> Iterator[Withdrawal]:
        for position in self._creates.positions():
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.DUPLICATE_AT_SOURCE)

    def _is_taken(self, position: int, candidate: Candidate) -> bool:
        return self._is_strong(candidate.slot) and not self._is_employed_again(position, candidate)

    def _is_employed_again(self, position: int, candidate: Candidate) -> bool:
        """Return whether a candidate, by full name and birth date, is held only by those who have left, without a link.

        It is the employee's own record from before. The number does not count: the new record has another one.
        """
        if not candidate.is_exact or self._weak[position].has_left or position in self._excluded:
            return False
        claims = self._claims(candidate.slot)
        return bool(claims) and all(has_left and tier is not Tier.LINK for tier, _, has_left in claims)

    def _is_strong(self, slot: int) -> bool:
        return any(self._strong.query("SELECT 1 FROM kept WHERE slot = ? LIMIT 1", (slot,)))


def _settle_slot(slot: int, claims: SlotClaims) -> Iterator[Withdrawal]:
    """Return the claims on one employee of the target that do not hold: only one of the best can."""
    if len(claims) < 2:
        return
    staying = [(tier, position) for tier, position, has_left in claims if tier is Tier.LINK or not has_left]
    best_tier = min(tier for tier, *_ in staying or claims)
    is_shared = sum(tier is best_tier for tier, *_ in staying or claims) > 1
    for tier, position, has_left in claims:
        same_number = tier is Tier.EXTERNAL_ID
        if position == LINK_OWNER:
            continue
        if has_left and staying and tier is not Tier.LINK:
            yield _employed_again(position)
        elif tier is not best_tier:
            yield Withdrawal(position, Decision.ALREADY_LINKED, Code.ALREADY_LINKED, (slot,), same_number)
        elif is_shared and best_tier is not Tier.LINK:
            yield Withdrawal(position, Decision.AMBIGUOUS, Code.SHARED_MATCH, (slot,), same_number)


def _withdraw_links(claims: SlotClaims, moved: MovedLink) -> Generator[Withdrawal, None, SlotClaims]:
    """Withdraw the link of a record that has ended to an employee of the target that the new record takes over."""
    for tier, position, _ in claims:
        if tier is Tier.LINK and position != LINK_OWNER:
            yield Withdrawal(position, Decision.FILTERED, moved.owner.code, other_record_id=moved.source_id)
    return [claim for claim in claims if claim[0] is not Tier.LINK]


def _employed_again(position: int) -> Withdrawal:
    return Withdrawal(position, Decision.FILTERED, Code.EMPLOYED_AGAIN)


def _hash_name(name: str) -> bytes:
    return vault().fingerprint(" ".join(name.casefold().split()).encode())
