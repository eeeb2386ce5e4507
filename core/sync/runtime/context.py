"""What one run of the engine works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from connectors.contract.connector import Connector
from connectors.contract.protocols import Source, Target
from core.clock import now
from core.db import reading
from core.models import Account, Connection, Job, Pairing, Phase, Plan, Run, RunKind
from core.runs import options
from core.runs.lease import Lease
from core.runs.options import Options
from core.sync.runtime.heartbeat import Heartbeat
from core.sync.runtime.store_executor import StoreExecutor, StoreThread
from core.sync.store.tally import Tally


class Ends(Protocol):
    """Both systems of a connection, not yet entered (core.sides.ends)."""

    @property
    def source(self) -> Source:
        """Return the system employees are read from."""

    @property
    def target(self) -> Target:
        """Return the system they are written to."""

    @property
    def target_connector(self) -> Connector:
        """Return the target's entry in the registry."""

    @property
    def pairing_id(self) -> int:
        """Return the pairing that the links belong to."""

    @property
    def basis(self) -> str:
        """Return what the translation of an employee rests on."""


class Stop:
    """Whether this process has been asked to end; a signal handler may set it."""

    requested = False


class StoppedError(Exception):
    """The run was left at a safe point and is to be resumed by another worker."""


class CancelledRunError(Exception):
    """The run was left at a safe point and is to end, because a person cancelled it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store says about a run when it is claimed."""

    connection_id: int
    kind: RunKind
    phase: Phase
    today: date
    job_settings: dict[str, Any]
    # The only employee that the run is about, by the source's id.
    person: str | None = None
    # The run whose kept plan this one carries out, instead of making one.
    adopts: int | None = None
    # What the decisions of earlier runs rested on (core/sync/plan/config_fingerprint.py).
    config_fingerprint: bytes | None = None
    config_since: datetime | None = None


FACTS = (
    select(
        *(Run.connection_id, Run.kind, Run.phase, Account.time_zone, Job.settings, Run.person, Plan.run_id),
        *(Pairing.config_fingerprint, Pairing.config_since),
    )
    .join(Account, Account.id == Run.account_id)
    .join(Connection, Connection.id == Run.connection_id)
    .outerjoin(Pairing, Pairing.id == Connection.pairing_id)
    .outerjoin(Job, Job.connection_id == Run.connection_id)
    .outerjoin(Plan, Plan.applied_by_run_id == Run.id)
    .where(Run.id == bindparam("run_id"))
)


def facts(run_id: int) -> Facts:
    """Look a run up; ``today`` is the calendar day where the account is."""
    with reading() as session:
        found = session.connection().execute(FACTS, {"run_id": run_id}).one()
    connection_id, kind, phase, zone, settings, *more = found
    return Facts(connection_id, kind, phase, now().astimezone(ZoneInfo(zone)).date(), settings or {}, *more)


@dataclass(frozen=True, slots=True)
class RunContext:
    """A claimed run with everything that its parts share."""

    lease: Lease
    facts: Facts
    ends: Ends
    options: Options
    store: StoreThread
    # Does what takes long with the store and is told in plain values; often another process.
    executor: StoreExecutor
    heartbeat: Heartbeat
    tally: Tally
    stop: Stop

    @property
    def pairing_id(self) -> int:
        """Return the pairing that the links belong to."""
        return self.ends.pairing_id

    @property
    def preview(self) -> bool:
        """Say whether the run ends with its plan; a preview stores no links either."""
        return self.facts.kind is RunKind.PREVIEW

    @property
    def halting(self) -> bool:
        """Say whether the run is to be left at its next safe point."""
        return self.stop.requested or self.heartbeat.cancelled

    def raise_if_stopping(self) -> None:
        """Leave the run here when it is cancelled or the process is to end.

        Raises CancelledRunError, StoppedError, or LeaseLostError when the run is not ours.
        """
        self.heartbeat.check()
        if self.heartbeat.cancelled:
            raise CancelledRunError
        if self.stop.requested:
            raise StoppedError


def parse_options(known: Facts) -> Options:
    """Read the job's settings. Raises ConfigError."""
    return options.parse(known.job_settings)
