"""The audit as people read it: who did what in an account, on what, from where, when, and how it went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import reading, transaction
from core.models import Account, Audit, Membership, User
from core.paging import PAGE_SIZE, page_count
from core.reports import audit_subjects, audit_wording
from core.reports.exports import PORTION, Export, csv_text
from core.security.actor import Actor, Permission, require, require_everywhere
from core.settings import settings


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to show; None and empty mean all. The dates are days in the account's time zone, both included.

    ``outside`` asks for what concerns no account, such as Support's own sign-ins; only Support may.
    """

    person: int | None = None
    action: str | None = None
    since: date | None = None
    until: date | None = None
    subject: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action in words; ``run_id`` is there when it was done to a run."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    details: str
    address: str
    result: str
    done: bool
    run_id: int | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the audit, newest first."""

    rows: list[AuditRow]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def audit_page(actor: Actor, only: AuditFilter, page: int = 1) -> AuditPage:
    """Return one page of what was done in the actor's account."""
    _require(actor, only)
    with reading() as session:
        conditions = _conditions(session, actor, only)
        total = session.scalar(select(func.count()).select_from(Audit).where(*conditions)) or 0
        query = _rows().where(*conditions).limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE)
        return AuditPage(_in_words(session, session.execute(query).all()), total)


def people(actor: Actor, *, outside: bool = False) -> dict[int, str]:
    """Return the names of those who have done something in the account, by id."""
    only = AuditFilter(outside=outside)
    _require(actor, only)
    with reading() as session:
        found = select(Audit.user_id).where(*_conditions(session, actor, only)).distinct()
        names = select(User.id, User.name).where(User.id.in_(found)).order_by(func.lower(User.name), User.id)
        return {row.id: row.name for row in session.execute(names)}


def export_audit(actor: Actor, only: AuditFilter) -> Export:
    """Export the rows that match, newest first."""
    _require(actor, only)
    with transaction() as session:
        trail.record(session, actor.within(None) if only.outside else actor, "export.audit", "audit")
        zone = _zone(session, actor)
    header = [f"When ({zone.key})", "Who", "What", "On what", "Details", "From where", "Result"]
    rows = (_cells(row, zone) for row in _all(actor, only))
    return Export("ihub-audit.csv", csv_text(header, rows))


def _require(actor: Actor, only: AuditFilter) -> None:
    if only.outside:
        require_everywhere(actor, Permission.MANAGE_ACCESS)
    else:
        require(actor, Permission.SEE_AUDIT, actor.account_id)


def _conditions(session: Session, actor: Actor, only: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = [_place(actor, only)]
    if only.person is not None:
        conditions.append(Audit.user_id == only.person)
    if only.action:
        conditions.append(Audit.action == only.action)
    zone = _zone(session, actor)
    if only.since is not None:
        conditions.append(Audit.at >= datetime.combine(only.since, time(), zone))
    if only.until is not None:
        conditions.append(Audit.at < datetime.combine(only.until + timedelta(days=1), time(), zone))
    if only.subject.strip():
        conditions.append(
            audit_subjects.matching(only.subject.strip(), None if only.outside else actor.account_id)
        )
    return conditions


def _place(actor: Actor, only: AuditFilter) -> ColumnElement[bool]:
    """Choose the account's own rows, and the sign-ins of its people: a sign-in comes before the choice of an account."""
    if only.outside:
        return Audit.account_id.is_(None)
    members = select(Membership.user_id).where(Membership.account_id == actor.account_id)
    signing = and_(Audit.account_id.is_(None), Audit.action.startswith("sign-"), Audit.user_id.in_(members))
    return or_(Audit.account_id == actor.account_id, signing)


def _zone(session: Session, actor: Actor) -> ZoneInfo:
    account = session.get(Account, actor.account_id) if actor.account_id else None
    return ZoneInfo(account.time_zone if account else settings().time_zone)


def _rows() -> Select[Audit, User]:
    return select(Audit, User).outerjoin(User, User.id == Audit.user_id).order_by(Audit.id.desc())


def _in_words(session: Session, rows: Sequence[tuple[Audit, User | None]]) -> list[AuditRow]:
    names = audit_subjects.names(session, [row for row, _ in rows])
    return [_row(row, user, names) for row, user in rows]


def _row(row: Audit, user: User | None, names: dict[str, str]) -> AuditRow:
    kind, _, number = row.subject.partition(":")
    return AuditRow(
        id=row.id,
        at=row.at,
        who=_who(row, user),
        action=audit_wording.action(row.action, done=row.result == "done"),
        subject=names.get(row.subject) or audit_subjects.plain(row.subject),
        details=audit_wording.details(row.detail),
        address=row.address or ("the server" if user is None else ""),
        result=audit_wording.result(row.result),
        done=row.result == "done",
        run_id=int(number) if kind == "run" and number.isdigit() else None,
    )


def _who(row: Audit, user: User | None) -> str:
    """Say who it was; whoever could not sign in has only entered a name."""
    if user is None:
        return audit_wording.actor(row.detail)
    if row.action == "sign-in" and row.result != "done":
        return audit_wording.STRANGER
    return f"{user.name} (enableHR Support)" if user.is_support else user.name


def _all(actor: Actor, only: AuditFilter) -> Iterator[AuditRow]:
    last: int | None = None
    while True:
        with reading() as session:
            query = _rows().where(*_conditions(session, actor, only)).limit(PORTION)
            query = query if last is None else query.where(Audit.id < last)
            found = _in_words(session, session.execute(query).all())
        yield from found
        if len(found) < PORTION:
            return
        last = found[-1].id


def _cells(row: AuditRow, zone: ZoneInfo) -> list[object]:
    at = row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return [at, row.who, row.action, row.subject, row.details, row.address, row.result]
