"""The pay-day forecast: who will miss the next pay or be paid wrong, why, and who must act; each person once.

It says what payroll will have at the cut-off if nobody changes anything until then: the final sweep sends everybody who
can be sent. Where the newest run could not continue, the people that it did not reach are not known.
Once the cut-off has passed, it says who was not there then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from connectors.contract.employee import ENDED, employment_status
from connectors.contract.records import Reason
from core.clock import now
from core.db import reading
from core.models import Connection, Decision, OpenProblem, Position, ProblemKind
from core.pay_days import stored
from core.pay_days.calendar import PayDay
from core.pay_days.stored import StoredCalendar
from core.pay_days.who_misses import facts as store_facts
from core.pay_days.who_misses import misses
from core.pay_days.who_misses.facts import Facts
from core.pay_days.who_misses.misses import Miss, MissKind, Why
from core.pay_days.who_misses.stopped_run import StoppedRun
from core.people import readiness
from core.people.entries import Person
from core.people.listing import last_read
from core.people.verdicts import PersonVerdict, State
from core.runs.outcome_codes import Fixer
from core.runs.system_names import kind_at, system_names
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection

NO_DATE = "The pay calendar has no future date. Enter the pay dates that are still to come."
# Outcomes that are not about what the source has: what it has, the verdict says, and a preview may have read it since.
ANSWERS = frozenset(
    {Reason.REFUSED, Reason.NOT_FOUND, Reason.LOCKED, Reason.UNANSWERED, Reason.PENDING, Reason.SERVER_ERROR}
)
ABOUT_DATA = frozenset(Reason) - ANSWERS
ABOUT_FIELDS = (ProblemKind.WARNING, ProblemKind.BY_HAND, ProblemKind.RESPONSE)
NO_CALENDAR = "This connection has no pay calendar yet. With one, iHUB says who will miss the next pay."


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of the next pay; ``pay`` is None where there is none, and ``problem`` then says why.

    ``rows`` are the people, the worst first. ``read_at`` is when everybody was last read, None before the first run.
    ``sent_for`` is the pay that a change counts for now. ``stopped`` is the newest run where it could not continue.
    """

    stored: StoredCalendar
    pay: PayDay | None
    rows: Sequence[Miss]
    read_at: datetime | None
    is_past_cut_off: bool = False
    sent_for: PayDay | None = None
    blocked: Why | None = None
    stopped: StoppedRun | None = None
    problem: str = ""

    def count(self, *kinds: MissKind) -> int:
        """Return how many people there are of some kinds."""
        return sum(row.kind in kinds for row in self.rows)


def forecast(actor: Actor, connection_id: int) -> Forecast:
    """Return the forecast of a connection's next pay. Raises NotFoundError, ForbiddenError, InvalidError."""
    calendar, moment = stored.get(actor, connection_id), now()
    pay, read_at = calendar.next_pay(moment), last_read(actor, connection_id)
    if pay is None or calendar.calendar is None:
        return Forecast(calendar, None, (), read_at, problem=NO_DATE if calendar.calendar else NO_CALENDAR)
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        facts = store_facts.load(session, connection, pay.cut_off, moment)
        kinds = select(kind_at(Position.SOURCE), kind_at(Position.TARGET)).select_from(Connection)
        names = system_names(*session.execute(kinds.where(Connection.id == connection_id)).one())
    is_past = pay.cut_off <= moment
    day = calendar.today if is_past else pay.cut_off.astimezone(calendar.zone).date()
    people = readiness.all_verdicts(actor, connection_id, day)
    rows = [
        replace(row, remedy=names.fill(row.remedy))
        for row in judge(people, facts, pay.paid_on, is_past=is_past)
    ]
    sent_for = calendar.next_open_pay(moment)
    return Forecast(calendar, pay, rows, read_at, is_past, sent_for, facts.blocked, facts.stopped)


def judge(people: Iterable[PersonVerdict], facts: Facts, paid_on: date, *, is_past: bool) -> Sequence[Miss]:
    """Return who misses a pay or is paid wrong, each person once, the worst first."""
    rows, seen = [], set()
    for verdict in people:
        seen.add(verdict.person.source_id)
        found = min(
            _judge(verdict, facts, paid_on, is_past=is_past), key=lambda each: each.kind, default=None
        )
        if found is not None:
            rows.append(found)
    rows += [_gone(problem) for problem in _no_longer_listed(facts) if problem.source_id not in seen]
    rows += _never_kept(facts, seen | {row.source_id for row in rows})
    return sorted(rows, key=lambda row: row.order)


def _judge(verdict: PersonVerdict, facts: Facts, paid_on: date, *, is_past: bool) -> Iterator[Miss]:
    person = verdict.person
    is_linked = person.source_id in facts.linked
    if not is_linked and not _is_paid(person, paid_on):
        return
    if verdict.state is State.LEFT_OUT:
        yield from _left_out(verdict, is_linked=is_linked)
        return
    yield from _late(person, facts)
    yield from _linked(verdict, facts) if is_linked else _unlinked(verdict, facts, is_past=is_past)
    if is_linked or verdict.state is State.READY:
        yield from _wrong_fields(person, facts)
    yield from _not_reached(person, facts, is_linked=is_linked)


def _not_reached(person: Person, facts: Facts, *, is_linked: bool) -> Iterator[Miss]:
    """Yield what is not known of somebody that the newest run did not read, or did not write."""
    if (stopped := facts.stopped) is None:
        return
    unsent = stopped.unsent.get(person.source_id)
    if person.source_id not in stopped.read:
        yield _miss(person, MissKind.UNSURE, stopped.not_read)
    elif unsent is not None and (unsent.is_about_pay or not is_linked):
        yield _miss(person, MissKind.UNSURE, stopped.not_sent)


def _never_kept(facts: Facts, seen: Set[str]) -> Iterator[Miss]:
    """Yield those that the newest run read for the first time, and did not write."""
    if facts.stopped is not None:
        why = facts.stopped.not_sent
        for source_id in facts.stopped.unsent.keys() - seen:
            name = facts.stopped.unsent[source_id].name
            yield Miss(source_id, name, MissKind.UNSURE, why.reason, str(why.fixer), why.remedy)


def _left_out(verdict: PersonVerdict, *, is_linked: bool) -> Iterator[Miss]:
    """Yield what happens to somebody the job does not send: only a hold and a late start are about their pay."""
    person = verdict.person
    missing = MissKind.UNSURE if person.at_target else MissKind.MISSES
    if verdict.reason == Reason.ON_HOLD and not is_linked:
        yield _miss(person, missing, misses.ON_HOLD)
    elif verdict.reason == Reason.ON_HOLD and person.other_pay:
        yield _miss(person, MissKind.WRONG, misses.ON_HOLD)
    elif verdict.reason == Reason.FUTURE_START and not is_linked:
        yield _miss(person, MissKind.MISSES, misses.STARTS_LATER)


def _unlinked(verdict: PersonVerdict, facts: Facts, *, is_past: bool) -> Iterator[Miss]:
    person = verdict.person
    problem = _outcome(person, facts)
    if verdict.state is State.WAITING:
        yield _miss(person, _missing(person, verdict.reason), _why(verdict))
    elif problem is not None:
        yield _miss(person, _missing(person, problem.code), misses.of_code(problem.code))
    elif person.source_id in facts.held and facts.held_run_id is not None:
        yield _miss(person, MissKind.MISSES, misses.held(facts.held_run_id))
    elif facts.blocked is not None:
        yield _miss(person, MissKind.MISSES, facts.blocked)
    elif is_past:
        yield _miss(person, MissKind.MISSES, misses.NOT_SENT)


def _linked(verdict: PersonVerdict, facts: Facts) -> Iterator[Miss]:
    """Yield what happens to somebody payroll has: they are paid by what it has of them."""
    person = verdict.person
    problem = _outcome(person, facts)
    decision, is_about_pay = facts.held.get(person.source_id, (None, False))
    if verdict.state is State.WAITING and (person.other_pay or verdict.reason in misses.UNDECIDED):
        kind = MissKind.WRONG if person.other_pay else MissKind.UNSURE
        yield _miss(person, kind, _why(verdict))
    elif problem is not None and (person.other_pay or person.source_id in facts.refused):
        yield _miss(person, MissKind.WRONG, misses.of_code(problem.code))
    elif problem is not None and problem.code in misses.UNDECIDED:
        yield _miss(person, MissKind.UNSURE, misses.of_code(problem.code))
    elif is_about_pay and decision is not Decision.CREATE and facts.held_run_id is not None:
        yield _miss(person, MissKind.WRONG, misses.held(facts.held_run_id))


def _wrong_fields(person: Person, facts: Facts) -> Iterator[Miss]:
    """Yield the pay details that differ although the person is written: not sent, by hand, or decided by nobody yet."""
    if (label := facts.conflicts.get(person.source_id)) is not None:
        why = Why(
            f"Differs in both systems: {label}", Fixer.ADMIN, "Decide on the To fix page whose value counts."
        )
        yield _miss(person, MissKind.WRONG, why)
    for problem in facts.problems.get(person.source_id, ()):
        is_left_out = problem.code == Reason.NO_VALUE_MAP  # as the findings below say
        if problem.kind in ABOUT_FIELDS and problem.field in facts.pay_fields and not is_left_out:
            why = misses.of_code(problem.code)
            yield _miss(person, MissKind.WRONG, Why(why.reason, problem.fixer, why.remedy))
    for finding in person.findings:
        if not finding.stops and finding.field in facts.pay_fields:
            yield _miss(
                person, MissKind.WRONG, misses.of_code(finding.reason, _titled(finding.reason, finding.label))
            )


def _late(person: Person, facts: Facts) -> Iterator[Miss]:
    was_created = facts.late.get(person.source_id)
    if was_created is not None:
        yield _miss(person, MissKind.MISSES if was_created else MissKind.NEXT_PAY, misses.SENT_LATE)


def _is_paid(person: Person, paid_on: date) -> bool:
    """Say whether somebody who is not in payroll is to be paid: they have started by then, and have not left."""
    has_started = person.start_date is None or person.start_date <= paid_on
    return has_started and employment_status(person.status) not in ENDED


def _outcome(person: Person, facts: Facts) -> OpenProblem | None:
    theirs = facts.problems.get(person.source_id, ())
    outcomes = (problem for problem in theirs if problem.kind is ProblemKind.OUTCOME)
    return next((problem for problem in outcomes if problem.code not in ABOUT_DATA), None)


def _missing(person: Person, code: str | None) -> MissKind:
    """Return what happens to somebody without a link, who may be in payroll all the same."""
    return MissKind.UNSURE if code in misses.UNDECIDED or person.at_target else MissKind.MISSES


def _why(verdict: PersonVerdict) -> Why:
    if verdict.missing:
        first = verdict.missing[0]
        return misses.of_code(first.reason, first.title)
    return misses.of_code(verdict.reason or "")


def _titled(code: str, label: str) -> str:
    return f"{misses.of_code(code).reason}: {label}" if label else ""


def _miss(person: Person, kind: MissKind, why: Why) -> Miss:
    return Miss(person.source_id, person.name, kind, why.reason, str(why.fixer), why.remedy)


def _no_longer_listed(facts: Facts) -> Iterator[OpenProblem]:
    for theirs in facts.problems.values():
        yield from (problem for problem in theirs if problem.kind is ProblemKind.NO_LONGER_LISTED)


def _gone(problem: OpenProblem) -> Miss:
    why = misses.of_code(problem.code)
    return Miss(problem.source_id, problem.name, MissKind.WRONG, why.reason, problem.fixer, why.remedy)
