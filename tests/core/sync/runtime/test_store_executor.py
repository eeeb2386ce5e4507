"""The store process does what the run itself would do. Whenever it dies, nobody is lost or duplicated."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.core.sync.conftest import Hub

pytestmark = [pytest.mark.both_engines, pytest.mark.slow]


def apart(what: str) -> Any:
    """Run a scene in a process without threads; the store is this test's."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.sync.in_own_process", what],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


def test_a_run_with_a_store_process_ends_as_one_without(store: str) -> None:
    report = apart("whole")
    assert report["once"]
    assert (report["counters"]["read"], report["counters"]["created"], report["counters"]["unchanged"]) == (
        5,
        4,
        1,
    )
    assert report["again"]["unchanged"] == 5


def test_a_store_process_that_dies_at_any_moment_costs_nobody_and_doubles_nobody(store: str) -> None:
    report = apart("die")
    assert report["deaths"] >= 6  # before and after the work: add, take, save at least
    assert report["created"] == report["people"]


def test_errors_of_the_store_process_are_raised_here_without_values(sqlite_store: str) -> None:
    report = apart("errors")
    assert report["following"] == 2, "an answer nobody waited for must not be taken for the next one"
    assert report["lost"] == "LeaseLostError: Run 7 has passed to another worker."
    assert (
        report["unreachable"].startswith("OperationalError: ")
        and "ConnectionRefusedError" in report["unreachable"]
    )
    assert report["broken"].startswith("StoreProcessError: ValueError") and "broken" in report["broken"]
    assert report["gone"].startswith("OperationalError: ")
    assert "865414088" not in str(report)


def test_a_store_process_does_not_outlive_its_run(sqlite_store: str) -> None:
    command = [sys.executable, "-m", "tests.core.sync.in_own_process", "orphan"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    pid, until = int(done.stdout.splitlines()[-1]), time.monotonic() + 60
    assert done.returncode == -9
    while time.monotonic() < until and _lives(pid):
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_process_with_threads_is_not_forked(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise AssertionError("forked")

    monkeypatch.setattr(threading, "active_count", lambda: 2)
    monkeypatch.setattr(os, "fork", refuse)
    sqlite_hub.fill(3)
    run_id = sqlite_hub.request()
    sqlite_hub.execute(run_id, store_process=True)
    assert sqlite_hub.ended(run_id).counters.created == 3
