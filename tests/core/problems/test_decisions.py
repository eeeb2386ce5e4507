"""Whose a problem is, what is noted about it, and that what is ignored is said and not counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.exports import files
from core.exports.record_table import RecordsFilter
from core.models import Audit, Connection, OpenProblem, ProblemKind, Role, Run, RunKind, User
from core.people import name_index
from core.problems import decisions, open_problems
from core.problems.open_problems import ProblemFilter, ProblemView, Shown
from core.reports import headings, records, run_list
from core.reports.outcomes import headline, sums
from core.reports.records import NEEDS_ATTENTION, Needs, RecordFilter
from core.security.actor import OPERATOR, ActingRole, Actor
from core.story.person import read_person
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import BAD_PHONE, person


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


def needs_you(hub: Hub, run_id: int) -> tuple[int, int, int, int]:
    """Return the numbers of the menu, of the table of runs, of the run's page, and of the rows it then shows."""
    actor = admin(hub)
    page = records.records_page(actor, run_id, NEEDS_ATTENTION)
    view = run_list.run_details(actor, run_id)
    return open_problems.count_people(actor), view.need_action, sums.sums(actor, run_id).attention, page.total


@pytest.mark.both_engines
def test_one_number_is_said_everywhere_after_each_decision(hub: Hub) -> None:
    hub.source.edit("s2", mobile=BAD_PHONE)
    last = hub.run().id
    assert needs_you(hub, last) == (3, 3, 3, 3)
    by_person = {row.source_id: row.id for row in listed(hub)}
    tomorrow = now().date() + timedelta(days=2)
    decisions.ignore(admin(hub), by_person["s0"], "A contractor")
    decisions.put_off(admin(hub), by_person["s2"], tomorrow)
    assert needs_you(hub, last) == (1, 1, 1, 1), "the newest report changes with the decision"
    chosen, later = hub.sync("s0").id, hub.run().id
    assert needs_you(hub, later) == (1, 1, 1, 1)
    assert run_list.run_details(admin(hub), chosen).need_action == 0
    decisions.show_again(admin(hub), by_person["s0"])
    assert needs_you(hub, later) == (2, 2, 2, 2)
    assert run_list.run_details(admin(hub), last).need_action == 1, "an older report says what was so then"
    decisions.show_again(admin(hub), by_person["s2"])
    assert needs_you(hub, later) == (3, 3, 3, 3)


@pytest.mark.both_engines
def test_later_reports_say_beside_the_record_what_was_decided(hub: Hub) -> None:
    hub.source.edit("s1", mobile=BAD_PHONE)
    hub.run()
    of_s1 = {row.kind: row.id for row in listed(hub) if row.source_id == "s1"}
    decisions.ignore(admin(hub), of_s1[ProblemKind.OUTCOME], "A contractor")
    actor, run_id = admin(hub), hub.run().id
    rows = {row.source_id: row for row in records.records_page(actor, run_id, RecordFilter()).rows}
    assert rows["s1"].decided == ("Ignored: A contractor.",)
    assert (rows["s0"].decided, rows["s0"].who_must_act) == ((), ("HR",))
    assert rows["s1"].who_must_act == (("HR",) if rows["s1"].warnings else ())
    sheet = b"".join(files.export_records(actor, RecordsFilter(run_id=run_id)).chunks).decode()
    assert sheet.count("Ignored: A contractor.") == 1 and headings.DECIDED in sheet.splitlines()[0]
    preview = hub.run(RunKind.PREVIEW).id
    assert sums.sums(actor, preview).attention == sums.sums(actor, run_id).attention
    found = headline.headline(sums.sums(actor, run_id), RunKind.SYNC, waits=False)
    assert "1 filtered and needs you (1 missing field), 1 filtered (1 missing field)" in found.text
    assert found.text.endswith("1 is ignored or put off.")
    for part in found.parts:
        only = RecordFilter((part.group,), outcome_needs=part.needs)
        assert records.records_page(actor, run_id, only).total == part.number
    warned = RecordFilter(warned=True, outcome_needs=Needs.NOBODY)
    assert records.records_page(actor, run_id, warned).total == found.warned
    story = read_person(actor, hub.connection_id, "s1").story
    newest, *older = [event for event in story.events if event.steps]
    assert newest.hidden == ("Ignored: A contractor.",) and not any(event.hidden for event in older)


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
