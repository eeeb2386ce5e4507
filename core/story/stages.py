"""What one run did with an employee, step by step: Imported → In scope → Matched → Compared → Written."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from connectors.contract.records import Reason
from core.models import Action, Decision, RunKind
from core.runs import matched_by
from core.runs.outcome_catalogue import CATALOGUE, Code
from core.runs.system_names import SystemNames
from core.story.rows import RecordRow


class Stage(StrEnum):
    """The steps of a run, in their order."""

    IMPORTED = "Imported"
    IN_SCOPE = "In scope"
    MATCHED = "Matched"
    COMPARED = "Compared"
    WRITTEN = "Written"


class Mark(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    STOPPED = "stopped"
    NOT_REACHED = "not reached"
    # The run did not note it, because a later step stopped the employee.
    NOT_NOTED = "not recorded"


class Step(NamedTuple):
    """One step of one run; the sentence is empty where there is nothing to say."""

    stage: Stage
    mark: Mark
    sentence: str


NOT_READ = (Reason.UNREADABLE, Reason.NOT_AT_SOURCE, Reason.LISTED_TWICE, Reason.CONTINUES_ELSEWHERE)
OUT_OF_SCOPE = (
    *(Reason.NOT_IN_SCOPE, Reason.FUTURE_START, Reason.LEFT_EARLIER, Reason.ON_HOLD, Reason.EXCLUDED),
    *(Reason.SCOPE_UNDECIDED, Reason.UNKNOWN_STATUS, Reason.TRANSFERRED_AWAY),
    *(Code.EMPLOYED_AGAIN, Code.TRANSFERRED, Code.MERGED),
)
IN_DOUBT = (
    *(
        Code.SEVERAL_CANDIDATES,
        Code.WEAK_MATCH,
        Code.CONFLICTING_KEYS,
        Code.BECAME_ANOTHER,
        Code.OTHER_NUMBER,
    ),
    *(Code.SHARED_MATCH, Code.DUPLICATE_AT_SOURCE, Code.ALREADY_LINKED, Code.WOULD_CHANGE_PAY),
    *(Code.TWO_ACTIVE_RECORDS, Code.MAY_BE_CREATED),
)
STOPPED_AT: dict[str, Stage] = {
    **dict.fromkeys(map(str, NOT_READ), Stage.IMPORTED),
    **dict.fromkeys(map(str, OUT_OF_SCOPE), Stage.IN_SCOPE),
    **dict.fromkeys(map(str, IN_DOUBT), Stage.MATCHED),
}
STOPPED = {
    Stage.IMPORTED: "{source} could not be read for them: {title}.",
    Stage.IN_SCOPE: "They were not in scope: {title}.",
    Stage.MATCHED: "Who they are in {target} was not certain: {title}.",
    Stage.COMPARED: "They could not be sent: {title}.",
}
DONE = {
    Action.CREATED: "They were created in {target}.",
    Action.UPDATED: "They were updated in {target}.",
    Action.TERMINATED: "Their end was written to {target}.",
    Action.SKIPPED: "Nothing had to be written.",
}
PLANNED = {
    Decision.CREATE: "They would be created in {target}.",
    Decision.UPDATE: "They would be updated in {target}.",
    Decision.TERMINATE: "Their end would be written to {target}.",
}
MOST_FIELDS = 8


def steps_of(row: RecordRow, systems: SystemNames) -> tuple[Step, ...]:
    """Return the five steps of a run for an employee."""
    stopped = stopped_at(row)
    passed = {
        Stage.IMPORTED: "They were read from {source}.",
        Stage.IN_SCOPE: "They were in scope.",
        Stage.MATCHED: _matched(row),
        Stage.COMPARED: _compared(row),
    }
    return tuple(_step(stage, stopped, row, passed, systems) for stage in Stage)


def stopped_at(row: RecordRow) -> Stage | None:
    """Return the step at which an employee was stopped; None where everything was done for them."""
    if row.decision in (Decision.AMBIGUOUS, Decision.ALREADY_LINKED):
        return Stage.MATCHED
    if row.decision in (Decision.FILTERED, Decision.ERROR):
        return STOPPED_AT.get(row.reason or "", Stage.COMPARED)
    is_done = row.action in DONE or (row.kind is RunKind.PREVIEW and row.reason == Code.PREVIEW)
    return None if is_done else Stage.WRITTEN


def title_of(reason: str | None) -> str:
    """Return what an outcome is called."""
    return CATALOGUE[reason].title if reason in CATALOGUE else reason or "no reason was noted"


def _step(
    stage: Stage, stopped: Stage | None, row: RecordRow, passed: dict[Stage, str], systems: SystemNames
) -> Step:
    order = list(Stage)
    if stopped is not None and order.index(stage) > order.index(stopped):
        return Step(stage, Mark.NOT_REACHED, "")
    if stage is Stage.WRITTEN:
        mark = Mark.PASSED if stopped is None else Mark.STOPPED
        return Step(stage, mark, systems.fill(_written(row)))
    if stage is stopped:
        sentence = STOPPED[stage].replace("{title}", title_of(row.reason))
        return Step(stage, Mark.STOPPED, systems.fill(sentence))
    sentence = systems.fill(passed[stage])
    return Step(stage, Mark.PASSED if sentence else Mark.NOT_NOTED, sentence)


def _matched(row: RecordRow) -> str:
    if row.decision is Decision.CREATE:
        return "Nobody in {target} was found to be them."
    if row.target_id is None:
        return ""
    words = matched_by.describe(row.matched_by)
    return f"They were found to be {row.target_id} in {{target}}{f', by {words}' if words else ''}."


def _compared(row: RecordRow) -> str:
    if row.decision is Decision.NO_CHANGE:
        return "Nothing differed."
    if row.decision is Decision.CREATE:
        return "There was nobody to compare them with."
    if not row.fields:
        return ""
    return f"{_things(len(row.fields))} differed: {_list(row.fields)}."


def _things(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"


def _list(labels: Sequence[str]) -> str:
    more = len(labels) - MOST_FIELDS
    return ", ".join([*labels[:MOST_FIELDS], *([f"{more} more"] if more > 0 else [])])


def _written(row: RecordRow) -> str:
    if row.action in DONE:
        return DONE[row.action]
    if row.action is Action.PENDING:
        return "It has not been written yet."
    if row.kind is RunKind.PREVIEW and row.reason == Code.PREVIEW:
        return PLANNED.get(row.decision, "Nothing would be written.")
    did_not = "{target} did not take it" if row.action is Action.FAILED else "Nothing was written"
    return f"{did_not}: {title_of(row.reason)}."
