"""Whose a problem is, what is noted about it, and that what is ignored is said and not counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, Connection, OpenProblem, Role, Run, User
from core.people import name_index
from core.problems import decisions, open_problems
from core.problems.open_problems import ProblemFilter, ProblemView, Shown
from core.security.actor import OPERATOR, ActingRole, Actor
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


@pytest.fixture(autouse=True)
def two_problems(hub: Hub) -> None:
    hub.source.put("s0", person(0, first_name="Wiremu", surname="Tāmati", start_date=None))
    hub.source.put("s1", person(1, start_date=None))
    hub.source.put("s2", person(2))
    hub.run()


def admin(hub: Hub) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    return replace(OPERATOR, role=ActingRole.ACCOUNT_ADMIN, account_id=account_id)


def listed(hub: Hub, **only: object) -> list[ProblemView]:
    return open_problems.problems_page(admin(hub), ProblemFilter(**only)).rows  # type: ignore[arg-type]


def test_a_problem_is_given_to_somebody_of_the_account_only(hub: Hub) -> None:
    mia = world.person(admin(hub).account_id, Role.ANALYST, username="mia")
    eve = world.person(world.account("Other"), username="eve")
    first, _ = listed(hub)
    assert decisions.assignable(admin(hub)) == {mia: "Mia"}
    decisions.assign(admin(hub), first.id, mia)
    assert [(row.id, row.assignee) for row in listed(hub, assigned_to=mia)] == [(first.id, "Mia")]
    assert [row.id for row in listed(hub, assigned_to=0)] != [first.id]
    for user_id in (eve, 999):
        with pytest.raises(NotFoundError, match="no such person"):
            decisions.assign(admin(hub), first.id, user_id)
    hub.run()
    assert listed(hub, assigned_to=mia), "the next run finds it again, and leaves it with her"
    decisions.assign(admin(hub), first.id, None)
    assert listed(hub, assigned_to=mia) == []


def test_somebody_who_has_left_cannot_be_given_more(hub: Hub) -> None:
    mia = world.person(admin(hub).account_id, Role.ANALYST, username="mia")
    with transaction() as session:
        session.execute(update(User).where(User.id == mia).values(active=False))
    with pytest.raises(NotFoundError):
        decisions.assign(admin(hub), listed(hub)[0].id, mia)


def test_a_note_is_kept_without_numbers_and_taken_away(hub: Hub) -> None:
    first, _ = listed(hub)
    decisions.comment(admin(hub), first.id, "  HR asks   Mia, TFN 865 414 088 ")
    hub.run()
    (row,) = (each for each in listed(hub) if each.id == first.id)
    assert row.comment == "HR asks Mia, TFN •••" and row.commented_at is not None
    with reading() as session:
        details = [str(detail) for detail in session.scalars(select(Audit.detail))]
    assert not any("865" in detail for detail in details)
    decisions.comment(admin(hub), first.id, " ")
    assert all(each.comment is None for each in listed(hub))
    with pytest.raises(InvalidError, match="at most 500"):
        decisions.comment(admin(hub), first.id, "x" * 501)


def test_only_an_account_admin_decides(hub: Hub) -> None:
    first, _ = listed(hub)
    for role in (ActingRole.ANALYST, ActingRole.SUPPORT):
        somebody = replace(admin(hub), role=role)
        with pytest.raises(ForbiddenError):
            decisions.assign(somebody, first.id, None)
        with pytest.raises(ForbiddenError):
            decisions.comment(somebody, first.id, "Mine")
    stranger = Actor("eve", ActingRole.ACCOUNT_ADMIN, account_id=world.account("Other"))
    with pytest.raises(NotFoundError):
        decisions.comment(stranger, first.id, "Mine")


def test_later_runs_say_what_is_ignored_and_do_not_count_it(hub: Hub) -> None:
    first, _ = listed(hub)
    assert "2 need you (see To fix)." in (hub.run().message or "")
    decisions.ignore(admin(hub), first.id, "A contractor")
    ended = hub.run()
    assert ended.message.endswith("1 needs you (see To fix). 1 is ignored.")
    with reading() as session:
        assert session.get_one(Run, ended.id).need_action == 1
    decisions.show_again(admin(hub), first.id)
    assert "ignored" not in hub.run().message


def test_how_often_it_was_found_counts_runs(hub: Hub) -> None:
    hub.run()
    hub.sync("s0")
    assert {row.source_id: row.times for row in listed(hub)} == {"s0": 3, "s1": 2}


def test_the_oldest_comes_first_where_that_is_asked(hub: Hub) -> None:
    with transaction() as session:
        older = now() - timedelta(days=3)
        session.execute(update(OpenProblem).where(OpenProblem.source_id == "s0").values(since=older))
    assert [row.source_id for row in listed(hub)] == ["s1", "s0"]
    assert [row.source_id for row in listed(hub, oldest_first=True)] == ["s0", "s1"]


def test_people_are_found_however_their_name_is_typed(hub: Hub) -> None:
    with reading() as session:
        name_index.refresh_after(session.scalars(select(Run.id).limit(1)).one())
    for search in ("tamati", "tāmati  wiremu", "s0"):
        assert [row.source_id for row in listed(hub, search=search)] == ["s0"], search
    for search in ("%", "_", "wiremu smith", "x" * 10_000):
        assert listed(hub, search=search) == [], search
    assert listed(hub, shown=Shown.IGNORED) == []
