"""Open problems: what somebody has to fix about one employee, kept until its cause is gone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line, enum_text


class ProblemKind(StrEnum):
    """Where a problem comes from, and so when it is over (core/problems/keeping.py)."""

    # The outcome of an employee's record: filtered, ambiguous, an error. Over when another outcome follows.
    OUTCOME = "OUTCOME"
    # Something that was not sent. Over when the employee is translated without it.
    WARNING = "WARNING"
    # A value that a person has to enter in the target. Over when the target shows it.
    BY_HAND = "BY_HAND"
    # What the target said about a write. Over when the employee is written without it.
    RESPONSE = "RESPONSE"
    # A linked employee that the source no longer lists. Over when they are listed or unlinked.
    NO_LONGER_LISTED = "NO_LONGER_LISTED"
    # A field in which the two systems differ (models.FieldConflict). Over when somebody has decided, or they agree.
    FIELD_CONFLICT = "FIELD_CONFLICT"


class OpenProblem(Base):
    """One problem of one employee of a pairing. It is deleted when it is over.

    ``message`` may name the systems as ``{source}`` and ``{target}``. ``fixer`` is the person who must act, as in the
    outcome catalogue. An ignored problem comes back when its message changes.
    """

    __tablename__ = "open_problem"
    __table_args__ = (
        UniqueConstraint("pairing_id", "kind", "source_id", "code", "field"),
        # Home and the menu count people.
        Index("ix_open_problem_person", "pairing_id", "source_id", "ignored_at", "snoozed_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"))
    # Not checked by the store, so that a new kind needs no migration.
    kind: Mapped[ProblemKind] = mapped_column(enum_text(ProblemKind, checked=False))
    source_id: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(40))
    # The field it is about, where an employee can have the same code for several; otherwise empty.
    field: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    name: Mapped[str] = mapped_column(String(400))
    message: Mapped[str] = mapped_column(String(1000))
    target_id: Mapped[str | None] = mapped_column(String(200))
    fixer: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime] = mapped_column(default=now)
    first_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    last_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    snoozed_until: Mapped[datetime | None]
    ignored_at: Mapped[datetime | None]
    ignored_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # Why it is ignored.
    note: Mapped[str | None] = mapped_column(String(500))
    # How many runs have found it.
    times: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # A note of somebody about it, such as who was asked.
    comment: Mapped[str | None] = mapped_column(Line(500))
    commented_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    commented_at: Mapped[datetime | None]


class HiddenProblems(Base):
    """The problems of a record that nobody has to act on, as somebody has decided (core/problems/hidden.py).

    ``problems`` is a list of {kind, code, field, by, note, until}: ``until`` is None for one that is ignored.
    """

    __tablename__ = "hidden_problems"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Nobody has to act on the outcome, and on any warning.
    outcome: Mapped[bool]
    warnings: Mapped[bool]
    problems: Mapped[list[Any]] = mapped_column(JSON)
