"""Check the pinned packages for known vulnerabilities, where their source can be reached."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

LIMIT_SECONDS = 90
COMMAND = [
    "-m",
    "pip_audit",
    "--requirement",
    "requirements-dev.txt",
    "--no-deps",
    "--disable-pip",
    "--progress-spinner",
    "off",
]


def audit() -> list[dict[str, Any]] | str:
    """Return pip-audit's result for each package, or why there is none."""
    command = [sys.executable, *COMMAND, "--format", "json"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"their source did not respond within {LIMIT_SECONDS} seconds"
    except ValueError:
        return "their source did not respond"
    return packages


def report(packages: list[dict[str, Any]] | str) -> tuple[list[str], bool]:
    """Return the lines to print, and whether no vulnerability is known."""
    if isinstance(packages, str):
        return [f"Advisories: not checked, because {packages}."], True
    unknown = [each for each in packages if "vulns" not in each]
    lines = [
        f"Advisories: {each['name']} {each['version']}: {bug['id']}"
        for each in packages
        for bug in each.get("vulns", [])
    ]
    clean = not lines
    if len(unknown) < len(packages):
        lines.append(
            f"Advisories: {len(packages) - len(unknown)} packages checked, {len(lines)} known vulnerabilities."
        )
    if unknown:
        lines.append(
            f"Advisories: {len(unknown)} packages not checked, because their source does not know them."
        )
    return lines, clean


def main() -> int:
    """Run pip-audit within a time limit; 1 when it found a vulnerability."""
    lines, clean = report(audit())
    print("\n".join(lines))
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
