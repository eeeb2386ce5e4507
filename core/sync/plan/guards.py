"""Guards: what holds a run before its first write. Add a guard by adding a function to ``GUARDS``.

One file, because all of them look at the same summary of a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Decision, Phase, Record, Run, RunKind, RunStatus
from core.runs import bank_approval
from core.runs.affected import Affected
from core.runs.counters import Counters
from core.runs.options import Limit, Limits
from core.runs.outcome_catalogue import Code, explain
from core.runs.system_names import load_system_names
from core.sync.plan.impact import APPLIED, APPROVED, Impact, measure_impact
from core.sync.store.kept_plans import Breach

# The usual number of employees read is the average of this number of runs.
RUNS_FOR_USUAL = 3
HELD = "The run was held and nothing was written."

HAS_READ_ALL = or_(
    Run.status == RunStatus.COMPLETE,
    and_(Run.status == RunStatus.ERROR, Run.phase == Phase.WRITING),
    and_(Run.status == RunStatus.HELD, Run.id.in_(APPROVED)),
)
FULL_RUNS = (
    Run.connection_id == bindparam("connection_id"),
    Run.kind == RunKind.SYNC,
    Run.id.not_in(APPLIED),
    HAS_READ_ALL,
)
NUMBERS_READ = select(Run.read).where(*FULL_RUNS).order_by(Run.id.desc()).limit(RUNS_FOR_USUAL)
HAS_COMPLETED_FIRST_LOAD = select(exists().where(*FULL_RUNS, Run.read > 0, Run.errors * 10 <= Run.read))


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What the guards look at: the counters of the complete plan, its impact, and how many are usually read.

    ``has_completed_first_load``: an earlier run has dealt with nearly every employee, so creating many is no longer
    expected. ``only_reason``: in a first load, the one reason for which all of several employees were filtered.
    ``first_changes``: in a first run, the employees whose values at the target it would have overwritten.
    """

    counters: Counters
    impact: Impact
    usual_read: float | None
    has_completed_first_load: bool
    only_reason: str | None = None
    # In a run of chosen employees, shares are of the usual number: choosing few does not make a change large.
    is_of_chosen: bool = False
    first_changes: Affected = field(default_factory=Affected)

    @property
    def shares_of(self) -> int:
        """Return the number of employees that the shares of limits are of."""
        usual = round(self.usual_read or 0) if self.is_of_chosen else 0
        return max(self.counters.read, usual)


Guard = Callable[[PlanSummary, Limits], Iterator[Breach]]


def check(
    run_id: int,
    connection_id: int,
    counters: Counters,
    limits: Limits,
    *,
    is_of_chosen: bool = False,
    first_changes: Affected | None = None,
) -> list[Breach]:
    """Return every breach of a complete plan, which may be of chosen employees only; none when writing may begin."""
    numbers_read, is_later = _earlier_runs(connection_id)
    impact = measure_impact(run_id, connection_id, any_pending=not counters.balanced)
    is_first = not is_later and counters.filtered == counters.read > 1
    only_reason = _only_reason(run_id) if is_first else None
    plan = PlanSummary(
        counters,
        impact,
        _average(numbers_read),
        is_later,
        only_reason,
        is_of_chosen,
        first_changes or Affected(),
    )
    if impact.bank.number:
        with reading() as session:
            people = bank_approval.people_needed(session, connection_id, limits)
        limits = limits.model_copy(update={"people_for_bank": people})
    breaches = [breach for guard in GUARDS for breach in guard(plan, limits)]
    return _name_systems(breaches, run_id) if breaches else []


def _name_systems(breaches: Sequence[Breach], run_id: int) -> list[Breach]:
    """Put the names of the two systems into the messages."""
    with reading() as session:
        names = load_system_names(session, run_id)
    return [replace(breach, message=names.fill(breach.message)) for breach in breaches]


def held_message(breaches: Sequence[Breach]) -> str:
    """Return the message of a run that is held."""
    messages = " ".join(breach.message for breach in breaches)
    if HELD in messages or breaches[0].code is Code.NOTHING_READ:
        return messages
    return f"{messages} {HELD} {explain(breaches[0].code).remedy}"


def exemption(run_id: int, connection_id: int, counters: Counters, limits: Limits) -> str:
    """Return the sentence that a first run says when a limit did not apply to it; otherwise nothing."""
    allowed = allowed_number(Limit(share=limits.creates.share), counters.read, limits.shares_from)
    settled = counters.unchanged + counters.filtered + counters.updated + counters.terminated
    if allowed is None or counters.read - settled <= allowed or _earlier_runs(connection_id)[1]:
        return ""
    of_run = (Record.run_id == run_id, Record.decision == Decision.CREATE)
    with reading() as session:
        number = session.scalar(select(func.count()).select_from(Record).where(*of_run)) or 0
    if number <= allowed:
        return ""
    limit_text = _limit_text(limits.creates, allowed, counters.read)
    return f"The limit on new employees, {limit_text}, does not apply to a first run."


def has_read_usual_number(breaches: Sequence[Breach]) -> bool:
    """Say whether nothing suggests that the source returned only some of its employees."""
    return not any(breach.code in (Code.NOTHING_READ, Code.VOLUME_DROP) for breach in breaches)


def has_completed_first_load(session: Session, connection_id: int) -> bool:
    """Say whether an earlier run of a connection has dealt with nearly every employee, so that it was its first."""
    return bool(
        session.connection().execute(HAS_COMPLETED_FIRST_LOAD, {"connection_id": connection_id}).scalar()
    )


def _average(numbers: Sequence[int]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _earlier_runs(connection_id: int) -> tuple[list[int], bool]:
    """Return how many employees the last full runs read, and whether any full run failed for a tenth of them at most.

    A held run counts once its plan was approved, because its number was right. The run that applied the plan does not:
    it read only the approved employees.
    """
    parameters = {"connection_id": connection_id}
    with reading() as session:
        numbers_read = session.connection().execute(NUMBERS_READ, parameters).scalars().all()
        is_later = has_completed_first_load(session, connection_id)
    return list(numbers_read), is_later


def _only_reason(run_id: int) -> str | None:
    """Return the reason of all filtered employees of a run; None when there are several."""
    query = select(Record.reason).where(Record.run_id == run_id).distinct().limit(2)
    with reading() as session:
        reasons = session.scalars(query).all()
    return reasons[0] if len(reasons) == 1 else None


def _nothing_read(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    if not plan.counters.read and not limits.allow_none_read:
        yield Breach(Code.NOTHING_READ, explain(Code.NOTHING_READ).sentence)


def _all_filtered(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    del limits  # somebody who approves such a run says that it is right
    if plan.only_reason is not None:
        title, read = explain(plan.only_reason).title, plan.counters.read
        message = f"All {read} employees were filtered for the same reason: {title}. {HELD}"
        yield Breach(Code.ALL_FILTERED, f"{message} {explain(Code.ALL_FILTERED).remedy}", read, 0)


def _first_changes(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    del limits  # only a person can say whose value is right
    affected = plan.first_changes
    if affected.number:
        employees = _employees(affected)
        had = "has" if affected.number == 1 else "have"
        message = f"{employees} {had} other values in {{target}} from before the first run. {HELD}"
        remedy = explain(Code.FIRST_CHANGES).remedy
        yield Breach(Code.FIRST_CHANGES, f"{message} {remedy}", affected.number, 0, affected.positions)


def _volume_drop(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    usual, read = plan.usual_read, plan.counters.read
    if not read or usual is None:
        return
    least = usual * limits.least_share if usual >= limits.usual_from else 0.0
    if limits.most_fewer is not None:
        least = max(least, usual - limits.most_fewer)
    if read < least:
        numbers = f"Only {read} employees were read; the last runs read about {round(usual)} each."
        message = f"{numbers} {HELD} {explain(Code.VOLUME_DROP).remedy}"
        yield Breach(Code.VOLUME_DROP, message, read, round(least))


def _too_many(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    impact, creates = plan.impact, limits.creates
    if not plan.has_completed_first_load:
        creates = creates.model_copy(update={"share": None})
    for code, affected, limit, what in (
        (Code.MANY_CREATES, impact.creates, creates, "created"),
        (Code.MANY_TERMINATIONS, impact.terminations, limits.terminations, "terminated"),
        (Code.MANY_BANK_CHANGES, impact.bank, limits.bank, "given a new bank account"),
        (
            Code.MANY_TAX_CHANGES,
            impact.tax_and_super,
            limits.tax_and_super,
            "given new tax or super details",
        ),
        (Code.MANY_BLANKED, impact.blanked, limits.blanked, "left with cleared fields"),
    ):
        allowed = allowed_number(limit, plan.shares_of, limits.shares_from)
        if allowed is not None and affected.number > allowed:
            limit_text = _limit_text(limit, allowed, plan.shares_of)
            done = f"would be {what}"
            if affected is impact.terminations and impact.any_by_hand:
                done = f"{'has' if affected.number == 1 else 'have'} left since the last run"
            message = f"{_employees(affected)} {done}; the limit is {limit_text}."
            yield Breach(code, message, affected.number, allowed, affected.positions)


def allowed_number(limit: Limit, read: int, shares_from: int) -> int | None:
    """Return how many employees a limit allows, the smaller of its number and its share; None without a limit."""
    allowed = [] if limit.count is None else [limit.count]
    if limit.share is not None:
        allowed.append(max(shares_from, int(read * limit.share)))
    return min(allowed, default=None)


def _limit_text(limit: Limit, allowed: int, read: int) -> str:
    """Return the limit as people read it, with the share when the number comes from it: ``62 (25 % of 250)``."""
    if limit.share is None or allowed == limit.count or allowed != int(read * limit.share):
        return str(allowed)
    return f"{allowed} ({limit.share * 100:g} % of {read})"


def _second_person(plan: PlanSummary, limits: Limits) -> Iterator[Breach]:
    bank = plan.impact.bank
    if limits.people_for_bank and bank.number:
        message = (
            f"{_employees(bank)} would get a new bank account, and this job requires extra approval for that."
        )
        yield Breach(Code.SECOND_PERSON, message, bank.number, 0, bank.positions)


def _employees(affected: Affected) -> str:
    return "1 employee" if affected.number == 1 else f"{affected.number} employees"


GUARDS: Sequence[Guard] = (
    _nothing_read,
    _all_filtered,
    _first_changes,
    _volume_drop,
    _too_many,
    _second_person,
)
