"""What must be true whatever was killed: counters balance, each employee is there once, schedules run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from redis import Redis
from sqlalchemy import func, select

from bench.chaos.customer import Customer
from core.clock import now
from core.db import reading
from core.jobs.due_schedules import rule_of
from core.jobs.scheduler import PREFIX
from core.models import (
    Action,
    Connection,
    ConnectionStatus,
    OpenProblem,
    PayloadBatch,
    ProblemKind,
    Record,
    Run,
    RunStatus,
    Schedule,
)
from core.sync.store import tally

UNEXPECTED = ("iHUB failed in run", "has been aborted")
LATE_SECONDS = 30
SCHEDULED = "rq:scheduler:scheduled_jobs"
ABOUT_VALUES = (ProblemKind.WARNING, ProblemKind.BY_HAND)


def check_runs(after: int) -> Iterator[str]:
    """Yield what is wrong with the runs after a run: their counters, their rows, their message."""
    with reading() as session:
        runs = list(session.scalars(select(Run).where(Run.id > after).order_by(Run.id)))
    for run in runs:
        yield from (f"run {run.id}: {problem}" for problem in _check_run(run))


def _check_run(run: Run) -> Iterator[str]:
    if not run.status.ended:
        yield f"it has not ended ({run.status})"
        return
    counted = tally.count(run.id)
    if not counted.balanced or counted.columns() != {name: getattr(run, name) for name in counted.columns()}:
        yield "its counters do not balance, or are not those of its rows"
    if not run.message or any(words in run.message for words in UNEXPECTED):
        yield f"it ended as {run.status} with: {run.message}"
    of_run = Record.run_id == run.id
    with reading() as session:
        rows, employees = session.execute(
            select(func.count(), func.count(Record.source_id.distinct())).where(of_run)
        ).one()
        left = session.scalar(select(func.count()).where(of_run, Record.payload_batch_id.is_not(None))) or 0
        left += session.scalar(select(func.count()).where(PayloadBatch.run_id == run.id)) or 0
        pending = session.scalar(select(func.count()).where(of_run, Record.action == Action.PENDING))
    if not rows == employees == counted.read:
        yield f"{counted.read} were read, but it has {rows} rows for {employees} employees"
    if left or pending:
        yield f"{pending} rows are pending and {left} payloads are left"


def failed_without_reason(run_id: int, customer: Customer) -> set[str | None]:
    """Return why employees without a problem failed in a run."""
    people = customer.people()
    with reading() as session:
        failed = session.execute(
            select(Record.source_id, Record.reason).where(
                Record.run_id == run_id, Record.action == Action.FAILED
            )
        ).all()
    return {row.reason for row in failed if not people[row.source_id].problem}


def check_undisturbed_run(run_id: int, customer: Customer) -> Iterator[str]:
    """Yield what is wrong with an undisturbed run: it reads everyone, and only employees with a problem fail."""
    with reading() as session:
        run = session.get_one(Run, run_id)
    unfair = failed_without_reason(run_id, customer)
    if run.status not in (RunStatus.COMPLETE, RunStatus.ERROR) or unfair:
        reasons = ", ".join(sorted(map(str, unfair)))
        yield f"run {run_id} was undisturbed and ended as {run.status} ({reasons}): {run.message}"
    people = customer.people()
    if run.read != len(people):
        yield f"run {run_id} read {run.read} of {len(people)} people"


def check_open_problems(connection_id: int, customer: Customer) -> Iterator[str]:
    """Yield that a person is asked to look at employees who have no problem, apart from what their values say."""
    people = customer.people()
    of_connection = select(Connection.pairing_id).where(Connection.id == connection_id)
    with reading() as session:
        problems = session.scalars(
            select(OpenProblem).where(
                OpenProblem.pairing_id == of_connection.scalar_subquery(),
                OpenProblem.kind.not_in(ABOUT_VALUES),
            )
        ).all()
    needless = sorted({problem.code for problem in problems if not people[problem.source_id].problem})
    if needless:
        yield f"customer {customer.number}: a person is asked to look at {', '.join(needless)}"


def check_payroll(customer: Customer) -> Iterator[str]:
    """Yield which employees are lost, duplicated, wrong in a field or made up at the target."""
    entries = customer.payroll()
    payroll = {entry.number: entry.fields for entry in entries}
    known = {person.number for person in customer.people().values()}
    found = {
        "lost": [number for number in customer.expected if number not in payroll],
        "wrong": [
            number for number, fields in customer.expected.items() if payroll.get(number, fields) != fields
        ],
        "created twice": [number for number, times in customer.created_per_employee().items() if times != 1],
        "made up": list(set(payroll) - known),
    }
    for problem, numbers in found.items():
        if numbers:
            yield f"customer {customer.number}: {len(numbers)} {problem}, such as {min(numbers)}"
    names = Counter(entry.name for entry in entries)
    twice = sum(times > 1 for times in names.values())
    if twice > customer.namesakes:
        yield f"customer {customer.number}: {twice} employees are in payroll twice"


def check_schedules(queue: Redis) -> Iterator[str]:
    """Yield schedules that no longer start runs: overdue in the store, or missing in Redis."""
    with reading() as session:
        schedules = session.execute(select(Schedule.id, Schedule.active, Schedule.next_due_at)).all()
        inactive = session.scalars(
            select(Connection.id).where(Connection.status != ConnectionStatus.ACTIVE)
        ).all()
    for schedule in schedules:
        late = (now() - schedule.next_due_at).total_seconds()
        in_redis = queue.zscore(SCHEDULED, f"{PREFIX}{schedule.id}")
        if not schedule.active or late > LATE_SECONDS or in_redis is None:
            yield f"schedule {schedule.id} has stopped: {late:.0f} s late, {'in' if in_redis else 'not in'} Redis"
    yield from (f"connection {connection_id} is no longer Active" for connection_id in inactive)


def check_moments(queue: Redis) -> Iterator[str]:
    """Yield schedules that are due later than their rule says, or at another moment in Redis than in the store."""
    with reading() as session:
        schedules = list(session.scalars(select(Schedule).where(Schedule.active)))
    for schedule in schedules:
        latest = rule_of(schedule).next_after(now(), schedule.first_due_at)
        if schedule.next_due_at > latest:
            yield f"schedule {schedule.id} is due at {schedule.next_due_at:%H:%M:%S}, not at {latest:%H:%M:%S}"
        score = queue.zscore(SCHEDULED, f"{PREFIX}{schedule.id}")
        if score is None or abs(float(score) - schedule.next_due_at.timestamp()) > 1:
            yield f"schedule {schedule.id} is put off in Redis"
