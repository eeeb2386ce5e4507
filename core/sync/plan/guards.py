"""Guard rails: what holds a run before its first write. Add a guard by adding a function to ``GUARDS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, bindparam, exists, or_, select

from core.db import reading
from core.models import Phase, Plan, PlanState, Run, RunKind, RunStatus
from core.runs.counters import Counters
from core.runs.options import Limit, Limits
from core.runs.outcome_catalogue import Code, explain
from core.runs.system_names import load_system_names
from core.sync.plan.impact import Affected, Impact, forecast
from core.sync.store.kept_plans import Breach

LAST_RUNS = 3
HELD = "The run was held and nothing was written."

CARRYING_OUT = select(Plan.applied_by_run_id).where(Plan.applied_by_run_id.is_not(None))
APPROVED = select(Plan.run_id).where(Plan.state == PlanState.APPROVED)
READ_EVERYBODY = or_(
    Run.status == RunStatus.COMPLETE,
    and_(Run.status == RunStatus.ERROR, Run.phase == Phase.WRITING),
    and_(Run.status == RunStatus.HELD, Run.id.in_(APPROVED)),
)
OF_EVERYBODY = (
    Run.connection_id == bindparam("connection_id"),
    Run.kind == RunKind.SYNC,
    Run.id.not_in(CARRYING_OUT),
    READ_EVERYBODY,
)
LAST_NUMBERS = select(Run.read).where(*OF_EVERYBODY).order_by(Run.id.desc()).limit(LAST_RUNS)
SETTLED = select(exists().where(*OF_EVERYBODY, Run.read > 0, Run.errors * 10 <= Run.read))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the guards look at: the counters of the complete plan, what it would do, and how many are usually read.

    ``settled`` says that any earlier run has dealt with nearly everybody, so that many creates are no longer expected.
    """

    counters: Counters
    forecast: Impact
    usual: float | None
    settled: bool


Guard = Callable[[Outlook, Limits], Iterator[Breach]]


def check(run_id: int, connection_id: int, counters: Counters, limits: Limits) -> list[Breach]:
    """Return every breach of a complete plan; none when writing may begin."""
    numbers, settled = _earlier_runs(connection_id)
    told = Impact() if counters.balanced else forecast(run_id)  # then nothing is pending
    outlook = Outlook(counters, told, _average(numbers), settled)
    breaches = [breach for guard in GUARDS for breach in guard(outlook, limits)]
    return _name_systems(breaches, run_id) if breaches else []


def _name_systems(breaches: Sequence[Breach], run_id: int) -> list[Breach]:
    with reading() as session:
        names = load_system_names(session, run_id)
    return [replace(breach, message=names.fill(breach.message)) for breach in breaches]


def sentence(breaches: Sequence[Breach]) -> str:
    """Return the message of a run that is held."""
    told = " ".join(breach.message for breach in breaches)
    return (
        told
        if HELD in told or breaches[0].code is Code.NOTHING_READ
        else f"{told} {HELD} {explain(breaches[0].code).remedy}"
    )


def _average(numbers: Sequence[int]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _earlier_runs(connection_id: int) -> tuple[list[int], bool]:
    """Return how many the last runs that read everybody have read, and whether any has failed for a tenth of them at most.

    A held run whose plan was approved counts: its number was right. The run that carried it out read only what was approved.
    """
    of = {"connection_id": connection_id}
    with reading() as session:
        numbers = session.connection().execute(LAST_NUMBERS, of).scalars().all()
        return list(numbers), bool(session.connection().execute(SETTLED, of).scalar())


def _nothing_read(plan: Outlook, limits: Limits) -> Iterator[Breach]:
    if not plan.counters.read and not limits.allow_none_read:
        yield Breach(Code.NOTHING_READ, explain(Code.NOTHING_READ).sentence)


def _volume_drop(plan: Outlook, limits: Limits) -> Iterator[Breach]:
    usual, read = plan.usual, plan.counters.read
    if not read or usual is None:
        return
    least = usual * limits.least_share if usual >= limits.usual_from else 0.0
    if limits.most_fewer is not None:
        least = max(least, usual - limits.most_fewer)
    if read >= least:
        return
    numbers = f"Only {read} employees were read; the last runs read about {round(usual)} each."
    message = f"{numbers} {HELD} {explain(Code.VOLUME_DROP).remedy}"
    yield Breach(Code.VOLUME_DROP, message, read, round(least))


def _too_many(plan: Outlook, limits: Limits) -> Iterator[Breach]:
    told, creates = plan.forecast, limits.creates
    if not plan.settled:
        creates = creates.model_copy(update={"share": None})
    for code, affected, limit, what in (
        (Code.MANY_CREATES, told.creates, creates, "created"),
        (Code.MANY_TERMINATIONS, told.terminations, limits.terminations, "terminated"),
        (Code.MANY_BANK_CHANGES, told.bank, limits.bank, "given a new bank account"),
        (Code.MANY_TAX_CHANGES, told.tax_and_super, limits.tax_and_super, "given new tax or super details"),
        (Code.MANY_BLANKED, told.blanked, limits.blanked, "left with cleared fields"),
    ):
        allowed = _allowed(limit, plan.counters.read, limits.shares_from)
        if allowed is not None and affected.number > allowed:
            share = _share_text(limit, plan.counters.read, allowed)
            message = f"{_employees(affected)} would be {what}; the limit is {allowed}{share}."
            yield Breach(code, message, affected.number, allowed, affected.positions)


def _allowed(limit: Limit, read: int, shares_from: int) -> int | None:
    """Return how many a limit allows: the smaller of the number and the share, where there are any."""
    allowed = [] if limit.count is None else [limit.count]
    if limit.share is not None:
        allowed.append(max(shares_from, int(read * limit.share)))
    return min(allowed, default=None)


def _share_text(limit: Limit, read: int, allowed: int) -> str:
    """Return where a limit comes from when it is a share: " (25 % of 250)"."""
    if limit.share is None or allowed != int(read * limit.share):
        return ""
    return f" ({round(limit.share * 100)} % of {read})"


def _second_person(plan: Outlook, limits: Limits) -> Iterator[Breach]:
    bank = plan.forecast.bank
    if limits.people_for_bank and bank.number:
        message = f"{_employees(bank)} would be given a new bank account, and this job requires extra approval for that."
        yield Breach(Code.SECOND_PERSON, message, bank.number, 0, bank.positions)


def _employees(affected: Affected) -> str:
    return "1 employee" if affected.number == 1 else f"{affected.number} employees"


GUARDS: Sequence[Guard] = (_nothing_read, _volume_drop, _too_many, _second_person)
