"""Every use case that changes something or takes data out leaves a row in the audit; a new one has to be sorted here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.jobs import schedules, start
from core.models import Audit, User
from core.reports import audit_wording
from core.security.actor import Actor
from tests.core.security.rights import DAILY, TABLE
from tests.core.security.two_accounts import Place, Places

WRITES = {
    "connections.create": "connection.create",
    "connecting.change_settings": "side.settings",
    "connecting.connect_side": "side.connect",
    "entering.connect": "side.connect",
    "consent.finish": "side.connect",
    "consent.choose": "side.connect",
    "deleting.delete": "connection.delete",
    "jobs.run_now": "run.start",
    "jobs.sync_person": "run.start",
    "runs.request": "run.start",
    "cancelling.cancel": "run.cancel",
    "cancelling.cancel_all": "run.cancel",
    "schedules.create": "schedule.create",
    "schedules.cancel": "schedule.cancel",
    "approvals.refuse": "plan.refuse",
    "guardrails.change": "job.limits",
    "rulings.unlink": "link.break",
    "exports.export_runs": "export.runs",
    "exports.export_records": "export.records",
    "audit_log.export_audit": "export.audit",
    "access_requests.grant": "access.grant",
    "access_requests.decline": "access.decline",
    "access_requests.ask": "access.ask",
    "accounts.create": "account.create",
    "accounts.add_user": "user.add",
    "accounts.revoke": "user.revoke",
    "accounts.set_enabled": "account.disable",
    "memberships.invite": "user.add",
    "memberships.give_role": "role.give",
    "memberships.take_role": "role.take",
    "memberships.set_support": "support.give",
    "memberships.set_active": "user.disable",
    "memberships.new_password": "user.password",
    "memberships.choose_password": "password.choose",
    "registrations.enter": "client.set",
    "registrations.allow": "client.addresses",
    "registrations.remove": "client.remove",
    "sessions.sign_out_everywhere": "sign-out everywhere",
}
READS = {
    *("connections.list_connections", "connections.get", "connections.of_side", "history.of_connection"),
    *("alerts.open_alerts", "jobs.list_jobs", "jobs.get", "schedules.active", "guardrails.limits"),
    *(
        "kept_plans.view",
        "kept_plans.planned",
        "kept_plans.origin",
        "kept_plans.open_plans",
        "kept_plans.positions",
    ),
    "rulings.waiting",
    *("reports.integrations", "reports.runs_page", "reports.run_details"),
    *("records.records_page", "records.group_counts", "records.filtered_reasons"),
    *("audit_log.audit_page", "audit_log.people"),
    *("access_overview.accounts_page", "access_overview.people_page", "access_overview.person"),
    *("access_requests.waiting", "access_requests.latest", "accounts.list_all", "accounts.list_users"),
    *(
        "registrations.list_all",
        "memberships.must_choose_password",
        "sessions.account_of",
        "sessions.accounts_of",
    ),
}
ELSEWHERE = {
    "approvals.approve": "needs the plan of a real run: tests/core/review/test_plans.py",
    "rulings.link": "needs the candidates of a real run: tests/core/sync/match/test_decisions.py",
    "rulings.create_new": "needs the candidates of a real run: tests/core/sync/match/test_decisions.py",
    "consent.begin": "the trip's end is written down",
    "connecting.check_side": "asks a system how a side stands, which a scheduler does hourly too",
}


def new_password_needed(actor: Actor, _place: Place) -> None:
    with transaction() as session:
        session.get_one(User, actor.user_id).one_time_password_expires_at = now() + timedelta(days=1)


FIRST: dict[str, Callable[[Actor, Place], object]] = {
    "cancelling.cancel_all": lambda actor, place: start.run_now(actor, place.connection),
    "schedules.cancel": lambda actor, place: schedules.create(actor, place.connection, DAILY),
    "memberships.choose_password": new_password_needed,
}


def test_every_use_case_is_sorted() -> None:
    assert set(WRITES) | READS | set(ELSEWHERE) == set(TABLE)
    assert set(WRITES.values()) <= set(audit_wording.ACTIONS)


@pytest.mark.parametrize("name", WRITES)
def test_what_is_done_is_written_down(two: Places, name: str) -> None:
    row = TABLE[name]
    actor = two.actors[row.who[0]]
    if name in FIRST:
        FIRST[name](actor, two.own)
    with reading() as session:
        before = session.scalar(select(func.max(Audit.id))) or 0
    try:
        row.call(actor, two.own)
    except (ConflictError, InvalidError) as refusal:
        why = str(refusal)
    else:
        why = ""
    with reading() as session:
        found = session.scalars(select(Audit).where(Audit.id > before, Audit.action == WRITES[name])).all()
    assert found and {each.user_id for each in found} == {actor.user_id}, why
    assert {each.result for each in found} == (
        {"refused"} if name in {"consent.finish", "consent.choose"} else {"done"}
    )


@pytest.mark.parametrize("name", sorted(READS))
def test_looking_writes_nothing(two: Places, name: str) -> None:
    row = TABLE[name]
    with reading() as session:
        before = session.scalar(select(func.max(Audit.id)))
    row.call(two.actors[row.who[0]], two.own)
    with reading() as session:
        assert session.scalar(select(func.max(Audit.id))) == before
