"""Install the pipelines of others, dlt and Singer, in an environment of their own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from bench.baselines.programs import Program
from core.settings import ROOT

REQUIREMENTS, FOLDER = Path(__file__).with_name("peers.txt"), ROOT / "build" / "bench-peers"


def installed() -> list[Program]:
    """Install what peers.txt names, once, and return the programs. Exits with a sentence when pip cannot."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / "ready"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        venv.create(FOLDER, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(REQUIREMENTS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            sys.exit(f"pip could not install dlt and Singer: {reason} `make bench` measures without them.")
        stamp.write_text(REQUIREMENTS.read_text())
    return [
        Program("dlt", ["dlt_pipeline"], str(python)),
        Program("Singer", ["singer_tap", "singer_target"], str(python)),
    ]
