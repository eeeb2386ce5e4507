"""An OAuth flow that connects nothing leaves a row in the audit: who, which side, from where, why."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.connections import oauth_flow
from core.connections.views import ConnectionView
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import Audit, Membership, OAuthRequest, Role
from core.reports import audit_log
from core.reports.audit_log import AuditFilter, AuditRow
from core.security.actor import ActingRole, Actor
from core.security.oauth_state import InvalidState
from core.sign_in import sessions
from harness import world
from harness.sandbox import Sandbox
from tests.web.conftest import Browser, People
from tests.web.test_oauth import begin, chosen_between, come_back, consented, draft

__all__ = ["draft"]

SECRET = "made-up-code"


def recorded_refusals(people: People) -> list[tuple[str, str, str]]:
    """Return person, side and reason of the refused flows that the account's admins can see."""
    with reading() as session:
        addresses = session.scalars(select(Audit.address).where(Audit.action == "side.connect")).all()
    assert set(addresses) <= {"127.0.0.1"}
    return [
        (row.who, row.subject, row.details.removeprefix("Reason: "))
        for row in rows(people.admin, people.account)
    ]


def rows(user_id: int, account: int) -> list[AuditRow]:
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, user_id, account)
    found = audit_log.audit_page(actor, AuditFilter(action="side.connect")).rows
    refused = [row for row in found if row.result == "Refused"]
    assert {row.action for row in refused} <= {"Tried to connect a system"}
    return refused


def place(view: ConnectionView) -> str:
    return f"enableHR in {view.name}"


def test_a_person_who_denies(admin: Browser, draft: ConnectionView, people: People) -> None:
    come_back(admin, consented(begin(admin, draft.source.id), decision="deny"))
    assert recorded_refusals(people) == [("Admin", place(draft), "iHUB was denied access to enableHR.")]


def test_a_system_that_did_not_complete_it(admin: Browser, draft: ConnectionView, people: People) -> None:
    state = parse_qs(urlsplit(begin(admin, draft.source.id)).query)["state"][0]
    come_back(admin, f"oauth/callback?state={state}&error={SECRET}")
    assert recorded_refusals(people) == [("Admin", place(draft), "enableHR did not complete the sign-in.")]


def test_less_was_allowed_than_asked_for(admin: Browser, draft: ConnectionView, people: People) -> None:
    come_back(admin, consented(begin(admin, draft.source.id), leave_out="read:employees"))
    why = "iHUB needs all the listed permissions in enableHR. Missing: employees."
    assert recorded_refusals(people) == [("Admin", place(draft), why)]


def test_a_code_that_could_not_be_exchanged(admin: Browser, draft: ConnectionView, people: People) -> None:
    state = parse_qs(urlsplit(begin(admin, draft.source.id)).query)["state"][0]
    come_back(admin, f"oauth/callback?state={state}&code={SECRET}")
    ((who, side, why),) = recorded_refusals(people)
    assert (who, side) == ("Admin", place(draft)) and "did not accept the sign-in" in why
    with reading() as session:
        assert SECRET not in str(session.scalars(select(Audit.detail)).all())


def test_an_answer_that_took_too_long(admin: Browser, draft: ConnectionView, people: People) -> None:
    path = consented(begin(admin, draft.source.id))
    with transaction() as session:
        session.execute(update(OAuthRequest).values(expires_at=now() - timedelta(seconds=1)))
    come_back(admin, path)
    assert recorded_refusals(people) == [("Admin", place(draft), "The sign-in took too long.")]


def test_an_answer_that_comes_again_is_told_once_however_often_it_comes(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id), decision="deny")
    come_back(admin, path)
    (denied,) = recorded_refusals(people)
    for _ in range(3):
        assert come_back(admin, path) == (oauth_flow.INVALID, False)
    again = ("Admin", place(draft), "The response was already used.")
    assert sorted(recorded_refusals(people)) == sorted([denied, again])


def test_an_answer_that_another_session_began(
    web: str, admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    come_back(Browser(web).sign_in(world.person(people.account, Role.ACCOUNT_ADMIN, username="second")), path)
    assert recorded_refusals(people) == [
        ("Second", place(draft), "The sign-in was started in another session.")
    ]


def test_a_stranger_with_anothers_answer_learns_nothing_and_is_told_of_in_their_own_account(
    stranger: Browser, admin: Browser, draft: ConnectionView, people: People
) -> None:
    come_back(stranger, consented(begin(admin, draft.source.id)))
    assert recorded_refusals(people) == []
    (row,) = rows(people.stranger, people.other_account)
    assert (row.who, row.subject) == ("Stranger", "An unknown sign-in at a system")
    assert draft.name not in str(row)


def test_an_answer_nobody_asked_for(admin: Browser, people: People) -> None:
    for number in range(5):
        come_back(admin, f"oauth/callback?state=made-up-{number}&code={SECRET}")
    assert recorded_refusals(people) == [
        ("Admin", "An unknown sign-in at a system", oauth_flow.REASONS[InvalidState.UNKNOWN])
    ]


def test_an_answer_to_a_browser_in_which_nobody_is_signed_in(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    admin.get("/auth/logout")
    for _ in range(3):
        assert "about=signed-out" in admin.get(f"/{path}", own=False).headers["location"]
    assert recorded_refusals(people) == [
        ("Unknown person", place(draft), "nobody is signed in in this browser")
    ]


def test_strangers_cannot_fill_the_audit_with_made_up_answers(browser: Browser, people: People) -> None:
    for number in range(5):
        browser.get(f"/oauth/callback?state=made-up-{number}&code={SECRET}", own=False)
    with reading() as session:
        (row,) = session.scalars(select(Audit).where(Audit.action == "side.connect")).all()
    assert (row.account_id, row.user_id, row.result) == (None, None, "refused")


def test_a_person_who_lost_the_role_during_the_flow_is_refused(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    with transaction() as session:
        session.add(Membership(user_id=people.admin, account_id=people.account, role=Role.ANALYST))
        row = select(Membership).filter_by(
            user_id=people.admin, account_id=people.account, role=Role.ACCOUNT_ADMIN
        )
        session.delete(session.scalars(row).one())
    actor = sessions.actor_for(admin.token)
    assert actor is not None and actor.role is ActingRole.ANALYST
    come_back(admin, path)
    ((_, side, why),) = recorded_refusals(people)
    assert side == place(draft) and "Your role does not allow you to change connections" in why


def test_an_organisation_that_was_not_offered(
    admin: Browser, draft: ConnectionView, people: People, sandbox: Sandbox
) -> None:
    chosen_between(admin, draft, sandbox)
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account, "127.0.0.1")
    with pytest.raises(InvalidError, match="Click Connect to start again"):
        oauth_flow.choose(actor, str(admin.token), draft.source.id, "9999")
    assert recorded_refusals(people) == [
        ("Admin", place(draft), "The choice of an organisation took too long, or was not offered.")
    ]
