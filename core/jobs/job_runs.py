"""The runs of connections that the Jobs page shows, and the plans that wait for a decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.models import Phase, Plan, PlanState, Run, RunKind, RunStatus, Trigger
from core.reports import plan_outcomes
from core.reports.outcomes.endings import Ending, ending
from core.runs.counters import Counters


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in one line; ``phase`` says how far it has come while it is RUNNING."""

    id: int
    status: RunStatus
    trigger: Trigger
    kind: RunKind
    phase: Phase
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None
    counters: Counters
    # It could not continue.
    aborted: bool = False
    # What somebody has decided on the plan of a held run.
    decided: str = ""

    @property
    def ending(self) -> Ending:
        """Return how the run ended, in words beside its status."""
        return ending(self.status, aborted=self.aborted, written=self.counters.written)


class Decision(NamedTuple):
    """A kept plan that somebody can decide on: of a held run, or of a preview that can be applied."""

    run_id: int
    kind: RunKind

    @property
    def is_held(self) -> bool:
        """Say whether a run is held until somebody decides."""
        return self.kind is not RunKind.PREVIEW


def newest_runs(session: Session, ids: list[int], *conditions: ColumnElement[bool]) -> dict[int, RunSummary]:
    """Return the newest run of each connection for which the conditions hold."""
    newest = select(func.max(Run.id)).where(Run.connection_id.in_(ids), *conditions)
    newest = newest.group_by(Run.connection_id)
    runs = session.scalars(select(Run).where(Run.id.in_(newest)))
    return {run.connection_id: run_summary(run) for run in runs}


def with_decisions(session: Session, runs: dict[int, RunSummary]) -> dict[int, RunSummary]:
    """Return runs with what was decided on those that were held."""
    held = [run.id for run in runs.values() if run.status is RunStatus.HELD]
    decided = plan_outcomes.load(session, held) if held else {}
    return {key: replace(run, decided=decided.get(run.id, "")) for key, run in runs.items()}


def usually_read(session: Session, ids: list[int]) -> dict[int, int]:
    """Return how many employees the last run of everybody read, by connection; what applied a plan read some only."""
    applied = select(Plan.applied_by_run_id).where(Plan.applied_by_run_id.is_not(None))
    read_all = Run.kind == RunKind.SYNC, Run.read > 0, Run.id.not_in(applied)
    found = newest_runs(session, ids, *read_all, Run.status.not_in(RunStatus.unfinished()))
    return {connection_id: run.counters.read for connection_id, run in found.items()}


def newest_ids(session: Session, ids: list[int]) -> dict[int, int]:
    """Return the id of the newest run of each connection, of any kind."""
    return {row[0]: row[1] for row in session.execute(_newest_ids(), {"ids": ids})}


def _ids() -> BindParameter[list[int]]:
    return bindparam("ids", expanding=True)


@cache
def _newest_ids() -> Select[int, int]:
    newest = select(Run.connection_id, func.max(Run.id)).where(Run.connection_id.in_(_ids()))
    return newest.group_by(Run.connection_id)


def decisions(session: Session, ids: list[int]) -> dict[int, list[Decision]]:
    """Return the plans of each connection that can be decided on: of held runs first, each the oldest first."""
    found: dict[int, list[Decision]] = {}
    for row in session.execute(_decisions(), {"ids": ids, "moment": now()}):
        found.setdefault(row[0], []).append(Decision(row[1], row[2]))
    return found


@cache
def _decisions() -> Select[int, int, RunKind]:
    query = select(Run.connection_id, Run.id, Run.kind).join(Plan, Plan.run_id == Run.id)
    query = query.where(Plan.state == PlanState.OPEN, Plan.kept_until > bindparam("moment"))
    return query.where(Run.connection_id.in_(_ids())).order_by(Run.kind == RunKind.PREVIEW, Run.id)


def unfinished_runs(session: Session, ids: list[int]) -> dict[int, list[RunSummary]]:
    """Return the runs of each connection that have not ended, the running one first."""
    found: dict[int, list[RunSummary]] = {}
    for run in session.scalars(_unfinished(), {"ids": ids}):
        found.setdefault(run.connection_id, []).append(run_summary(run))
    return found


@cache
def _unfinished() -> Select[Run]:
    query = select(Run).where(Run.connection_id.in_(_ids()), Run.status.in_(RunStatus.unfinished()))
    return query.order_by(Run.status.desc(), Run.id)


def run_summary(run: Run) -> RunSummary:
    """Return a run in one line."""
    return RunSummary(
        run.id,
        run.status,
        run.trigger,
        run.kind,
        run.phase,
        run.created_at,
        run.started_at,
        run.ended_at,
        run.message,
        Counters.of(run),
        run.aborted,
    )
