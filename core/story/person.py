"""Read one employee: who they are at both ends, how they are linked, what happened, what stops them, who must act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.db import reading
from core.errors import NotFoundError
from core.models import Account, Connection, ConnectionStatus, Decision, KnownPerson, Position, Run, RunStatus
from core.people.entries import Person
from core.people.kept_facts import facts_of
from core.problems import hidden, open_problems
from core.problems.open_problems import ProblemView
from core.runs.outcome_catalogue import CATALOGUE, Fixer
from core.runs.system_names import SystemNames, connection_labels, system_names
from core.scope import holds
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sides import employee_pages
from core.story import rows, story
from core.story.rows import PersonRows, RecordRow
from core.story.stages import Step, steps_of
from core.story.story import Story
from core.time_zones import zone_or_default

LONGEST_ID = 200
NO_SUCH_PERSON = "There is no such person in this connection. Search for them by name, employee number or id."


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something because of which a run does not write the employee, or leaves something out; ``who`` must act.

    ``about`` says since when, and who looks after it, in iHUB's own words.
    """

    sentence: str
    who: str
    problem_id: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """What a preview of the employee alone said; ``steps`` are empty until it has ended, or where it failed."""

    run_id: int
    at: datetime
    status: RunStatus
    message: str | None
    steps: tuple[Step, ...]

    @property
    def is_waiting(self) -> bool:
        """Say whether it has not ended yet."""
        return not self.status.ended


@dataclass(frozen=True, slots=True)
class PersonView:
    """One employee of a connection. ``facts`` is None where the source does not list them (any more)."""

    account: str
    connection_id: int
    connection: str
    is_active: bool
    source_id: str
    target_id: str | None
    name: str
    # Where the two systems show them; None where that is not known.
    source_url: str | None
    target_url: str | None
    facts: Person | None
    systems: SystemNames
    zone: ZoneInfo
    story: Story
    obstacles: tuple[Obstacle, ...]
    problems: tuple[ProblemView, ...]
    is_on_hold: bool
    preview: PreviewResult | None
    # The newest run or preview in which they wait for somebody to say who they are; None where they do not.
    waiting_run_id: int | None
    # How long the requests of runs are kept.
    request_days: int = 30


class _Loaded(NamedTuple):
    """What the store holds of a person and their connection."""

    connection: Connection
    label: str
    account: Account
    stored: PersonRows
    facts: Person | None
    known_name: str | None
    previewed: tuple[Run, RecordRow | None] | None
    # Where the source and the target show them.
    pages: tuple[str | None, str | None]


def read_person(actor: Actor, connection_id: int, source_id: str) -> PersonView:
    """Return one employee. Raises NotFoundError for one that no run has read, and in another account."""
    if not 0 < len(source_id) <= LONGEST_ID or "\0" in source_id:
        raise NotFoundError(NO_SUCH_PERSON)
    with reading() as session:
        loaded = _load(session, actor, connection_id, source_id)
        systems = _systems(loaded.connection)
    connection, stored, facts = loaded.connection, loaded.stored, loaded.facts
    zone = zone_or_default(loaded.account.time_zone)
    all_problems = open_problems.problems_of(actor, connection_id, source_id)
    problems = tuple(problem for problem in all_problems if problem.is_active)
    found = [_of_problem(problem, zone) for problem in all_problems]
    on_hold = _hold_reason(actor, connection, source_id)
    told = story.tell(stored, systems, zone)
    return PersonView(
        loaded.account.name,
        connection.id,
        loaded.label,
        connection.status is ConnectionStatus.ACTIVE,
        source_id,
        None if stored.link is None else stored.link.target_id,
        (facts and facts.name) or loaded.known_name or source_id,
        *loaded.pages,
        facts,
        systems,
        zone,
        told,
        tuple(_obstacles(connection, systems, found, on_hold, told)),
        problems,
        on_hold is not None,
        None if loaded.previewed is None else _preview(*loaded.previewed, systems),
        _waiting_run(stored, loaded.previewed),
        loaded.account.keep_request_days,
    )


def _load(session: Session, actor: Actor, connection_id: int, source_id: str) -> _Loaded:
    connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
    pairing_id = connection.pairing_id
    if pairing_id is None:
        raise NotFoundError(NO_SUCH_PERSON)
    stored = rows.load(session, connection.account_id, pairing_id, source_id)
    facts = facts_of(session, pairing_id, [source_id]).get(source_id)
    known = session.get(KnownPerson, (pairing_id, source_id))
    if facts is None and known is None and not stored:
        raise NotFoundError(NO_SUCH_PERSON)
    target_id = None if stored.link is None else stored.link.target_id
    return _Loaded(
        connection,
        connection_labels(session, connection.account_id)[connection_id],
        session.get_one(Account, connection.account_id),
        stored,
        facts,
        None if known is None else known.name,
        rows.load_preview(session, connection_id, source_id),
        employee_pages.pages_of(connection, source_id, target_id),
    )


def _systems(connection: Connection) -> SystemNames:
    kinds = {side.position: side.kind for side in connection.sides}
    return system_names(kinds.get(Position.SOURCE), kinds.get(Position.TARGET))


def _preview(run: Run, record: RecordRow | None, systems: SystemNames) -> PreviewResult:
    steps = () if record is None else steps_of(record, systems)
    message = record.message if record is not None else run.message
    at = run.ended_at or run.started_at or run.created_at
    return PreviewResult(run.id, at, run.status, message and systems.fill(message), steps)


def _waiting_run(stored: PersonRows, previewed: tuple[Run, RecordRow | None] | None) -> int | None:
    newest = [*stored.records[-1:], *filter(None, previewed[1:] if previewed is not None else ())]
    last = max(newest, key=lambda record: record.run_id, default=None)
    is_waiting = last is not None and last.decision in (Decision.AMBIGUOUS, Decision.ALREADY_LINKED)
    return last.run_id if last is not None and is_waiting else None


def _hold_reason(actor: Actor, connection: Connection, source_id: str) -> str | None:
    if connection.status is ConnectionStatus.DELETED:
        return None
    held = holds.list_holds(actor, connection.id)
    return next((hold.reason for hold in held if hold.source_id == source_id), None)


def _obstacles(
    connection: Connection,
    systems: SystemNames,
    of_problems: Sequence[Obstacle],
    on_hold: str | None,
    told: Story,
) -> Iterator[Obstacle]:
    if connection.status is ConnectionStatus.DELETED:
        yield Obstacle("The connection was deleted, so nobody is synced by it.", Fixer.ADMIN.value)
    elif connection.status is not ConnectionStatus.ACTIVE:
        yield Obstacle("The connection is not Active: connect both systems.", Fixer.ADMIN.value)
    if on_hold is not None:
        yield Obstacle(f"On hold: {on_hold}", Fixer.ADMIN.value)
    yield from of_problems
    if not of_problems and (last := next((event for event in told.events if event.steps), None)) is not None:
        yield from _without_problem(last, systems, is_on_hold=on_hold is not None)


def _of_problem(problem: ProblemView, zone: ZoneInfo) -> Obstacle:
    decided = _decided(problem, zone)
    note = f"Note by {problem.commented_by or 'somebody'}: {problem.comment}" if problem.comment else ""
    said = (f"{problem.title}: {_ended(problem.message)}", problem.remedy, note, decided)
    text = " ".join(filter(None, said))
    about = f"Open since {hidden.day_text(problem.since, zone)}."
    if problem.assignee:
        about += f" {problem.assignee} looks after it."
    return Obstacle(text, Fixer.NOBODY.value if decided else problem.fixer, problem.id, about)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def _decided(problem: ProblemView, zone: ZoneInfo) -> str:
    """Return why nobody has to act on a problem now; empty where somebody has to."""
    if problem.is_active:
        return ""
    until = None if problem.ignored_at is not None else problem.snoozed_until
    return hidden.text(problem.ignored_by, problem.note, until, zone)


def _without_problem(last: story.Event, systems: SystemNames, *, is_on_hold: bool) -> Iterator[Obstacle]:
    """Yield why the last run that did anything did not write somebody, about which nobody has to do anything."""
    why = CATALOGUE.get(last.reason or "")
    is_stopped = any(step.mark is story.Mark.STOPPED for step in last.steps)
    if is_stopped and why is not None and why.fixer is Fixer.NOBODY and not is_on_hold:
        said = _ended(last.message) if last.message else why.sentence
        yield Obstacle(systems.fill(f"{why.title}: {said}"), Fixer.NOBODY.value)
