"""What a run that has ended says about its connection: a refused sign-in, or a person who leaves."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import alerts, probing
from core.connection_views import system_name
from core.db import reading, transaction
from core.models import AlertKind, Decision, Record, Run, RunStatus, Side, SideState, User


def note(run_id: int) -> None:
    """Ask the systems after a run that failed, and raise an alert when somebody who connected a side leaves."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        ids = list(session.scalars(select(Side.id).where(Side.connection_id == run.connection_id)))
    if run.status is RunStatus.ERROR:
        for side_id in ids:
            probing.probe(side_id)
    with transaction() as session:
        _leavers(session, run)


def _leavers(session: Session, run: Run) -> None:
    leaving = select(Record.name).where(Record.run_id == run.id, Record.decision == Decision.TERMINATE)
    names = {_plain(name) for name in session.scalars(leaving)}
    if not names:
        return
    sides = select(Side, User).join(User, User.id == Side.authorised_by)
    for side, person in session.execute(sides.where(Side.connection_id == run.connection_id, Side.state == SideState.CONNECTED)):
        if _plain(person.name) in names:
            system = system_name(side.kind)
            sentence = (
                f"{person.name}, who connected {system}, leaves. Let somebody who stays connect {system} again before then."
            )
            alerts.raise_once(session, side, AlertKind.AUTHORISER_LEAVES, sentence)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
