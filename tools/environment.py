"""Make the virtual environment .venv and install the requirements; runs without any other package.

A stamp records what was installed, so that the second start takes no time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tools import apt

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PROGRAM = FOLDER / "bin" / "python"
LISTS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}


class PreparationError(Exception):
    """The environment cannot be made; the message says what to do."""


def expected_stamp(group: str) -> str:
    """Return the stamp of a finished environment: its folder, its Python and its requirements."""
    content = hashlib.sha256((ROOT / LISTS[group]).read_bytes()).hexdigest()
    return f"{FOLDER}\n{PROGRAM.resolve()}\n{content}\n"


def is_ready(group: str) -> bool:
    """Say whether the environment has what a group needs."""
    stamp = FOLDER / f"ready-{group}"
    return PROGRAM.exists() and stamp.exists() and stamp.read_text() == expected_stamp(group)


def is_usable() -> bool:
    """Say whether the folder is a working environment that was made here (its programs name their folder)."""
    check = [str(PROGRAM), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    pip = FOLDER / "bin" / "pip"
    return PROGRAM.exists() and pip.exists() and str(FOLDER) in pip.read_text() and _succeeds(check)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0


def make() -> None:
    """Make an empty environment."""
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv()
    shutil.rmtree(FOLDER, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(FOLDER)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["it gave no reason"]
        raise PreparationError(f"The virtual environment {FOLDER} could not be made: {reason[0]}")


def _install_venv() -> None:
    package = f"python3.{sys.version_info.minor}-venv"
    if not apt.may_install():
        raise PreparationError(
            f"This Python has no venv. Install it as root (apt-get install {package}) and try again."
        )
    print(f"Installing {package} …", flush=True)
    if not apt.install([package]):
        raise PreparationError(
            f"This Python has no venv, and {package} could not be installed. Install it and try again."
        )


def fill(group: str) -> None:
    """Install what a group needs and write the stamp."""
    print("Installing what iHUB needs into .venv; this takes a minute or two the first time …", flush=True)
    pip = [str(PROGRAM), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [*pip, "--require-hashes", "-r", LISTS[group]]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-15:]), file=sys.stderr)
        raise PreparationError(
            "The packages could not be installed; pip's output is above. Check the network and try again."
        )
    for name in LISTS if group == "dev" else [group]:
        (FOLDER / f"ready-{name}").write_text(expected_stamp(name))


def main(group: str) -> int:
    """Prepare the environment for one group (run or dev); return an exit code."""
    try:
        if not is_ready(group):
            if not is_usable():
                make()
            fill(group)
    except (PreparationError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
