"""Which open problems a list shows, as a filter and as conditions of a query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, or_

from core.clock import now
from core.folding import Search
from core.models import Connection, KnownPerson, OpenProblem
from core.problems.active import is_active
from core.runs.outcome_catalogue import Fixer


class Shown(StrEnum):
    """Which problems a list shows."""

    OPEN = "open"
    PUT_OFF = "put off"
    IGNORED = "ignored"
    # Not problems any more: fields of which people have decided whose value counts.
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """Which problems to show; None means all. ``search`` is a name however it is typed, or a whole source or target ID.

    ``assigned_to`` is a person of the account, 0 means nobody.
    """

    shown: Shown = Shown.OPEN
    fixer: Fixer | None = None
    connection_id: int | None = None
    search: str = ""
    assigned_to: int | None = None
    oldest_first: bool = False


def conditions_of(problem_filter: ProblemFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on ``OpenProblem``, in a query that has ``Connection``."""
    moment = now()
    ignored = OpenProblem.ignored_at.is_not(None)
    shown: dict[Shown, list[ColumnElement[bool]]] = {
        Shown.OPEN: [is_active(moment)],
        Shown.PUT_OFF: [~ignored, OpenProblem.snoozed_until > moment],
        Shown.IGNORED: [ignored],
        Shown.DECIDED: [false()],
    }
    conditions = shown[problem_filter.shown]
    if problem_filter.fixer is not None:
        conditions.append(OpenProblem.fixer == problem_filter.fixer)
    if problem_filter.connection_id is not None:
        conditions.append(Connection.id == problem_filter.connection_id)
    if problem_filter.assigned_to is not None:
        conditions.append(OpenProblem.assigned_to.is_not_distinct_from(problem_filter.assigned_to or None))
    if text := problem_filter.search.strip():
        is_theirs = or_(OpenProblem.source_id == text, OpenProblem.target_id == text)
        conditions.append(or_(is_theirs, OpenProblem.name.icontains(text, autoescape=True), _is_called(text)))
    return conditions


def _is_called(text: str) -> ColumnElement[bool]:
    """Return the condition that the person of a problem has a name, however it is typed."""
    parts = [
        or_(
            *(
                and_(*(KnownPerson.folded.contains(word, autoescape=True) for word in words))
                for words in spellings
            )
        )
        for _, spellings in Search.of(text).parts
        if spellings
    ]
    is_theirs = (
        KnownPerson.pairing_id == OpenProblem.pairing_id,
        KnownPerson.source_id == OpenProblem.source_id,
    )
    return exists().where(*is_theirs, *parts) if len(parts) == len(Search.of(text).parts) else false()
