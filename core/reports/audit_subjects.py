"""Name the subjects of audit rows, and find audit rows by such names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, String, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from connectors.registry import name_of
from core.models import Account, Audit, Connection, Job, Run, Schedule, Side, User


def subject_names(session: Session, rows: Iterable[Audit]) -> dict[str, str]:
    """Return the names of the subjects of rows, with one query for each kind of subject."""
    ids: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        kind, _, number = row.subject.partition(":")
        if number.isdigit():
            ids[kind].add(int(number))
    names: dict[str, str] = {}
    for kind, query in _queries(ids).items():
        names |= {f"{kind}:{number}": name for number, name in session.execute(query)}
    return names | _side_names(session, ids["side"])


def _queries(ids: dict[str, set[int]]) -> dict[str, Select[int, str]]:
    run = select(Run.id, Connection.name).join(Connection, Connection.id == Run.connection_id)
    schedule = select(Schedule.id, Connection.name).join(Job, Job.id == Schedule.job_id)
    return {
        "user": select(User.id, User.name).where(User.id.in_(ids["user"])),
        "account": select(Account.id, Account.name).where(Account.id.in_(ids["account"])),
        "connection": select(Connection.id, Connection.name).where(Connection.id.in_(ids["connection"])),
        "run": run.where(Run.id.in_(ids["run"])).with_only_columns(
            Run.id, literal("Run #") + cast(Run.id, String) + literal(" of ") + Connection.name
        ),
        "schedule": schedule.join(Connection, Connection.id == Job.connection_id).where(
            Schedule.id.in_(ids["schedule"])
        ),
    }


def _side_names(session: Session, ids: set[int]) -> dict[str, str]:
    query = select(Side.id, Side.kind, Connection.name).join(Connection, Connection.id == Side.connection_id)
    rows = session.execute(query.where(Side.id.in_(ids)))
    return {f"side:{number}": f"{name_of(kind)} in {name}" for number, kind, name in rows}


def unnamed_subject(subject: str) -> str:
    """Return words for a subject that has no name, or whose name is gone."""
    kind, _, number = subject.partition(":")
    words = {
        "connection:all": "All integrations",
        "user": "An unknown user name",
        "enablehr": "enableHR",
        "side": "An unknown sign-in at a system",
        "keys": "iHUB",
        "audit": "The audit",
    }
    if kind == "client":
        return f"iHUB's OAuth client at {name_of(number)}"
    return words.get(subject) or (f"{kind.capitalize()} #{number}" if number else kind.capitalize())


def subject_matches(text: str, account_id: int | None) -> ColumnElement[bool]:
    """Return the condition that a row concerns the run with this number, or a person or connection with this name."""
    number = text.lower().removeprefix("run").strip().removeprefix("#")
    if number.isascii() and number.isdigit():
        return Audit.subject == f"run:{number}"
    named = select(Connection.id).where(Connection.name.icontains(text, autoescape=True))
    if account_id is not None:
        named = named.where(Connection.account_id == account_id)
    people = or_(User.name.icontains(text, autoescape=True), User.username.icontains(text, autoescape=True))
    schedules = _subjects("schedule", Schedule.id).join(Job, Job.id == Schedule.job_id)
    subjects = (
        _subjects("user", User.id).where(people),
        _subjects("connection", Connection.id).where(Connection.id.in_(named)),
        _subjects("side", Side.id).where(Side.connection_id.in_(named)),
        _subjects("run", Run.id).where(Run.connection_id.in_(named)),
        schedules.where(Job.connection_id.in_(named)),
    )
    return or_(*(Audit.subject.in_(query) for query in subjects))


def _subjects(kind: str, number: InstrumentedAttribute[int]) -> Select[str]:
    return select(literal(f"{kind}:") + cast(number, String))
