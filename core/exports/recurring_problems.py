"""What keeps going wrong: the open problems that run after run finds again, by kind, branch and person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.clock import now
from core.models import Connection, OpenProblem
from core.people.kept_facts import facts_of
from core.problems.active import is_active
from core.problems.problem_view import TITLES
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.system_names import load_system_names
from core.security.actor import Actor

MOST_LINES, MOST_PROBLEMS = 10, 500


@dataclass(frozen=True, slots=True)
class Recurring:
    """An error that comes again: what it is, the field where it is about one, and where."""

    title: str
    field: str
    connection: str
    people: int
    times: int


@dataclass(frozen=True, slots=True)
class Offender:
    """A person with problems that run after run finds again."""

    connection_id: int
    source_id: str
    name: str
    times: int
    since: datetime


@dataclass(frozen=True, slots=True)
class RecurringProblems:
    """The most frequent of each. ``branches`` has the people of each branch who have problems, the most first."""

    recurring: tuple[Recurring, ...]
    branches: tuple[tuple[str, int], ...]
    offenders: tuple[Offender, ...]


def load(session: Session, actor: Actor, connection_id: int | None) -> RecurringProblems:
    """Return what keeps going wrong in an account, or in one of its connections. The caller checks the permission."""
    problems = _load(session, actor, connection_id)
    labels = _connections(session, actor)
    return RecurringProblems(
        _recurring(session, problems, labels), _branches(session, problems), _offenders(problems, labels)
    )


def _connections(session: Session, actor: Actor) -> dict[int, tuple[int, str]]:
    """Return id and name of the newest connection of each pairing."""
    query = select(Connection.pairing_id, Connection.id, connection_label()).where(
        Connection.account_id == actor.account_id, Connection.pairing_id.is_not(None)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query.order_by(Connection.id)) if row[0]}


def _load(session: Session, actor: Actor, connection_id: int | None) -> Sequence[OpenProblem]:
    """Return the open problems that runs have found most often."""
    theirs = Connection.account_id == actor.account_id
    if connection_id is not None:
        theirs = Connection.id == connection_id
    pairings = select(Connection.pairing_id).where(theirs, Connection.pairing_id.is_not(None))
    query = select(OpenProblem).where(OpenProblem.pairing_id.in_(pairings), is_active(now()))
    return session.scalars(
        query.order_by(OpenProblem.times.desc(), OpenProblem.id).limit(MOST_PROBLEMS)
    ).all()


def _branches(session: Session, problems: Sequence[OpenProblem]) -> tuple[tuple[str, int], ...]:
    """Return in which branches the people with problems are, and how many, the most first."""
    people: dict[int, set[str]] = {}
    for problem in problems:
        people.setdefault(problem.pairing_id, set()).add(problem.source_id)
    counted = Counter(
        person.branch or person.branch_id or "No branch"
        for pairing_id, source_ids in people.items()
        for person in facts_of(session, pairing_id, source_ids).values()
    )
    return tuple(counted.most_common(MOST_LINES))


def _recurring(
    session: Session, problems: Sequence[OpenProblem], labels: dict[int, tuple[int, str]]
) -> tuple[Recurring, ...]:
    groups: dict[tuple[str, str, int], list[OpenProblem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.field, problem.pairing_id), []).append(problem)
    found = [
        Recurring(
            CATALOGUE[code].title if code in CATALOGUE else _said(session, of_group),
            field,
            labels.get(pairing_id, (0, ""))[1],
            len({each.source_id for each in of_group}),
            sum(each.times for each in of_group),
        )
        for (code, field, pairing_id), of_group in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.times, each.title, each.field))[:MOST_LINES])


def _said(session: Session, problems: Sequence[OpenProblem]) -> str:
    """Return what a connector says of a problem with a code of its own, if it says the same of everybody."""
    first, kind = problems[0], TITLES[problems[0].kind]
    sentence = first.message.partition(". ")[0]
    if not sentence or any(each.message != first.message for each in problems):
        return kind
    if first.last_run_id is not None:
        sentence = load_system_names(session, first.last_run_id).fill(sentence)
    return f"{kind}: {sentence.rstrip('.')}"


def _offenders(problems: Sequence[OpenProblem], labels: dict[int, tuple[int, str]]) -> tuple[Offender, ...]:
    people: dict[tuple[int, str], list[OpenProblem]] = {}
    for problem in problems:
        people.setdefault((problem.pairing_id, problem.source_id), []).append(problem)
    found = [
        Offender(
            labels.get(pairing_id, (0, ""))[0],
            source_id,
            theirs[0].name or source_id,
            sum(each.times for each in theirs),
            min(each.since for each in theirs),
        )
        for (pairing_id, source_id), theirs in people.items()
    ]
    repeated = [each for each in found if each.times > 1]
    return tuple(sorted(repeated, key=lambda each: (-each.times, each.since, each.name))[:MOST_LINES])
