"""Employees that an earlier run has sent without learning the outcome, recognised by all that was sent.

Without a birth date or a tax number, nobody is matched by name alone. Somebody at the target who is exactly as an
earlier create has sent them is the employee it has created.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.contract.fields import Field
from connectors.contract.records import Prepared
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import Code
from core.sync.compare.sent_values import Agreement, SentValues
from core.sync.match.rules import Match, Tier
from core.sync.match.target_index import TargetIndex
from core.sync.store.rows import Linked
from core.sync.store.unanswered import EarlierCreate

WEAK = frozenset({Tier.NAME_BIRTH, Tier.SIMILAR})


class SentBefore:
    """Makes a certain match of a doubtful one where an earlier create explains it."""

    def __init__(
        self, target_index: TargetIndex, fields: Iterable[Field], earlier: Mapping[str, EarlierCreate]
    ) -> None:
        """Take the target's employees and the creates without a response, by source id."""
        self._target_index, self._earlier = target_index, earlier
        self._sent_values = SentValues(fields)

    def settle(self, source_id: str, prepared: Prepared, linked: Linked | None, match: Match) -> Match:
        """Return the match with the one candidate who is exactly as sent; otherwise the match as it is.

        A link whose employee is not there may have been made with the number of a job: then an earlier run has sent the
        employee as well.
        """
        earlier = self._earlier.get(source_id)
        is_doubtful = match.tier in WEAK or match.doubt is Code.SEVERAL_CANDIDATES
        if not is_doubtful or (earlier is None and linked is None):
            return match
        shapes = [self._sent_values.digests(prepared)]
        if earlier is not None and earlier.digests is not None:
            shapes.append(earlier.digests)
        slots = [
            slot
            for slot in dict.fromkeys((*match.claimed_slots(), *match.doubtful_slots))
            if any(self._is_as_sent(slot, shape) for shape in shapes)
        ]
        if len(slots) != 1:
            return match
        agreed = {slots[0]: MatchedBy.SENT_BEFORE}
        return Match(Tier.STRONG, slots[0], link_is_broken=match.link_is_broken, agreed=agreed)

    def _is_as_sent(self, slot: int, digests: Mapping[str, str]) -> bool:
        return self._sent_values.compare(digests, self._target_index.record(slot)) is Agreement.SAME
