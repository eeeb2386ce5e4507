"""The lists of targets from which values of fields are chosen, as they were last read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Line


class ReadChoices(Base):
    """One list of a side's system. ``entries`` are pairs of id and label; they are what the list had at ``read_at``."""

    __tablename__ = "read_choices"

    side_id: Mapped[int] = mapped_column(ForeignKey("side.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    # The organisation whose list it is: one that the side opened before does not count.
    organisation_id: Mapped[str | None] = mapped_column(String(200))
    entries: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime]
    # Why it could not be read at the last try.
    problem: Mapped[str | None] = mapped_column(Line(500))
