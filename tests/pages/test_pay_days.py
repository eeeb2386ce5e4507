"""The Pay days tab of a connection."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.security.actor import OPERATOR
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


def test_support_sees_the_pay_days_and_cannot_change_them(
    show: Show, people: People, connection: int
) -> None:
    paid_on = (now() + timedelta(days=9)).date()
    stored.save(OPERATOR, connection, PayCalendar(Frequency.DATES, dates=(paid_on,)), 0)
    shown = {}
    for who in (people.support, people.admin):
        test = show("Connections", who, people.account, connection=connection, tab="pay days")
        assert not test.exception and "Pay calendar" in text(test) and "Pay of " in text(test)
        is_refused = "Only an Account Admin can change the pay calendar." in text(test)
        shown[who] = is_refused, "Save pay calendar" in labels(test)
    assert shown == {people.support: (True, False), people.admin: (False, True)}
