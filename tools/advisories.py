"""Ask whether a pinned package has a known vulnerability; says so when the answer cannot be had."""

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
    "requirements.txt",
    "--no-deps",
    "--disable-pip",
    "--progress-spinner",
    "off",
]


def ask() -> list[dict[str, Any]] | str:
    """Return pip-audit's answer for each package, or the sentence why there is none."""
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
        answer: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"their source gave no answer within {LIMIT_SECONDS} seconds"
    except ValueError:
        return "their source did not answer"
    return answer


def report(answer: list[dict[str, Any]] | str) -> tuple[list[str], bool]:
    """Return the lines to print, and whether nothing was found."""
    if isinstance(answer, str):
        return [f"Advisories: not checked, as {answer}."], True
    unknown = [each for each in answer if "vulns" not in each]
    lines = [
        f"Advisories: {each['name']} {each['version']}: {bug['id']}"
        for each in answer
        for bug in each.get("vulns", [])
    ]
    clean = not lines
    if len(unknown) < len(answer):
        lines.append(
            f"Advisories: {len(answer) - len(unknown)} packages checked, {len(lines)} known vulnerabilities."
        )
    if unknown:
        lines.append(
            f"Advisories: {len(unknown)} packages not checked, as their source knows nothing of them."
        )
    return lines, clean


def main() -> int:
    """Run pip-audit within a time limit; 1 when it found something."""
    lines, clean = report(ask())
    print("\n".join(lines))
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
