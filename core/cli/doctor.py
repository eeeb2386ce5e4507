"""``doctor``: what is wrong, and how to fix it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from core.cli.output import WENT_WRONG, Json, print_json, print_table
from core.operations.doctor import examine


def doctor(as_json: Json = False) -> None:
    """Check store, keys, Redis, workers, scheduler, sign-in and all connections; exit code 1 if something is wrong."""
    findings = examine()
    well = all(finding.well for finding in findings)
    if as_json:
        print_json({"well": well, "findings": [asdict(finding) for finding in findings]})
    else:
        print_table(
            ("", "Check", "Result"), [("ok" if f.well else "WRONG", f.area, f.message) for f in findings]
        )
    if not well:
        raise typer.Exit(WENT_WRONG)
