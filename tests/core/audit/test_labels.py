"""Connections and people of one name can be distinguished wherever they are named."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from core.audit.connection_labels import connection_label, load_labels
from core.audit.user_labels import user_label
from core.clock import now
from core.db import reading, transaction
from core.exports import person_table
from core.home import activity, connection_list
from core.jobs import views
from core.models import (
    Audit,
    Connection,
    ConnectionStatus,
    Hold,
    OpenProblem,
    ProblemKind,
    Role,
    User,
)
from core.problems import open_problems
from core.reports.audit_subjects import subject_names
from core.runs.system_names import connection_labels
from core.security.actor import ActingRole, Actor
from core.story import rows
from harness import world

NAMES = ("Payroll", "Wages", "x")


def renamed(connection_id: int, name: str, *, deleted: bool = False) -> int:
    with transaction() as session:
        row = session.get_one(Connection, connection_id)
        row.name = name
        if deleted:
            row.status, row.deleted_at = ConnectionStatus.DELETED, now()
    return connection_id


@pytest.mark.usefixtures("store")
@pytest.mark.both_engines
def test_a_query_names_connections_as_the_whole_list_does() -> None:
    account, other = world.account(), world.account("Orchard Hill")
    for number in range(24):
        renamed(
            world.active_connection((account, other)[number % 2], target=f"made{number}"),
            NAMES[number * 7 % 5 % len(NAMES)],
            deleted=not number % 3,
        )
    with reading() as session:
        for each in (account, other):
            named = session.execute(
                select(Connection.id, connection_label().label("label")).where(Connection.account_id == each)
            )
            found = {row.id: row.label for row in named}
            assert found == connection_labels(session, each) == load_labels(session, list(found))
            assert len(set(found.values())) == len(found)


@pytest.mark.usefixtures("store")
def test_two_of_one_name_have_different_labels_everywhere() -> None:
    account = world.account()
    first, second = (
        renamed(world.active_connection(account, target=each), "Payroll") for each in ("ipayroll", "keypay")
    )
    ana, anna = (world.person(account, Role.ACCOUNT_ADMIN, username=name) for name in ("ana", "anna"))
    with transaction() as session:
        session.execute(update(User).values(name="Ana Li"))
        pairing_id = session.get_one(Connection, second).pairing_id
        session.add(
            OpenProblem(
                pairing_id=pairing_id,
                source_id="s1",
                kind=ProblemKind.OUTCOME,
                code="REFUSED",
                field="",
                name="Tama",
                message="Refused.",
                fixer="Payroll",
                since=now(),
                assigned_to=anna,
                comment="Asked.",
                commented_by=ana,
                commented_at=now(),
            )
        )
        session.add(Hold(pairing_id=pairing_id, source_id="s1", reason="Asked", put_by=anna, put_at=now()))
    actor = Actor("ana", ActingRole.ACCOUNT_ADMIN, ana, account)
    names = {first: f"Payroll (#{first})", second: f"Payroll (#{second})"}
    (problem,) = open_problems.problems_of(actor, second, "s1")
    assert problem.connection == names[second]
    assert (problem.assignee, problem.commented_by) == ("Ana Li (anna)", "Ana Li (ana)")
    assert open_problems.connections_with_problems(actor) == {second: names[second]}
    assert {job.connection_id: job.name for job in views.list_jobs(actor)} == names
    assert {line.id: line.name for line in connection_list.connections_page(actor).rows} == names
    assert [name for _, name, _ in person_table._connections(actor, person_table.PersonFilter())] == [
        *names.values()
    ]
    assert activity.runs_in_progress(actor).rows == ()
    with reading() as session:
        audit = [Audit(subject=f"connection:{second}"), Audit(subject=f"user:{anna}")]
        assert subject_names(session, audit, account) == {
            f"connection:{second}": names[second],
            f"user:{anna}": "Ana Li (anna)",
        }
        loaded = rows.load(session, account, pairing_id or 0, "s1")
        assert [hold.put_by for hold in loaded.holds] == ["Ana Li (anna)"]


@pytest.mark.usefixtures("store")
def test_a_query_with_two_people_labels_each() -> None:
    account = world.account()
    for username in ("ana", "anna"):
        world.person(account, username=username)
    with transaction() as session:
        session.execute(update(User).values(name="Ana Li"))
    left, right = aliased(User), aliased(User)
    query = select(user_label(account, left), user_label(account, right)).where(left.id < right.id)
    with reading() as session:
        assert session.execute(query).one() == ("Ana Li (ana)", "Ana Li (anna)")
