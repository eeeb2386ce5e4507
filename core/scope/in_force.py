"""The scope that is in force for a run, ready to judge employees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.contract.branches import BranchTree
from connectors.contract.capabilities import ListsBranches
from connectors.contract.errors import ConfigError
from connectors.mapping.conditions.faults import Fault, find_faults
from connectors.mapping.conditions.tree import AnyCondition, AnyTest, BranchTest, Location, tests_of
from connectors.rest.employee_places import EmployeePlaces
from core.runs.options import Scope
from core.scope import holds
from core.scope.judging import CompiledScope
from core.scope.rules import ScopeRules, from_document


@dataclass(frozen=True, slots=True)
class ScopeInForce:
    """The rules of a connection and the people on hold, on one day."""

    rules: ScopeRules
    today: date
    hold_reasons: Mapping[str, str]

    @property
    def _branch_tests(self) -> list[BranchTest]:
        tests = () if self.rules.condition is None else tests_of(self.rules.condition)
        return [test for _, test in tests if isinstance(test, BranchTest)]

    @property
    def asks_for_branches(self) -> bool:
        """Say whether the rules name a branch."""
        return bool(self._branch_tests)

    @property
    def needs_branches(self) -> bool:
        """Say whether the rules ask which branches lie below another."""
        return any(test.below for test in self._branch_tests)

    def compile(self, places: EmployeePlaces, branches: BranchTree | None) -> CompiledScope:
        """Return what judges the employees of a source with these places; ``branches`` where the rules need them."""
        return CompiledScope(
            self.rules, self.today, holds=self.hold_reasons, branches=branches, places=places
        )

    def find_vanished(self, places: EmployeePlaces, branches: BranchTree | None) -> list[str]:
        """Return what the rules ask for and the source no longer has, or calls sensitive by now, each as a sentence."""
        if self.rules.condition is None:
            return []
        faults = find_faults(self.rules.condition, places, for_scope=True, branches=branches)
        return [
            f"Condition {fault.number}: {fault.sentence}"
            for fault, (_, test) in _with_tests(self.rules.condition, faults)
            if (branches is not None if isinstance(test, BranchTest) else _is_gone(places, test.at))
        ]


def _is_gone(places: EmployeePlaces, path: str) -> bool:
    return places.find(path) is None or places.is_sensitive(path)


def _with_tests(
    condition: AnyCondition, faults: Iterable[Fault]
) -> Iterator[tuple[Fault, tuple[Location, AnyTest]]]:
    tests = list(tests_of(condition))
    return ((fault, tests[fault.number - 1]) for fault in faults)


async def read_branches(source: object) -> BranchTree:
    """Read the branches of a source that is open. Raises ConnectorError, also where it does not list them."""
    if not isinstance(source, ListsBranches):
        raise ConfigError(
            "The source does not say which branches lie below others, and the scope asks for that. "
            "Name each branch on the connection's Scope tab."
        )
    return BranchTree(await source.branches())


def load(document: Mapping[str, Any], job_scope: Scope, pairing_id: int, today: date) -> ScopeInForce:
    """Load the scope of a run whose version or draft says this.

    ``job_scope`` is that of the job's settings, which counts where the document says nothing about the condition.
    """
    return ScopeInForce(from_document(document, job_scope), today, holds.reasons(pairing_id, today))
