"""Whether two systems number their employees alike, which only then tells two people apart.

Matches by tax number say so: those employees are certainly the same at both ends, so that their numbers can be
compared. The links of employees that iHUB has created have our number in any case. They are enough to let somebody wait
for a person, and not to say that two employees are two people. The counts are kept with the pairing, so that a decision
does not depend on who has changed in a run. Employees who are neither written nor linked are left out, because each run
finds them again.
"""

from __future__ import annotations

from sqlalchemy import update

from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease


class Numbering:
    """Counts employees with one number at both ends, and with two."""

    def __init__(self, same: int = 0, other: int = 0, created: int = 0) -> None:
        """Take the counts of earlier runs: matches by tax number, and employees created under our number."""
        self._same, self._other, self._created = same, other, created
        # Whether this run has found anybody by tax number.
        self.has_changed = False

    def add_match(self, ours: str, theirs: str) -> None:
        """Count an employee found by tax number, by the numbers in their canonical form."""
        self._same += ours == theirs
        self._other += ours != theirs
        self.has_changed = True

    def take_back(self, *, is_same: bool) -> None:
        """Take back an employee found by tax number who is not written after all."""
        self._same -= is_same
        self._other -= not is_same

    @property
    def is_alike(self) -> bool:
        """Return whether most numbers are the same."""
        return self._same + self._created > self._other

    @property
    def is_proven(self) -> bool:
        """Return whether most of those found by tax number have one number."""
        return self._same > self._other

    @property
    def is_disproven(self) -> bool:
        """Return whether most of those found by tax number have two numbers."""
        return self._other > self._same

    def matches(self) -> tuple[int, int]:
        """Return how many employees found by tax number have one number at both ends, and how many two."""
        return self._same, self._other


def save(lease: Lease, pairing_id: int, same: int, other: int) -> None:
    """Keep the matches by tax number with the pairing."""
    with transaction() as session:
        assert_lease(session, lease)
        kept = update(Pairing).where(Pairing.id == pairing_id)
        session.execute(kept.values(same_numbers=same, other_numbers=other))


def add_created(lease: Lease, pairing_id: int, number: int) -> None:
    """Keep with the pairing that a run has created employees under our number."""
    with transaction() as session:
        assert_lease(session, lease)
        kept = update(Pairing).where(Pairing.id == pairing_id)
        session.execute(kept.values(created_numbers=Pairing.created_numbers + number))
