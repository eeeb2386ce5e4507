"""Whether two systems number their employees alike, which only then tells two people apart.

Matches by tax number and links say so: those employees are certainly the same at both ends, so that their numbers can
be compared. The links may have been made by a create of ours, under our own number. So they are enough to let somebody
wait for a person; matches by tax number are needed to say that two employees are two people.
"""

from __future__ import annotations

from sqlalchemy import update

from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease


class Numbering:
    """Counts employees with one number at both ends, and with two."""

    def __init__(self, same: int = 0, other: int = 0) -> None:
        """Take the matches by tax number of earlier runs."""
        self._matched_before = (same, other)
        self._matched, self._linked = [0, 0], [0, 0]

    def add_match(self, ours: str | None, theirs: str | None) -> None:
        """Count an employee found by tax number, by the numbers in their canonical form."""
        _add(self._matched, ours, theirs)

    def add_link(self, ours: str | None, theirs: str | None) -> None:
        """Count a linked employee."""
        _add(self._linked, ours, theirs)

    @property
    def is_alike(self) -> bool | None:
        """Return whether most numbers are the same; None when no two could be compared."""
        same, other = self.matches()
        same, other = same + self._linked[0], other + self._linked[1]
        return same > other if same or other else None

    @property
    def is_proven(self) -> bool:
        """Return whether most numbers are the same by the matches by tax number alone."""
        same, other = self.matches()
        return same > other

    @property
    def has_changed(self) -> bool:
        """Return whether this run has found anybody by tax number."""
        return any(self._matched)

    def matches(self) -> tuple[int, int]:
        """Return how many matches by tax number have one number at both ends, and how many two; of all runs."""
        same, other = self._matched_before
        return same + self._matched[0], other + self._matched[1]


def _add(counts: list[int], ours: str | None, theirs: str | None) -> None:
    if ours is not None and theirs is not None:
        counts[ours != theirs] += 1


def save(lease: Lease, pairing_id: int, same: int, other: int) -> None:
    """Keep the matches by tax number with the pairing."""
    with transaction() as session:
        assert_lease(session, lease)
        kept = update(Pairing).where(Pairing.id == pairing_id)
        session.execute(kept.values(same_numbers=same, other_numbers=other))
