"""The employee numbers of people, which are kept encrypted, many together: each batch is decrypted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import KeptEmployeeBatch
from core.people.entries import numbers_of, unseal_all

# How many batches of people are remembered; the next chunk of rows is often about the same people.
MOST_BATCHES = 1_500
# How many batches one statement asks for.
TOGETHER = 500


class EmployeeNumbers:
    """The employee numbers of the people that rows are about."""

    def __init__(self) -> None:
        # By batch, then by source id.
        self.batches: dict[int, dict[str, str | None]] = {}

    def load(self, session: Session, batch_ids: set[Any]) -> None:
        """Read and decrypt the batches that are not known yet."""
        missing = sorted(batch_id for batch_id in batch_ids if batch_id not in self.batches)
        if len(self.batches) + len(missing) > MOST_BATCHES:
            self.batches = {each: self.batches[each] for each in batch_ids if each in self.batches}
        for first in range(0, len(missing), TOGETHER):
            self._load(session, missing[first : first + TOGETHER])

    def _load(self, session: Session, batch_ids: Sequence[int]) -> None:
        query = select(KeptEmployeeBatch.id, KeptEmployeeBatch.ciphertext)
        found = session.execute(query.where(KeptEmployeeBatch.id.in_(batch_ids))).all()
        for (batch_id, _), entries in zip(found, unseal_all([row[1] for row in found]), strict=True):
            self.batches[batch_id] = numbers_of(entries)
