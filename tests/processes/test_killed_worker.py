"""A worker that is killed in mid-run loses nobody and writes nobody twice; a worker gives nobody another's record."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psutil
import pytest
import requests

from harness.launched import Hub, eventually, running
from tests.browser import steps

SOMEBODY_ELSE = {
    "firstNames": "Wiremu",
    "surname": "Te Awekotuku",
    "birthDate": "1971-03-04",
    "taxNumber": "",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run an iHUB of its own, which soon notices that a worker was killed."""
    home = tmp_path_factory.mktemp("killed") / "home"
    with running(home, IHUB_LEASE_SECONDS=4, IHUB_RECONCILE_SECONDS=1) as started:
        yield started


def test_killing_the_worker_in_mid_run_ends_with_everyone_written_once(hub: Hub) -> None:
    hub.control("switches", ipayroll={"latency_ms": 150})
    assert hub.command("run", "1").returncode == 0
    for written in (30, 90):
        eventually(lambda written=written: creates(hub) > written, f"{written} employees are written")  # type: ignore[misc]
        kill_workers(hub)
    assert not steps.runs(hub)[0]["ended_at"], "the run was over before it was interrupted: make it longer"
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


def test_a_number_that_was_used_again_is_left_alone(hub: Hub) -> None:
    hub.command("run", "1", "--wait")
    everybody = len(hub.control("payroll"))
    assert everybody > 0
    with closing(sqlite3.connect(hub.home / "ihub.db", timeout=30)) as store, store:
        store.execute("DELETE FROM link")
    reused = hub.control("payroll")[0]["employeeId"]
    address = f"{hub.sandbox_url}/control/payroll/{reused}"
    requests.patch(address, json=SOMEBODY_ELSE, timeout=30).raise_for_status()
    held = record_of(hub, reused)
    for _ in range(2):
        hub.command("run", "1", "--wait")
        run = steps.runs(hub)[-1]
        assert (run["held"], run["created"]) == (1, 0) and steps.balanced(run)
        assert run["need_action"] > 0
        assert record_of(hub, reused) == held
        assert len(hub.control("payroll")) == everybody


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


def record_of(hub: Hub, employee_id: str) -> object:
    """Return one employee as payroll has them."""
    [record] = [each for each in hub.control("payroll") if each["employeeId"] == employee_id]
    return record
