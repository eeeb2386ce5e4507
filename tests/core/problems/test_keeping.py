"""A problem stays open while its cause does, in every run, and is closed when a later run decides without it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from connectors.contract.records import Reason
from core.db import reading, transaction
from core.models import Alert, Connection, Decision, Link, OpenProblem, ProblemKind, RunKind, RunStatus
from core.runs.outcome_catalogue import Code, Fixer
from tests.core.problems.open_problems import codes, stored
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import BAD_PHONE, TWO_ACCOUNTS, person

pytestmark = pytest.mark.both_engines


def end(hub: Hub, source_id: str) -> None:
    hub.source.edit(source_id, status="Terminated", end_date=date(2026, 6, 1))


def need(hub: Hub, ended: Ended) -> int:
    return hub.row(ended.id).need_action


def test_each_outcome_that_somebody_must_fix_is_a_problem_with_its_fixer(hub: Hub) -> None:
    hub.fill(6)
    hub.source.edit("s0", start_date=None)
    hub.source.edit("s1", bank_accounts=TWO_ACCOUNTS)
    hub.source.unreadable.add("s2")
    hub.target.refuse.add("Surname3")
    hub.source.edit("s4", mobile=BAD_PHONE)
    end(hub, "s5")  # left before payroll had them: nobody has to act
    ended = hub.run()
    assert [(each.source_id, each.code, each.fixer, each.kind) for each in stored()] == [
        ("s0", "MISSING_FIELD", Fixer.HR, ProblemKind.OUTCOME),
        ("s1", "TOO_MANY_BANK_ACCOUNTS", Fixer.HR, ProblemKind.OUTCOME),
        ("s2", "UNREADABLE", Fixer.SUPPORT, ProblemKind.OUTCOME),
        ("s3", "REFUSED", Fixer.PAYROLL, ProblemKind.OUTCOME),
        ("s4", "BAD_PHONE", Fixer.HR, ProblemKind.WARNING),
    ]
    assert (need(hub, ended), ended.counters.read) == (5, 6)
    assert ended.message.endswith("5 need you (see To fix).")


def test_a_problem_keeps_its_day_and_goes_when_it_is_fixed(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    first = hub.run()
    (before,) = stored()
    again = hub.run()
    (after,) = stored()
    assert (after.since, after.first_run_id, after.last_run_id) == (before.since, first.id, again.id)
    hub.source.edit("s0", start_date=date(2024, 2, 1))
    assert (need(hub, hub.run()), stored()) == (0, [])


def test_a_warning_of_an_unchanged_employee_is_said_in_every_run(hub: Hub) -> None:
    hub.fill(3)
    hub.source.edit("s1", mobile=BAD_PHONE)
    for _ in range(4):
        ended = hub.run()
        assert [warning["code"] for warning in ended.rows["s1"].warnings or []] == ["BAD_PHONE"]
        assert ended.rows["s0"].warnings is None
        assert (need(hub, ended), codes()) == (1, {"s1": ["BAD_PHONE"]})
    assert hub.source.details == 3, "nobody is read in full for it"
    hub.source.edit("s1", mobile="0400 111 222")
    assert (hub.run().rows["s1"].warnings, codes()) == (None, {})


def test_a_leaver_is_said_until_payroll_shows_the_end(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    end(hub, "s1")
    for _ in range(3):
        ended = hub.run()
        assert ended.rows["s1"].decision is Decision.NO_CHANGE
        assert [warning["code"] for warning in ended.rows["s1"].warnings or []] == ["FINISH_DATE"]
        assert (need(hub, ended), codes()) == (1, {"s1": ["FINISH_DATE"]})
    (problem,) = stored()
    assert (problem.fixer, problem.kind, problem.target_id) == (Fixer.PAYROLL, ProblemKind.BY_HAND, "1001")
    hub.target.records["1001"]["end"] = date(2026, 6, 1)
    for _ in range(2):
        ended = hub.run()
        assert (ended.rows["s1"].warnings, need(hub, ended), codes()) == (None, 0, {})


def test_a_leaver_whom_payroll_no_longer_lists_is_done(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    end(hub, "s1")
    hub.run()
    hub.target.unlisted.add("1001")
    for _ in range(3):
        ended = hub.run()
        assert (ended.rows["s1"].warnings, need(hub, ended), codes()) == (None, 0, {})


def test_a_leaver_who_is_read_in_full_again_is_still_said(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    end(hub, "s1")
    hub.run()
    hub.set_job(full_read_days=0)
    assert [warning["code"] for warning in hub.run().rows["s1"].warnings or []] == ["FINISH_DATE"]
    hub.target.records["1001"]["end"] = date(2026, 6, 1)
    assert (hub.run().rows["s1"].warnings, codes()) == (None, {})


def test_what_payroll_said_about_a_write_stays_until_it_is_written_without_it(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    hub.target.incomplete = True
    hub.source.edit("s1", mobile="0411 222 333")
    hub.run()
    for settings in ({}, {"full_read_days": 0}):
        hub.set_job(**settings)
        ended = hub.run()
        assert [warning["code"] for warning in ended.rows["s1"].warnings or []] == ["INCOMPLETE"]
    hub.target.incomplete = False
    hub.source.edit("s1", mobile="0411 222 444")
    assert (hub.run().rows["s1"].warnings, codes()) == (None, {})


def test_a_refusal_stays_while_a_run_is_held_before_it_tries_again(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.target.refuse.add("Surname51")
    hub.source.put("new", person(51))
    hub.source.edit("s0", start_date=None)
    hub.run()
    assert codes() == {"s0": ["MISSING_FIELD"], "new": ["REFUSED"]}
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.edit("s0", start_date=date(2024, 2, 1))
    assert hub.run().status is RunStatus.HELD
    assert codes() == {"new": ["REFUSED"]}
    hub.set_job()
    hub.target.refuse.clear()
    assert (hub.run().status, codes()) == (RunStatus.COMPLETE, {})


def test_a_run_of_one_person_keeps_and_closes_theirs_alone(hub: Hub) -> None:
    hub.fill(3)
    for source_id in ("s0", "s1"):
        hub.source.edit(source_id, start_date=None)
    hub.run()
    hub.source.edit("s0", start_date=date(2024, 2, 1))
    hub.source.edit("s2", mobile=BAD_PHONE)
    assert need(hub, hub.sync("s0")) == 0
    assert codes() == {"s1": ["MISSING_FIELD"]}
    assert need(hub, hub.sync("s2")) == 1
    assert codes() == {"s1": ["MISSING_FIELD"], "s2": ["BAD_PHONE"]}


def test_a_run_of_chosen_employees_keeps_what_is_open_of_one_the_source_does_not_have(hub: Hub) -> None:
    hub.fill(9)
    hub.run()
    del hub.source.people["s1"]
    hub.run()
    assert codes() == {"s1": ["NO_LONGER_LISTED"]}
    ended = hub.sync("s0", "s1")
    assert ended.reasons()["s1"] == Reason.NOT_AT_SOURCE
    assert codes() == {"s1": ["NO_LONGER_LISTED"]}


def test_a_preview_keeps_and_closes_nothing(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    hub.run(RunKind.PREVIEW)
    assert codes() == {}
    hub.run()
    hub.source.edit("s0", start_date=date(2024, 2, 1))
    hub.run(RunKind.PREVIEW)
    assert codes() == {"s0": ["MISSING_FIELD"]}


def test_a_run_that_read_suspiciously_few_closes_nobody_elses(hub: Hub) -> None:
    hub.fill(24)
    hub.source.edit("s20", start_date=None)
    hub.source.edit("s1", start_date=None)
    hub.run()
    everybody = dict(hub.source.people)
    for source_id in list(everybody)[8:]:
        del hub.source.people[source_id]
    hub.source.edit("s1", start_date=date(2024, 2, 1))
    assert hub.run().status is RunStatus.HELD
    assert codes() == {"s20": ["MISSING_FIELD"]}, "and nobody is No longer listed"


def test_an_ignored_problem_comes_back_when_its_message_changes(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    hub.run()
    with transaction() as session:
        session.execute(update(OpenProblem).values(ignored_at=OpenProblem.since, note="known"))
    ended = hub.run()
    assert (need(hub, ended), stored()[0].note) == (0, "known")
    with transaction() as session:
        session.execute(update(OpenProblem).values(message="something else"))
    ended = hub.run()
    assert (need(hub, ended), stored()[0].ignored_at, stored()[0].note) == (1, None, None)


def alerts(hub: Hub) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Alert.message).where(Alert.cleared_at.is_(None))))


def test_a_linked_person_whom_the_source_no_longer_lists_is_a_problem_with_an_alert(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    kept = hub.source.people.pop("s1")
    for _ in range(2):
        ended = hub.run()
        assert (ended.counters.read, ended.counters.unchanged, need(hub, ended)) == (3, 3, 1)
        (problem,) = stored()
        assert (problem.source_id, problem.name, problem.code, problem.target_id) == (
            *("s1", "Given1 Surname1"),
            *(Code.NO_LONGER_LISTED, "1001"),
        )
        (alert,) = alerts(hub)
        assert alert.startswith("1 employee is linked to iPayroll, but enableHR no longer lists them.")
    assert hub.target.records["1001"]["end"] is None if "end" in hub.target.records["1001"] else True
    hub.source.people["s1"] = kept
    hub.run()
    assert (codes(), alerts(hub)) == ({}, [])


def test_an_unlinked_person_is_no_longer_looked_for(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    del hub.source.people["s1"]
    hub.run()
    with transaction() as session:
        session.delete(session.scalars(select(Link).where(Link.source_id == "s1")).one())
    hub.run()
    assert (codes(), alerts(hub)) == ({}, [])


def test_a_run_of_one_person_and_a_read_that_fails_miss_nobody(hub: Hub) -> None:
    hub.fill(9)
    hub.run()
    del hub.source.people["s1"]
    hub.sync("s0")
    assert codes() == {}
    from connectors.contract.errors import TemporaryError
    from tests.core.sync.fakes import raises

    hub.source.steps.done.clear()
    hub.source.steps.fault = raises("read", 2, TemporaryError("enableHR is down."))
    assert hub.run().status is RunStatus.ERROR
    assert codes() == {}


def test_somebody_who_has_left_at_both_ends_may_be_deleted_at_the_source(hub: Hub) -> None:
    hub.fill(12)
    hub.run()
    end(hub, "s1")
    hub.target.unlisted.add("1001")
    hub.run()
    del hub.source.people["s1"]
    hub.run()
    assert codes() == {}


def test_problems_of_two_pairings_are_apart(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    hub.run()
    from harness.world import active_connection

    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    other = Hub(active_connection(account_id, target="keypay"))
    other.fill(2)
    other.run()
    assert codes() == {"s0": ["MISSING_FIELD"]}
