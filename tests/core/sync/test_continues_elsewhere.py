"""Nobody is ended at the target while the source says that they continue under another record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connectors.contract.records import Reason
from core.models import RunStatus
from core.queue import task_queue
from core.review import approvals
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

pytestmark = pytest.mark.both_engines


def test_a_record_that_has_ended_is_not_ended_while_the_person_goes_on_under_another(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.source.put("again", replace(person(1), earlier_record_id="s1"))
    hub.source.edit("s1", status="Terminated", end_date=date(2026, 10, 1), later_record_id="again")
    alone = hub.sync("s1")
    assert alone.rows["s1"].reason == Reason.CONTINUES_ELSEWHERE and alone.counters.terminated == 0
    both = hub.sync("s1", "again")
    assert both.rows["s1"].reason == Code.EMPLOYED_AGAIN and both.counters.terminated == 0


def test_an_approved_end_is_not_written_once_the_person_goes_on(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.set_job(limits={"terminations": {"count": 0}, "shares_from": 0})
    hub.source.edit("s1", status="Terminated", end_date=date(2026, 10, 1))
    held = hub.run()
    assert held.status is RunStatus.HELD
    hub.source.put("again", replace(person(1), earlier_record_id="s1"))
    hub.source.edit("s1", later_record_id="again")
    new = approvals.approve(OPERATOR, held.id)
    assert new is not None
    hub.execute(new)
    assert hub.ended(new).counters.terminated == 0
