"""Whether two systems number their employees alike, which only then tells two people apart.

Most of a pairing's links and matches by tax number say so: the employees at both ends are certainly the same, so that
their numbers can be compared. The counts are kept with the pairing, because a run may see only a few employees.
"""

from __future__ import annotations

from sqlalchemy import update

from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease


class Numbering:
    """Counts employees whose numbers at both ends are known."""

    def __init__(self, same: int = 0, other: int = 0) -> None:
        """Take the counts of an earlier run."""
        self._stored = (same, other)
        self._same = self._other = 0

    def add(self, ours: str | None, theirs: str | None) -> None:
        """Count an employee who is certainly the same at both ends, by the numbers in their canonical form."""
        if ours is None or theirs is None:
            return
        if ours == theirs:
            self._same += 1
        else:
            self._other += 1

    @property
    def is_alike(self) -> bool | None:
        """Return whether most numbers are the same; None when no two could be compared."""
        same, other = self.counts()
        return same > other if same or other else None

    @property
    def has_changed(self) -> bool:
        """Return whether the counts to keep are not those of an earlier run."""
        return self.counts() != self._stored

    def counts(self) -> tuple[int, int]:
        """Return how many are the same and how many differ: of this run, unless an earlier one saw far more."""
        seen = self._same + self._other
        return (self._same, self._other) if seen and 2 * seen >= sum(self._stored) else self._stored


def save(lease: Lease, pairing_id: int, same: int, other: int) -> None:
    """Keep the counts with the pairing."""
    with transaction() as session:
        assert_lease(session, lease)
        kept = update(Pairing).where(Pairing.id == pairing_id)
        session.execute(kept.values(same_numbers=same, other_numbers=other))


def add_created(lease: Lease, pairing_id: int, number: int) -> None:
    """Count employees who were created under our number."""
    with transaction() as session:
        assert_lease(session, lease)
        kept = update(Pairing).where(Pairing.id == pairing_id)
        session.execute(kept.values(same_numbers=Pairing.same_numbers + number))
