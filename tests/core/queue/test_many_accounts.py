"""The simulation of many accounts starts every run that is due once, and lets accounts take turns."""

from __future__ import annotations

import pytest
from redis import Redis

from bench.many import simulation
from bench.many.simulation import FULL_HOUR, HOURLY, Simulation
from core.jobs.recurrence import Rule


@pytest.mark.parametrize("rule", [HOURLY, FULL_HOUR])
def test_more_workers_start_the_same_runs_sooner(redis_url: str, rule: Rule) -> None:
    redis, found = Redis.from_url(redis_url), simulation.accounts(150, rule, hours=2)
    assert {len(each.due) for each in found} <= {1, 2}
    due = sum(due_at >= 3600 for each in found for due_at in each.due)
    few, many = (Simulation(redis, workers, 0.01).run(found, 3600) for workers in (1, 20))
    for lags in (few, many):
        assert len(lags.all) + lags.merged == due and min(lags.all) > 0
    assert sum(many.all) < sum(few.all) and max(many.small) < max(few.small)


@pytest.mark.parametrize("workers", [1, 4, 7])
def test_another_account_starts_when_one_running_run_has_ended(redis_url: str, workers: int) -> None:
    turn = simulation.turn_of_another(Redis.from_url(redis_url), workers)
    assert turn.waited == turn.next_end < turn.in_order_of_requests
