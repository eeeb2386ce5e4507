"""The context of a run: its facts, systems, options and services."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from core.clock import now
from core.db import reading
from core.models import (
    Account,
    Connection,
    Job,
    MappingPreview,
    MappingVersion,
    Pairing,
    Phase,
    Plan,
    Run,
    RunKind,
)
from core.runs import options, selection
from core.runs.closing import Closing
from core.runs.lease import Lease
from core.runs.options import Options
from core.scope.judging import CompiledScope
from core.sides.system_pair import SystemPair
from core.sync.runtime import earlier_mapping
from core.sync.runtime.heartbeat import Heartbeat
from core.sync.runtime.run_limits import RunLimits
from core.sync.runtime.store_thread import StoreThread
from core.sync.store import links
from core.sync.store.tally import Tally
from core.time_zones import account_zone

# How often a run looks whether its lease was renewed.
RENEWAL_STEP_SECONDS = 0.1


class Stop:
    """Whether this process has been asked to stop. A signal handler may set it."""

    requested = False


class StoppedError(Exception):
    """The run stopped at a safe point. Another worker will resume it."""


class ClosedHoursError(Exception):
    """The run stopped at a safe point, because closed hours have begun. A worker will resume it at their end."""

    def __init__(self, closing: Closing) -> None:
        """Take the closed hours."""
        super().__init__(closing.message)
        self.closing = closing


class CancelledRunError(Exception):
    """The run stopped at a safe point, because a person cancelled it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds about a run when it is claimed."""

    connection_id: int
    kind: RunKind
    phase: Phase
    today: date
    job_settings: dict[str, Any]
    # The source's ids of the chosen employees; None in a run or a preview of everybody.
    chosen: tuple[str, ...] | None = None
    # The run whose kept plan this one applies instead of making its own.
    applied_run_id: int | None = None
    # What decisions of earlier runs depended on (core/sync/plan/config_fingerprint.py).
    config_fingerprint: bytes | None = None
    config_since: datetime | None = None
    code_version: str | None = None
    code_due_at: datetime | None = None
    # How many employees found by tax number have one number at both ends, and how many two (match/numbering.py).
    same_numbers: int = 0
    other_numbers: int = 0
    created_numbers: int = 0
    # Nothing of the pairing has been written yet, so that the target's values are from before iHUB.
    is_first_run: bool = False
    # Everybody is read and compared in full.
    compares_all: bool = False
    # The mapping that the run pinned when it was claimed, and the draft that a preview is made with instead.
    mapping: dict[str, Any] | None = None
    mapping_digest: str | None = None
    draft: dict[str, Any] | None = None
    # The run has waited for the end of closed hours, and employees may have changed since its plan was made.
    was_put_off: bool = False
    # The mapping of the runs before, and when the first run with the present one began; None where there was no other.
    mapping_before: dict[str, Any] | None = None
    mapped_since: datetime | None = None

    @property
    def numbering(self) -> tuple[int, int, int]:
        """Return the three counts, as ``Numbering`` takes them."""
        return self.same_numbers, self.other_numbers, self.created_numbers


FACTS = (
    select(
        *(Run.connection_id, Run.kind, Run.phase, Account.time_zone, Job.settings),
        *(Run.mapping_version, Plan.run_id),
        *(Pairing.config_fingerprint, Pairing.config_since, Pairing.code_version, Pairing.code_due_at),
        *(func.coalesce(Pairing.same_numbers, 0), func.coalesce(Pairing.other_numbers, 0)),
        *(
            func.coalesce(Pairing.created_numbers, 0),
            Pairing.first_changes_decided_at.is_(None),
            Run.compares_all,
        ),
        *(MappingVersion.document, MappingVersion.digest, MappingPreview.document),
        Run.not_before.is_not(None),
    )
    .join(Account, Account.id == Run.account_id)
    .join(Connection, Connection.id == Run.connection_id)
    .outerjoin(Pairing, Pairing.id == Connection.pairing_id)
    .outerjoin(Job, Job.connection_id == Run.connection_id)
    .outerjoin(
        MappingVersion,
        and_(MappingVersion.connection_id == Run.connection_id, MappingVersion.number == Run.mapping_version),
    )
    .outerjoin(MappingPreview, MappingPreview.run_id == Run.id)
    .outerjoin(Plan, Plan.applied_by_run_id == Run.id)
    .where(Run.id == bindparam("run_id"))
)


def load_run_facts(run_id: int) -> Facts:
    """Load what the store holds about a run. ``today`` is the calendar day in the account's time zone."""
    with reading() as session:
        row = session.connection().execute(FACTS, {"run_id": run_id}).one()
        connection_id, kind, phase, zone, settings, version, *more = row
        is_of_everybody = kind is RunKind.SYNC
        chosen = None if is_of_everybody else selection.load(session, run_id) or None
        before = earlier_mapping.load(session, connection_id, version)
    today = now().astimezone(account_zone(zone)).date()
    facts = Facts(connection_id, kind, phase, today, settings or {}, chosen, *more)
    return replace(facts, mapping_before=before.document, mapped_since=before.used_until)


@dataclass(frozen=True, slots=True)
class RunContext:
    """A claimed run and everything that its parts share."""

    lease: Lease
    facts: Facts
    systems: SystemPair
    options: Options
    store: StoreThread
    heartbeat: Heartbeat
    tally: Tally
    stop: Stop
    limits: RunLimits
    closing: Closing | None = None
    # Set when the source has been opened, which may have to say which branches lie below others.
    compiled_scope: CompiledScope | None = None
    # In a preview of a draft: the scope of the version in force.
    scope_in_force: CompiledScope | None = None

    @property
    def scope(self) -> CompiledScope:
        """Return what says who is synced. The source has been opened before."""
        if self.compiled_scope is None:
            raise RuntimeError("The scope is used before the source was opened.")
        return self.compiled_scope

    @property
    def pairing_id(self) -> int:
        """Return the pairing that the links belong to."""
        return self.systems.pairing_id

    @property
    def preview(self) -> bool:
        """Say whether the run ends with its plan. A preview stores no links either."""
        return self.facts.kind is RunKind.PREVIEW

    @property
    def halting(self) -> bool:
        """Say whether the run is to stop at its next safe point."""
        return self.stop_reason() is not None

    async def has_links(self) -> bool:
        """Say whether anybody of the source is linked to an employee of the target."""
        return await self.store.run(links.any_stored, self.pairing_id)

    def raise_if_stopping(self) -> None:
        """Stop the run here when it is cancelled, the process is to end, or closed hours have begun.

        Raises CancelledRunError, StoppedError, ClosedHoursError, or LeaseLostError when the run is not ours.
        """
        self.heartbeat.check()
        if (reason := self.stop_reason()) is not None:
            raise reason

    def stop_reason(self) -> Exception | None:
        """Return why the run is to stop; None while it may continue."""
        if self.heartbeat.cancelled:
            return CancelledRunError()
        if self.stop.requested:
            return StoppedError()
        if self.closing is not None and self.closing.has_begun:
            return ClosedHoursError(self.closing)
        return None

    def interruption(self) -> Exception | None:
        """Return what ends the run in the middle of whatever it does: nothing moves on, or it has written nothing."""
        return self.limits.stalled() or (None if self.limits.is_writing else self.stop_reason())

    async def wait_for_renewal(self) -> None:
        """Wait while the lease is late: the run may have been ended, so nothing is sent. Raises LeaseLostError."""
        self.heartbeat.check()
        while self.heartbeat.late:
            await asyncio.sleep(RENEWAL_STEP_SECONDS)
            self.heartbeat.check()

    def note_target_page(self, employees: int) -> None:
        """Count a page of the target's list; ``employees`` are those so far. Stops the run where it is to stop."""
        self.limits.count_page("target", employees)
        self.raise_if_stopping()


def parse_options(known: Facts) -> Options:
    """Read the job's settings; a run that compares everybody trusts nothing older. Raises ConfigError."""
    parsed = options.parse(known.job_settings)
    return parsed.model_copy(update={"full_read_days": 0}) if known.compares_all else parsed
