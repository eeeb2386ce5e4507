"""What all companies together showed, and the line of it in docs/guarantees.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bench.proofs.expectations import Class
from bench.proofs.play import Played
from core.clock import now
from core.settings import ROOT

PAGE = ROOT / "docs" / "guarantees.md"
# The row of the last run begins with this.
ROW = "| `make proofs`,"
PAY_DAYS = "Pay days were played on "
# At most this share of the people who are known without a contradiction may have to wait for a person.
MOST_WAITING = 0.5
WAITS = ("Ambiguous match", "Already linked")


@dataclass
class Total:
    """The companies of one run of the program."""

    seed: int
    seconds: float = 0.0
    companies: int = 0
    employees: int = 0
    runs: int = 0
    writes: int = 0
    pay_days: int = 0
    stopped_runs: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    # The seeds of the companies with violations, by kind.
    seeds: dict[str, set[int]] = field(default_factory=dict)
    suspects: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, played: Played) -> None:
        """Count one company."""
        self.companies += 1
        self.employees += played.employees
        self.runs += played.runs
        self.writes += played.writes
        self.pay_days += played.has_pay_day
        self.stopped_runs += played.stopped_runs
        self.cases.update(played.cases)
        self.outcomes.update(played.outcomes)
        for kind in played.kinds:
            self.seeds.setdefault(kind, set()).add(played.seed)
            self.suspects.update((kind, case) for case in set(played.cases))

    def waiting_share(self, kind: Class) -> float:
        """Return the share of a class that waits for a person."""
        counts = [(outcome, number) for (each, outcome), number in self.outcomes.items() if each == kind]
        waiting = sum(number for outcome, number in counts if outcome.startswith(WAITS))
        return waiting / max(1, sum(number for _, number in counts))

    @property
    def failures(self) -> int:
        """Return how many companies broke a promise, and one more where too many people wait."""
        companies: set[int] = set().union(*self.seeds.values()) if self.seeds else set()
        return len(companies) + (self.waiting_share(Class.KNOWN) > MOST_WAITING)

    def summary(self) -> str:
        """Return everything as lines."""
        lines = [
            f"{self.companies} companies from seed {self.seed}, {self.employees} employees, {self.runs} runs, "
            f"{self.writes} writes, {self.pay_days} pay days, {self.stopped_runs} runs that could not continue, "
            f"{self.seconds:.0f} s"
        ]
        for kind in Class:
            counts = {outcome: number for (each, outcome), number in self.outcomes.items() if each == kind}
            shown = ", ".join(f"{number} {outcome}" for outcome, number in Counter(counts).most_common())
            lines.append(f"  {kind}: {self.waiting_share(kind):.1%} wait. {shown}")
        lines += [
            self._failure(kind, seeds)
            for kind, seeds in sorted(self.seeds.items(), key=lambda each: -len(each[1]))
        ]
        lines.append(
            "0 overwritten, 0 lost, 0 duplicated" if not self.failures else f"{self.failures} failures"
        )
        return "\n".join(lines)

    def _failure(self, kind: str, seeds: set[int]) -> str:
        """Return one kind of violation with its first seeds, and the cases that often come with it."""
        often = [
            f"{case} {number / self.cases[case]:.0%}"
            for (each, case), number in self.suspects.most_common()
            if each == kind and number / self.cases[case] > 2 * len(seeds) / self.companies
        ]
        shown = " ".join(map(str, sorted(seeds)[:12]))
        return f"FAILED  {kind}: {len(seeds)} companies, {shown}; mostly {', '.join(often[:6])}"


def record_pay_days(total: Total) -> None:
    """Write how many pay days were played, and what they showed, over what stands in docs/guarantees.md."""
    wrong = len(total.seeds.get("pay day", ()))
    found = "nobody named wrongly and nobody missing" if not wrong else f"**{wrong} wrong**"
    line = (
        f"{PAY_DAYS}{now():%d %B %Y} in {total.pay_days:,} companies from seed {total.seed} on, with {found}."
    )
    lines = PAGE.read_text().splitlines()
    PAGE.write_text("\n".join(line if each.startswith(PAY_DAYS) else each for each in lines) + "\n")


def record(total: Total) -> None:
    """Write the result of this run over the last one in docs/guarantees.md."""
    found = "0" if not total.failures else f"**{total.failures}**"
    row = (
        f"{ROW} {now():%d %B %Y} | {total.seed} | {total.companies:,} | {total.employees:,} | {total.runs:,} | "
        f"{total.writes:,} | {total.waiting_share(Class.KNOWN):.1%} | {found} |"
    )
    lines = PAGE.read_text().splitlines()
    PAGE.write_text("\n".join(row if line.startswith(ROW) else line for line in lines) + "\n")
