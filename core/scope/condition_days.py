"""What the condition of a scope says of an employee today and on later days, where what is kept cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date

from connectors.contract.employee import Employee
from connectors.contract.records import Reason
from connectors.mapping.conditions.tree import BranchTest, tests_of
from core.scope.judging import CompiledScope
from core.scope.rules import ScopeRules

# What is kept of everybody (core/people/entries.py); any other value of an employee is known only while they are read.
KEPT_PLACES = frozenset(
    {
        *("source_id", "employee_number", "status", "branch_id", "branch", "employment_type"),
        *("start_date", "end_date", "address.state"),
    }
)
KEPT_ROOTS = frozenset(place.partition(".")[0] for place in KEPT_PLACES)
# From a day on (None: from today) the condition excludes the employee for a reason; None says that they meet it.
Outlook = Sequence[tuple[date | None, Reason | None]]
MOST_CHANGES, MOST_DAYS = 4, 400


def places_not_kept(rules: ScopeRules) -> list[str]:
    """Return the places of a condition that are not kept of everybody."""
    if rules.condition is None:
        return []
    asked = (test for _, test in tests_of(rules.condition) if not isinstance(test, BranchTest))
    return sorted({test.at for test in asked} - KEPT_PLACES)


class ConditionDays:
    """Judges employees who are read, for the days until they are read again."""

    def __init__(self, scope: CompiledScope) -> None:
        """Take the scope of the run."""
        self._scope, self._is_kept = scope, not places_not_kept(scope.rules)
        self._later: dict[date, CompiledScope] = {}

    def outlook(self, employee: Employee, source_id: str) -> Outlook | None:
        """Return what the condition says of an employee; None where what is kept of them says it as well."""
        if self._is_kept:
            return None
        scope, day = self._scope, None
        found: list[tuple[date | None, Reason | None]] = []
        for _ in range(MOST_CHANGES):
            problem = scope.find_unmet(employee, source_id)
            reason = None if problem is None else problem.reason
            if not found or found[-1][1] is not reason:
                found.append((day, reason))
            day = _next_change(scope, employee, source_id)
            if day is None:
                break
            scope, employee = self._on(day), copy(employee)
            employee.apply_end_date(day)
        return found

    def _on(self, day: date) -> CompiledScope:
        if len(self._later) >= MOST_DAYS:
            self._later.clear()
        if day not in self._later:
            self._later[day] = self._scope.on(day)
        return self._later[day]


def _next_change(scope: CompiledScope, employee: Employee, source_id: str) -> date | None:
    days = [scope.condition_changes(employee, source_id)]
    if employee.ends_by_date and employee.end_date is not None and employee.end_date > scope.today:
        days.append(employee.end_date)
    return min((day for day in days if day is not None), default=None)
