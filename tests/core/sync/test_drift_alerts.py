"""One alert says that the target refuses what it accepted before, and ends by itself."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from core.db import reading
from core.models import Alert, AlertKind
from tests.core.sync.conftest import Hub

pytestmark = pytest.mark.both_engines


def messages(hub: Hub) -> list[str]:
    query = select(Alert.message).where(Alert.kind == AlertKind.REFUSES_ACCEPTED, Alert.cleared_at.is_(None))
    with reading() as session:
        return list(session.scalars(query))


def lose_start(hub: Hub, *source_ids: str) -> None:
    for source_id in source_ids:
        hub.source.edit(source_id, start_date=None)


def test_two_people_who_were_accepted_raise_one_alert_with_the_fix(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    lose_start(hub, "s0", "s1", "s2")
    hub.run()
    hub.run()
    (message,) = messages(hub)
    assert message.startswith(
        "iPayroll no longer accepts 3 employees that it accepted before. Missing field: Start"
    )
    assert "Fill in the field" in message and "Open Readiness" in message
    for source_id in ("s0", "s1", "s2"):
        hub.source.edit(source_id, start_date=date(2024, 2, 1))
    hub.run()
    assert messages(hub) == []


def test_one_person_is_no_drift_and_the_alert_ends_below_two(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    lose_start(hub, "s0")
    hub.run()
    assert messages(hub) == []
    lose_start(hub, "s1")
    hub.run()
    assert len(messages(hub)) == 1
    hub.source.edit("s1", start_date=date(2024, 2, 1))
    hub.run()
    assert messages(hub) == []


def test_people_who_were_never_accepted_raise_none(hub: Hub) -> None:
    hub.fill(5)
    lose_start(hub, "s0", "s1", "s2")
    hub.run()
    hub.run()
    assert messages(hub) == []
