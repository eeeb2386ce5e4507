"""A worker that is killed in the middle of a run loses nobody and writes nobody twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from harness.launched import Hub, eventually, running
from tests.browser import steps


def test_killing_the_worker_in_mid_run_ends_with_everyone_written_once(tmp_path: Path) -> None:
    with running(tmp_path / "home", IHUB_LEASE_SECONDS=4, IHUB_RECONCILE_SECONDS=1) as hub:
        hub.control("switches", ipayroll={"latency_ms": 150})
        assert hub.command("run", "1").returncode == 0
        for written in (30, 90):
            eventually(lambda written=written: creates(hub) > written, f"{written} employees are written")  # type: ignore[misc]
            kill_workers(hub)
        assert not steps.runs(hub)[0]["ended_at"], (
            "the run was over before it was interrupted: make it longer"
        )
        hub.control("switches", ipayroll={"latency_ms": 0})
        eventually(lambda: steps.runs(hub)[0]["ended_at"], "the run has ended", 120)

        run = steps.runs(hub)[0]
        assert run["attempt"] >= 2
        assert run["status"] in ("COMPLETE", "ERROR")
        assert steps.balanced(run)
        assert run["read"] == hub.control("state")["people"]
        check_payroll(hub, run)
        assert hub.command("run", "1", "--wait").returncode in (0, 1)
        assert steps.runs(hub)[-1]["written"] == 0
        assert steps.runs(hub)[-1]["read"] == run["read"]


def creates(hub: Hub) -> int:
    """Return how many employees payroll was asked to create."""
    return int(hub.control("state")["counters"]["ipayroll"]["creates"])


def kill_workers(hub: Hub) -> None:
    """Kill the worker and the child that does the run, at once."""
    family = eventually(lambda: _working(hub), "the worker has a child while it runs")
    for process in reversed(family):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _working(hub: Hub) -> list[psutil.Process]:
    """Return the worker and its child; nobody while another worker is only starting."""
    family = hub.processes("worker.py")
    return family if len(family) >= 2 else []


def check_payroll(hub: Hub, run: dict[str, Any]) -> None:
    """Compare with payroll: as many as were written, each of them once."""
    payroll = hub.control("payroll")
    assert len(payroll) == run["created"] == run["written"]
    assert set(Counter(person["employeeId"] for person in payroll).values()) == {1}
    assert set(hub.control("state")["counters"]["ipayroll"]["created_per_employee"].values()) == {1}
