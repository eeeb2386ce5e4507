"""The alert that the rules of a scope ask for something that the source no longer has."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import literal, select

from core.db import reading, transaction
from core.models import AlertKind, Position, Side
from core.runs.lease import Lease, assert_lease
from core.sides import alerts

VANISHED = "The scope asks for something that the source no longer has, or calls sensitive."
ADVICE = "Nobody meets this condition. Correct it on the connection's Scope tab."


def refresh(lease: Lease, connection_id: int, sentences: Sequence[str]) -> None:
    """Raise, change or end the alert of a connection; without ``sentences`` nothing has vanished."""
    if not sentences:
        with reading() as session:
            if not alerts.any_open(session, select(literal(connection_id)), AlertKind.SCOPE_VANISHED):
                return
    source = (Side.connection_id == connection_id, Side.position == Position.SOURCE)
    with transaction() as session:
        assert_lease(session, lease)
        side = session.scalar(select(Side).where(*source))
        if side is None:
            return
        if sentences:
            said = (
                "The scope asks for something that the source no longer has, or calls sensitive. "
                + " ".join(sentences)
            )
            alerts.raise_or_change(session, side, AlertKind.SCOPE_VANISHED, f"{said[:400]} {ADVICE}")
        else:
            alerts.clear_kind(session, side.id, AlertKind.SCOPE_VANISHED)
