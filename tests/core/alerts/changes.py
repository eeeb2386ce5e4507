"""Change what holds of a connection, as runs, people and probes do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from core.db import transaction
from core.models import (
    Alert,
    AlertKind,
    AlertTopic,
    ConflictState,
    Connection,
    FieldConflict,
    OpenProblem,
    Plan,
    PlanState,
    Position,
    ProblemKind,
    RunStatus,
    Side,
    SideState,
)
from tests.core.reports import reported_runs

# What must never be in anything that is sent or stored to be sent.
CANARY = "Canary Kapoor-Smith"
CANARIES = (CANARY, "canary-source-id", "canary-message", "123456782")
FAILING = {"read": 9, "unchanged": 2, "errors": 7}


def run_failed(connection_id: int, moment: datetime) -> None:
    reported_runs.run(connection_id, RunStatus.ERROR, message=f"canary-message {CANARY}", **FAILING)


def run_stopped(connection_id: int, moment: datetime) -> None:
    reported_runs.run(connection_id, RunStatus.ERROR, aborted=True, message=f"canary-message {CANARY}")


def run_completed(connection_id: int, moment: datetime) -> None:
    reported_runs.run(connection_id, read=9, unchanged=9)


def hold(connection_id: int, moment: datetime, **plan: Any) -> int:
    run_id = reported_runs.run(connection_id, RunStatus.HELD)
    breaches = [{"code": "MANY_CREATES", "message": f"{CANARY} 123456782", "number": 9, "allowed": 5}]
    with transaction() as session:
        session.add(Plan(run_id=run_id, kept_until=moment + timedelta(days=7), breaches=breaches, **plan))
    return run_id


def decide(connection_id: int, moment: datetime) -> None:
    with transaction() as session:
        session.execute(update(Plan).values(state=PlanState.REFUSED))


def _set_side(connection_id: int, position: Position, state: SideState) -> None:
    with transaction() as session:
        of_side = Side.connection_id == connection_id, Side.position == position
        session.execute(update(Side).where(*of_side).values(state=state))


def lose_source(connection_id: int, moment: datetime) -> None:
    _set_side(connection_id, Position.SOURCE, SideState.NEEDS_RECONNECT)


def reconnect_source(connection_id: int, moment: datetime) -> None:
    _set_side(connection_id, Position.SOURCE, SideState.CONNECTED)


def lose_target(connection_id: int, moment: datetime) -> None:
    _set_side(connection_id, Position.TARGET, SideState.NEEDS_RECONNECT)


def reconnect_target(connection_id: int, moment: datetime) -> None:
    _set_side(connection_id, Position.TARGET, SideState.CONNECTED)


def drift(connection_id: int, moment: datetime) -> None:
    with transaction() as session:
        connection = session.get_one(Connection, connection_id)
        target = select(Side.id).where(Side.connection_id == connection_id, Side.position == Position.TARGET)
        session.add(
            Alert(
                account_id=connection.account_id,
                connection_id=connection_id,
                side_id=session.scalars(target).one(),
                kind=AlertKind.REFUSES_ACCEPTED,
                message=f"canary-message {CANARY}",
            )
        )


def settle_drift(connection_id: int, moment: datetime) -> None:
    with transaction() as session:
        session.execute(update(Alert).values(cleared_at=moment))


def conflict(connection_id: int, moment: datetime) -> None:
    with transaction() as session:
        session.add(
            FieldConflict(
                pairing_id=session.get_one(Connection, connection_id).pairing_id,
                source_id="canary-source-id",
                field="bank",
                label="Bank account",
                code="CHANGED_IN_PAYROLL",
                name=CANARY,
                target_id="T1",
                sent=b"sent now",
                shown=b"is shown",
                ciphertext=b"",
                state=ConflictState.WAITING,
            )
        )


def settle_conflict(connection_id: int, moment: datetime) -> None:
    with transaction() as session:
        session.execute(delete(FieldConflict))


def assign(connection_id: int, user_id: int, source_id: str = "canary-source-id") -> None:
    with transaction() as session:
        session.add(
            OpenProblem(
                pairing_id=session.get_one(Connection, connection_id).pairing_id,
                kind=ProblemKind.OUTCOME,
                source_id=source_id,
                code="MISSING_FIELD",
                name=CANARY,
                message=f"canary-message {CANARY}",
                fixer="HR",
                assigned_to=user_id,
            )
        )


Change = Callable[[int, datetime], object]
# Each change, with the conditions it sets: of which topic, which thing, and whether it then holds.
CHANGES: dict[Change, dict[tuple[AlertTopic, str], bool]] = {
    run_failed: {(AlertTopic.FAILED, "errors"): True, (AlertTopic.FAILED, "stopped"): False},
    run_stopped: {(AlertTopic.FAILED, "errors"): False, (AlertTopic.FAILED, "stopped"): True},
    run_completed: {(AlertTopic.FAILED, "errors"): False, (AlertTopic.FAILED, "stopped"): False},
    hold: {(AlertTopic.HELD, "held"): True},
    decide: {(AlertTopic.HELD, "held"): False},
    lose_source: {(AlertTopic.RECONNECT, "source"): True},
    reconnect_source: {(AlertTopic.RECONNECT, "source"): False},
    lose_target: {(AlertTopic.RECONNECT, "target"): True},
    reconnect_target: {(AlertTopic.RECONNECT, "target"): False},
    drift: {(AlertTopic.DRIFT, "refuses"): True},
    settle_drift: {(AlertTopic.DRIFT, "refuses"): False},
    conflict: {(AlertTopic.DRIFT, "conflict"): True},
    settle_conflict: {(AlertTopic.DRIFT, "conflict"): False},
}
