"""Who the forecast names: each person once, with the worst that can happen, why, and who must act."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from connectors.contract.employee import BankAccount
from connectors.contract.errors import TemporaryError
from core.clock import now
from core.db import reading, transaction
from core.models import Connection, ConnectionStatus, Run, RunKind
from core.pay_days import counts_for, stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.pay_days.super_due import super_list
from core.pay_days.super_due.super_clock import Contribution
from core.pay_days.who_misses import coming, forecast, two_calendars
from core.pay_days.who_misses.misses import Miss, MissKind
from core.scope import holds
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import no_fault, person

HOUR = timedelta(hours=1)
IN_TEN_DAYS = PayCalendar(Frequency.WEEKLY, (now() + timedelta(days=10)).date(), region="AU-QLD")


@pytest.fixture
def paid(hub: Hub) -> Hub:
    stored.save(OPERATOR, hub.connection_id, IN_TEN_DAYS, 0)
    hub.fill(5)
    return hub


def said(hub: Hub) -> dict[str, Miss]:
    rows = forecast.forecast(OPERATOR, hub.connection_id).rows
    assert len({row.source_id for row in rows}) == len(rows)
    return {row.source_id: row for row in rows}


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    for module in (forecast, stored, super_list, coming):
        monkeypatch.setattr(module, "now", lambda: moment)


def cut_off(hub: Hub) -> datetime:
    pay = stored.get(OPERATOR, hub.connection_id).next_pay()
    assert pay is not None
    return pay.cut_off


def change_bank(hub: Hub, source_id: str) -> None:
    hub.source.edit(source_id, bank_accounts=(BankAccount("Anna", "12345678", "064000"),))


def test_nobody_misses_a_pay_that_the_final_sweep_reaches(paid: Hub) -> None:
    paid.source.edit("s0", start_date=None)
    paid.run()
    paid.source.put("new", person(9))
    change_bank(paid, "s1")
    paid.run(RunKind.PREVIEW)
    assert list(said(paid)) == ["s0"]
    (row,) = said(paid).values()
    assert (row.kind, row.fixer) == (MissKind.MISSES, "HR")
    assert row.reason.startswith("Missing field")
    paid.source.edit("s0", start_date=date(2024, 2, 1))
    paid.run(RunKind.PREVIEW)
    assert said(paid) == {}


def test_somebody_on_hold_is_paid_by_what_payroll_has(paid: Hub) -> None:
    paid.run()
    paid.source.put("new", person(9))
    for source_id in ("new", "s1", "s2"):
        holds.put(OPERATOR, paid.connection_id, source_id, "Being checked")
    change_bank(paid, "s1")
    paid.source.edit("s2", mobile="0412 000 999")
    paid.run()
    rows = said(paid)
    assert {source_id: row.kind for source_id, row in rows.items()} == {
        "new": MissKind.MISSES,
        "s1": MissKind.WRONG,
    }
    assert {row.reason for row in rows.values()} == {"On hold"}
    assert {row.fixer for row in rows.values()} == {"Account Admin"}


def test_a_hold_that_ends_before_the_cut_off_stops_nobody(paid: Hub) -> None:
    paid.source.put("new", person(9))
    holds.put(OPERATOR, paid.connection_id, "new", "Being checked", last_day=now().date() + timedelta(days=1))
    paid.run()
    assert said(paid) == {}


def test_somebody_who_starts_after_the_pay_day_does_not_miss_it(paid: Hub) -> None:
    later = now().date() + timedelta(days=40)
    paid.source.put("later", person(9, start_date=later, bank_accounts=()))
    holds.put(OPERATOR, paid.connection_id, "later", "Being checked")
    paid.run()
    assert said(paid) == {}


def test_a_held_run_keeps_its_people_from_the_pay(paid: Hub) -> None:
    paid.run()
    paid.set_job(limits={"creates": {"count": 1}})
    for number in (8, 9):
        paid.source.put(f"s{number}", person(number))
    change_bank(paid, "s1")
    paid.source.edit("s2", mobile="0412 000 999")
    run_id = paid.run().id
    kinds = {source_id: row.kind for source_id, row in said(paid).items()}
    assert kinds == {"s8": MissKind.MISSES, "s9": MissKind.MISSES, "s1": MissKind.WRONG}
    assert {row.reason for row in said(paid).values()} == {f"Waits in held run #{run_id}"}


def test_a_connection_that_can_send_nothing_is_said(paid: Hub) -> None:
    paid.run(RunKind.PREVIEW)
    assert said(paid) == {}
    with transaction() as session:
        session.get_one(Connection, paid.connection_id).status = ConnectionStatus.ATTENTION
    found = forecast.forecast(OPERATOR, paid.connection_id)
    assert found.count(MissKind.MISSES) == 5
    assert found.blocked is not None
    assert "not Active" in found.blocked.reason


def test_after_a_run_that_could_not_continue_those_it_did_not_reach_are_not_known(paid: Hub) -> None:
    paid.target.takes_terminations = True
    paid.run()
    paid.source.put("new", person(8))
    paid.source.put("unread", person(9))
    paid.run(RunKind.PREVIEW)
    change_bank(paid, "s1")
    paid.source.edit("s2", mobile="0412 000 999")
    paid.source.edit("s3", status="Terminated", end_date=date(2026, 1, 31))
    paid.source.put("first seen", person(7))
    paid.source.people = {"first seen": paid.source.people["first seen"]} | paid.source.people
    paid.source.page_size = 7
    paid.source.steps.fault = lambda step, _: (
        _fail() if step == "read" and paid.source.steps.done[step] % 2 else None
    )
    paid.source.steps.done["read"] = 1
    run_id = paid.run().id
    found = forecast.forecast(OPERATOR, paid.connection_id)
    assert found.stopped is not None
    assert found.stopped.run_id == run_id
    assert "People is down." in found.stopped.sentence
    assert {row.source_id: row.reason for row in found.rows} == {
        "first seen": f"Not sent: run #{run_id} could not continue",
        "new": f"Not sent: run #{run_id} could not continue",
        "s1": f"Not sent: run #{run_id} could not continue",
        "s3": f"Not sent: run #{run_id} could not continue",
        "unread": f"Not read: run #{run_id} could not continue",
    }
    assert {(row.kind, row.fixer) for row in found.rows} == {(MissKind.UNSURE, "Account Admin")}
    numbers = coming.count_misses(paid.connection_id)
    assert numbers is not None
    assert (numbers.total, numbers.unsure, numbers.stopped_run_id) == (0, 5, run_id)
    paid.source.steps.fault = no_fault
    paid.run(RunKind.PREVIEW)
    found = forecast.forecast(OPERATOR, paid.connection_id)
    assert (found.stopped, found.rows) == (None, [])


def _fail() -> None:
    raise TemporaryError("People is down.")


def test_who_is_sent_after_the_cut_off_counts_for_the_next_pay(
    paid: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid.run()
    paid.source.put("new", person(8))
    paid.source.put("unsent", person(9))
    change_bank(paid, "s1")
    paid.source.edit("s2", mobile="0412 000 999")
    paid.sync("new", "s1", "s2")
    paid.run(RunKind.PREVIEW)
    ended = now()
    with transaction() as session:
        session.execute(update(Run).where(Run.kind == RunKind.SELECTED).values(ended_at=cut_off(paid) + HOUR))
    set_clock(monkeypatch, cut_off(paid) + 2 * HOUR)
    rows = said(paid)
    assert {source_id: (row.kind, row.reason) for source_id, row in rows.items()} == {
        "new": (MissKind.MISSES, "Sent after the cut-off"),
        "unsent": (MissKind.MISSES, "Not sent before the cut-off"),
        "s1": (MissKind.NEXT_PAY, "Sent after the cut-off"),
    }
    assert counts_for.describe(OPERATOR, paid.connection_id, ended).startswith("Pay of ")
    after = counts_for.describe(OPERATOR, paid.connection_id, cut_off(paid) + HOUR)
    assert "the next period: after the cut-off" in after


def test_the_numbers_for_others_hold_no_names_and_follow_each_run(paid: Hub) -> None:
    paid.source.edit("s0", start_date=None)
    paid.run()
    numbers = coming.count_misses(paid.connection_id)
    assert numbers is not None
    assert (numbers.misses, numbers.wrong, numbers.total) == (1, 0, 1)
    assert "Given0" not in repr(numbers)
    paid.source.edit("s0", start_date=date(2024, 2, 1))
    paid.run()
    numbers = coming.count_misses(paid.connection_id)
    assert numbers is not None
    assert numbers.total == 0
    (pay,) = [each for each in coming.coming_pays(OPERATOR) if each.numbers is not None]
    assert pay.connection_id == paid.connection_id


def test_without_a_calendar_or_a_future_date_it_is_said_what_to_enter(hub: Hub) -> None:
    assert coming.count_misses(hub.connection_id) is None
    assert forecast.forecast(OPERATOR, hub.connection_id).problem == forecast.NO_CALENDAR
    assert coming.next_pays(OPERATOR, 6) == ([], 0)


def test_super_has_the_longer_period_only_for_a_first_contribution(
    paid: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid.source.edit("s0", start_date=None)
    paid.run()
    rows = {row.source_id: row for row in super_list.super_list(OPERATOR, paid.connection_id).rows}
    coming_dues = {row.coming.contribution for row in rows.values() if row.coming is not None}
    assert rows.keys() >= {"s0", "s1"}
    assert coming_dues == {Contribution.FIRST}
    assert all(row.last is None for row in rows.values())
    # A week after the first pay, those who were paid have the usual period, and one that runs.
    set_clock(monkeypatch, cut_off(paid) + timedelta(days=8))
    later = {row.source_id: row for row in super_list.super_list(OPERATOR, paid.connection_id).rows}
    assert later["s1"].last is not None
    assert later["s1"].coming is not None
    assert later["s1"].coming.contribution is Contribution.USUAL
    assert later["s0"].last is None
    assert "Pay of " in later["s1"].sentence(cut_off(paid).date())


def test_somebody_in_two_pay_calendars_is_named_with_what_to_do(paid: Hub) -> None:
    paid.run()
    assert two_calendars.find(OPERATOR, paid.connection_id) == []
    with reading() as session:
        account_id = session.get_one(Connection, paid.connection_id).account_id
    other = Hub(active_connection(account_id, target="keypay"), source=paid.source)
    stored.save(OPERATOR, other.connection_id, IN_TEN_DAYS, 0)
    other.source.people.pop("s4")
    other.run()
    (both,) = two_calendars.find(OPERATOR, paid.connection_id)
    assert (both.connection_id, len(both.names)) == (other.connection_id, 4)
    assert "4 people are in two pay calendars" in both.sentence
    assert "Leave them out of one of the connections" in both.sentence
