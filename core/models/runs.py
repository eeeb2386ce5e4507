"""Runs, their records, and the payload batches they write.

One file, because the counters of a run, its records and their payload change together.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, BigId, enum_text, one_of


class RunStatus(StrEnum):
    """The status of a run. The last four are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    ERROR = "ERROR"
    HELD = "HELD"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Say whether the run is final."""
        return self not in self.unfinished()

    @classmethod
    def unfinished(cls) -> tuple[RunStatus, ...]:
        """Return the statuses of runs that wait or are running."""
        return cls.QUEUED, cls.RUNNING


class Trigger(StrEnum):
    """What started a run: a person or the schedule."""

    MANUAL = "Manual"
    SCHEDULED = "Scheduled"


class RunKind(StrEnum):
    """What a run does."""

    SYNC = "SYNC"
    PREVIEW = "PREVIEW"
    # Of chosen employees only (RunSelection).
    SELECTED = "SELECTED"


class Phase(StrEnum):
    """The phase of a running run: READING makes the plan, WRITING applies it."""

    READING = "READING"
    WRITING = "WRITING"


class Decision(StrEnum):
    """The Processor column: what the comparison of source and target decided."""

    CREATE = "Create"
    UPDATE = "Update"
    TERMINATE = "Terminate"
    NO_CHANGE = "No change"
    FILTERED = "Filtered"
    HELD = "Held"
    AMBIGUOUS = "Ambiguous match"
    ALREADY_LINKED = "Already linked"
    # No decision was possible: unreadable at the source, or not usable in a way that is an error.
    ERROR = "Error"


class Action(StrEnum):
    """The Writer column: what was done."""

    PENDING = "Pending"
    CREATED = "Created"
    UPDATED = "Updated"
    TERMINATED = "Terminated"
    SKIPPED = "Skipped"
    NOT_WRITTEN = "Not written"
    FAILED = "Failed"


UNFINISHED = text("status IN ('QUEUED', 'RUNNING')")
RUNNING = text("status = 'RUNNING'")
QUEUED = text("status = 'QUEUED'")
PENDING = text("action = 'Pending'")
NOTABLE = text("decision <> 'No change'")
WARNED = text("warnings IS NOT NULL")
ROWS_KEPT = text("rows_removed_at IS NULL")


class Run(Base):
    """One execution of a job. The counters obey ``read = unchanged + filtered + held + written + errors``."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('QUEUED', 'RUNNING') OR \"read\" = unchanged + filtered + held + written + errors",
            name="counters_balance",
        ),
        CheckConstraint("written = created + updated + terminated", name="written"),
        CheckConstraint(
            "unchanged >= 0 AND filtered >= 0 AND held >= 0 AND created >= 0 AND updated >= 0"
            " AND terminated >= 0 AND errors >= 0",
            name="counters",
        ),
        UniqueConstraint("schedule_id", "due_at"),
        Index("uq_run_final_sweep", "connection_id", "pay_date", "due_at", unique=True),
        Index("uq_run_running", "connection_id", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
        Index(
            "uq_run_queued",
            "connection_id",
            "trigger",
            "kind",
            "selection",
            unique=True,
            sqlite_where=QUEUED,
            postgresql_where=QUEUED,
        ),
        Index("ix_run_unfinished", "status", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
        Index("ix_run_connection", "connection_id", "id"),
        Index("ix_run_account", "account_id", "id"),
        Index("ix_run_rows_kept", "ended_at", sqlite_where=ROWS_KEPT, postgresql_where=ROWS_KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id"))
    due_at: Mapped[datetime | None]
    trigger: Mapped[Trigger] = mapped_column(enum_text(Trigger))
    kind: Mapped[RunKind] = mapped_column(enum_text(RunKind), default=RunKind.SYNC)
    status: Mapped[RunStatus] = mapped_column(enum_text(RunStatus), default=RunStatus.QUEUED)
    phase: Mapped[Phase] = mapped_column(enum_text(Phase), default=Phase.READING)
    message: Mapped[str | None] = mapped_column(String(1000))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # the end of closed hours that began in the middle of the run
    # Requests of the records up to here may have left; after a crash, none is repeated before the target was asked.
    sent_watermark: Mapped[int] = mapped_column(default=-1, server_default=text("-1"))
    # A person cancelled the run: it ends at its next safe point.
    cancel_requested: Mapped[bool] = mapped_column(default=False, server_default=false())
    # It could not continue, for example because a system was down. What it had not reached is among its errors.
    aborted: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The version of the mapping that it uses, from when it is first claimed; 0 is the target's file as it is.
    mapping_version: Mapped[int | None]
    # What tells waiting runs of one kind apart (core/runs/request.py): empty for a run of everybody.
    selection: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    # The pay of which this is the final sweep, whose cut-off is ``due_at``; None for all other runs.
    pay_date: Mapped[date | None]
    # Everybody is read and compared in full, whatever earlier runs remember.
    compares_all: Mapped[bool] = mapped_column(default=False, server_default=false())
    read: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    filtered: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    terminated: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    # How many employees somebody has to do something about. They are counted in one of the others too.
    need_action: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # How many occurrences of a schedule in a row this line stands for, because none of them could be run; 0 for a run.
    skipped: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # Its records were removed then, because the account keeps them no longer; the counters stay as they were.
    rows_removed_at: Mapped[datetime | None]
    # How long its phases took and what both systems were asked (core/sync/runtime/measures.py); lists do not read it.
    measures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class RunSelection(Base):
    """One of the employees that a run of the kind SELECTED is about, by the source's id."""

    __tablename__ = "run_selection"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)


class Record(Base):
    """One employee in one run: first what is to be written, then the outcome.

    A row with action Pending is an intent on disk: what its payload batch holds for its position will be written.
    ``changes`` is a list of {field, label, before, after} with sensitive values masked, ``warnings`` a list of
    {code, message}, where known with {field, kind, fixer} of the open problem (core/models/problems.py).
    """

    __tablename__ = "record"
    __table_args__ = (
        one_of("decision", Decision, Decision.NO_CHANGE),
        one_of("action", Action, Action.SKIPPED),
        Index("ix_record_pending", "run_id", "position", sqlite_where=PENDING, postgresql_where=PENDING),
        Index(
            "ix_record_notable",
            "run_id",
            "decision",
            "position",
            sqlite_where=NOTABLE,
            postgresql_where=NOTABLE,
        ),
        Index("ix_record_source_id", "source_id", "run_id", sqlite_where=NOTABLE, postgresql_where=NOTABLE),
        Index("ix_record_warned", "run_id", "position", sqlite_where=WARNED, postgresql_where=WARNED),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[str] = mapped_column(String(200))
    target_id: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(400))
    decision: Mapped[Decision] = mapped_column(enum_text(Decision, checked=False))
    reason: Mapped[str | None] = mapped_column(String(40))
    action: Mapped[Action] = mapped_column(enum_text(Action, checked=False))
    message: Mapped[str | None] = mapped_column(String(1000))
    changes: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    warnings: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    # The payload batch that holds what is to be written. None as soon as the outcome is known.
    payload_batch_id: Mapped[int | None] = mapped_column(BigInteger)
    # How the employee was matched, where that was decided in this run (core/runs/matched_by.py).
    matched_by: Mapped[int | None]
    # No request of this row has left, although the run's ``sent_watermark`` is past it.
    unsent: Mapped[bool] = mapped_column(default=False, server_default=false())


class PayloadBatch(Base):
    """What is to be written for some records, encrypted together (core/sync/store/payloads.py).

    It belongs to the run that will write it, and is deleted when the outcome of each of them is known.
    """

    __tablename__ = "payload_batch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    # The highest position in it.
    last_position: Mapped[int]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
