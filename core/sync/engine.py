"""Carry out one run from claim to end: plan → guard → write.

A run that died while planning is planned again, because nothing had been written; one that died while writing continues
with its plan. Whatever happens, the run ends with every employee accounted for, or is left to be resumed.

All of this is one file, because each step decides whether the run continues with the next: read together, they show
that no path leaves a run without an end.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence, Set
from datetime import datetime, timedelta
from time import monotonic

import structlog
import uvloop

from connectors.contract.capabilities import FindsExternalId, HandsOver
from connectors.contract.errors import ConnectorError, LimitReachedError, TemporaryError
from connectors.contract.protocols import Source, Target
from core.clock import now
from core.errors import HubError, LeaseLostError
from core.models import Phase, RunKind, RunStatus
from core.people import drift_alerts
from core.problems import keeping
from core.problems.keeping import Kept
from core.runs import counters as run_counters
from core.runs import lease as run_lease
from core.runs import messages
from core.runs.closing import Closing
from core.runs.lease import Lease
from core.runs.options import Limits
from core.runs.outcome_catalogue import Code
from core.sides.system_pair import SystemPair
from core.store_errors import OUTAGES
from core.sync.match import numbering
from core.sync.plan import config_fingerprint, guards, revalidation
from core.sync.plan.config_fingerprint import Config
from core.sync.plan.planner import Planner
from core.sync.runtime import measures, pinned_mapping, record_digests, selected_employees
from core.sync.runtime.context import (
    CancelledRunError,
    ClosedHoursError,
    RunContext,
    Stop,
    StoppedError,
    load_run_facts,
    parse_options,
)
from core.sync.runtime.failed_requests import kept_failures
from core.sync.runtime.heartbeat import Heartbeat
from core.sync.runtime.interruption import run_until_lease_lost
from core.sync.runtime.measures import Measures
from core.sync.runtime.opened_scope import open_scope
from core.sync.runtime.run_limits import RunLimits
from core.sync.runtime.store_thread import StoreThread
from core.sync.store import (
    field_conflicts,
    journal,
    kept_employees,
    kept_plans,
    tally,
    unanswered,
)
from core.sync.store.kept_plans import Breach
from core.sync.store.tally import Tally
from core.sync.write.earlier_creates import EarlierCreates
from core.sync.write.no_response import PendingOfRun
from core.sync.write.writer import Writer

log = structlog.get_logger()

# A run that has crashed its process this number of times is ended instead of resumed.
MAX_ATTEMPTS = 20

INTERRUPTED_TOO_OFTEN = f"The run was interrupted {MAX_ATTEMPTS} times and has been aborted. Contact Support."

# How often a plan is made when the source lists employees more than once.
MAX_PLANS = 3

stop = Stop()


def request_stop() -> None:
    """Ask the run of this process to stop at the next safe point; it is then resumed by another worker.

    May be called from a signal handler. The process takes no further run until ``stop.requested`` is False again.
    """
    stop.requested = True


def probe_and_load(connection_id: int) -> SystemPair:
    """Load both systems of a connection from the store, after checking that both accept the sign-in."""
    # Imported here: this brings in Redis and OAuth, which runs with systems of their own do not need.
    from core.sides import probes, systems

    probes.before_run(connection_id)
    return systems.load_system_pair(connection_id)


def execute(
    run_id: int,
    load_systems: Callable[[int], SystemPair] = probe_and_load,
    closing: Closing | None = None,
) -> RunStatus | None:
    """Carry out a run and return how it ended; None when it is not ours, RUNNING when it was left to be resumed.

    When the closed hours ``closing`` begin, it stops at its next safe point, and is resumed once they have ended.
    An unexpected error ends the run as ERROR and is raised again. When the store cannot be reached, the run is left as
    it is and resumed once its lease has run out.
    """
    lease = run_lease.claim(run_id)
    if lease is None:
        return None
    log.info("run.claimed", run=run_id, attempt=lease.attempt)
    progress = Tally(tally.count(run_id) if lease.attempt > 1 else None)
    measured = measures.load(run_id) if lease.attempt > 1 else Measures()
    with Heartbeat(lease, progress.counters, measured) as heartbeat:
        try:
            if lease.attempt > MAX_ATTEMPTS:
                return _abort_run(lease, heartbeat, INTERRUPTED_TOO_OFTEN)
            return _carry_out(lease, heartbeat, progress, load_systems, closing)
        except LeaseLostError:
            _count_lease_loss()
            return None
        except (StoppedError, ClosedHoursError, LimitReachedError) as stopped:
            return _leave_run(lease, heartbeat, stopped)
        except (ConnectorError, HubError, CancelledRunError) as error:
            is_cancelled = isinstance(error, CancelledRunError)
            return _cancel_run(lease, heartbeat) if is_cancelled else _abort_run(lease, heartbeat, str(error))
        except OUTAGES:
            log.error("run.store_unreachable", run=run_id)
            raise
        except Exception as error:
            reference = secrets.token_hex(4)
            log.error("run.failed", run=run_id, reference=reference, error=type(error).__name__)
            message = f"iHUB failed in run {run_id}. Give Support this reference: {reference}."
            _abort_run(lease, heartbeat, message)
            raise


def _count_lease_loss() -> None:
    # Imported here: this brings in Redis, which is not needed before.
    from core.measuring import totals

    totals.count_lease_loss()


def _carry_out(
    lease: Lease,
    heartbeat: Heartbeat,
    progress: Tally,
    load_systems: Callable[[int], SystemPair],
    closing: Closing | None,
) -> RunStatus:
    run_facts = load_run_facts(lease.run_id)
    options = parse_options(run_facts)
    pair = load_systems(run_facts.connection_id)
    pinned_mapping.give(run_facts, pair)
    with StoreThread() as store:  # it has ended before the run does
        limits = RunLimits(progress.counters)
        limits.is_writing = run_facts.phase is Phase.WRITING
        work = RunContext(lease, run_facts, pair, options, store, heartbeat, progress, stop, limits, closing)
        with kept_failures(lease.run_id):
            return uvloop.run(run_until_lease_lost(_run(work), heartbeat, work.interruption))


async def _run(work: RunContext) -> RunStatus:
    measured = work.heartbeat.measures
    async with work.systems.target as target:
        measured.watch("target", target)
        is_planned_here = work.facts.phase is Phase.READING
        listed_at = monotonic() if is_planned_here else None
        with measured.phase("reading"):
            planned = await (_plan(work, target) if is_planned_here else _resume(work, target))
        if isinstance(planned, RunStatus):
            return planned
        counters = planned
        if counters.balanced:  # nothing is pending
            await work.store.run(journal.drop_payloads, work.lease)
        else:
            unanswered_creates = await work.store.run(unanswered.load, work.lease, work.pairing_id)
            held = PendingOfRun(
                work, await work.store.run(unanswered.load_pending, work.lease, work.pairing_id)
            )
            earlier = EarlierCreates(work, target, unanswered_creates, listed_at, held)
            with measured.phase("writing"):
                await Writer(work, target, earlier).write()
            counters = await _count(work)
            await _count_numbers(work, target, counters.created)
        if isinstance(target, HandsOver):
            await target.hand_over()
    kept = await _keep_problems(work)
    status, message = messages.ended(counters, work.facts.applied_run_id, kept.need_action, kept.ignored)
    if work.facts.applied_run_id is None:
        message = messages.joined(message, await _exemption(work, counters, work.options.limits))
    return await _finish(work, status, message, counters, kept.need_action)


async def _count_numbers(work: RunContext, target: Target, created: int) -> None:
    """Note that the employees who were created have our number at the target, where it takes one."""
    takes_numbers = work.systems.target_connector.external_id_chosen_by_us or isinstance(
        target, FindsExternalId
    )
    if created and takes_numbers:
        await work.store.run(numbering.add_created, work.lease, work.pairing_id, created)


async def _resume(work: RunContext, target: Target) -> run_counters.Counters:
    """Return the counters of a plan that is being written; after closed hours, employees who changed are left out."""
    if work.facts.was_put_off:
        await revalidation.check(work, target)
        await work.store.run(run_lease.mark_continued, work.lease)
    return await _count(work)


async def _count(work: RunContext) -> run_counters.Counters:
    return await work.store.run(tally.count, work.lease.run_id)


async def _plan(work: RunContext, target: Target) -> RunStatus | run_counters.Counters:
    """Plan and guard; return how the run ended when it ends here, and otherwise the counters of the plan."""
    if work.facts.was_put_off:
        await work.store.run(run_lease.mark_continued, work.lease)
    if work.facts.applied_run_id is not None:
        return await _adopt_plan(work, target)
    chosen = work.facts.chosen
    async with work.systems.source as opened:
        work.heartbeat.measures.watch("source", opened)
        work = await open_scope(work, opened)
        since = await _config_since(work)
        planned_work = work if chosen is None else selected_employees.for_selection(work, chosen)
        record_digests.give(work.pairing_id, opened, target)
        source = opened if chosen is None else selected_employees.SelectedEmployees(opened, chosen)
        await _make_plan(planned_work, source, target, since)
    counters = await _count(work)
    work.tally.reset(counters)
    return await _guard(work, counters, planned_work.options.limits)


async def _make_plan(work: RunContext, source: Source, target: Target, since: datetime) -> None:
    """Make the plan, and make it again when the source lists somebody more than once: see Planner.plan."""
    repeated_ids: Set[str] = frozenset()
    conflicts = await work.store.run(field_conflicts.load, work.pairing_id)
    for attempt in range(1, MAX_PLANS + 1):
        if attempt > 1 or work.lease.attempt > 1:
            await work.store.run(journal.begin, work.lease)
        work.tally.reset(run_counters.Counters())
        again = await Planner(
            work, source, target, since, conflicts=conflicts, repeated_ids=repeated_ids
        ).plan()
        if not again:
            return
        repeated_ids |= again
    raise TemporaryError(
        "The source listed other employees twice each time it was read. Nothing was changed. Try again later."
    )


async def _adopt_plan(work: RunContext, target: Target) -> run_counters.Counters:
    """Check the approved plan that this run applies; return its counters."""
    counters = await _count(work)
    work.tally.reset(counters)
    if not counters.balanced:
        await revalidation.check(work, target)
    await _start_writing(work)
    return await _count(work)


async def _start_writing(work: RunContext) -> None:
    facts = work.facts
    work.limits.is_writing = True  # before it is stored: from here on the run stops at safe points only
    is_first = facts.is_first_run and facts.kind is RunKind.SYNC and facts.applied_run_id is None
    await work.store.run(journal.start_writing, work.lease, work.pairing_id if is_first else None)


async def _guard(
    work: RunContext, counters: run_counters.Counters, limits: Limits
) -> RunStatus | run_counters.Counters:
    """End a preview, hold the run when a guard says so, and otherwise let it start writing."""
    is_of_chosen = work.facts.chosen is not None
    breaches = await work.store.run(
        guards.check,
        work.lease.run_id,
        work.facts.connection_id,
        counters,
        limits,
        is_of_chosen=is_of_chosen,
        first_changes=work.tally.first_changes,
    )
    if not is_of_chosen and work.facts.draft is None and guards.has_read_usual_number(breaches):
        await work.store.run(kept_employees.complete, work.lease, work.pairing_id, counters.read)
    if work.preview:
        message = messages.preview(counters, " ".join(breach.message for breach in breaches))
        message = messages.joined(message, await _exemption(work, counters, limits))
        message = messages.joined(message, await _mapping_effect(work))
        is_applied = work.facts.draft is None and not is_of_chosen  # otherwise it only shows
        hours = limits.preview_hours if is_applied else 0
        counters = await _hold_back(work, Code.PREVIEW, breaches, timedelta(hours=hours))
        await work.store.run(keeping.keep_hidden, work.lease, work.pairing_id)
        return await _finish(work, RunStatus.COMPLETE, message, counters)
    if breaches:
        counters = await _hold_back(work, breaches[0].code, breaches, timedelta(days=limits.held_days))
        kept = await _keep_problems(work, whole_list=guards.has_read_usual_number(breaches))
        message = messages.held(guards.held_message(breaches), kept.need_action, kept.ignored)
        return await _finish(work, RunStatus.HELD, message, counters, kept.need_action)
    await _start_writing(work)
    return counters


async def _exemption(work: RunContext, counters: run_counters.Counters, limits: Limits) -> str:
    run_id, connection_id = work.lease.run_id, work.facts.connection_id
    return await work.store.run(guards.exemption, run_id, connection_id, counters, limits)


async def _mapping_effect(work: RunContext) -> str:
    """Keep how many updates of a preview are due to its draft alone, and return it as a sentence."""
    if work.facts.draft is None:
        return ""
    effect = await work.store.run(tally.end_draft_preview, work.lease, work.tally.only_by_mapping)
    return messages.mapping_effect(*effect)


async def _config_since(work: RunContext) -> datetime:
    """Return since when decisions depend on what they depend on now; what was remembered earlier does not count."""
    facts = work.facts
    if facts.draft is not None:  # nothing was ever decided by it
        return now()
    fingerprint = config_fingerprint.compute(work.systems.system_settings, work.scope, facts.mapping_digest)
    known = Config(facts.config_fingerprint, facts.config_since, facts.code_version, facts.code_due_at)
    change = config_fingerprint.find_change(known, fingerprint, work.pairing_id, now())
    if change is None and known.since is not None:
        return known.since
    return await work.store.run(config_fingerprint.save, work.lease, work.pairing_id, change or known)


async def _hold_back(
    work: RunContext, code: Code, breaches: Sequence[Breach], keep: timedelta
) -> run_counters.Counters:
    await work.store.run(kept_plans.hold_back, work.lease, code, breaches, keep)
    return await _count(work)


async def _keep_problems(work: RunContext, *, whole_list: bool = True) -> Kept:
    """Keep the open problems that the run shows, and return how many employees need somebody."""
    all_links_read = work.tally.all_links_read
    kept = await work.store.run(
        keeping.keep, work.lease, whole_list=whole_list, all_links_read=all_links_read
    )
    await work.store.run(drift_alerts.refresh, work.lease, work.pairing_id)
    return kept


async def _finish(
    work: RunContext,
    status: RunStatus,
    message: str,
    counters: run_counters.Counters,
    need_action: int = 0,
) -> RunStatus:
    await work.store.run(work.heartbeat.close)
    await work.store.run(
        _store_end, work.heartbeat, work.lease, status, message, counters, need_action=need_action
    )
    return status


def _leave_run(
    lease: Lease, heartbeat: Heartbeat, stopped: StoppedError | ClosedHoursError | LimitReachedError
) -> RunStatus:
    """Leave a run to another worker: at once, or once the systems take work again."""
    if isinstance(stopped, ClosedHoursError):
        return _put_off(lease, heartbeat, stopped.closing.opens_at, stopped.closing.message)
    if isinstance(stopped, LimitReachedError):
        return _put_off(lease, heartbeat, stopped.until, f"It waits. {stopped}")
    heartbeat.close()
    run_lease.release(lease, measures=heartbeat.measures.snapshot())
    log.info("run.released", run=lease.run_id)
    return RunStatus.RUNNING


def _put_off(lease: Lease, heartbeat: Heartbeat, until: datetime, message: str) -> RunStatus:
    """Leave a run to the worker that continues it after a moment."""
    heartbeat.close()
    run_lease.put_off(lease, until, message, measures=heartbeat.measures.snapshot())
    log.info("run.put_off", run=lease.run_id, until=until.isoformat())
    return RunStatus.RUNNING


def _cancel_run(lease: Lease, heartbeat: Heartbeat) -> RunStatus | None:
    """End a run that a person cancelled: what was written stays, the rest is held."""
    heartbeat.close()
    try:
        journal.cancel(lease)
        counters = tally.count(lease.run_id)
        _store_end(heartbeat, lease, RunStatus.CANCELLED, messages.cancelled(counters), counters)
    except LeaseLostError:
        return None
    return RunStatus.CANCELLED


def _abort_run(lease: Lease, heartbeat: Heartbeat, reason: str) -> RunStatus | None:
    """Abort a run that cannot continue: what was done stays, the rest counts as not done."""
    heartbeat.close()
    try:
        journal.abort(lease)
        counters = tally.count(lease.run_id)
        message = messages.aborted(reason, counters)
        _store_end(heartbeat, lease, RunStatus.ERROR, message, counters, aborted=True)
    except LeaseLostError:
        return None
    return RunStatus.ERROR


def _store_end(
    heartbeat: Heartbeat,
    lease: Lease,
    status: RunStatus,
    message: str,
    counters: run_counters.Counters,
    *,
    need_action: int = 0,
    aborted: bool = False,
) -> None:
    columns = {"need_action": need_action, "aborted": aborted, "measures": heartbeat.measures.snapshot()}
    run_lease.finish(lease, status, message, counters, **columns)
    log.info(
        "run.finished", run=lease.run_id, status=status.value, read=counters.read, written=counters.written
    )
