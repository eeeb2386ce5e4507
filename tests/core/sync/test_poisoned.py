"""One employee who always makes a system fail stops nobody else, wherever in a run they are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from connectors.contract.records import Reason
from core.models import Action, Decision, RunKind, RunStatus
from core.queue import task_queue
from core.review import approvals
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeSource, FakeTarget, person

pytestmark = pytest.mark.both_engines


def fail_at(system: FakeSource | FakeTarget, ask: str, *poisoned: str) -> None:
    """Let a system fail whenever it is asked for some of its employees alone."""
    real = getattr(system, ask)

    async def answer(one: str) -> Any:
        if one in poisoned:
            raise TemporaryError("The system failed (status 500). Try again later.")
        return await real(one)

    setattr(system, ask, answer)


def test_one_who_is_left_out_and_cannot_be_read_keeps_nobody_waiting(hub: Hub) -> None:
    hub.fill(3)
    hub.source.put("out", person(60, status="Archived"))
    hub.run()
    hub.run()
    fail_at(hub.source, "read_one", "out")
    hub.source.put("n1", person(61))
    hub.target.adopt("1061", hub.source.people["n1"])  # in payroll already, without a link
    hub.source.put("n2", person(62))
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 1)
    assert hub.links()["n1"] == "1061"


def test_one_who_cannot_be_read_is_left_out_of_an_approved_plan(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    hub.fill(4)
    preview = hub.run(RunKind.PREVIEW)
    fail_at(hub.source, "read_one", "s1")
    new = approvals.approve(OPERATOR, preview.id)
    assert new is not None
    hub.execute(new)
    ended = hub.ended(new)
    assert ended.counters.created == 3 and ended.reasons()["s1"] == Code.STALE


def gone_from_the_list(hub: Hub, *numbers: int) -> None:
    """Change some employees that payroll does not list and fails at when it is asked for them."""
    for number in numbers:
        hub.target.unlisted.add(str(1000 + number))
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    fail_at(hub.target, "find", *(str(1000 + number) for number in numbers))


def test_one_whom_payroll_cannot_show_is_an_error_and_the_others_are_written(hub: Hub) -> None:
    hub.fill(5)
    hub.run()
    gone_from_the_list(hub, 1)
    hub.source.edit("s2", mobile="0411 222 444")
    ended = hub.run()
    row = ended.rows["s1"]
    assert (row.decision, row.action, row.reason) == (Decision.ERROR, Action.FAILED, Reason.NOT_SHOWN)
    assert (ended.counters.updated, ended.counters.errors) == (1, 1)
    assert hub.target.records["1002"]["phone"] == "0411 222 444"


def test_a_payroll_that_fails_at_several_in_a_row_is_down(hub: Hub) -> None:
    hub.fill(8)
    hub.run()
    gone_from_the_list(hub, 1, 2, 3, 4, 5)
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and "failed (status 500)" in ended.message
    assert hub.target.writes == 8
