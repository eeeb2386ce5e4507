"""A few kills of everything iHUB consists of; `python -m bench.chaos` does the same for as long as one likes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.settings import ROOT
from harness import postgres
from harness.launched import environment
from tests.conftest import ENGINES

KILLS = 6


@pytest.mark.parametrize("store", ENGINES)
def test_killing_anything_loses_nobody_and_writes_nobody_twice(store: str) -> None:
    if store == "postgresql" and postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed and could not be: apt-get install postgresql")
    words = [
        "-m",
        "bench.chaos",
        "--kills",
        str(KILLS),
        "--seed",
        "3",
        "--connections",
        "1",
        "--store",
        store,
    ]
    surroundings = environment(ROOT / "unused")
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost, 0 duplicated, counters balanced, schedules running" in done.stdout
