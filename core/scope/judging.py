"""Judge employees by a scope, in one fixed order: the first rule that decides gives the reason.

The order: on hold, excluded by name, included by name, leavers and starters, the condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.contract.branches import BranchTree
from connectors.contract.employee import ENDED, Employee, employment_status
from connectors.contract.records import Problem, Reason
from connectors.mapping.conditions.judging import CompiledCondition, Node, compile_condition
from connectors.mapping.conditions.operators import STATUS, shifted
from connectors.mapping.conditions.places import Places
from connectors.mapping.conditions.tree import AnyOf, AnyTest, BranchTest, ValueTest, dump, tests_of
from connectors.mapping.conditions.wording import describe
from connectors.rest.employee_places import EmployeePlaces
from connectors.values.code_words import code_words
from connectors.values.redaction import redact
from core.runs.outcome_catalogue import explain
from core.scope.rules import ScopeRules
from core.scope.scope_places import ScopePlaces

ALREADY_LEFT = Problem(
    Reason.NOT_IN_SCOPE,
    "The employee has left and is not in {target}, so there is no employment to end. No action is needed.",
)
FUTURE_START = Problem(Reason.FUTURE_START, explain(Reason.FUTURE_START).sentence)
LEFT_EARLIER = Problem(Reason.LEFT_EARLIER, explain(Reason.LEFT_EARLIER).sentence)
EXCLUDED = Problem(Reason.EXCLUDED, explain(Reason.EXCLUDED).sentence)
# The longest word for a status that a message repeats, and the longest condition.
MOST_LETTERS = 40
LONGEST_CONDITION = 300


class CompiledScope:
    """The scope of one connection on one day."""

    def __init__(
        self,
        rules: ScopeRules,
        today: date,
        *,
        holds: Mapping[str, str] | None = None,
        branches: BranchTree | None = None,
        places: Places | None = None,
    ) -> None:
        """Compile the rules once for all employees. ``holds`` has the reason for each source id on hold today."""
        self.rules, self.today = rules, today
        self._places, self._branches = places or EmployeePlaces(), branches
        self._holds = {source_id: _hold(reason) for source_id, reason in (holds or {}).items()}
        self._include, self._exclude = frozenset(rules.include), frozenset(rules.exclude)
        self._is_personal = bool(self._holds or self._include or self._exclude)
        # Starters up to this day are in; leavers who left from that day on.
        self._last_start = None if rules.days_before is None else shifted(today, rules.days_before)
        self._first_end = None if rules.days_after is None else shifted(today, -rules.days_after)
        self._condition = self._compile(for_leavers=False)
        self._leaver_condition = self._compile(for_leavers=True)
        self._judge = self._condition.judge if self._condition else None
        self.rests_on_days = (
            rules.days_before is not None
            or rules.days_after is not None
            or any(each and each.next_change for each in (self._condition, self._leaver_condition))
        )
        # By the number of the deciding condition and whether it is undecided: the problem, and whether status decided.
        self._problems: dict[tuple[int, bool], tuple[Problem, bool]] = {}

    def _compile(self, *, for_leavers: bool) -> CompiledCondition | None:
        if self.rules.condition is None:
            return None
        return compile_condition(
            self.rules.condition,
            ScopePlaces(self._places),
            today=self.today,
            branches=self._branches,
            is_taken_for_met=_is_about_working if for_leavers else lambda _: False,
        )

    @property
    def basis(self) -> str:
        """Return everything that verdicts depend on besides the employee, the day and people on hold."""
        rules = self.rules
        tests = [] if rules.condition is None else list(tests_of(rules.condition))
        below = [
            sorted(self._branches.below(test.branch))
            for _, test in tests
            if isinstance(test, BranchTest) and test.below and self._branches is not None
        ]
        condition = None if rules.condition is None else dump(rules.condition)
        gone = [
            test.at
            for _, test in tests
            if isinstance(test, ValueTest) and ScopePlaces(self._places).find(test.at) is None
        ]
        return f"{condition} {below} {rules.model_dump_json(exclude={'condition'})}{gone or ''}"

    @property
    def held_ids(self) -> frozenset[str]:
        """Return the source ids of the people on hold."""
        return frozenset(self._holds)

    def find_exclusion(self, employee: Employee, source_id: str, *, is_at_target: bool) -> Problem | None:
        """Return why an employee is not synced; None when they are."""
        if self._is_personal:
            personal = self._find_personal(source_id)
            if personal is not None:
                return personal
            if source_id in self._include:
                return ALREADY_LEFT if employee.terminated and not is_at_target else None
        if employee.terminated:
            return self._judge_leaver(employee, source_id, is_at_target=is_at_target)
        if self._last_start is not None and not is_at_target and self._starts_too_late(employee):
            return FUTURE_START
        judge = self._judge
        return None if judge is None or judge(employee, source_id) else self._explain(employee, source_id)

    def _find_personal(self, source_id: str) -> Problem | None:
        """Return why a person is out by name."""
        return self._holds.get(source_id) or (EXCLUDED if source_id in self._exclude else None)

    def _is_named(self, source_id: str) -> bool:
        return source_id in self._include or self._find_personal(source_id) is not None

    def meets_condition(self, employee: Employee, source_id: str) -> bool | None:
        """Return what the condition alone says of an employee; None when it cannot be decided."""
        compiled = self._leaver_condition if employee.terminated else self._condition
        return compiled is None or compiled.judge(employee, source_id)

    def find_unmet(self, employee: Employee, source_id: str) -> Problem | None:
        """Return why an employee does not meet the condition, or cannot be decided on; None when they meet it."""
        return None if self.meets_condition(employee, source_id) else self._explain(employee, source_id)

    def next_change(self, employee: Employee, source_id: str, *, is_at_target: bool) -> date | None:
        """Return the first day after today on which the verdict can change although the employee does not."""
        if not self.rests_on_days or self._is_named(source_id):
            return None
        days = (
            self._window_change(employee, is_at_target=is_at_target),
            self.condition_changes(employee, source_id),
        )
        return min((day for day in days if day is not None), default=None)

    def condition_changes(self, employee: Employee, source_id: str) -> date | None:
        """Return the first day after today on which the condition can say something else of an employee."""
        compiled = self._leaver_condition if employee.terminated else self._condition
        if compiled is None or compiled.next_change is None:
            return None
        return compiled.next_change(employee, source_id)

    def on(self, day: date) -> CompiledScope:
        """Return the scope as it is on another day, without people on hold."""
        return CompiledScope(self.rules, day, branches=self._branches, places=self._places)

    def _window_change(self, employee: Employee, *, is_at_target: bool) -> date | None:
        rules = self.rules
        if employee.terminated:
            is_open = is_at_target and employee.end_date is not None and not self._left_earlier(employee)
            if not is_open or rules.days_after is None or employee.end_date is None:
                return None
            return shifted(employee.end_date, rules.days_after + 1)
        if is_at_target or not self._starts_too_late(employee) or employee.start_date is None:
            return None
        return shifted(employee.start_date, -(rules.days_before or 0))

    def _left_earlier(self, employee: Employee) -> bool:
        return (
            self._first_end is not None
            and employee.end_date is not None
            and employee.end_date < self._first_end
        )

    def _starts_too_late(self, employee: Employee) -> bool:
        return (
            self._last_start is not None
            and employee.start_date is not None
            and employee.start_date > self._last_start
        )

    def _judge_leaver(self, employee: Employee, source_id: str, *, is_at_target: bool) -> Problem | None:
        if not is_at_target:  # a leaver matters only where there is an employment to end
            return ALREADY_LEFT
        if self._left_earlier(employee):
            return LEFT_EARLIER
        compiled = self._leaver_condition
        if compiled is None or compiled.judge(employee, source_id):
            return None
        return self._explain(employee, source_id)

    def _explain(self, employee: Employee, source_id: str) -> Problem | None:
        """Return the problem of an employee who does not meet the condition, or cannot be decided on."""
        compiled = self._leaver_condition if employee.terminated else self._condition
        if compiled is None:
            return None
        node = compiled.deciding(employee, source_id)
        key = (node.number, node.judge(employee, source_id) is None)
        if key not in self._problems:
            self._problems[key] = self._problem_of(node, is_undecided=key[1]), _asks_for_status(node)
        problem, asks_for_status = self._problems[key]
        if asks_for_status and employee.status is not None and employment_status(employee.status) is None:
            return _unknown_status(employee.status)
        return problem

    def _problem_of(self, node: Node, *, is_undecided: bool) -> Problem:
        words = describe(node.condition, self._places, self._branches)
        shown = words if len(words) <= LONGEST_CONDITION else f"{words[:LONGEST_CONDITION]} …"
        reason = Reason.SCOPE_UNDECIDED if is_undecided else Reason.NOT_IN_SCOPE
        explanation = explain(reason)
        return Problem(
            reason, f"{explanation.cause} Condition {node.number} is “{shown}”. {explanation.remedy}"
        )


def _is_about_working(test: AnyTest) -> bool:
    """Say whether a test on the status means people who work: for leavers it counts as met.

    A test that names an ended status itself is judged as it is written.
    """
    if isinstance(test, BranchTest) or test.at != STATUS:
        return False
    words = test.argument if isinstance(test.argument, tuple) else ()
    return not any(employment_status(str(word)) in ENDED for word in words)


def _asks_for_status(node: Node) -> bool:
    """Say whether a condition only lists the statuses that are synced."""
    each = [test for _, test in tests_of(node.condition)]
    return isinstance(node.condition, ValueTest | AnyOf) and all(
        isinstance(test, ValueTest) and test.at == STATUS and test.operator in {"is", "empty"}
        for test in each
    )


def _unknown_status(word: str) -> Problem:
    shown = code_words(redact(word[:MOST_LETTERS]).removesuffix("."))
    said = explain(Reason.UNKNOWN_STATUS)
    return Problem(Reason.UNKNOWN_STATUS, f"{said.cause} The status is “{shown}”. {said.remedy}")


def _hold(reason: str) -> Problem:
    explanation = explain(Reason.ON_HOLD)
    return Problem(Reason.ON_HOLD, f"{explanation.cause} The reason given: “{reason}”. {explanation.remedy}")


def is_already_left(problem: Problem) -> bool:
    """Say whether a problem, which may come from the store, excludes a leaver who is not at the target."""
    # A stored one has today's wording: the config fingerprint covers the code.
    return problem == ALREADY_LEFT
