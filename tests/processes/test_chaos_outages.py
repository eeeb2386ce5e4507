"""What the chaos program uses to move clocks does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.chaos import clock
from core.settings import ROOT

SLEEP = "import time; began = time.monotonic(); time.sleep(0.2); print(time.time(), time.monotonic() - began)"


def test_a_moved_clock_shows_another_time_and_sleeps_as_long_as_before(tmp_path: Path) -> None:
    if clock.library() is None:
        pytest.skip("libfaketime is not installed and could not be: apt-get install faketime")
    moved = os.environ | clock.environment(tmp_path)
    for move, seconds in (("+10h", 36_000), ("-1h", -3_600)):
        clock.file(tmp_path).write_text(move)
        done = subprocess.run(
            [sys.executable, "-c", SLEEP], cwd=ROOT, env=moved, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        shown, slept = map(float, done.stdout.split())
        assert abs(shown - time.time() - seconds) < 30
        assert 0.2 <= slept < 10
