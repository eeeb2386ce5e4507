"""Read the audit: who did what in an account, to what, when, from which address, with what result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.audit import trail
from core.audit.user_labels import user_label
from core.db import reading, transaction
from core.models import Audit, Membership, User
from core.paging import PAGE_SIZE, first_row, page_count
from core.reports import audit_subjects, audit_wording
from core.reports.exports import CHUNK, Export, csv_text, in_chunks
from core.reports.local_time import account_zone, iso_time, local_time, within_days
from core.security.actor import Actor, Permission, require, require_everywhere


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to show; None and empty mean all. ``since`` and ``until`` are days of the account, both included.

    ``outside`` selects rows that belong to no account, such as Support's own sign-ins; only Support may see them.
    """

    person: int | None = None
    action: str | None = None
    since: date | None = None
    until: date | None = None
    subject: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action in words; ``run_id`` is set when the action concerned a run."""

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


def audit_page(actor: Actor, audit_filter: AuditFilter, page: int = 1) -> AuditPage:
    """Return one page of the actions in the actor's account."""
    _require(actor, audit_filter)
    with reading() as session:
        conditions = _conditions(session, actor, audit_filter)
        total = session.scalar(select(func.count()).select_from(Audit).where(*conditions)) or 0
        query = _rows(actor).where(*conditions).limit(PAGE_SIZE).offset(first_row(page, total))
        return AuditPage(_as_text(session, session.execute(query).all(), actor, audit_filter), total)


def people_in_audit(actor: Actor, *, outside: bool = False) -> dict[int, str]:
    """Return the names of the people who have rows in the account's audit, by user id."""
    everything = AuditFilter(outside=outside)
    _require(actor, everything)
    with reading() as session:
        user_ids = select(Audit.user_id).where(*_conditions(session, actor, everything)).distinct()
        names = select(User.id, user_label(actor.account_id).label("name")).where(User.id.in_(user_ids))
        names = names.order_by(func.lower(User.name), User.id)
        return {row.id: row.name for row in session.execute(names)}


def export_audit(actor: Actor, audit_filter: AuditFilter) -> Export:
    """Export the rows that match, newest first."""
    _require(actor, audit_filter)
    with transaction() as session:
        trail.record(session, actor.within(None) if audit_filter.outside else actor, "export.audit", "audit")
        zone = account_zone(session, actor.account_id)
    header = ("When", "Who", "What", "Item", "Details", "From where", "Result", "When (ISO 8601)")
    rows = (_cells(row, zone) for row in _all_rows(actor, audit_filter))
    return Export("ihub-audit.csv", csv_text(header, rows))


def _require(actor: Actor, audit_filter: AuditFilter) -> None:
    if audit_filter.outside:
        require_everywhere(actor, Permission.MANAGE_ACCESS)
    else:
        require(actor, Permission.SEE_AUDIT, actor.account_id)


def _conditions(session: Session, actor: Actor, audit_filter: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = [_account_condition(actor, audit_filter)]
    if audit_filter.person is not None:
        conditions.append(Audit.user_id == audit_filter.person)
    if audit_filter.action:
        conditions.append(Audit.action == audit_filter.action)
    if subject := audit_filter.subject.replace("\0", "").strip():
        account_id = None if audit_filter.outside else actor.account_id
        conditions.append(audit_subjects.subject_matches(subject, account_id))
    zone = account_zone(session, actor.account_id)
    return conditions + within_days(Audit.at, audit_filter.since, audit_filter.until, zone)


def _account_condition(actor: Actor, audit_filter: AuditFilter) -> ColumnElement[bool]:
    """Select the account's own rows and the sign-ins of its members, which happen before an account is chosen."""
    if audit_filter.outside:
        return Audit.account_id.is_(None)
    members = select(Membership.user_id).where(Membership.account_id == actor.account_id)
    sign_ins = and_(Audit.account_id.is_(None), Audit.action.startswith("sign-"), Audit.user_id.in_(members))
    return or_(Audit.account_id == actor.account_id, sign_ins)


def _rows(actor: Actor) -> Select[Audit, User, str]:
    query = select(Audit, User, user_label(actor.account_id))
    return query.outerjoin(User, User.id == Audit.user_id).order_by(Audit.id.desc())


def _as_text(
    session: Session, rows: Sequence[Row[Audit, User, str]], actor: Actor, audit_filter: AuditFilter
) -> list[AuditRow]:
    account_id = None if audit_filter.outside else actor.account_id
    names = audit_subjects.subject_names(session, [row for row, *_ in rows], account_id)
    return [_row(row, user, name, names) for row, user, name in rows]


def _row(row: Audit, user: User | None, name: str, names: dict[str, str]) -> AuditRow:
    kind, _, number = row.subject.partition(":")
    return AuditRow(
        id=row.id,
        at=row.at,
        who=_who(row, user, name),
        action=audit_wording.action_text(row.action, done=row.result == "done"),
        subject=names.get(row.subject) or audit_subjects.unnamed_subject(row.subject),
        details=audit_wording.details_text(row.detail),
        address=row.address or ("the server" if user is None else ""),
        result=audit_wording.result_text(row.result),
        done=row.result == "done",
        run_id=int(number) if kind == "run" and number.isdigit() else None,
    )


def _who(row: Audit, user: User | None, name: str) -> str:
    """Return who it was; the name entered at a failed sign-in proves nothing."""
    if user is None:
        return audit_wording.actor_text(row.detail)
    if row.action == "sign-in" and row.result != "done":
        return audit_wording.STRANGER
    return f"{name} (enableHR Support)" if user.is_support else name


def _all_rows(actor: Actor, audit_filter: AuditFilter) -> Iterator[AuditRow]:
    def chunk(session: Session, last_id: int | None) -> list[AuditRow]:
        conditions = _conditions(session, actor, audit_filter)
        if last_id is not None:
            conditions.append(Audit.id < last_id)
        rows = session.execute(_rows(actor).where(*conditions).limit(CHUNK)).all()
        return _as_text(session, rows, actor, audit_filter)

    return in_chunks(chunk, lambda row: row.id)


def _cells(row: AuditRow, zone: ZoneInfo) -> list[object]:
    text = [row.who, row.action, row.subject, row.details, row.address, row.result]
    return [local_time(row.at, zone), *text, iso_time(row.at, zone)]
