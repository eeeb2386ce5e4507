"""Play one company from its seed: its runs, and what the oracle finds in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bench.proofs.cases import make_company
from bench.proofs.checks import Violation
from bench.proofs.company import Company
from bench.proofs.oracle import Oracle
from bench.proofs.pay_day_rounds import PayDayRound
from bench.proofs.pay_day_rounds import check as check_pay_day
from bench.proofs.readiness_check import check_readiness
from bench.proofs.runs import Ended, Runner
from bench.proofs.scopes import ROUNDS, ScopeRounds
from bench.proofs.snapshot import Snapshot
from bench.proofs.story_check import check_story
from bench.proofs.web import Web

# In each company of this many, the scope changes, too.
WITH_SCOPES = 4
# The remainders of companies with a pay day: 1,000 of 2,000.
WITH_PAY_DAYS = (1, 2)
# Of how many employees of each company the story is checked.
STORIES = 4


@dataclass
class Played:
    """What happened in one company."""

    seed: int
    story: list[str]
    cases: list[str]
    employees: int = 0
    runs: int = 0
    writes: int = 0
    stopped_runs: int = 0
    violations: list[Violation] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    has_pay_day: bool = False

    @property
    def kinds(self) -> set[str]:
        """Return the kinds of the violations."""
        return {violation.kind for violation in self.violations}


class _Play:
    def __init__(self, company: Company, played: Played, *, until_violation: bool) -> None:
        self._company, self._played, self._until_violation = company, played, until_violation
        self._runner, self._oracle = Runner(company), Oracle(company)
        played.outcomes = self._oracle.outcomes
        # The employees that at least one run has read.
        self._ever_read: set[str] = set()

    def play_only_pay_day(self) -> None:
        """Let a pay day come after the first run; shorter than a whole life."""
        self._company.before_run(0)
        self._run("run 1", disturbed=0 in self._company.disturbed)
        self._play_pay_day()
        self._played.employees = len(self._company.hr.employees)

    def play(self) -> None:
        company = self._company
        for source_id in company.first_alone:
            self._run(f"run of {source_id} alone", alone=source_id, disturbed=0 in company.disturbed)
        for number in range(company.runs):
            if self._stops:
                return
            company.before_run(number)
            self._run(f"run {number + 1}", disturbed=number in company.disturbed)
        if company.disturbed and not self._stops:
            self._run("run after odd answers")
        if company.seed % WITH_SCOPES == 0 and not self._stops:
            self._play_scopes()
        if not self._stops:
            self._run("run without a change", quiet=True)
        if company.seed % WITH_SCOPES in WITH_PAY_DAYS and not self._stops:
            self._play_pay_day()
        self._played.employees = len(company.hr.employees)
        for source_id, rows, story in self._runner.stories(sorted(company.hr.employees)[:STORIES]):
            for text in check_story(rows, story):
                self._found(Violation("story", f"HR {source_id}: {text}"))

    def _play_pay_day(self) -> None:
        """Let a pay day come: what the forecast says before the final sweep is so at the cut-off."""
        self._played.has_pay_day = True
        pay_day = PayDayRound(self._company, self._runner.connection_id)
        pay_day.hire()
        self._run("run before the pay day", disturbed=True)
        pay_day.happen()
        self._run("run after the changes", disturbed=True)
        for text in ("final sweep", "final sweep after somebody was put right"):
            said, ever_read = pay_day.said(), frozenset(self._ever_read)
            self._run(text, disturbed=True)
            at_cut_off = Snapshot.of(self._company, self._runner.links())
            not_known = at_cut_off.entries.keys() - ever_read if pay_day.says_stopped else frozenset()
            for violation in check_pay_day(said, at_cut_off, pay_day.paid_on, not_known):
                self._found(violation)
            if pay_day.put_right() is None:
                return
            self._run("run of somebody who was put right", disturbed=True)

    def _play_scopes(self) -> None:
        """Change the scope and holds between runs, which readiness has to know; in the end all is as before."""
        scopes = ScopeRounds(self._company, self._runner.connection_id)
        scopes.hire()
        self._run("run with starters", disturbed=True)
        for number in range(ROUNDS):
            if self._stops:
                return
            text, is_known = scopes.next_round()
            self._company.tell(f"  before round {number + 1}: {text}")
            self._run(f"round {number + 1}", disturbed=True, expects=is_known)
            self._run(f"round {number + 1} again", disturbed=True, expects=True)
        scopes.release_all()
        scopes.save({})
        self._run("run with the scope as before", disturbed=True)

    @property
    def _stops(self) -> bool:
        return self._until_violation and bool(self._played.violations)

    def _run(
        self,
        what: str,
        *,
        alone: str | None = None,
        disturbed: bool = False,
        quiet: bool = False,
        expects: bool = False,
    ) -> None:
        before = Snapshot.of(self._company, self._runner.links())
        try:
            ended = self._runner.run(alone)
        except Exception as error:  # noqa: BLE001 - a crash of the engine is a finding as well
            self._found(Violation("crash", f"{what}: {type(error).__name__}: {error}"))
            return
        after = Snapshot.of(self._company, self._runner.links())
        self._ever_read |= ended.rows.keys()
        self._tell(what, ended)
        for violation in self._oracle.check(
            before, after, ended, alone=alone, disturbed=disturbed, quiet=quiet
        ):
            self._found(violation)
        if expects:
            for violation in check_readiness(ended, alone, quiet=True):
                self._found(violation)

    def _tell(self, what: str, ended: Ended) -> None:
        self._played.runs += 1
        self._played.writes += ended.writes
        self._played.stopped_runs += ended.is_stopped
        self._company.tell(f"  {what}: {ended.status} {ended.message} {ended.writes} writes")
        for source_id in sorted(ended.rows):
            self._company.tell(f"      {source_id}: {ended.describe(source_id)}")

    def _found(self, violation: Violation) -> None:
        self._played.violations.append(violation)
        self._company.tell(f"  VIOLATION {violation.kind}: {violation.text}")


def play(
    web: Web,
    seed: int,
    only: frozenset[int] | None = None,
    *,
    until_violation: bool = False,
    only_pay_day: bool = False,
) -> Played:
    """Play the company of a seed, or only some of its cases; to its end, or until it breaks a promise.

    With ``only_pay_day`` it has one run, and then a pay day, whatever its seed.
    """
    company, cases = make_company(web, seed, only)
    played = Played(seed, company.story, cases)
    company.story.insert(0, company.title)
    playing = _Play(company, played, until_violation=until_violation)
    playing.play_only_pay_day() if only_pay_day else playing.play()
    return played


def shortest(web: Web, seed: int) -> Played:
    """Play a company with as few of its cases as still break a promise in the same way, and until then only."""
    played = play(web, seed, until_violation=True)
    left = frozenset(range(len(played.cases)))
    for index in sorted(left):
        if play(web, seed, left - {index}, until_violation=True).kinds >= played.kinds:
            left -= {index}
    return play(web, seed, left, until_violation=True)
