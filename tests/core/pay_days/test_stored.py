"""Pay calendars in the store: versions, rights, and two people who change one at the same time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.clock import now
from core.db import reading
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, Connection
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.security.actor import OPERATOR, ActingRole, Actor
from harness import world

pytestmark = pytest.mark.usefixtures("store")
FORTNIGHTLY = PayCalendar(Frequency.FORTNIGHTLY, date(2026, 12, 3))


@pytest.fixture
def connection() -> int:
    return world.active_connection()


def actor_of(connection: int, role: ActingRole) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, connection).account_id
    return Actor("Alex", role, world.person(account_id, username=role), account_id)


@pytest.mark.both_engines
def test_each_change_is_a_version_that_stays(connection: int) -> None:
    assert stored.get(OPERATOR, connection).calendar is None
    assert stored.save(OPERATOR, connection, FORTNIGHTLY, 0) == 1
    weekly = replace(FORTNIGHTLY, frequency=Frequency.WEEKLY)
    assert stored.save(OPERATOR, connection, weekly, 1) == 2
    assert stored.get(OPERATOR, connection).calendar == weekly
    assert stored.remove(OPERATOR, connection, 2) == 3
    assert stored.get(OPERATOR, connection).calendar is None
    sentences = [version.sentence for version in stored.history(OPERATOR, connection)]
    assert sentences[0] == "No pay calendar"
    assert sentences[1].startswith("Weekly on Thursdays")
    assert sentences[2].startswith("Fortnightly on Thursdays")
    with reading() as session:
        actions = session.scalars(select(Audit.action).where(Audit.action.startswith("pay_days"))).all()
    assert actions == ["pay_days.save", "pay_days.save", "pay_days.remove"]


def test_the_second_of_two_people_is_told_and_nothing_is_lost(connection: int) -> None:
    stored.save(OPERATOR, connection, FORTNIGHTLY, 0)
    with pytest.raises(ConflictError, match="Somebody else has changed"):
        stored.save(OPERATOR, connection, replace(FORTNIGHTLY, cut_off_days=1), 0)
    assert stored.get(OPERATOR, connection).calendar == FORTNIGHTLY


def test_what_cannot_be_a_calendar_leaves_the_one_in_force(connection: int) -> None:
    stored.save(OPERATOR, connection, FORTNIGHTLY, 0)
    over = PayCalendar(Frequency.DATES, dates=((now() - timedelta(days=30)).date(),))
    for refused in (over, replace(FORTNIGHTLY, cut_off_days=-2), FORTNIGHTLY):
        with pytest.raises(InvalidError):
            stored.save(OPERATOR, connection, refused, 1)
    assert stored.get(OPERATOR, connection).version == 1


def test_only_an_account_admin_may_change_it(connection: int) -> None:
    support, analyst = actor_of(connection, ActingRole.SUPPORT), actor_of(connection, ActingRole.ANALYST)
    for reader in (support, analyst):
        assert stored.preview(reader, connection, FORTNIGHTLY)
        with pytest.raises(ForbiddenError):
            stored.save(reader, connection, FORTNIGHTLY, 0)
    stored.save(actor_of(connection, ActingRole.ACCOUNT_ADMIN), connection, FORTNIGHTLY, 0)
    with pytest.raises(NotFoundError):
        stored.get(replace(support, account_id=world.account("Elsewhere")), connection)


def test_pasted_dates_that_have_run_out_are_no_next_pay(connection: int) -> None:
    tomorrow = (now() + timedelta(days=2)).date()
    stored.save(OPERATOR, connection, PayCalendar(Frequency.DATES, dates=(tomorrow,)), 0)
    kept = stored.get(OPERATOR, connection)
    assert kept.next_pay() is not None
    assert kept.next_pay(now() + timedelta(days=9)) is None
