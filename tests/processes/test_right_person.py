"""A worker gives nobody the record of somebody else, and says who needs somebody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import requests

from harness.launched import Hub, running
from tests.browser import steps

SOMEBODY_ELSE = {
    "firstNames": "Wiremu",
    "surname": "Te Awekotuku",
    "birthDate": "1971-03-04",
    "taxNumber": "",
}


def test_a_number_that_was_used_again_is_left_alone(tmp_path: Path) -> None:
    with running(tmp_path / "home") as hub:
        hub.command("run", "1", "--wait")
        first = steps.runs(hub)[0]
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
            assert len(hub.control("payroll")) == first["created"]


def record_of(hub: Hub, employee_id: str) -> object:
    """Return one employee as payroll has them."""
    [record] = [each for each in hub.control("payroll") if each["employeeId"] == employee_id]
    return record
