"""Write the requirements: every package that the chosen ones need, with the version and hashes of its files.

The files hold for all Pythons and machines that iHUB runs on, so that two installations never differ.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What is installed to run iHUB is the same while it is developed.
CONSTRAINTS = {"requirements.txt": [], "requirements-dev.txt": ["--constraint", "requirements.txt"]}
COMMAND = [
    "-m",
    "uv",
    "pip",
    "compile",
    "--universal",
    "--generate-hashes",
    "--python-version",
    "3.11",
    "--quiet",
]


def main() -> int:
    """Write both files; return an exit code."""
    for name, constraints in CONSTRAINTS.items():
        chosen = Path(name).with_suffix(".in").name
        command = [sys.executable, *COMMAND, "--custom-compile-command", "make lock", *constraints, chosen]
        done = subprocess.run([*command, "--output-file", name], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
