"""One open problem as a list shows it: who it is about, what to do, who must act, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import aliased

from connectors.contract.records import Reason
from core.audit.connection_labels import connection_label
from core.audit.user_labels import user_label
from core.clock import now
from core.models import Connection, Link, OpenProblem, Position, ProblemKind, User
from core.runs import matched_by
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.system_names import kind_at, system_names
from core.sides import employee_pages

# Reasons whose messages say what to do.
_SAID = (Reason.MISSING_FIELD, Reason.BAD_FORMAT, Reason.NO_VALUE_MAP, Reason.TOO_LONG)
# What problems without a place in the outcome catalogue are called.
TITLES = {
    ProblemKind.OUTCOME: "Not written",
    ProblemKind.WARNING: "Not sent",
    ProblemKind.BY_HAND: "Enter by hand",
    ProblemKind.RESPONSE: "To complete",
    ProblemKind.NO_LONGER_LISTED: "No longer listed",
    ProblemKind.FIELD_CONFLICT: "Changed in payroll",
}


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One open problem; ``remedy`` is what to do where the message does not say so itself."""

    id: int
    connection_id: int
    connection: str
    kind: ProblemKind
    field: str
    source_id: str
    target_id: str | None
    # How the employee is matched to the target's, empty where they are not linked.
    matched_by: str
    name: str
    title: str
    message: str
    remedy: str
    fixer: str
    since: datetime
    run_id: int | None
    snoozed_until: datetime | None
    ignored_at: datetime | None
    ignored_by: str | None
    note: str | None
    # How many runs have found it.
    times: int
    assigned_to: int | None
    assignee: str | None
    comment: str | None
    commented_by: str | None
    commented_at: datetime | None
    # Where the two systems show the employee; None where that is not known.
    source_url: str | None
    target_url: str | None

    @property
    def is_active(self) -> bool:
        """Say whether somebody has to do something about it now."""
        return self.ignored_at is None and self.snoozed_until is None


IS_OF_PAIRING = and_(Connection.pairing_id == OpenProblem.pairing_id)


@cache
def problem_rows() -> Select[OpenProblem, Connection, int, str, str, str, str, str, str, str, int | None]:
    """Select problems with their connection, the kinds of its systems, who decided what about them, and the link."""
    connection = (
        Connection.id.label("connection_id"),
        connection_label().label("connection"),
        kind_at(Position.SOURCE).label("source"),
        kind_at(Position.TARGET).label("target"),
    )
    link = (Link.target_id.label("link_target_id"), Link.matched_by.label("link_matched_by"))
    ignored_by, assignee, author = aliased(User), aliased(User), aliased(User)
    people = (
        user_label(Connection.account_id, ignored_by).label("ignored_by"),
        user_label(Connection.account_id, assignee).label("assignee"),
        user_label(Connection.account_id, author).label("commented_by"),
    )
    query = select(OpenProblem, Connection, *connection, *people, *link)
    query = query.join(Connection, IS_OF_PAIRING)
    query = query.outerjoin(ignored_by, ignored_by.id == OpenProblem.ignored_by)
    query = query.outerjoin(assignee, assignee.id == OpenProblem.assigned_to)
    query = query.outerjoin(author, author.id == OpenProblem.commented_by)
    is_theirs = and_(Link.pairing_id == OpenProblem.pairing_id, Link.source_id == OpenProblem.source_id)
    return query.outerjoin(Link, is_theirs)


def problem_view(
    row: Row[OpenProblem, Connection, int, str, str, str, str, str, str, str, int | None],
) -> ProblemView:
    """Turn a row of ``problem_rows`` into a view, while the session that read it is open."""
    problem: OpenProblem = row.OpenProblem
    names = system_names(row.source, row.target)
    why = CATALOGUE.get(problem.code) if problem.kind not in _WARNINGS else None
    title = TITLES[problem.kind] if why is None else why.title
    message, remedy = names.fill(problem.message), "" if why is None else names.fill(why.remedy)
    source_url, target_url = employee_pages.pages_of(row.Connection, problem.source_id, problem.target_id)
    return ProblemView(
        id=problem.id,
        connection_id=row.connection_id,
        connection=row.connection,
        kind=problem.kind,
        field=problem.field,
        source_id=problem.source_id,
        target_id=problem.target_id,
        matched_by="" if row.link_target_id is None else matched_by.describe_link(row.link_matched_by),
        name=problem.name,
        title=title,
        message=message,
        remedy="" if remedy in message or problem.code in _SAID else remedy,
        fixer=problem.fixer,
        since=problem.since,
        run_id=problem.last_run_id,
        snoozed_until=problem.snoozed_until if _is_future(problem.snoozed_until) else None,
        ignored_at=problem.ignored_at,
        ignored_by=row.ignored_by,
        note=problem.note,
        times=problem.times,
        assigned_to=problem.assigned_to,
        assignee=row.assignee,
        comment=problem.comment,
        commented_by=row.commented_by,
        commented_at=problem.commented_at,
        source_url=source_url,
        target_url=target_url,
    )


def _is_future(moment: datetime | None) -> bool:
    return moment is not None and moment > now()


# Their codes are the connector's own, and their messages say what to do.
_WARNINGS = (ProblemKind.WARNING, ProblemKind.BY_HAND, ProblemKind.RESPONSE)
