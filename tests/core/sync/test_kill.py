"""A worker's child killed with SIGKILL, again and again, in the middle of a run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.models import RunStatus
from core.settings import ROOT
from tests.core.sync import victim
from tests.core.sync.conftest import Hub

pytestmark = [pytest.mark.both_engines, pytest.mark.processes]

PEOPLE = 500
KILLS = 4


@pytest.mark.parametrize("ids", ["ours", "theirs"])
def test_after_many_kills_everybody_is_in_payroll_exactly_once(
    hub: Hub, tmp_path: Path, ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CONCURRENCY", "8")  # slow enough to be met in the middle
    chance, payroll = random.Random(ids), tmp_path / "payroll"  # noqa: S311 - a test wants the same numbers again
    payroll.touch()
    run_id = hub.request()
    for attempt in range(1, KILLS + 1):
        child = start(run_id, payroll, ids)
        wait_for_claim(hub, run_id, attempt)
        time.sleep(chance.uniform(0.0, 0.4))
        child.kill()
        child.wait()
        if hub.row(run_id).status.ended:
            break
        hub.expire(run_id)
    assert start(run_id, payroll, ids).wait() == 0
    hub.source, hub.target = victim.source(PEOPLE), victim.target(payroll, chosen_ids=ids == "ours")
    ended = hub.ended(run_id)
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
    assert hub.row(run_id).attempt > 1
    assert hub.everybody_once()


def wait_for_claim(hub: Hub, run_id: int, attempt: int) -> None:
    """Wait until the child is at work, so that the kill meets a run however slow the machine is."""
    until = time.monotonic() + 60
    while hub.row(run_id).attempt < attempt:
        assert time.monotonic() < until, "the child did not claim the run"
        time.sleep(0.005)


def start(run_id: int, payroll: Path, ids: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.core.sync.victim", str(run_id), str(payroll), str(PEOPLE), ids]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child
