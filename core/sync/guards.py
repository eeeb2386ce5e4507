"""Guard rails: what holds a run before its first write. Add a guard by adding a function to ``GUARDS``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from core.db import reading
from core.models import Phase, Run, RunKind, RunStatus
from core.runs import Counters
from core.sync.options import Limits
from core.sync.outcomes import Code, explain

LAST_RUNS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What the guards look at: the counters of the complete plan, and how many are usually read."""

    counters: Counters
    usual: float | None


@dataclass(frozen=True, slots=True)
class Breach:
    """Why a run is held; the message is the run's."""

    code: Code
    message: str


Guard = Callable[[Plan, Limits], Breach | None]


def check(connection_id: int, counters: Counters, limits: Limits) -> Breach | None:
    """Return the first breach of a complete plan; None when writing may begin."""
    plan = Plan(counters, usual_number(connection_id))
    return next((breach for guard in GUARDS if (breach := guard(plan, limits)) is not None), None)


def usual_number(connection_id: int) -> float | None:
    """Return the average number read by the last runs that read everything; None when there are none."""
    complete = or_(Run.status == RunStatus.COMPLETE, and_(Run.status == RunStatus.ERROR, Run.phase == Phase.WRITING))
    query = select(Run.read).where(Run.connection_id == connection_id, Run.kind == RunKind.SYNC, complete)
    with reading() as session:
        numbers = list(session.scalars(query.order_by(Run.id.desc()).limit(LAST_RUNS)))
    return sum(numbers) / len(numbers) if numbers else None


def _nothing_read(plan: Plan, limits: Limits) -> Breach | None:
    if plan.counters.read or limits.allow_none_read:
        return None
    return Breach(Code.NOTHING_READ, explain(Code.NOTHING_READ).sentence)


def _volume_drop(plan: Plan, limits: Limits) -> Breach | None:
    usual, read = plan.usual, plan.counters.read
    if usual is None or usual < limits.usual_from or read >= usual * limits.least_share:
        return None
    explanation = explain(Code.VOLUME_DROP)
    numbers = f"Only {read} employees were read; the last runs read about {round(usual)}."
    return Breach(Code.VOLUME_DROP, f"{numbers} The run was held and nothing was written. {explanation.remedy}")


GUARDS: Sequence[Guard] = (_nothing_read, _volume_drop)
