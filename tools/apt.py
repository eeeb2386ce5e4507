"""Install Debian packages when this user may; runs without any other package."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


def may_install() -> bool:
    """Say whether packages can be installed here: as root, with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> bool:
    """Update the package lists and install packages; say whether that worked."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    commands = (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages])
    for command in commands:
        done = subprocess.run(
            ["apt-get", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print("\n".join((done.stdout + done.stderr).splitlines()[-5:]))
            return False
    return True
