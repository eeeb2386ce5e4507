"""A payroll in memory that takes many employees a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract.capabilities import Update
from connectors.contract.errors import RefusedTogetherError
from connectors.contract.records import Outcome, Prepared
from tests.core.sync.fakes import FakeTarget


@dataclass
class BatchTarget(FakeTarget):
    """Counts each employee of a request as a step, so that a fault can strike between two of them."""

    batch_size: int = 4
    # Whether the answer leaves out the last employee.
    forget: bool = False
    # Whether it takes several at once at all; if not, it refuses them as a whole.
    together: bool = True

    async def create_many(self, prepared: Sequence[Prepared]) -> Sequence[Outcome]:
        self.steps.reach("request")
        if not self.together:
            raise RefusedTogetherError("Payroll refused several employees together.")
        outcomes = [await self.create(one) for one in prepared]
        self.steps.reach("request.done")
        return outcomes[:-1] if self.forget else outcomes

    async def update_many(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        self.steps.reach("request")
        outcomes = [await self.update(one.target_id, one.prepared, one.current) for one in updates]
        self.steps.reach("request.done")
        return outcomes
