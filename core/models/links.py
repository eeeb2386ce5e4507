"""What a pairing remembers of employees: links, exclusions, creates that earned no link, and listed fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line

# Where the parts of ``Link.state`` are, all of them but the fields (core/sync/compare/link_state.py).
STATE_VERSION = 1
# In place of the version: the last write was not confirmed, so what follows is what was known before it.
IN_DOUBT_VERSION = 2
IDENTITY_START, IDENTITY_BYTES = 1, 12
LISTED_START, LISTED_BYTES = 13, 16
FIELDS_START = 29


class Link(Base):
    """Source id ↔ target id of a pairing, with the version of the source's record and what iHUB knows of the target's.

    ``source_version`` is the source's own marker, or the keyed digest of its record where it has none. ``state`` holds
    keyed hashes only: who the link was made for, the target's record as listed, and what was sent and shown of each
    field (core/sync/compare/link_state.py). Its first byte is the version of this form.
    """

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("pairing_id", "target_id"),)

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(200))
    source_version: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    # How the two were matched (core/runs/matched_by.py); None for links from before that was kept.
    matched_by: Mapped[int | None]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Exclusion(Base):
    """An employee that a run excluded. Later runs exclude them as well while the source's version stays the same.

    ``reason`` and ``message`` are those of the record. Without them there is nothing to do, because the employee has
    left at both ends. ``linked`` says whether they had a link then.
    """

    __tablename__ = "exclusion"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    source_version: Mapped[str] = mapped_column(String(64))
    linked: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(1000))
    checked_at: Mapped[datetime]


class UnansweredCreate(Base):
    """A create without a response that has earned no link: the employee may be at the target all the same.

    ``accepted`` says that the target has accepted it for later; ``digests`` holds hashes of what was sent, as JSON.
    """

    __tablename__ = "unanswered_create"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    sent_at: Mapped[datetime]
    accepted: Mapped[bool]
    digests: Mapped[bytes | None] = mapped_column(LargeBinary)


class PendingRequestRow(Base):
    """A request that the target has accepted for later, until it says how it has ended.

    ``address`` is the path of its status; None where nobody knows whether the request arrived.
    """

    __tablename__ = "pending_request"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    sent_at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(String(1000))


class KeptEmployeeBatch(Base):
    """Several kept employees in one ciphertext, because one each would take most of the time of storing them.

    An entry counts only while the row of its employee names this batch; ``entries`` is how many there are in all.
    """

    __tablename__ = "kept_employee_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), index=True)
    entries: Mapped[int]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    # Its people can be found by name (core/people/name_index.py).
    indexed: Mapped[bool] = mapped_column(default=False, server_default=false())


class KeptEmployee(Base):
    """Where an employee is kept. ``outcome`` is what the run said after the whole source was read, if it did."""

    __tablename__ = "kept_employee"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    # Not checked by the store: a foreign key would need an index that every stored employee pays for.
    batch_id: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(40))


class KnownPerson(Base):
    """Somebody the source lists or has listed, by what they are searched for: the name, and a hash of their number.

    ``folded`` is the name as ``core.folding.searchable`` returns it. Names are readable here as they are in ``record``;
    the employee number, which the store otherwise keeps encrypted, is a keyed hash.
    """

    __tablename__ = "person"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(Line(400))
    folded: Mapped[str] = mapped_column(Text)
    number_digest: Mapped[bytes | None] = mapped_column(LargeBinary(16))


class Hold(Base):
    """An employee of a pairing who is not written until released; it outlives connections, as the pairing does.

    ``last_day`` is the last day of the hold, None for one without an end. A hold that was released or has ended stays
    as history.
    """

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_pairing_id_source_id", "pairing_id", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"))
    source_id: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Line(300))
    put_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    put_at: Mapped[datetime] = mapped_column(default=now)
    last_day: Mapped[date | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime | None]


class ScopeRecheck(Base):
    """An employee who is read again on a day, because the scope can say something else then."""

    __tablename__ = "scope_recheck"
    __table_args__ = (Index("ix_scope_recheck_pairing_id_due_on", "pairing_id", "due_on"),)

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    due_on: Mapped[date]


class BranchList(Base):
    """The branches of a pairing's source as they were last read, each with id, name, path and the id above it."""

    __tablename__ = "branch_list"

    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), primary_key=True)
    branches: Mapped[list[list[Any]]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(default=now)
