"""What a run that has failed says about its connection: whether a system still lets iHUB in."""

from __future__ import annotations

from sqlalchemy import select

from core.db import reading
from core.models import Run, RunStatus, Side
from core.sides import probes


def note(run_id: int) -> None:
    """Ask both systems after a run that failed, so that a side that was refused says so at once."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        ids = list(session.scalars(select(Side.id).where(Side.connection_id == run.connection_id)))
    if run.status is RunStatus.ERROR:
        for side_id in ids:
            probes.probe(side_id)
