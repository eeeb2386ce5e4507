"""Versions of a connection's mapping, drafts of the next one, and what was read to show its effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.models.base import Base, Line


class MappingVersion(Base):
    """One version of what a connection maps otherwise than its target's file. It never changes.

    Version 0 is the file as it is and has no row. ``document`` is in the form of `core/mapping/document.py`.
    """

    __tablename__ = "mapping_version"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    # The digest of the file's fields when it was saved.
    made_against: Mapped[str | None] = mapped_column(String(64))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str | None] = mapped_column(Line(500))
    created_at: Mapped[datetime] = mapped_column(default=now)
    based_on: Mapped[int]
    # The last preview that was made with this document before it was saved.
    preview_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class MappingDraft(Base):
    """What one person is about to change in a mapping."""

    __tablename__ = "mapping_draft"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    based_on: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class MappingPreview(Base):
    """The draft that a preview was made with, and how many updates are due to it alone."""

    __tablename__ = "mapping_preview"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    based_on: Mapped[int]
    # Employees who would not be updated with the mapping in force; None until the preview has ended.
    only_by_mapping: Mapped[int | None]


class MappingSample(Base):
    """What a few employees of the source look like under a draft, read on demand and kept for a short time, encrypted.

    ``request`` names the employees and the draft; ``result`` is None until a worker has read them.
    """

    __tablename__ = "mapping_sample"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    failure: Mapped[str | None] = mapped_column(Line(500))
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
