"""A forecast that names somebody is reported once, by number only; so is its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import cast

import pytest
from redis import Redis
from sqlalchemy import select

from core.alerts import pay_day_misses, wording
from core.alerts.sending import messages
from core.clock import now
from core.db import reading, transaction
from core.models import Account, AlertEvent, AlertState, AlertTopic
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.pay_days.who_misses import coming
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


class Marks:
    """What Redis keeps, in memory; a worker that is killed keeps nothing there."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.kills = False

    def mget(self, keys: list[str]) -> list[bytes | None]:
        """Return what is kept."""
        return [self.kept.get(key) for key in keys]

    def set(self, key: str, value: str, ex: timedelta) -> None:
        """Keep a text."""
        if self.kills:
            raise SystemExit
        assert ex == pay_day_misses.EVERY
        self.kept[key] = value.encode()

    @property
    def redis(self) -> Redis:
        """Return itself as a client."""
        return cast("Redis", self)


PAID_ON = (now() + timedelta(days=10)).date()


@pytest.fixture
def paid(hub: Hub) -> Hub:
    stored.save(OPERATOR, hub.connection_id, PayCalendar(Frequency.DATES, dates=(PAID_ON,)), 0)
    hub.fill(4)
    hub.run()
    return hub


@pytest.fixture
def marks() -> Marks:
    return Marks()


def look(hub: Hub, marks: Marks) -> None:
    """Do what the leader would have a worker do."""
    assert pay_day_misses.due(marks.redis) == [hub.connection_id]
    pay_day_misses.look(marks.redis, hub.connection_id)
    assert pay_day_misses.due(marks.redis) == []


def events() -> list[AlertEvent]:
    with reading() as session:
        return list(session.scalars(select(AlertEvent).order_by(AlertEvent.id)))


def reported() -> list[tuple[list[str], int, bool]]:
    return [(event.things, event.number, event.ended) for event in events()]


def lack_a_start_date(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.source.put(f"s{number}", person(number, start_date=None))
    hub.run()


def test_somebody_who_misses_a_pay_is_told_by_number_and_then_that_it_is_over(
    paid: Hub, marks: Marks
) -> None:
    look(paid, marks)
    assert reported() == []
    lack_a_start_date(paid, 40, 41)
    look(paid, marks)
    marks.kept.clear()  # a quarter of an hour has passed, or Redis was emptied
    look(paid, marks)
    (event,) = events()
    assert reported() == [([PAID_ON.isoformat()], 2, False)]
    sentence = wording.sentence(wording.Happened(event.topic, event.ended, event.things, event.number))
    assert sentence.startswith("2 employees would miss the pay day of ") and "Surname" not in sentence
    for number in (40, 41):
        paid.source.edit(f"s{number}", start_date=date(2024, 2, 1))
    paid.run()
    look(paid, marks)
    assert [ended for *_, ended in reported()] == [False, True]


def test_somebody_who_would_be_paid_wrong_is_reported_apart_from_those_who_miss_the_pay(
    paid: Hub, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = coming.count_misses(paid.connection_id)
    assert counts is not None
    reported: list[list[tuple[AlertTopic, int, bool]]] = []
    for misses, wrong in ((0, 2), (1, 2), (1, 3), (1, 0), (0, 0)):
        numbers = replace(counts, misses=misses, wrong=wrong)
        monkeypatch.setattr(coming, "count_misses", lambda _, numbers=numbers: numbers)
        marks.kept.clear()
        look(paid, marks)
        reported.append(
            [
                (event.topic, event.number, event.ended)
                for event in events()[sum(len(each) for each in reported) :]
            ]
        )
    wrong_topic, missed = AlertTopic.PAID_WRONG, AlertTopic.PAY_DAY
    assert reported == [
        [(wrong_topic, 2, False)],
        [(missed, 1, False)],
        [],  # another number is no change of state
        [(wrong_topic, 3, True)],
        [(missed, 1, True)],
    ]
    happened = [messages.happened(event) for event in events()]
    assert [wording.sentence(each).partition(" on the pay day")[0] for each in happened[:4:2]] == [
        "2 employees would be paid wrong",
        "The forecast no longer says that anybody would be paid wrong.",
    ]
    assert wording.path(happened[0], 7, None) == "/Connections?connection=7&tab=pay+days"
    assert wording.path(happened[0], 7, None, sees_connections=False) == "/"


def test_what_a_killed_worker_had_told_is_not_told_again(paid: Hub, marks: Marks) -> None:
    lack_a_start_date(paid, 40)
    marks.kills = True
    for _ in range(2):
        with pytest.raises(SystemExit):
            pay_day_misses.look(marks.redis, paid.connection_id)
    marks.kills = False
    look(paid, marks)
    assert [number for _, number, _ in reported()] == [1]


def test_a_forecast_that_cannot_be_made_ends_nothing(
    paid: Hub, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    lack_a_start_date(paid, 40)
    look(paid, marks)
    marks.kept.clear()
    with monkeypatch.context() as patch:
        patch.setattr(coming, "count_misses", lambda _: None)  # as with a scope that cannot be used
        look(paid, marks)
    marks.kept.clear()
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(coming, "count_misses", lambda _: 1 / 0)
        look(paid, marks)
    assert pay_day_misses.due(marks.redis) == [], "a defect is met again in a quarter of an hour, not at once"
    assert len(events()) == 1


def test_without_its_calendar_it_is_over_and_without_its_account_nothing_is_said(
    paid: Hub, marks: Marks
) -> None:
    lack_a_start_date(paid, 40)
    look(paid, marks)
    with reading() as session:
        account = session.scalars(select(Account)).one()
    for is_enabled in (False, True):
        with transaction() as session:
            session.get_one(Account, account.id).ihub_enabled = is_enabled
        marks.kept.clear()
        look(paid, marks)
    assert [ended for *_, ended in reported()] == [False, False], "said again once the account is on again"
    stored.remove(OPERATOR, paid.connection_id, 1)
    look(paid, marks)
    assert [ended for *_, ended in reported()] == [False, False, True]
    with reading() as session:
        assert session.scalars(select(AlertState)).all() == []
