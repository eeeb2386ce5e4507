"""A payroll whose fields have owners, what a clerk changes in it, and what people decide."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from connectors.contract.fields import Owner, Value
from core.db import reading
from core.models import (
    ConflictState,
    FieldConflict,
    OpenProblem,
    ProblemKind,
)
from core.review import field_conflicts, field_decisions
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FIELDS, FakeTarget

KEEP, USE, ASK_HR = ConflictState.KEEP_PAYROLL, ConflictState.USE_HR, ConflictState.ASK_HR


def target(**owners: Owner) -> FakeTarget:
    """Return a payroll some of whose fields have an owner."""
    fields = [replace(one, owner=owners.get(one.name, Owner.SOURCE)) for one in FIELDS]
    return FakeTarget(fields=fields)


def owned_hub(*, is_first_run: bool = False, **owners: Owner) -> Hub:
    return Hub(active_connection(is_first_run=is_first_run), target=target(**owners))


def target_id(hub: Hub, source_id: str = "s0") -> str:
    return hub.links()[source_id]


def edit(hub: Hub, source_id: str = "s0", **values: Value) -> None:
    """Change fields in payroll, as a clerk would."""
    hub.target.records[target_id(hub, source_id)] |= values


def at_target(hub: Hub, name: str, source_id: str = "s0") -> Value:
    return hub.target.records[target_id(hub, source_id)].get(name)


def conflicts() -> dict[tuple[str, str], FieldConflict]:
    with reading() as session:
        return {(one.source_id, one.field): one for one in session.scalars(select(FieldConflict))}


def problems() -> list[tuple[str, str, str]]:
    kind = OpenProblem.kind == ProblemKind.FIELD_CONFLICT
    with reading() as session:
        found = session.scalars(select(OpenProblem).where(kind).order_by(OpenProblem.source_id))
        return [(one.source_id, one.field, one.fixer) for one in found]


def decide(choice: ConflictState, source_id: str = "s0", field: str = "bank") -> None:
    conflict = conflicts()[source_id, field]
    field_decisions.decide(OPERATOR, conflict.id, choice, field_conflicts.version_of(conflict))


def take_back(source_id: str = "s0", field: str = "bank") -> None:
    conflict = conflicts()[source_id, field]
    field_decisions.take_back(OPERATOR, conflict.id, field_conflicts.version_of(conflict))
