"""Faults that pass: the run survives them, and only takes longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.contract.records import Reason
from core.clock import now
from core.db import transaction
from core.models import Run, RunStatus, Trigger
from core.runs import request
from core.sync import engine
from core.sync.plan.planner import Planner
from tests.core.sync.faults.conftest import Hub

pytestmark = [pytest.mark.sandbox(employees=16), pytest.mark.slow]

PASSING: dict[str, dict[str, Any]] = {
    "connections that are reset": {"reset_connection_next": 3},
    "answers that break off half way": {"half_answer_next": 3},
    "answers that are lost": {"answer_lost_next": 3},
    "status 500": {"fail_next": 3, "fail_status": 500},
    "status 502": {"fail_next": 3, "fail_status": 502},
    "status 503": {"fail_next": 3, "fail_status": 503},
    "every fifth request fails": {"fail_every": 5, "fail_status": 503},
    "slow bodies": {"slow_body_seconds": 0.1, "only_path": "/employees"},
    "too many requests": {"fail_next": 3, "fail_status": 429},
}


def assert_fired(hub: Hub, system: str, switches: dict[str, Any]) -> None:
    """Check by the sandbox's counters that a fault happened, as often as it was to happen."""
    (switch, number), *_ = switches.items()
    fired = hub.sandbox.control.counters(system)["faults"].get(switch, 0)
    assert fired == number if switch.endswith("_next") else fired > 0, (switch, fired)


@pytest.mark.parametrize("fault", PASSING)
def test_a_source_that_stumbles_is_read_completely(hub: Hub, fault: str) -> None:
    hub.sandbox.control.switches("enablehr", **PASSING[fault])
    ended = hub.run()
    assert_fired(hub, "enablehr", PASSING[fault])
    assert ended.run.read == 16
    assert not hub.unfair(ended), ended.message
    hub.heals()


@pytest.mark.parametrize("fault", PASSING)
def test_a_target_that_stumbles_gets_everybody_once(hub: Hub, fault: str) -> None:
    hub.sandbox.control.switches("ipayroll", **PASSING[fault])
    ended = hub.run()
    assert_fired(hub, "ipayroll", PASSING[fault])
    assert ended.run.read == 16
    assert hub.unfair(ended) <= {Reason.UNANSWERED}, ended.message
    hub.heals()


@pytest.mark.parametrize("retry_after", [0, 0.2])
def test_a_rate_limit_slows_the_run_down_with_and_without_retry_after(hub: Hub, retry_after: float) -> None:
    hub.sandbox.control.switches("enablehr", rate_limit=25, retry_after=retry_after)
    ended = hub.run()
    assert ended.run.read == 16
    assert not hub.unfair(ended), ended.message
    assert hub.sandbox.control.counters("enablehr")["too_many_requests"] > 0
    hub.heals()


@pytest.mark.parametrize("switch", ["create_then_500", "answer_lost_next", "half_answer_next"])
def test_a_target_that_did_it_although_it_says_otherwise_is_believed_by_what_it_holds(
    hub: Hub, switch: str
) -> None:
    hub.sandbox.control.switches("ipayroll", **{switch: 4}, only_method="POST", only_path="/employees")
    ended = hub.run()
    payroll = hub.sandbox.control.counters("ipayroll")
    assert payroll["faults"] == {switch: 4}
    assert set(payroll["created_per_employee"].values()) == {1}
    assert ended.run.created == payroll["creates"]
    assert Reason.UNANSWERED not in ended.reasons().values()
    assert hub.heals().run.written == 0


@pytest.mark.parametrize("system", ["enablehr", "ipayroll"])
def test_tokens_that_are_refused_in_mid_run_are_refreshed_once(
    hub: Hub, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = Planner._decide_page
    expired: list[bool] = []

    async def expiring(planner: Planner, records: Any) -> None:
        await planned(planner, records)
        if not expired:
            expired.append(True)
            hub.sandbox.control.switches(system, expire_access_tokens=True)

    monkeypatch.setattr(Planner, "_decide_page", expiring)
    ended = hub.run()
    assert ended.run.read == 16
    assert not hub.unfair(ended), ended.message
    assert hub.sandbox.control.counters(system)["tokens_refreshed"] == 1
    assert hub.sandbox.control.counters(system)["statuses"]["401"] >= 1
    hub.heals()


def test_a_limit_of_a_day_puts_the_run_off_and_nobody_is_lost_or_doubled(hub: Hub) -> None:
    hub.sandbox.control.switches("ipayroll", rate_limit=3, retry_after=600, only_method="POST")
    run_id = request.request(hub.connection_id, Trigger.MANUAL)
    assert engine.execute(run_id) is RunStatus.RUNNING
    with transaction() as session:
        run = session.get_one(Run, run_id)
        assert run.not_before is not None and timedelta(minutes=9) < run.not_before - now() < timedelta(
            minutes=11
        )
        assert run.message is not None and "iPayroll has had as many requests as it allows" in run.message
        run.not_before = now()
    hub.sandbox.control.calm("ipayroll")
    ended = engine.execute(run_id)
    assert ended is not None and ended.ended
    assert set(hub.sandbox.control.counters("ipayroll")["created_per_employee"].values()) == {1}
    hub.heals()
