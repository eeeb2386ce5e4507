"""What Home says of each connection, in one account and in all, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from core.clock import now
from core.db import engine, transaction
from core.errors import ForbiddenError, NotFoundError
from core.home import activity, connection_list
from core.home.connection_list import ConnectionLine
from core.home.urgency import LAST_RUN_ENDINGS, Urgency
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import (
    Account,
    Alert,
    AlertKind,
    Connection,
    ConnectionStatus,
    Every,
    OpenProblem,
    Pairing,
    Plan,
    PlanState,
    ProblemKind,
    RunKind,
    RunStatus,
)
from core.paging import PAGE_SIZE
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.reports import reported_runs
from tests.web.conftest import People

SECTIONS = (
    connection_list.connections_page,
    activity.people_to_fix,
    activity.plans_to_decide,
    activity.runs_in_progress,
    activity.alerts,
)


@pytest.fixture
def admin(people: People) -> Actor:
    return Actor("Ada", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)


@pytest.fixture
def support(people: People) -> Actor:
    return Actor("Sue", ActingRole.SUPPORT, people.support)


def connect(account_id: int) -> int:
    """Add an Active connection of a pairing of its own."""
    connection_id = world.active_connection(account_id)
    with transaction() as session:
        pairing = session.get_one(Pairing, session.get_one(Connection, connection_id).pairing_id)
        pairing.target_system = f"payroll:{connection_id}"
    return connection_id


def hold(connection_id: int, kind: RunKind = RunKind.SYNC, **plan: Any) -> int:
    """Add a run that left a plan."""
    run_id = reported_runs.run(connection_id, RunStatus.HELD, kind=kind)
    values = {"kept_until": now() + timedelta(days=1), "breaches": [{"message": "44 would be terminated."}]}
    with transaction() as session:
        session.add(Plan(run_id=run_id, **(values | plan)))
    return run_id


def add_problem(connection_id: int, source_id: str = "S1", **columns: Any) -> None:
    with transaction() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id
        given = {"kind": ProblemKind.OUTCOME, "code": "MISSING_FIELD", "name": "Ann", "fixer": "HR"} | columns
        session.add(OpenProblem(pairing_id=pairing_id, source_id=source_id, message="No date.", **given))


def alert(connection_id: int, kind: AlertKind = AlertKind.GRANT_REFUSED) -> None:
    with transaction() as session:
        connection = session.get_one(Connection, connection_id)
        session.add(
            Alert(
                account_id=connection.account_id,
                connection_id=connection_id,
                side_id=connection.sides[0].id,
                kind=kind,
                message="enableHR no longer accepts iHUB's access.",
            )
        )


def only(actor: Actor) -> ConnectionLine:
    (line,) = connection_list.connections_page(actor).rows
    return line


@pytest.mark.parametrize("everywhere", [False, True])
def test_the_connections_come_by_how_much_they_need_somebody(
    people: People, admin: Actor, support: Actor, everywhere: bool
) -> None:
    wanted = list(Urgency)[:-1]
    ids = {urgency: connect(people.account) for urgency in reversed(wanted)}
    for urgency in (Urgency.RECONNECT, Urgency.DRAFT):
        status = ConnectionStatus.DRAFT if urgency is Urgency.DRAFT else ConnectionStatus.ATTENTION
        with transaction() as session:
            session.get_one(Connection, ids[urgency]).status = status
    hold(ids[Urgency.DECISION])
    hold(ids[Urgency.HELD], state=PlanState.EXPIRED)
    alert(ids[Urgency.ALERT])
    failed = {"read": 2, "errors": 2, "aborted": True}
    reported_runs.run(ids[Urgency.COULD_NOT_RUN], RunStatus.ERROR, **failed)
    stopped = failed | {"errors": 1, "created": 1, "written": 1}
    reported_runs.run(ids[Urgency.STOPPED_PART_WAY], RunStatus.ERROR, **stopped)
    reported_runs.run(ids[Urgency.ERRORS], RunStatus.ERROR, read=2, unchanged=1, errors=1)
    for urgency in (Urgency.TO_FIX, Urgency.FINE):
        reported_runs.run(ids[urgency], read=2, unchanged=2)
    add_problem(ids[Urgency.TO_FIX])
    page = connection_list.connections_page(support if everywhere else admin, everywhere=everywhere)
    assert [(line.urgency, line.id) for line in page.rows] == [(each, ids[each]) for each in wanted]
    assert (page.total, page.need_somebody, page.pages) == (len(wanted), len(wanted) - 3, 1)
    assert (page.not_connected, page.not_run_yet, page.well) == (1, 1, 1)
    for line in page.rows:
        assert line.last_ending is LAST_RUN_ENDINGS.get(line.urgency, line.last_ending)


@pytest.mark.parametrize(
    ("statuses", "state", "wanted"),
    [
        ([RunStatus.CANCELLED], None, Urgency.NOT_RUN_YET),
        ([RunStatus.COMPLETE, RunStatus.CANCELLED], None, Urgency.FINE),
        ([RunStatus.COMPLETE, RunStatus.HELD], None, Urgency.HELD),
        ([RunStatus.COMPLETE, RunStatus.HELD], PlanState.EXPIRED, Urgency.HELD),
        ([RunStatus.COMPLETE, RunStatus.HELD], PlanState.OPEN, Urgency.DECISION),
        ([RunStatus.COMPLETE, RunStatus.HELD], PlanState.REFUSED, Urgency.FINE),
        ([RunStatus.HELD, RunStatus.COMPLETE], None, Urgency.FINE),
    ],
)
def test_a_run_that_changed_nothing_is_not_called_all_right(
    people: People, admin: Actor, statuses: list[RunStatus], state: PlanState | None, wanted: Urgency
) -> None:
    connection = connect(people.account)
    for status in statuses:
        if status is RunStatus.HELD and state is not None:
            hold(connection, state=state)
        else:
            reported_runs.run(connection, status)
    assert only(admin).urgency is wanted


def test_an_account_that_is_switched_off_comes_last_and_needs_nobody(people: People, support: Actor) -> None:
    off = world.active_connection(people.account)
    fine = world.active_connection(world.account("Kauri Group"))
    reported_runs.run(off, RunStatus.ERROR)
    with transaction() as session:
        session.execute(update(Account).where(Account.id == people.account).values(ihub_enabled=False))
    page = connection_list.connections_page(support, everywhere=True)
    assert [(line.id, line.urgency) for line in page.rows] == [
        (fine, Urgency.NOT_RUN_YET),
        (off, Urgency.OFF),
    ]
    assert page.need_somebody == 0


def test_previews_and_chosen_employees_are_neither_the_last_run_nor_a_success(
    people: People, admin: Actor
) -> None:
    connection = world.active_connection(people.account)
    assert (only(admin).last_run_id, only(admin).last_success_id) == (None, None)
    success = reported_runs.run(connection, read=1, unchanged=1)
    failed = reported_runs.run(connection, RunStatus.ERROR)
    for kind in (RunKind.PREVIEW, RunKind.SELECTED):
        reported_runs.run(connection, kind=kind)
    reported_runs.run(connection, RunStatus.RUNNING)
    line = only(admin)
    assert (line.last_success_id, line.last_run_id, line.last_run_status) == (
        success,
        failed,
        RunStatus.ERROR,
    )
    assert line.last_success_at is not None and line.last_run_at is not None


def test_the_next_run_is_for_those_who_may_see_jobs(people: People, admin: Actor) -> None:
    connection = world.active_connection(people.account)
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    schedule = only(admin).schedule
    assert schedule is not None and schedule.sentence == "Every day at 07:30, Brisbane time"
    analyst = Actor("Ann", ActingRole.ANALYST, people.analyst, people.account)
    assert only(analyst).schedule is None and only(analyst).no_next_run == ""
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.ATTENTION
    assert only(admin).no_next_run == "No run until the connection is Active again"


def test_a_held_run_waits_until_it_is_decided_whatever_runs_meanwhile(people: People, admin: Actor) -> None:
    connection = world.active_connection(people.account)
    held = hold(connection)
    preview = hold(connection, RunKind.PREVIEW, breaches=[])
    hold(connection, state=PlanState.APPROVED)
    hold(connection, kept_until=now() - timedelta(minutes=1))
    reported_runs.run(connection, read=1, unchanged=1)
    section = activity.plans_to_decide(admin)
    assert [(plan.run_id, plan.is_held, plan.reasons) for plan in section.rows] == [
        (held, True, ("44 would be terminated.",)),
        (preview, False, ()),
    ]
    assert (section.total, section.urgent, activity.count_held(admin)) == (2, 1, 1)
    assert only(admin).urgency is Urgency.DECISION


def test_people_are_counted_once_for_each_connection_and_not_when_put_off(
    people: People, admin: Actor, support: Actor
) -> None:
    connection, other = connect(people.account), connect(world.account("Kauri Group"))
    add_problem(connection, "S1")
    add_problem(connection, "S1", code="TOO_LONG")
    add_problem(connection, "S2", snoozed_until=now() + timedelta(days=1))
    add_problem(connection, "S3", ignored_at=now())
    add_problem(other, "S1")
    assert activity.people_to_fix(admin) == only(admin).people_to_fix == 1
    assert activity.people_to_fix(support, everywhere=True) == 2


def test_what_is_running_comes_before_what_waits(people: People, admin: Actor) -> None:
    first, second = connect(people.account), connect(people.account)
    waiting = reported_runs.run(first, RunStatus.QUEUED, started_at=None)
    running = reported_runs.run(second, RunStatus.RUNNING, read=3)
    section = activity.runs_in_progress(admin)
    assert [run.id for run in section.rows] == [running, waiting] and section.total == 2
    assert section.rows[0].about.connection_id == second and section.rows[0].counters.read == 3


def test_a_section_shows_the_first_and_says_how_many_there_are(people: People, admin: Actor) -> None:
    for _ in range(22):
        hold(world_connection := connect(people.account))
    alert(world_connection)
    section = activity.plans_to_decide(admin)
    assert (len(section.rows), section.total, section.urgent) == (20, 22, 22)
    assert [each.about.connection_id for each in activity.alerts(admin).rows] == [world_connection]


def test_a_page_after_the_last_is_the_last(people: People, admin: Actor) -> None:
    for _ in range(PAGE_SIZE + 1):
        connect(people.account)
    page = connection_list.connections_page(admin, 2)
    assert (len(page.rows), page.total, page.pages) == (1, PAGE_SIZE + 1, 2)
    assert connection_list.connections_page(admin, 9).rows == page.rows


@pytest.mark.parametrize("section", SECTIONS)
def test_all_accounts_are_for_support_only(people: People, admin: Actor, section: Any) -> None:
    with pytest.raises(ForbiddenError):
        section(admin, everywhere=True)
    with pytest.raises(NotFoundError):
        section(Actor("Sue", ActingRole.SUPPORT, people.support))


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_one_query(people: People, admin: Actor, section: Any) -> None:
    hold(world.active_connection(people.account))
    section(admin)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        section(admin)
    finally:
        event.remove(engine(), "before_cursor_execute", note)
    assert len(asked) == 1
