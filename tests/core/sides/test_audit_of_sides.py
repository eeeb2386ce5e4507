"""Every change of a side is in the audit: refused, disconnected by a new address, rejected; on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from connectors.contract.errors import AuthError
from core.audit import trail
from core.connections import connect
from core.db import transaction
from core.errors import ConflictError, ForbiddenError, InvalidError
from core.models import Position, Side
from core.reports import audit_log, connection_history
from core.reports.audit_log import AuditFilter, AuditRow
from core.security.actor import OPERATOR, Actor
from core.sides import probes
from tests.core.stand_ins import People, Systems, connected, temporary


def rows(actor: Actor, action: str) -> list[AuditRow]:
    return audit_log.audit_page(actor, AuditFilter(action=action)).rows


def test_credentials_that_a_system_refuses_or_cannot_be_asked_about(team: People, stand_ins: Systems) -> None:
    view = connected(team, stand_ins)
    admin = replace(team.admin, address="10.0.0.7")
    with pytest.raises(InvalidError):
        connect.connect_side(admin, view.id, Position.TARGET, {"access_token": "canary-token"})
    stand_ins.trouble = temporary()
    with pytest.raises(ConflictError):
        connect.connect_side(admin, view.id, Position.TARGET, stand_ins.consent("8"))
    with pytest.raises(ForbiddenError):
        connect.connect_side(team.support, view.id, Position.TARGET, stand_ins.consent("8"))
    found = rows(admin, "side.connect")
    refused = [(row.who, row.details, row.address) for row in found if row.result == "Refused"]
    assert refused[1:] == [
        ("Ada", "Reason: The system does not respond. Try again later.", "10.0.0.7"),
        ("Ada", "Reason: Pay Well did not accept the credentials. Check them and try again.", "10.0.0.7"),
    ]
    assert refused[0][0] == "Sue (enableHR Support)"
    assert "canary" not in str(found)


def test_a_new_address_disconnects_a_side_and_says_so(team: People, stand_ins: Systems) -> None:
    view = connected(team, stand_ins)
    connect.change_settings(team.admin, view.id, Position.SOURCE, {"url": "https://two.test"})
    (row,) = rows(team.admin, "side.disconnect")
    assert (row.who, row.action, row.subject) == (
        "Ada",
        "System disconnected",
        f"People First in {view.name}",
    )
    assert row.details == "Reason: Its address has changed. Reconnect it."
    (before,) = rows(team.admin, "side.settings")
    assert before.details == "Url: https://hr.test → https://two.test"
    connect.change_settings(team.admin, view.id, Position.TARGET, {"page_size": 50})
    assert len(rows(team.admin, "side.disconnect")) == 1


def test_a_system_that_lets_ihub_in_no_more_is_told_of_once_and_names_nobody(
    team: People, stand_ins: Systems
) -> None:
    view = connected(team, stand_ins)
    stand_ins.trouble = AuthError("People First refused the sign-in.")
    for _ in range(3):
        with transaction() as session:
            session.execute(update(Side).values(probed_at=None))
        probes.probe_if_due(view.source.id)
    (row,) = rows(team.admin, "side.lost")
    assert (row.who, row.action, row.address) == ("iHUB", "System revoked access", "the server")
    assert (row.subject, row.details) == (
        f"People First in {view.name}",
        "Reason: People First refused the sign-in.",
    )
    assert rows(team.outsider, "side.lost") == []


def test_the_history_of_a_connection_tells_a_refusal_from_a_success(team: People, stand_ins: Systems) -> None:
    view = connected(team, stand_ins)
    with pytest.raises(InvalidError):
        connect.connect_side(team.admin, view.id, Position.TARGET, {"access_token": "canary-token"})
    connect.change_settings(team.admin, view.id, Position.SOURCE, {"url": "https://two.test"})
    events = [
        (event.who, event.what) for event in connection_history.connection_history(team.admin, view.id, 4)
    ]
    assert events == [
        ("Ada", "People First disconnected"),
        ("Ada", "People First settings changed"),
        (
            "Ada",
            "Tried to connect Pay Well: Pay Well did not accept the credentials. Check them and try again",
        ),
        ("Ada", "Pay Well connected"),
    ]
    with transaction() as session:
        trail.record(session, OPERATOR.within(view.account_id), "link.break", f"connection:{view.id}")
    assert connection_history.connection_history(team.admin, view.id)[0].who == "The operator"
    assert connection_history.connection_history(team.admin, view.id)[0].what == "Link removed"
