"""Install the programs that tests need: a browser, a PostgreSQL server, nginx and Node.js.

Where this user may not install them, the tests that need them cannot run, and are listed at the end.
"""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

from tools import apt

# Chromium without windows, which is quicker. Some releases do not have it; then the whole one serves.
SHELL = "chromium-headless-shell"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def missing() -> list[str]:
    """Return the Debian packages that are missing."""
    packages = []
    if not any(map(shutil.which, CHROMIUM)):
        packages.append(CHROMIUM[0])
    if not shutil.which(SHELL):
        packages.append(SHELL)
    if not (any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")):
        packages.append("postgresql")
    if not shutil.which("nginx"):
        packages.append("nginx-light")
    if not _loads("libatomic.so.1"):  # the program that drives the browser needs it
        packages.append("libatomic1")
    if not any(
        Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    ):  # the chaos program moves clocks with it
        packages.append("faketime")
    packages += [
        package for package, program in (("nodejs", "node"), ("npm", "npm")) if not shutil.which(program)
    ]
    return packages


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> None:
    """Install the missing packages when this user may."""
    packages = missing()
    if packages and apt.may_install():
        print(f"Installing {', '.join(packages)} for the tests; this takes a minute …", flush=True)
        if not apt.install(packages) and SHELL in packages:
            apt.install([each for each in packages if each != SHELL])


if __name__ == "__main__":
    main()
