"""The Pay days tab of a connection."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.clock import now
from core.db import transaction
from core.models import Connection, Pairing, Run, RunStatus, Trigger
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.security.actor import OPERATOR
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People

TODAY = now().date()
FIRST, SECOND = TODAY + timedelta(days=9), TODAY + timedelta(days=23)


def calendar(*dates: date) -> PayCalendar:
    return PayCalendar(Frequency.DATES, dates=dates)


def test_support_sees_the_pay_days_and_cannot_change_them(
    show: Show, people: People, connection: int
) -> None:
    stored.save(OPERATOR, connection, calendar(FIRST), 0)
    shown = {}
    for who in (people.support, people.admin):
        test = show("Connections", who, people.account, connection=connection, tab="pay days")
        assert not test.exception and "Pay calendar" in text(test) and "Pay of " in text(test)
        is_refused = "Only an Account Admin can change the pay calendar." in text(test)
        shown[who] = is_refused, "Save pay calendar" in labels(test)
    assert shown == {people.support: (True, False), people.admin: (False, True)}


def test_after_a_run_that_could_not_continue_nobody_is_said_to_be_paid_right(
    show: Show, people: People, connection: int
) -> None:
    stored.save(OPERATOR, connection, calendar(FIRST), 0)
    with transaction() as session:
        run = Run(account_id=people.account, connection_id=connection, trigger=Trigger.SCHEDULED)
        run.status, run.aborted, run.ended_at = RunStatus.ERROR, True, now()
        run.message = "enableHR is down. Try again later."
        session.add(run)
        pairing_id = session.get_one(Connection, connection).pairing_id
        session.execute(update(Pairing).where(Pairing.id == pairing_id).values(everybody_read_at=now()))
    test = show("Connections", people.admin, connection=connection, tab="pay days")
    assert any("could not continue: enableHR is down." in each.value for each in test.error)
    assert "Nobody misses this pay" not in text(test)
    home = text(show("Home", people.admin))
    assert "Not known" in home and "so more may be affected" in home and "All right" not in home


def press(test: AppTest, label: str) -> AppTest:
    return next(each for each in test.button if each.label == label).click().run()


def enter(test: AppTest, *dates: date) -> AppTest:
    return test.text_area[0].set_value("\n".join(map(str, dates))).run()


def test_what_is_entered_is_still_there_after_another_tab_and_a_second_save_is_meant(
    show: Show, people: People, connection: int
) -> None:
    stored.save(OPERATOR, connection, calendar(FIRST), 0)
    test = enter(show("Connections", people.admin, connection=connection, tab="pay days"), FIRST, SECOND)
    test.text_input[0].set_value("16:30").run()
    for tab in ("settings", "pay days"):
        test.query_params["tab"] = tab
        test.run()
    assert (test.text_area[0].value, test.text_input[0].value) == (f"{FIRST}\n{SECOND}", "16:30")
    assert "Not saved yet." in text(test)
    stored.save(OPERATOR, connection, calendar(SECOND), 1)
    test = press(test, "Save pay calendar")
    assert "Somebody else has changed the pay calendar meanwhile." in test.error[0].value
    assert stored.get(OPERATOR, connection).calendar == calendar(SECOND)
    test = press(test, "Save pay calendar")
    kept = stored.get(OPERATOR, connection).calendar
    assert kept is not None and kept.dates == (FIRST, SECOND) and f"{kept.cut_off_time:%H:%M}" == "16:30"
    assert "Not saved yet." not in text(test)
    test = press(enter(test, SECOND), "Discard")
    assert test.text_area[0].value == f"{FIRST}\n{SECOND}" and "Not saved yet." not in text(test)
