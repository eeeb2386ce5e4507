"""The next pays of many connections: the first by date, in a few queries, and in step with each change."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from core import db
from core.clock import now
from core.db import transaction
from core.models import Connection, ConnectionStatus
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.pay_days.who_misses import coming
from core.security.actor import OPERATOR, ActingRole, Actor
from harness import world

TODAY = now().date()


def set_dates(connection_id: int, *days: int, version: int = 0) -> None:
    dates = tuple(TODAY + timedelta(days=each) for each in days)
    stored.save(OPERATOR, connection_id, PayCalendar(Frequency.DATES, dates=dates), version)


def test_the_first_pays_are_found_in_a_few_queries_and_follow_each_change(store: str) -> None:
    account, other = world.account(), world.account("Other")
    ids = [world.active_connection(account, target=f"target{number}") for number in range(9)]
    for number, connection_id in enumerate(ids):
        set_dates(connection_id, 40 - number)
    set_dates(world.active_connection(other), 1)
    actor = Actor("Ann", ActingRole.ANALYST, None, account)
    queries: list[str] = []

    def first(number: int = 3) -> list[int]:
        found = coming.next_pays(actor, number)
        assert found.more == max(len(ids) - number, 0)
        return [each.connection_id for each in found.first]

    assert first() == [ids[8], ids[7], ids[6]]
    event.listen(db.engine(), "before_cursor_execute", lambda *given: queries.append(given[2]))
    assert first() == [ids[8], ids[7], ids[6]]
    assert sum(each.startswith("SELECT") for each in queries) == 2, (
        "what the pays follow from, and what their numbers follow from"
    )
    set_dates(ids[0], 2, version=1)
    assert first() == [ids[0], ids[8], ids[7]]
    stored.remove(OPERATOR, ids[8], 1)
    with transaction() as session:
        session.get_one(Connection, ids[7]).status = ConnectionStatus.DELETED
    del ids[7:]
    assert first() == [ids[0], ids[6], ids[5]]
    assert [each.connection_id for each in coming.coming_pays(actor, 2)] == [ids[0], ids[6]]
    assert first(20) == [ids[0], *ids[:0:-1]]
