"""The audit: in plain text, limited to the own account, filtered, exported, and with a text for every action."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.contract.connector import SideSettings
from core.audit import trail
from core.clock import now
from core.connections import connect
from core.db import reading, transaction
from core.errors import ForbiddenError, NotFoundError
from core.jobs import start
from core.models import Audit, Position, Side, SideState
from core.reports import audit_log, audit_wording
from core.reports.audit_log import AuditFilter, AuditRow
from core.security.actor import OPERATOR, ActingRole, Actor
from core.settings import ROOT
from core.sign_in import local, sessions
from harness import world
from tests.core.security import two_accounts
from tests.core.security.two_accounts import Places
from tests.core.stand_ins import Systems

pytestmark = pytest.mark.both_engines


@pytest.fixture
def both(store: str, stand_ins: Systems) -> Places:
    return two_accounts.build(stand_ins)


def rows(actor: Actor, **only: object) -> list[AuditRow]:
    return audit_log.audit_page(actor, AuditFilter(**only)).rows  # type: ignore[arg-type]


def recorded() -> Iterator[str]:
    """Yield the action of each call of ``audit.record`` in core, where it is written out."""
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("trail.record", "_begin", "_note"):
                names = ast.walk(node.args[2 if len(node.args) > 2 else 0])
                yield from (each.value for each in names if _text(each))  # type: ignore[attr-defined]


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and ":" not in node.value


def test_every_action_has_words() -> None:
    found = {action for action in recorded() if "." in action}
    assert len(found) > 15
    assert found <= set(audit_wording.ACTIONS)


def test_audited_actions_read_like_sentences(both: Places) -> None:
    admin = replace(both.actors["A"], address="10.0.0.7")
    run = start.run_now(admin, both.own.connection)
    (row,) = rows(admin, action="run.start")
    assert (row.who, row.action, row.subject) == (
        "Ada",
        "Run started",
        f"Run #{run} of Harbour Foods to payroll",
    )
    assert (row.address, row.result, row.run_id) == ("10.0.0.7", "Done", run)


def test_settings_are_written_down_before_and_after_and_secrets_are_not(both: Places) -> None:
    admin = both.actors["A"]
    with transaction() as session:
        session.get_one(Side, both.own.side).state = SideState.NOT_CONNECTED
    connect.change_settings(admin, both.own.connection, Position.SOURCE, {"page_size": 50})
    (row,) = rows(admin, action="side.settings")
    assert row.subject == "People First in Harbour Foods to payroll"
    assert row.details == "Page size: default → 50"
    kind = type("S", (SideSettings,), {"__annotations__": {"api_key": str}, "api_key": ""})
    assert "canary" not in str(trail.changed_settings(kind, {"api_key": "canary-1"}, {"api_key": "canary-2"}))


def test_an_account_sees_its_own_and_the_sign_ins_of_its_people(both: Places) -> None:
    for role in ("N", "S"):
        user_id = both.actors[role].user_id
        assert user_id is not None
        assert local.redeem_ticket(local.issue_ticket(user_id, "b"), "b", "10.0.0.1") is not None
    with transaction() as session:
        trail.record(session, OPERATOR.within(both.other.account), "run.start", f"run:{both.other.run}")
    seen = [(row.who, row.action) for row in rows(both.actors["A"])]
    assert seen == [("Ann", "Signed in")]
    outside = [(row.who, row.action) for row in rows(both.actors["S"], outside=True)]
    assert ("Sue (enableHR Support)", "Signed in") in outside
    with pytest.raises(ForbiddenError):
        rows(both.actors["A"], outside=True)
    with pytest.raises(NotFoundError):
        rows(replace(both.actors["S"], account_id=None))


def test_filters_narrow_by_person_action_day_and_subject(both: Places) -> None:
    admin, support = both.actors["A"], both.actors["S"]
    run = start.run_now(admin, both.own.connection)
    with transaction() as session:
        trail.record(session, support, "export.runs", "connection:all")
        trail.record(session, admin, "role.give", f"user:{both.actors['N'].user_id}", role="analyst")
    assert audit_log.people_in_audit(admin) == {admin.user_id: "Ada", support.user_id: "Sue"}
    assert [row.action for row in rows(admin, person=support.user_id)] == ["Runs exported"]
    assert [row.run_id for row in rows(admin, subject=f"#{run}")] == [run]
    assert [row.run_id for row in rows(admin, subject="foods to")] == [run]
    assert [row.details for row in rows(admin, subject="ANN")] == ["Analyst"]
    today = (now() + timedelta(hours=10)).date()
    assert len(rows(admin, since=today, until=today)) == 3
    assert (
        rows(admin, since=today + timedelta(days=1)) == []
        and rows(admin, until=today - timedelta(days=1)) == []
    )


def test_the_export_holds_all_pages_and_is_written_down_itself(both: Places) -> None:
    admin = both.actors["A"]
    with transaction() as session:
        for _ in range(120):
            trail.record(session, admin, "run.start", f"run:{both.own.run}")
    page = audit_log.audit_page(admin, AuditFilter(), 3)
    assert (page.pages, len(page.rows)) == (3, 20)
    text = "".join(audit_log.export_audit(admin, AuditFilter()).chunks)
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(table) == 121 and table[0]["What"] == "Audit exported" and table[1]["What"] == "Run started"


def test_each_look_of_support_into_an_account_is_written_down_once_a_day(both: Places) -> None:
    support = both.actors["S"]
    assert support.user_id is not None and support.account_id is not None
    for _ in range(2):
        token = local.redeem_ticket(local.issue_ticket(support.user_id, "b"), "b", "10.0.0.1")
        assert token is not None
        sessions.choose_account(token, support.account_id)
        for _ in range(3):
            assert sessions.actor_for(token) is not None
    (look,) = rows(both.actors["A"], action="account.look")
    assert (look.who, look.action) == ("Sue (enableHR Support)", "Account viewed by Support")


def test_the_operator_is_told_apart_from_people(both: Places) -> None:
    with transaction() as session:
        trail.record(
            session, OPERATOR.within(both.own.account), "account.enable", f"account:{both.own.account}"
        )
    (row,) = rows(both.actors["A"])
    assert (row.who, row.action, row.subject, row.address) == (
        "The operator",
        "iHUB switched on",
        "Harbour Foods",
        "the server",
    )


def test_a_guest_has_no_audit(both: Places) -> None:
    guest = Actor("Guest", ActingRole.GUEST, world.person(None, None, username="new"))
    with pytest.raises(NotFoundError):
        rows(guest)
    with reading() as session:
        assert session.scalar(select(Audit.id).where(Audit.user_id == guest.user_id)) is None
