"""A rehired employee is paid again, and an end that payroll entered is never undone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.clock import now
from core.models import Decision
from core.sync.plan.rehires import CODE
from core.sync.runtime import context
from tests.core.sync.conftest import Hub


@pytest.fixture
def payroll(hub: Hub) -> Hub:
    """Give a connection to a payroll that takes terminations, with three employees in it; s1 has left."""
    hub.target.takes_terminations = True
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", status="Terminated", end_date=date(2026, 3, 31))
    assert hub.run().decisions()["s1"] is Decision.TERMINATE
    assert hub.target.records["1001"]["end"] == date(2026, 3, 31)
    return hub


def rehire(hub: Hub, since: date) -> None:
    hub.source.edit("s1", status="Current", end_date=None, start_date=since)


def test_a_rehired_employee_is_employed_again(payroll: Hub) -> None:
    rehire(payroll, date(2026, 9, 1))
    row = payroll.run().rows["s1"]
    assert row.decision is Decision.UPDATE and row.warnings is None
    assert {"field": "end", "label": "End date", "before": "2026-03-31", "after": None} in (row.changes or [])
    assert payroll.target.records["1001"]["end"] is None and payroll.target.records["1001"]["start"] == date(
        2026, 9, 1
    )
    assert payroll.run().counters.unchanged == 3
    payroll.set_job(full_read_days=0)
    assert payroll.run().counters.unchanged == 3


def test_an_employee_who_leaves_again_is_terminated_again(payroll: Hub) -> None:
    rehire(payroll, date(2026, 9, 1))
    payroll.run()
    payroll.source.edit("s1", status="Terminated", end_date=date(2026, 10, 31))
    assert payroll.run().decisions()["s1"] is Decision.TERMINATE
    assert payroll.target.records["1001"]["end"] == date(2026, 10, 31)


@pytest.mark.parametrize("ended", [date(2026, 5, 29), "2026-05-29"])
def test_an_end_that_payroll_entered_stays_with_a_warning(payroll: Hub, ended: object) -> None:
    payroll.target.records["1002"]["end"] = ended  # type: ignore[assignment]
    payroll.source.edit("s2", mobile="0411 222 333")
    row = payroll.run().rows["s2"]
    assert row.decision is Decision.UPDATE and payroll.target.records["1002"]["end"] == ended
    warning = "{target} has 29 May 2026 as End date, but {source} says that the employment continues."
    assert row.warnings == [
        {
            "code": CODE,
            "message": f"{warning} Remove the date in {{target}}, or end the employment in {{source}}.",
            "fixer": "Payroll",
        }
    ]


def test_where_ends_are_not_sent_a_rehire_is_a_warning(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    hub.target.records["1001"]["end"] = date(2026, 3, 31)
    rehire(hub, date(2026, 9, 1))
    row = hub.run().rows["s1"]
    assert hub.target.records["1001"]["end"] == date(2026, 3, 31)
    assert [one["message"].partition("continues. ")[2] for one in row.warnings or []] == [
        "The employee has been rehired: remove the date in {target}."
    ]


def test_a_future_end_is_no_warning(payroll: Hub) -> None:
    payroll.target.records["1002"]["end"] = (now() + timedelta(days=400)).date()
    payroll.source.edit("s2", mobile="0411 222 333")
    assert payroll.run().rows["s2"].warnings is None


def test_an_employee_rehired_after_a_future_end_is_employed_again_once_it_has_passed(
    payroll: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = now().date()
    payroll.target.records["1001"]["end"] = today + timedelta(days=1)
    rehire(payroll, today + timedelta(days=3))
    payroll.run()
    assert payroll.target.records["1001"]["end"] == today + timedelta(days=1)
    monkeypatch.setattr(context, "now", lambda: now() + timedelta(days=4))
    payroll.run()
    assert payroll.target.records["1001"]["end"] is None
    assert payroll.run().counters.unchanged == 3
