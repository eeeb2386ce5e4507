"""What must be true whatever was killed: the law, everybody once, nobody lost, schedules alive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from bench.chaos.cluster import Plant
from bench.chaos.expected import Company
from core.clock import now
from core.db import reading
from core.jobs.scheduler import PREFIX
from core.models import Action, Connection, ConnectionStatus, PayloadBatch, Record, Run, RunStatus, Schedule
from core.sync.store import tally
from sandbox.people.traits import CLEAN

UNEXPECTED = ("iHUB failed in run", "has been given up")
LATE_SECONDS = 30
SOUND = (CLEAN, "added")


def of_runs(after: int) -> Iterator[str]:
    """Yield what is wrong with the runs that ended since the given one: their counters and their rows."""
    with reading() as session:
        runs = list(session.scalars(select(Run).where(Run.id > after).order_by(Run.id)))
    for run in runs:
        yield from (f"run {run.id}: {wrong}" for wrong in _of_run(run))


def _of_run(run: Run) -> Iterator[str]:
    if not run.status.ended:
        yield f"it has not ended ({run.status})"
        return
    counted = tally.count(run.id)
    if not counted.balanced or counted.columns() != {name: getattr(run, name) for name in counted.columns()}:
        yield "the law is broken, or its counters are not those of its rows"
    if not run.message or any(words in run.message for words in UNEXPECTED):
        yield f"it ended as {run.status} with: {run.message}"
    of_run = Record.run_id == run.id
    with reading() as session:
        rows, people = session.execute(
            select(func.count(), func.count(Record.source_id.distinct())).where(of_run)
        ).one()
        left = session.scalar(select(func.count()).where(of_run, Record.payload_batch_id.is_not(None))) or 0
        left += session.scalar(select(func.count()).where(PayloadBatch.run_id == run.id)) or 0
        pending = session.scalar(select(func.count()).where(of_run, Record.action == Action.PENDING))
    if not rows == people == counted.read:
        yield f"{counted.read} were read, but it has {rows} rows for {people} people"
    if left or pending:
        yield f"{pending} rows are pending and {left} payloads are left"


def of_quiet_run(run_id: int, company: Company) -> Iterator[str]:
    """Yield what is wrong with a run that nobody disturbed: it deals with everybody and fails for nobody who is sound."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        failed = session.execute(
            select(Record.source_id, Record.reason).where(
                Record.run_id == run_id, Record.action == Action.FAILED
            )
        )
        reasons = {row.source_id: row.reason for row in failed}
    people = {person["id"]: person for person in company.people()}
    sound = {reason for source_id, reason in reasons.items() if people[source_id]["trait"] in SOUND}
    if run.status not in (RunStatus.COMPLETE, RunStatus.ERROR) or sound:
        yield f"run {run_id} was not disturbed and ended as {run.status} ({', '.join(sorted(map(str, sound)))}): {run.message}"
    if run.read != len(people):
        yield f"run {run_id} read {run.read} of {len(people)} people"


def of_payroll(company: Company) -> Iterator[str]:
    """Yield who is lost, doubled, out of date or made up at the target."""
    where = f"company {company.number}"
    payroll = {entry["employeeId"]: entry for entry in company.payroll()}
    known = {person.get("employeeNumber") for person in company.people()}
    lost = [number for number in company.book if number not in payroll]
    stale = [
        number
        for number, surname in company.book.items()
        if number in payroll and payroll[number]["surname"] != surname
    ]
    twice = [number for number, times in company.created_per_employee().items() if times != 1]
    names = Counter(
        (entry["firstNames"], entry["surname"], entry.get("birthDate")) for entry in payroll.values()
    )
    doubled = [name for name, times in names.items() if times > 1]
    for what, found in (
        ("lost", lost),
        ("out of date", stale),
        ("created twice", twice),
        ("made up", set(payroll) - known),
    ):
        if found:
            yield f"{where}: {len(found)} {what}, such as {sorted(found)[0]}"
    if len(doubled) > 1:  # the sandbox has one pair of namesakes
        yield f"{where}: {len(doubled)} people are in payroll twice"


def of_schedules(plant: Plant) -> Iterator[str]:
    """Yield which schedules no longer fire: overdue in the store, or unknown to Redis."""
    with reading() as session:
        schedules = session.execute(select(Schedule.id, Schedule.active, Schedule.next_due_at)).all()
        lost = session.scalars(
            select(Connection.id).where(Connection.status != ConnectionStatus.ACTIVE)
        ).all()
    for schedule in schedules:
        late = (now() - schedule.next_due_at).total_seconds()
        held = plant.queue().zscore("rq:scheduler:scheduled_jobs", f"{PREFIX}{schedule.id}")
        if not schedule.active or late > LATE_SECONDS or held is None:
            yield f"schedule {schedule.id} is dead: {late:.0f} s late, {'in' if held else 'not in'} Redis"
    yield from (f"connection {connection_id} is no longer Active" for connection_id in lost)
