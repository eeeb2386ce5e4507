"""The oracle: it knows who everybody really is, and checks each run against it."""

from __future__ import annotations

from collections import Counter

from bench.proofs.checks import RunCheck, Violation
from bench.proofs.company import Company
from bench.proofs.readiness_check import check_readiness
from bench.proofs.runs import Ended
from bench.proofs.snapshot import Snapshot

# As a record's row has them.
OTHER_NUMBER, UPDATED = "OTHER_NUMBER", "Updated"


class Oracle:
    """Checks the runs of one company."""

    def __init__(self, company: Company) -> None:
        self._company = company
        # The records that iHUB created, or has once linked to the person they are about.
        self._ours: set[str] = set()
        # Who waited in the last run because payroll had them under another number.
        self._waiting_for_number: set[str] = set()
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
            found += check_readiness(ended, alone, quiet=quiet)
        if quiet and ended.writes > self._explained_writes(ended):
            found.append(Violation("unchanged company written", f"{ended.writes} writes in a quiet run"))
        self._waiting_for_number = {
            source_id for source_id, row in ended.rows.items() if row.reason == OTHER_NUMBER
        }
        if alone is None:
            for source_id, kind in check.classes.items():
                self.outcomes[kind, _outcome(ended, source_id)] += 1
        return found

    def _explained_writes(self, ended: Ended) -> int:
        """Return how many are written because the run before showed that the two systems number differently."""
        return sum(
            row.action == UPDATED
            for source_id, row in ended.rows.items()
            if source_id in self._waiting_for_number
        )


def _outcome(ended: Ended, source_id: str) -> str:
    row = ended.rows.get(source_id)
    if row is None:
        return "no row"
    return f"{row.decision} · {row.action}{f' {row.reason}' if row.reason else ''}"
