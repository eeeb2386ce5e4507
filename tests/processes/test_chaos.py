"""A few kills of everything iHUB consists of; `python -m bench.chaos` does the same for as long as one likes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.settings import ROOT
from harness import postgres
from harness.launched import environment

SAMPLE = {
    "--kills": 6,
    "--faults": "kills",
    "--connections": 1,
    "--employees": 30,
    "--pause": 1,
}


@pytest.mark.parametrize(
    ("target", "store", "seed"), [("sandbox", "sqlite", 3), ("described", "postgresql", 3)]
)
def test_killing_anything_loses_nobody_and_writes_nobody_twice(target: str, store: str, seed: int) -> None:
    if store == "postgresql" and postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed and could not be: apt-get install postgresql")
    options = SAMPLE | {"--target": target, "--store": store, "--seed": seed}
    words = [str(word) for option in options.items() for word in option]
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", *words],
        cwd=ROOT,
        env=environment(ROOT / "unused"),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost, 0 duplicated, counters balanced, schedules running" in done.stdout
