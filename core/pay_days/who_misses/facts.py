"""What is known now of the people of a connection, for a forecast of its next pay day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.employee import PAY
from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from core.models import (
    Account,
    Action,
    ConflictState,
    Connection,
    ConnectionStatus,
    Decision,
    FieldConflict,
    Link,
    MappingVersion,
    OpenProblem,
    Plan,
    PlanState,
    Position,
    Record,
    Run,
    RunKind,
    RunStatus,
    Side,
)
from core.pay_days.who_misses import stopped_run
from core.pay_days.who_misses.misses import Why, changes_pay
from core.pay_days.who_misses.stopped_run import WRITES, WRITTEN, StoppedRun
from core.runs.outcome_codes import Fixer

UNDECIDED = (ConflictState.WAITING, ConflictState.ASK_HR)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store says of a connection's people, by their source ids.

    ``held`` are the decisions of a held run that waits, each with whether it changes pay details. ``refused`` are those
    whose last write failed although it would have changed pay details. ``late`` are those written after a cut-off, each
    with whether they were created. ``blocked`` says why the connection can send nothing,
    ``stopped`` is the newest run where it could not continue.
    """

    linked: AbstractSet[str]
    problems: Mapping[str, Sequence[OpenProblem]]
    conflicts: Mapping[str, str]
    held_run_id: int | None
    held: Mapping[str, tuple[Decision, bool]]
    refused: AbstractSet[str]
    late: Mapping[str, bool]
    pay_fields: AbstractSet[str]
    blocked: Why | None
    stopped: StoppedRun | None


def load(session: Session, connection: Connection, cut_off: datetime, now: datetime) -> Facts:
    """Return the facts of a connection; ``late`` are only there once the cut-off has passed."""
    pairing_id, fields = connection.pairing_id, pay_fields(session, connection)
    problems = defaultdict(list)
    for problem in session.scalars(select(OpenProblem).where(OpenProblem.pairing_id == pairing_id)):
        problems[problem.source_id].append(problem)
    waiting = FieldConflict.pairing_id == pairing_id, FieldConflict.state.in_(UNDECIDED)
    conflicts = session.execute(
        select(FieldConflict.source_id, FieldConflict.field, FieldConflict.label).where(*waiting)
    )
    run_id, held = _held(session, connection.id, fields)
    return Facts(
        set(session.scalars(select(Link.source_id).where(Link.pairing_id == pairing_id))),
        problems,
        {row.source_id: row.label for row in conflicts if row.field in fields},
        run_id,
        held,
        _refused(session, problems, fields),
        _late(session, connection.id, cut_off, fields) if cut_off <= now else {},
        fields,
        _blocked(session, connection),
        stopped_run.load(session, connection.id, fields),
    )


def pay_fields(session: Session, connection: Connection) -> AbstractSet[str]:
    """Return the names of the target's fields that decide pay: by its file, and by the mapping in force."""
    kind = session.scalars(
        select(Side.kind).where(Side.connection_id == connection.id, Side.position == Position.TARGET)
    ).one()
    try:
        names = {field.name for field in connector_of(kind).target_fields if field.is_pay}
    except ConfigError:  # the connector is gone; a run says so
        names = set()
    version = session.get(MappingVersion, (connection.id, connection.mapping_version))
    mapped: list[dict[str, Any]] = [] if version is None else version.document.get("fields", [])
    return names | {str(field.get("name")) for field in mapped if _is_from_pay(field.get("from"))}


def _is_from_pay(origin: Any) -> bool:
    origins = origin if isinstance(origin, list) else [origin]
    paths = (each.get("at", "") if isinstance(each, dict) else each for each in origins)
    return any(isinstance(path, str) and path.partition(".")[0] in PAY for path in paths)


def _held(
    session: Session, connection_id: int, fields: AbstractSet[str]
) -> tuple[int | None, Mapping[str, tuple[Decision, bool]]]:
    """Return the newest whole run, if it is held and waits for a decision, and what it would write."""
    newest = select(Run.id, Run.status).where(Run.connection_id == connection_id, Run.kind == RunKind.SYNC)
    run = session.execute(newest.order_by(Run.id.desc()).limit(1)).first()
    if run is None or run.status is not RunStatus.HELD:
        return None, {}
    plan = session.get(Plan, run.id)
    if plan is None or plan.state is not PlanState.OPEN:
        return None, {}
    rows = session.execute(
        select(Record.source_id, Record.decision, Record.changes).where(
            Record.run_id == run.id, Record.decision.in_(WRITES)
        )
    )
    return run.id, {row.source_id: (row.decision, changes_pay(row.changes, fields)) for row in rows}


def _refused(
    session: Session, problems: Mapping[str, Sequence[OpenProblem]], fields: AbstractSet[str]
) -> AbstractSet[str]:
    run_ids = {problem.last_run_id for theirs in problems.values() for problem in theirs}
    rows = session.execute(
        select(Record.source_id, Record.changes).where(
            Record.run_id.in_(run_ids - {None}),
            Record.decision.in_(WRITES),
            Record.action.not_in(WRITTEN),
        )
    )
    return {row.source_id for row in rows if changes_pay(row.changes, fields)}


def _late(
    session: Session, connection_id: int, cut_off: datetime, fields: AbstractSet[str]
) -> Mapping[str, bool]:
    rows = session.execute(
        select(Record.source_id, Record.action, Record.changes)
        .join(Run, Run.id == Record.run_id)
        .where(
            Run.connection_id == connection_id,
            Run.ended_at > cut_off,
            Record.decision.in_(WRITES),
            Record.action.in_(WRITTEN),
        )
    )
    late: dict[str, bool] = {}
    for row in rows:
        if row.action is Action.CREATED or changes_pay(row.changes, fields):
            late[row.source_id] = late.get(row.source_id, False) or row.action is Action.CREATED
    return late


def _blocked(session: Session, connection: Connection) -> Why | None:
    if not session.get_one(Account, connection.account_id).ihub_enabled:
        return Why(
            "iHUB is switched off for this account", Fixer.SUPPORT, "Ask enableHR Support to switch it on."
        )
    if connection.status is not ConnectionStatus.ACTIVE:
        remedy = "Connect both systems on the Connections page."
        return Why("The connection is not Active, so nothing is sent", Fixer.ADMIN, remedy)
    return None
