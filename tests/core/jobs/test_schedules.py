"""Schedules are created, cancelled and listed with their jobs, on both engines."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.jobs import schedules, start, views
from core.jobs.due_schedules import fire
from core.jobs.recurrence import Rule
from core.models import Audit, Connection, ConnectionStatus, Every, Role, Run, RunStatus, Schedule, Trigger
from core.runs import counters, request
from core.runs import lease as run_lease
from core.security.actor import OPERATOR, ActingRole, Actor
from harness.world import account, active_connection, person

RULE = Rule(Every.WEEKDAY, at="07:30")


def actor(account_id: int, acting_role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    role = Role.ANALYST if acting_role is ActingRole.ANALYST else Role.ACCOUNT_ADMIN
    return Actor(
        "Ada",
        acting_role,
        user_id=person(account_id, role, username=f"{acting_role}-{account_id}"),
        account_id=account_id,
    )


def audited() -> list[tuple[str, int | None]]:
    with reading() as session:
        return [(row.action, row.user_id) for row in session.scalars(select(Audit).order_by(Audit.id))]


@pytest.mark.parametrize("acting_role", [ActingRole.ACCOUNT_ADMIN, ActingRole.SUPPORT])
def test_admins_and_support_run_and_schedule_jobs(store: str, acting_role: ActingRole) -> None:
    home = account()
    connection, who = active_connection(home), actor(home, acting_role)
    schedules.create(who, connection, RULE)
    run_id = start.run_now(who, connection)
    schedules.cancel(who, connection)
    assert audited() == [(each, who.user_id) for each in ("schedule.create", "run.start", "schedule.cancel")]
    with reading() as session:
        assert session.get_one(Run, run_id).requested_by == who.user_id


def test_analysts_neither_see_nor_control_jobs(store: str) -> None:
    home = account()
    connection, analyst = active_connection(home), actor(home, ActingRole.ANALYST)
    with pytest.raises(ForbiddenError):
        start.run_now(analyst, connection)
    with pytest.raises(ForbiddenError):
        schedules.create(analyst, connection, RULE)
    with pytest.raises(ForbiddenError):
        schedules.cancel(analyst, connection)
    with pytest.raises(ForbiddenError):
        views.list_jobs(analyst)
    assert audited() == []


def test_another_accounts_jobs_answer_as_if_they_did_not_exist(store: str) -> None:
    connection, outsider = active_connection(), actor(account("Elsewhere"))
    assert views.list_jobs(outsider) == []
    for attempt in (start.run_now, views.get_job, schedules.cancel, schedules.active_schedule):
        with pytest.raises(NotFoundError):
            attempt(outsider, connection)
        with pytest.raises(NotFoundError):
            attempt(outsider, 4711)
    with pytest.raises(NotFoundError):
        schedules.create(outsider, connection, RULE)


def test_a_schedule_is_seen_as_it_was_created_until_it_is_cancelled(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, RULE)
    seen = schedules.active_schedule(OPERATOR, connection)
    assert seen is not None
    assert (seen.id, seen.rule, seen.sentence) == (
        schedule_id,
        RULE,
        "Every weekday at 07:30, Brisbane time",
    )
    assert seen.next_due_at == RULE.next_after(now())
    schedules.cancel(OPERATOR, connection)
    assert schedules.active_schedule(OPERATOR, connection) is None
    with pytest.raises(ConflictError, match="no active schedule"):
        schedules.cancel(OPERATOR, connection)
    assert schedules.create(OPERATOR, connection, RULE) != schedule_id


@pytest.mark.both_engines
def test_a_job_has_one_active_schedule(store: str) -> None:
    connection = active_connection()
    schedules.create(OPERATOR, connection, RULE)
    with pytest.raises(ConflictError, match="already has an active schedule"):
        schedules.create(OPERATOR, connection, Rule(Every.HOURS, interval=2))
    assert [action for action, _ in audited()] == ["schedule.create"]


@pytest.mark.parametrize("state", [ConnectionStatus.DRAFT, ConnectionStatus.ATTENTION])
def test_a_connection_that_is_not_active_is_neither_run_nor_scheduled(
    store: str, state: ConnectionStatus
) -> None:
    connection = active_connection()
    with transaction() as session:
        session.get_one(Connection, connection).status = state
    with pytest.raises(InvalidError, match="not Active"):
        schedules.create(OPERATOR, connection, RULE)
    with pytest.raises(InvalidError, match="not Active"):
        start.run_now(OPERATOR, connection)
    (job,) = views.list_jobs(OPERATOR)
    assert not job.can_run
    assert not job.can_schedule


def test_the_schedule_of_a_connection_in_trouble_can_still_be_cancelled(store: str) -> None:
    connection = active_connection()
    schedules.create(OPERATOR, connection, RULE)
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.ATTENTION
    schedules.cancel(OPERATOR, connection)
    assert views.list_jobs(OPERATOR)[0].schedule is None


def test_a_manual_run_leaves_the_schedule_alone(store: str) -> None:
    connection = active_connection()
    schedules.create(OPERATOR, connection, RULE)
    before = schedules.active_schedule(OPERATOR, connection)
    start.run_now(OPERATOR, connection)
    assert schedules.active_schedule(OPERATOR, connection) == before


@pytest.mark.both_engines
def test_the_list_shows_what_a_job_does_did_and_will_do(store: str) -> None:
    home = account()
    connection, other, admin = active_connection(home), active_connection(home, target="paper"), actor(home)
    first = start.run_now(admin, connection)
    lease = run_lease.claim(first)
    assert lease is not None
    run_lease.renew_lease(lease, counters.Counters(read=120, unchanged=100))
    schedules.create(admin, connection, RULE)

    job, idle = views.list_jobs(admin)
    assert (job.connection_id, job.source, job.target) == (connection, "enableHR", "iPayroll")
    assert job.current_run is not None
    assert (job.current_run_id, job.current_run.status, job.current_run.counters.read) == (
        first,
        RunStatus.RUNNING,
        120,
    )
    assert (job.last_run, job.can_run, job.can_schedule) == (None, True, False)
    assert (idle.connection_id, idle.current_run, idle.schedule, idle.can_run, idle.can_schedule) == (
        other,
        None,
        None,
        True,
        True,
    )

    run_lease.finish(
        lease,
        RunStatus.COMPLETE,
        "All 120 employees were dealt with.",
        counters.Counters(read=120, unchanged=120),
    )
    job = views.get_job(admin, connection)
    assert job.last_run is not None
    assert (job.last_run.id, job.last_run.status, job.last_run.message) == (
        first,
        RunStatus.COMPLETE,
        "All 120 employees were dealt with.",
    )
    assert (job.current_run, job.can_run) == (None, True)


def test_the_list_shows_the_running_run_before_the_one_that_waits(store: str) -> None:
    connection = active_connection()
    running = request.request(connection, Trigger.MANUAL)
    waiting = request.request(connection, Trigger.SCHEDULED)
    assert views.get_job(OPERATOR, connection).current_run_id == running
    lease = run_lease.claim(running)
    assert lease is not None and run_lease.claim(waiting) is None
    assert views.get_job(OPERATOR, connection).unfinished_run_ids == [running, waiting]
    run_lease.finish(lease, RunStatus.COMPLETE, "Done.", counters.Counters())
    assert run_lease.claim(waiting) is not None
    assert views.get_job(OPERATOR, connection).current_run_id == waiting


def test_deleted_connections_have_no_jobs(store: str) -> None:
    connection = active_connection()
    schedules.create(OPERATOR, connection, RULE)
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.DELETED
    assert views.list_jobs(OPERATOR) == []
    with pytest.raises(NotFoundError):
        schedules.cancel(OPERATOR, connection)


@pytest.mark.both_engines
def test_a_schedule_cancelled_while_it_fires_leaves_no_waiting_run(store: str) -> None:
    for _ in range(8):
        connection = active_connection()
        schedule_id = schedules.create(OPERATOR, connection, RULE)
        with transaction() as session:
            session.get_one(Schedule, schedule_id).next_due_at = now() - timedelta(seconds=1)
        both = [
            threading.Thread(target=fire, args=(schedule_id,)),
            threading.Thread(target=_cancel, args=(connection,)),
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        with reading() as session:
            left = session.scalars(select(Run.status).where(Run.connection_id == connection)).all()
        assert left in ([], [RunStatus.CANCELLED])


def _cancel(connection: int) -> None:
    schedules.cancel(OPERATOR, connection)
