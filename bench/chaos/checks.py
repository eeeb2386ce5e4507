"""What must be true whatever was killed: counters balance, each employee is there once, schedules run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from bench.chaos.cluster import Cluster
from bench.chaos.customer import Customer
from core.clock import now
from core.db import reading
from core.jobs.scheduler import PREFIX
from core.models import Action, Connection, ConnectionStatus, PayloadBatch, Record, Run, RunStatus, Schedule
from core.sync.store import tally
from sandbox.people.traits import CLEAN

UNEXPECTED = ("iHUB failed in run", "has been aborted")
LATE_SECONDS = 30
WITHOUT_PROBLEM = (CLEAN, "added")


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


def check_undisturbed_run(run_id: int, customer: Customer) -> Iterator[str]:
    """Yield what is wrong with an undisturbed run: it reads everyone, and only employees with a problem fail."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        failed = session.execute(
            select(Record.source_id, Record.reason).where(
                Record.run_id == run_id, Record.action == Action.FAILED
            )
        )
        reasons = {row.source_id: row.reason for row in failed}
    people = {person["id"]: person for person in customer.people()}
    unfair = {
        reason for source_id, reason in reasons.items() if people[source_id]["trait"] in WITHOUT_PROBLEM
    }
    if run.status not in (RunStatus.COMPLETE, RunStatus.ERROR) or unfair:
        reasons_found = ", ".join(sorted(map(str, unfair)))
        yield f"run {run_id} was undisturbed and ended as {run.status} ({reasons_found}): {run.message}"
    if run.read != len(people):
        yield f"run {run_id} read {run.read} of {len(people)} people"


def check_payroll(customer: Customer) -> Iterator[str]:
    """Yield which employees are lost, duplicated, out of date or made up at the target."""
    where = f"customer {customer.number}"
    payroll = {entry["employeeId"]: entry for entry in customer.payroll()}
    known = {person.get("employeeNumber") for person in customer.people()}
    lost = [number for number in customer.expected if number not in payroll]
    stale = [
        number
        for number, surname in customer.expected.items()
        if number in payroll and payroll[number]["surname"] != surname
    ]
    twice = [number for number, times in customer.created_per_employee().items() if times != 1]
    names = Counter(
        (entry["firstNames"], entry["surname"], entry.get("birthDate")) for entry in payroll.values()
    )
    namesakes = [name for name, times in names.items() if times > 1]
    for problem, numbers in (
        ("lost", lost),
        ("out of date", stale),
        ("created twice", twice),
        ("made up", set(payroll) - known),
    ):
        if numbers:
            yield f"{where}: {len(numbers)} {problem}, such as {min(numbers)}"
    if len(namesakes) > 1:  # the sandbox has one pair of namesakes
        yield f"{where}: {len(namesakes)} employees are in payroll twice"


def check_schedules(cluster: Cluster) -> Iterator[str]:
    """Yield schedules that no longer start runs: overdue in the store, or missing in Redis."""
    with reading() as session:
        schedules = session.execute(select(Schedule.id, Schedule.active, Schedule.next_due_at)).all()
        inactive = session.scalars(
            select(Connection.id).where(Connection.status != ConnectionStatus.ACTIVE)
        ).all()
    for schedule in schedules:
        late = (now() - schedule.next_due_at).total_seconds()
        in_redis = cluster.queue().zscore("rq:scheduler:scheduled_jobs", f"{PREFIX}{schedule.id}")
        if not schedule.active or late > LATE_SECONDS or in_redis is None:
            yield f"schedule {schedule.id} has stopped: {late:.0f} s late, {'in' if in_redis else 'not in'} Redis"
    yield from (f"connection {connection_id} is no longer Active" for connection_id in inactive)
