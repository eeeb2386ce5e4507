"""Name the subjects of audit rows, and find audit rows by such names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, String, cast, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from connectors.registry import name_of
from core.audit.connection_labels import connection_label
from core.audit.user_labels import user_label
from core.models import Account, Audit, Connection, Job, Run, Schedule, Side, User

# What has more digits is no id that a store could be asked for.
LONGEST_ID = 9


def subject_names(session: Session, rows: Iterable[Audit], account_id: int | None) -> dict[str, str]:
    """Return the names of the subjects of rows, with one query for each kind of subject.

    With an account, only what belongs to it has a name: a row may hold an id that somebody made up.
    """
    ids: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        kind, _, number = row.subject.partition(":")
        if number.isascii() and number.isdigit() and len(number) <= LONGEST_ID:
            ids[kind].add(int(number))
    own = true() if account_id is None else Connection.account_id == account_id
    names: dict[str, str] = {}
    for kind, query in _queries(ids, own, account_id).items():
        names |= {f"{kind}:{number}": name for number, name in session.execute(query)} if ids[kind] else {}
    return names | (_side_names(session, ids["side"], own) if ids["side"] else {})


def _queries(
    ids: dict[str, set[int]], own: ColumnElement[bool], account_id: int | None
) -> dict[str, Select[int, str]]:
    run = select(Run.id, connection_label()).join(Connection, Connection.id == Run.connection_id)
    schedule = select(Schedule.id, connection_label()).join(Job, Job.id == Schedule.job_id)
    accounts = ids["account"] if account_id is None else ids["account"] & {account_id}
    return {
        "user": select(User.id, user_label(account_id)).where(User.id.in_(ids["user"])),
        "account": select(Account.id, Account.name).where(Account.id.in_(accounts)),
        "connection": select(Connection.id, connection_label()).where(
            Connection.id.in_(ids["connection"]), own
        ),
        "run": run.where(Run.id.in_(ids["run"]), own).with_only_columns(
            Run.id, literal("Run #") + cast(Run.id, String) + literal(" of ") + connection_label()
        ),
        "schedule": schedule.join(Connection, Connection.id == Job.connection_id).where(
            Schedule.id.in_(ids["schedule"]), own
        ),
    }


def _side_names(session: Session, ids: set[int], own: ColumnElement[bool]) -> dict[str, str]:
    query = select(Side.id, Side.kind, connection_label()).join(
        Connection, Connection.id == Side.connection_id
    )
    rows = session.execute(query.where(Side.id.in_(ids), own))
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
