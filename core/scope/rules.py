"""The rules of a scope: a condition, windows for starters and leavers, and people named one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from connectors.contract.employee import ENDED, employment_status
from connectors.contract.errors import ConfigError
from connectors.mapping.conditions.tree import AnyCondition, ConditionTree, dump
from core.runs.options import Scope

MOST_PEOPLE = 1000
MOST_BRANCH_TESTS, LONGEST_BRANCH = 30, 200
SourceIds = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)], ...],
    Field(max_length=MOST_PEOPLE),
]
# The condition that everybody meets, as a version writes it.
EVERYBODY: dict[str, Any] = {"any": [{"at": "status", "empty": True}, {"at": "status", "there": True}]}
_CONDITION: TypeAdapter[AnyCondition] = TypeAdapter(ConditionTree)


class ScopeRules(BaseModel):
    """Everything that decides who is synced, except people on hold.

    ``condition`` is None where everybody is synced. ``days_before`` and ``days_after`` are None where no window limits
    starters or leavers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    condition: ConditionTree | None = None
    days_before: int | None = Field(None, ge=0, le=3660)
    days_after: int | None = Field(None, ge=0, le=3660)
    include: SourceIds = ()
    exclude: SourceIds = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if set(self.include) & set(self.exclude):
            raise ValueError("the same person is included and excluded; remove them from one of the lists")
        return self


def parse_condition(written: object) -> AnyCondition:
    """Return a condition from its written form. Raises pydantic's ValidationError."""
    return _CONDITION.validate_python(written)


def status_row(statuses: tuple[str, ...]) -> dict[str, object]:
    """Return the condition on the status in its written form. Employees without a status meet it.

    Ended statuses are left out: leavers are judged by their own rule.
    """
    words = [_filled(word) for word in statuses if employment_status(word) not in ENDED]
    blank: dict[str, object] = {"at": "status", "empty": True}
    return {"any": [{"at": "status", "is": words}, blank]} if words else blank


def from_settings(scope: Scope) -> ScopeRules:
    """Return the rules that include the same people as the settings of a job did."""
    rows = [status_row(scope.statuses)]
    if scope.branches:
        rows.append(_branch_row(scope.branches))
    if scope.employment_types:
        rows.append({"at": "employment_type", "is": [_filled(word) for word in scope.employment_types]})
    return ScopeRules(condition=parse_condition({"all": rows}), days_before=scope.future_start_days)


def from_document(document: Mapping[str, Any], job_scope: Scope) -> ScopeRules:
    """Return the rules of a stored version; ``job_scope`` counts for the condition where the version has none.

    Raises ConfigError when they cannot be used any more.
    """
    from_job = from_settings(job_scope)
    windows = ("starters", "days_before"), ("leavers", "days_after")
    days = {name: (document.get(key) or {}).get(name) for key, name in windows}
    if "scope" not in document and days["days_before"] is None:
        days["days_before"] = from_job.days_before
    condition = document.get("scope", from_job.condition)
    condition = None if condition == EVERYBODY else condition
    try:
        return ScopeRules(condition=condition, **days, **(document.get("people") or {}))
    except ValidationError as error:
        raise ConfigError(
            "The scope of this connection cannot be used. Open its Scope tab, correct it and save it."
        ) from error


def to_parts(rules: ScopeRules) -> dict[str, Any]:
    """Return the rules as the parts of a version; a part that says nothing is None."""
    people = {"include": list(rules.include), "exclude": list(rules.exclude)}
    named = {name: ids for name, ids in people.items() if ids}
    return {
        "scope": EVERYBODY if rules.condition is None else dump(rules.condition),
        "starters": None if rules.days_before is None else {"days_before": rules.days_before},
        "leavers": None if rules.days_after is None else {"days_after": rules.days_after},
        "people": named or None,
    }


def _branch_row(branches: tuple[str, ...]) -> dict[str, object]:
    words = [_filled(word) for word in branches]
    if len(words) <= MOST_BRANCH_TESTS and all(len(word) <= LONGEST_BRANCH for word in words):
        return {"any": [{"branch": word} for word in words]}
    return {"any": [{"at": "branch_id", "is": words}, {"at": "branch", "is": words}]}


def _filled(word: str) -> str:
    """Return a word as it is, and for a blank one a sign that stands for the same: nobody's value is equal to it."""
    return word if word.strip() else "-"


DEFAULT = from_settings(Scope())
