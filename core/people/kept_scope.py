"""Judge people by the scope in force today, from what is kept of them: no system is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from connectors.contract.employee import Address, Employee, EmploymentStatus, employment_status
from connectors.contract.records import Reason
from connectors.rest.employee_places import EmployeePlaces
from core.people.entries import Person
from core.scope.condition_days import KEPT_PLACES, places_not_kept
from core.scope.in_force import ScopeInForce
from core.scope.judging import CompiledScope

# Any other value of an employee counts as not shown by the source.
NOT_KEPT = frozenset(EmployeePlaces().paths()) - KEPT_PLACES | {"custom"}
MOVED = frozenset({EmploymentStatus.TRANSFERRED, EmploymentStatus.MERGED})


class KeptScope:
    """The scope of one connection today, judged by the few fields that are kept of everybody."""

    def __init__(self, scope: ScopeInForce, whole: CompiledScope, people: Iterable[Person]) -> None:
        """``whole`` is the scope, compiled. ``people`` are all of them: a hold on a record holds the person."""
        rules = scope.rules
        self._today, self._whole = scope.today, whole
        self._windows = CompiledScope(rules.model_copy(update={"condition": None}), scope.today)
        self._asks_for_more = bool(places_not_kept(rules))
        self._has_condition, self._include = rules.condition is not None, frozenset(rules.include)
        self._held_ids = _with_other_records(frozenset(scope.hold_reasons), people)

    def is_held(self, person: Person) -> bool:
        """Say whether somebody is on hold, under this record or another one of theirs."""
        return person.source_id in self._held_ids

    def find_reason(self, person: Person) -> Reason | None:
        """Return why somebody is not synced, apart from holds; None when they are."""
        employee, source_id = to_employee(person), person.source_id
        employee.apply_end_date(self._today)
        problem = self._windows.find_exclusion(employee, source_id, is_at_target=person.at_target)
        if problem is not None:
            return problem.reason
        return None if source_id in self._include else self._find_unmet(person, employee)

    def meets_condition(self, person: Person) -> bool:
        """Say whether somebody meets the condition, whatever else decides."""
        employee = to_employee(person)
        employee.apply_end_date(self._today)
        return self._find_unmet(person, employee) is None

    def _find_unmet(self, person: Person, employee: Employee) -> Reason | None:
        if not self._has_condition:
            return None
        if person.condition is not None and self._asks_for_more:
            reason = _on(person.condition, self._today)
        else:
            problem = self._whole.find_unmet(employee, person.source_id)
            reason = None if problem is None else problem.reason
        has_moved = employment_status(person.status) in MOVED
        if reason is Reason.NOT_IN_SCOPE and person.at_target and has_moved:
            return Reason.TRANSFERRED_AWAY
        return reason


def to_employee(person: Person) -> Employee:
    """Return what is kept of an employee; everything else counts as not shown by the source."""
    return Employee(
        None,
        person.name,
        employee_number=person.employee_number,
        status=person.status,
        branch_id=person.branch_id,
        branch=person.branch,
        employment_type=person.employment_type,
        start_date=person.start_date,
        end_date=person.end_date,
        address=None if person.region is None else Address(state=person.region),
        unread=NOT_KEPT.union(person.unread) if person.unread else NOT_KEPT,
    )


def _on(condition: Iterable[tuple[date | None, str | None]], today: date) -> Reason | None:
    """Return what counts of the days that are kept."""
    codes = [code for day, code in condition if day is None or day <= today]
    return Reason(codes[-1]) if codes and codes[-1] is not None else None


def _with_other_records(held_ids: frozenset[str], people: Iterable[Person]) -> set[str]:
    """Return the records on hold and all that are of the same person as one of them."""
    if not held_ids:
        return set()
    others: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for other in person.records:
            others[person.source_id].add(other)
            others[other].add(person.source_id)
    reached, new = set(held_ids), set(held_ids)
    while new:
        new = set().union(*(others[each] for each in new)) - reached
        reached |= new
    return reached
