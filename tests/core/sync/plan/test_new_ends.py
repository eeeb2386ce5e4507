"""Limits count the ends that are new at the source, whether the target takes them or a person has to enter them."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import InvalidError
from core.models import RunKind, RunStatus
from core.queue import task_queue
from core.review import approvals
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from tests.core.problems.open_problems import codes
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import person
from tests.core.sync.plan.test_guard_limits import plan_of

pytestmark = pytest.mark.both_engines


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)


@pytest.fixture(params=[False, True], ids=["entered by hand", "sent"])
def company(request: pytest.FixtureRequest, hub: Hub) -> Hub:
    """Give a company of 30, at a payroll that does or does not take the end of an employment."""
    hub.target.takes_terminations = request.param
    hub.fill(30)
    hub.run()
    return hub


def leave(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.source.edit(f"s{number}", status="Terminated", end_date=date(2026, 6, 1))


def breaches(ended: Ended) -> list[tuple[str, int, int]]:
    return [(one["code"], one["number"], one["allowed"]) for one in plan_of(ended.id).breaches]


def approve(hub: Hub, held: Ended) -> Ended:
    run_id = approvals.approve(OPERATOR, held.id)
    assert run_id is not None
    hub.execute(run_id)
    return hub.ended(run_id)


def test_too_many_leavers_hold_the_run_again_and_again(company: Hub) -> None:
    leave(company, *range(12))
    for _ in range(2):
        ended = company.run()
        assert (ended.status, breaches(ended)) == (RunStatus.HELD, [(Code.MANY_TERMINATIONS, 12, 10)])
        assert "12 employees" in ended.message and "the limit is 10" in ended.message


def test_leavers_who_were_approved_are_not_counted_again(company: Hub) -> None:
    leave(company, *range(12))
    done = approve(company, company.run())
    assert done.status is RunStatus.COMPLETE and done.message.startswith("Approved from run #")
    leave(company, 12)
    ended = company.run()
    assert ended.status is RunStatus.COMPLETE, ended.message


def test_what_is_changed_of_those_who_have_left_is_no_new_end(hub: Hub) -> None:
    hub.target.takes_terminations = True
    hub.fill(30)
    hub.run()
    leave(hub, *range(12))
    assert approve(hub, hub.run()).counters.terminated == 12
    assert hub.run().counters.unchanged == 30
    for number in range(12):
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    ended = hub.run()
    assert ended.status is RunStatus.COMPLETE, ended.message
    assert (ended.counters.updated, ended.counters.terminated) == (12, 0)


def test_leavers_who_were_reported_by_a_run_are_not_counted_again(company: Hub) -> None:
    for first in (0, 8, 16):
        leave(company, *range(first, first + 8))
        assert company.run().status is RunStatus.COMPLETE


def test_leavers_who_were_refused_or_not_written_are_not_counted_again(hub: Hub) -> None:
    hub.target.takes_terminations = True
    hub.fill(30)
    hub.run()
    leave(hub, *range(12))
    held, records = hub.run(), dict(hub.target.records)
    new = approvals.approve(OPERATOR, held.id)
    hub.source.edit("s1", mobile="0411 222 333")  # stale, so that it comes again
    assert new is not None
    hub.execute(new)
    assert len(records) == 30 and hub.run().status is RunStatus.COMPLETE


def test_a_preview_of_leavers_reports_nothing(company: Hub) -> None:
    leave(company, *range(12))
    assert "A run would be held: 12 employees" in company.run(RunKind.PREVIEW).message
    assert company.run().status is RunStatus.HELD


def test_an_approved_plan_without_anything_to_write_says_so(hub: Hub) -> None:
    hub.fill(30)
    hub.run()
    leave(hub, *range(12))
    held = hub.run()
    assert held.counters.unchanged == 30 and len(codes()) == 12
    done = approve(hub, held)
    assert done.message == f"Approved from run #{held.id}. There was nothing to write."
    assert len(codes()) == 12, "somebody still has to enter them"
    assert hub.run().message.endswith("12 need you (see To fix).")


def test_a_plan_of_nobody_is_not_approved(hub: Hub) -> None:
    with pytest.raises(InvalidError, match="nothing to write"):
        approvals.approve(OPERATOR, hub.run().id)


def test_a_first_run_that_a_limit_does_not_apply_to_says_so(hub: Hub) -> None:
    hub.fill(30)
    assert hub.run(RunKind.PREVIEW).message.endswith(
        "The limit on new employees, 15 (50 % of 30), does not apply to a first run."
    )
    assert hub.run().message.endswith(
        "The limit on new employees, 15 (50 % of 30), does not apply to a first run."
    )
    hub.source.put("new", person(99))
    assert "first run" not in hub.run().message


def test_a_small_first_run_says_nothing_of_limits(hub: Hub) -> None:
    hub.fill(6)
    assert "first run" not in hub.run().message
