"""The promise of readiness: who it says the next run filters is who that run filters."""

from __future__ import annotations

from collections.abc import Iterator

from bench.proofs.checks import Violation
from bench.proofs.runs import Ended
from core.models import Decision, RunStatus


def check_readiness(ended: Ended, alone: str | None, *, quiet: bool) -> Iterator[Violation]:
    """Check who is filtered: as said after the run, and as said before it where nothing has changed since."""
    if alone is not None or ended.status is not RunStatus.COMPLETE:
        return
    filtered = {each for each, row in ended.rows.items() if row.decision is Decision.FILTERED}
    yield from _compare(ended, filtered, ended.kept_filtered, "after")
    if quiet:
        yield from _compare(ended, filtered, ended.expected_filtered, "before")


def _compare(ended: Ended, filtered: set[str], said: frozenset[str], when: str) -> Iterator[Violation]:
    for source_id in sorted(filtered ^ said):
        is_said = "is" if source_id in said else "is not"
        text = f"{when} the run HR {source_id} {is_said} said to be filtered: {ended.describe(source_id)}"
        yield Violation("readiness", text)
