"""Find in the store what holds of connections now: failed, held, waiting for somebody, to be reconnected, drifted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.models import (
    Account,
    Alert,
    AlertKind,
    AlertTopic,
    ConflictState,
    Connection,
    ConnectionStatus,
    FieldConflict,
    Membership,
    OpenProblem,
    Plan,
    PlanState,
    Role,
    Run,
    RunKind,
    RunStatus,
    Side,
    SideState,
    User,
)
from core.problems.active import is_active
from core.sides.side_status import EXPIRING

# What is found here; what will miss a pay day is found by forecasts (core/alerts/pay_day_misses.py).
FOUND_HERE = (
    *(AlertTopic.FAILED, AlertTopic.HELD, AlertTopic.WAITING),
    *(AlertTopic.RECONNECT, AlertTopic.DRIFT),
)
STOPPED, ERRORS, HELD, CONFLICTS = "stopped", "errors", "held", "conflicts"
LOST, EXPIRES, LEAVES = "lost", "expires", "leaves"
PROBLEM, PLAN = "problem", "plan"
DRIFTED = (AlertKind.REFUSES_ACCEPTED, AlertKind.SCOPE_VANISHED, AlertKind.NO_LONGER_LISTED)
# Of one person; of more, the number is kept.
MOST_THINGS = 500


class Key(NamedTuple):
    """What a condition is of. ``user_id`` is 0 where it does not wait for one person."""

    connection_id: int
    topic: AlertTopic
    user_id: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds: what it consists of, in alphabetical order, a number for the sentence, and a run to open.

    Something in ``things`` that was not there before is a change of state; another ``number`` is none.
    """

    things: tuple[str, ...]
    number: int = 0
    run_id: int | None = None


def find(session: Session, connection_id: int | None = None) -> dict[Key, Condition]:
    """Return what holds of all connections of accounts that are switched on, or of one of them."""
    on = select(Connection.id).join(Account, Account.id == Connection.account_id)
    on = on.where(Connection.status != ConnectionStatus.DELETED, Account.ihub_enabled)
    if connection_id is not None:
        on = on.where(Connection.id == connection_id)
    found: dict[Key, Condition] = {}
    for part in (_failed, _held, _to_reconnect, _drifted, _waiting):
        found.update(part(session, on))
    return found


Found = Iterator[tuple[Key, Condition]]


def _failed(session: Session, on: Select[Any]) -> Found:
    """Yield the connections whose last run of everybody could not continue, or could not write somebody."""
    newest = select(Run.id).where(
        Run.connection_id == Connection.id,
        Run.kind == RunKind.SYNC,
        Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR)),
    )
    last = newest.order_by(Run.id.desc()).limit(1).correlate(Connection).scalar_subquery()
    query = select(Run).join(Connection, Run.id == last)
    for run in session.scalars(query.where(Connection.id.in_(on), Run.status == RunStatus.ERROR)):
        thing = STOPPED if run.aborted else ERRORS
        yield Key(run.connection_id, AlertTopic.FAILED), Condition((thing,), run.errors, run.id)


def _held(session: Session, on: Select[Any]) -> Found:
    query = select(Run.connection_id, func.count(), func.max(Run.id)).join(Plan, Plan.run_id == Run.id)
    is_open = Plan.state == PlanState.OPEN, Plan.kept_until > now(), Run.kind != RunKind.PREVIEW
    query = query.where(Run.connection_id.in_(on), *is_open).group_by(Run.connection_id)
    for connection_id, number, run_id in session.execute(query):
        yield Key(connection_id, AlertTopic.HELD), Condition((HELD,), number, run_id)


def _to_reconnect(session: Session, on: Select[Any]) -> Found:
    """Yield the connections with a side whose sign-in is lost, expires soon, or was given by somebody who leaves."""
    things: dict[int, set[str]] = defaultdict(set)
    lost, soon = Side.state == SideState.NEEDS_RECONNECT, now() + EXPIRING
    expires = (Side.state == SideState.CONNECTED) & (Side.consent_ends_at < soon)
    sides = select(Side.connection_id, Side.kind, Side.state).where(or_(lost, expires))
    for connection_id, kind, state in session.execute(sides.where(Side.connection_id.in_(on))):
        what = LOST if state is SideState.NEEDS_RECONNECT else EXPIRES
        things[connection_id].add(f"{what}:{kind}")
    leaving = select(Alert.connection_id, Side.kind).join(Side, Side.id == Alert.side_id)
    leaving = leaving.where(Alert.kind == AlertKind.AUTHORISER_LEAVES, Alert.cleared_at.is_(None))
    for connection_id, kind in session.execute(leaving.where(Alert.connection_id.in_(on))):
        things[connection_id].add(f"{LEAVES}:{kind}")
    for connection_id, found in things.items():
        yield Key(connection_id, AlertTopic.RECONNECT), Condition(tuple(sorted(found)), len(found))


def _drifted(session: Session, on: Select[Any]) -> Found:
    """Yield the connections with an alert of drift, or with values that were changed in payroll and nobody decided."""
    things: dict[int, set[str]] = defaultdict(set)
    alerts = select(Alert.connection_id, Alert.kind).where(Alert.kind.in_(DRIFTED))
    for connection_id, kind in session.execute(
        alerts.where(Alert.cleared_at.is_(None), Alert.connection_id.in_(on))
    ):
        things[connection_id].add(kind.value)
    fields = select(Connection.id, func.count()).join(
        FieldConflict, FieldConflict.pairing_id == Connection.pairing_id
    )
    fields = fields.where(FieldConflict.state == ConflictState.WAITING, Connection.id.in_(on))
    numbers = {row[0]: row[1] for row in session.execute(fields.group_by(Connection.id))}
    for connection_id in numbers:
        things[connection_id].add(CONFLICTS)
    for connection_id, found in things.items():
        number = numbers.get(connection_id, 0)
        yield Key(connection_id, AlertTopic.DRIFT), Condition(tuple(sorted(found)), number)


def _waiting(session: Session, on: Select[Any]) -> Found:
    """Yield what waits for one person: problems assigned to them, and plans that need their approval too."""
    things: dict[tuple[int, int], list[str]] = defaultdict(list)
    problems = select(Connection.id, OpenProblem.assigned_to, OpenProblem.id).join(
        Connection, Connection.pairing_id == OpenProblem.pairing_id
    )
    assigned = OpenProblem.assigned_to.is_not(None), is_active(now()), Connection.id.in_(on)
    for connection_id, user_id, problem_id in session.execute(problems.where(*assigned)):
        things[connection_id, user_id or 0].append(f"{PROBLEM}:{problem_id}")
    for connection_id, user_id, run_id in _half_approved(session, on):
        things[connection_id, user_id].append(f"{PLAN}:{run_id}")
    for (connection_id, user_id), found in things.items():
        key = Key(connection_id, AlertTopic.WAITING, user_id)
        yield key, Condition(tuple(sorted(found)[:MOST_THINGS]), len(found))


def _half_approved(session: Session, on: Select[Any]) -> Sequence[Any]:
    """Return who else can approve a plan that one person has approved: other Account Admins, not the run's starter."""
    query = select(Run.connection_id, Membership.user_id, Run.id).join(Plan, Plan.run_id == Run.id)
    query = query.join(Membership, Membership.account_id == Run.account_id)
    query = query.join(User, User.id == Membership.user_id)
    is_open = Plan.state == PlanState.OPEN, Plan.kept_until > now(), Plan.first_approver.is_not(None)
    others = (
        Membership.role == Role.ACCOUNT_ADMIN,
        User.active,
        User.id != Plan.first_approver,
        or_(Run.requested_by.is_(None), User.id != Run.requested_by),
    )
    return session.execute(query.where(Run.connection_id.in_(on), *is_open, *others)).all()
