"""The oracle: it knows who everybody really is, and checks each run against it."""

from __future__ import annotations

from collections import Counter

from bench.proofs.checks import RunCheck, Violation
from bench.proofs.company import Company
from bench.proofs.runs import Ended
from bench.proofs.snapshot import Snapshot


class Oracle:
    """Checks the runs of one company."""

    def __init__(self, company: Company) -> None:
        self._company = company
        # The records that iHUB created, or has once linked to the person they are about.
        self._ours: set[str] = set()
        # How often employees of each class had each outcome.
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def check(
        self,
        before: Snapshot,
        after: Snapshot,
        ended: Ended,
        *,
        alone: str | None,
        disturbed: bool,
        quiet: bool,
    ) -> list[Violation]:
        """Return the promises that a run broke; learn who the new records belong to."""
        check = RunCheck(self._company, ended, before=before, after=after, ours=self._ours)
        found = [*check.created(), *check.values(), *check.pay_details(), *check.bystanders()]
        found += [*check.counters(), *check.links(alone)]
        self._ours |= check.correctly_linked()
        if not disturbed:
            found += [*check.stopped(alone), *check.needless(alone), *check.unlisted(alone)]
        if quiet and ended.writes:
            found.append(Violation("unchanged company written", f"{ended.writes} writes in a quiet run"))
        if alone is None:
            for source_id, kind in check.classes.items():
                self.outcomes[kind, _outcome(ended, source_id)] += 1
        return found


def _outcome(ended: Ended, source_id: str) -> str:
    row = ended.rows.get(source_id)
    if row is None:
        return "no row"
    return f"{row.decision} · {row.action}{f' {row.reason}' if row.reason else ''}"
