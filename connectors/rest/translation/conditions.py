"""Conditions of fields, prepared once for all employees."""

from __future__ import annotations

from connectors.contract.employee import Employee
from connectors.mapping.conditions.judging import Judge, compile_condition
from connectors.mapping.conditions.tree import AnyCondition, ValueTest
from connectors.rest.employee_places import EmployeePlaces

# For how many texts of a place a verdict is remembered.
_MOST_REMEMBERED = 1000


def compile_judge(condition: AnyCondition) -> Judge:
    """Return what judges an employee: True, False, or None where that cannot be decided."""
    places = EmployeePlaces()
    judge = compile_condition(condition, places).judge
    place = places.find(condition.at) if isinstance(condition, ValueTest) else None
    if place is None or place.is_sensitive:
        return judge
    get, verdicts = place.get, dict[str, bool | None]()

    def judge_remembered(employee: Employee, source_id: str) -> bool | None:
        value = get(employee, source_id)
        if type(value) is not str:
            return judge(employee, source_id)
        if value in verdicts:
            return verdicts[value]
        verdict = judge(employee, source_id)
        if len(verdicts) < _MOST_REMEMBERED:
            verdicts[value] = verdict
        return verdict

    return judge_remembered
