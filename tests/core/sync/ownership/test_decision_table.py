"""Whole runs do what a model of the table in docs/changed-in-payroll.md does."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from connectors.contract.employee import Address, BankAccount
from connectors.contract.fields import Owner
from core.models import (
    ConflictState,
    ProblemKind,
)
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.core.sync.ownership.owned import (
    KEEP,
    USE,
    at_target,
    decide,
    owned_hub,
    take_back,
    target_id,
)

OWNERS = {"postcode": Owner.SOURCE, "gender": Owner.TARGET, "phone": Owner.ONCE, "bank": Owner.ASK}
VALUES: Mapping[str, Sequence[str]] = {
    "postcode": ("2000", "3000", "4000"),
    "gender": ("f", "m", "x"),
    "phone": ("0400111111", "0400222222", "0400333333"),
    "bank": ("11111111", "22222222", "33333333"),
}
PEOPLE, ROUNDS = 16, 12


@dataclass
class Model:
    """One field of one employee, by the values themselves."""

    owner: Owner
    ours: str | None = None
    theirs: str | None = None
    sent: str | None = None
    shown: str | None = None
    choice: tuple[ConflictState, str, str | None] | None = None

    def run(self) -> str | None:
        """Change ``theirs`` as a run does; return why it is said or waits."""
        if self.ours is None:  # not read: nothing is sent, and what is known stays
            return None
        if self.ours == self.theirs:
            self.sent, self.shown, self.choice = self.ours, self.theirs, None
            return None
        if self.owner in (Owner.TARGET, Owner.ONCE):
            self._left()
            return None
        return self._compared(self.ours)

    def _left(self) -> None:
        seen = self.sent is not None
        if self.owner is Owner.ONCE and self.theirs is None and not seen:
            self.theirs = self.ours
        self.sent, self.shown = self.ours, self.theirs

    def _compared(self, ours: str) -> str | None:
        first_sight = self.sent is None
        changed, moved = ours != self.sent, not first_sight and self.theirs != self.shown
        why = "FIRST_CHANGES" if first_sight else "BOTH_CHANGED" if changed else "CHANGED_IN_PAYROLL"
        if self.choice is not None:
            state, *about = self.choice
            if about == [ours, self.theirs]:
                if state is KEEP:
                    return None
                return self._write(ours, why if moved else None) if state is USE else why
            if state.is_decided:
                return self._wait(ours, why)
        if self.owner is Owner.ASK and (moved or (first_sight and self.theirs is not None)):
            return self._wait(ours, why)
        if moved or changed:
            return self._write(ours, why if moved else None)
        self.choice, self.shown = None, self.theirs
        return None

    def _wait(self, ours: str, why: str) -> str:
        self.choice = (ConflictState.WAITING, ours, self.theirs)
        return why

    def _write(self, ours: str, why: str | None) -> str | None:
        self.theirs = self.sent = self.shown = ours
        self.choice = None
        return why


def put(hub: Hub, source_id: str, models: Mapping[str, Model]) -> None:
    hub.source.edit(
        source_id,
        address=Address(postcode=models["postcode"].ours),
        gender=models["gender"].ours,
        mobile=models["phone"].ours,
        bank_accounts=(BankAccount("Nina", models["bank"].ours),) if models["bank"].ours else (),
    )


def step(hub: Hub, chance: random.Random, source_id: str, models: Mapping[str, Model]) -> None:
    """Change one or two fields at either end, and decide on what waits, at random."""
    for name in chance.sample(list(models), 2):
        model = models[name]
        if chance.random() < 0.4:
            model.ours = chance.choice([*VALUES[name], None])
            put(hub, source_id, models)
        if chance.random() < 0.5:
            model.theirs = chance.choice([*VALUES[name], None])
            hub.target.records[target_id(hub, source_id)][name] = model.theirs
    waiting = models["bank"]
    if waiting.choice is not None and chance.random() < 0.6:
        if waiting.choice[0] is ConflictState.WAITING:
            choice = chance.choice([KEEP, USE])
            decide(choice, source_id)
            waiting.choice = (choice, *waiting.choice[1:])
        else:
            take_back(source_id)
            waiting.choice = (ConflictState.WAITING, *waiting.choice[1:])


@pytest.mark.parametrize("seed", [1, 2])
def test_every_run_does_what_the_table_says(sqlite_store: str, seed: int) -> None:
    del sqlite_store
    chance, hub = random.Random(seed), owned_hub(is_first_run=False, **OWNERS)  # noqa: S311 - a fixed sequence
    hub.target.fields = [replace(one, reported_when_blank=False) for one in hub.target.fields]
    people: dict[str, dict[str, Model]] = {}
    for number in range(PEOPLE):
        source_id, models = f"s{number}", {name: Model(owner) for name, owner in OWNERS.items()}
        hub.source.put(source_id, person(number))
        for name, model in models.items():
            model.ours = chance.choice([*VALUES[name], None])
            if model.owner is not Owner.TARGET:
                model.theirs = model.sent = model.shown = model.ours
        put(hub, source_id, models)
        people[source_id] = models
    hub.run()
    for _ in range(ROUNDS):
        for source_id, models in people.items():
            step(hub, chance, source_id, models)
        expected = {who: {name: one.run() for name, one in models.items()} for who, models in people.items()}
        ended = hub.run()
        for source_id, models in people.items():
            theirs = {name: at_target(hub, name, source_id) for name in models}
            assert theirs == {name: one.theirs for name, one in models.items()}, source_id
            row = ended.rows[source_id]
            said = {change["field"]: change.get("reason") for change in row.changes or ()}
            waits = [one for one in row.warnings or () if one.get("kind") == ProblemKind.FIELD_CONFLICT]
            said |= {one["field"]: one["code"] for one in waits}
            why = {name: reason for name, reason in expected[source_id].items() if reason is not None}
            assert {name: reason for name, reason in said.items() if reason is not None} == why, source_id
