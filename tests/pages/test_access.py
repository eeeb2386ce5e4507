"""The Access page, the page of those who have no access, and the Audit page."""

from __future__ import annotations

import pytest

from core.accounts import access_requests, accounts, memberships
from core.db import reading
from core.jobs import start
from core.models import Account
from core.reports import audit_log
from core.reports.audit_log import AuditFilter
from core.security.actor import ActingRole, Actor
from harness import world
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


@pytest.fixture
def support(people: People) -> Actor:
    return Actor("Support", ActingRole.SUPPORT, people.support)


@pytest.fixture
def guest() -> Actor:
    return Actor("Grace", ActingRole.GUEST, world.person(None, None, username="grace"))


def enabled(account_id: int) -> bool:
    with reading() as session:
        return session.get_one(Account, account_id).ihub_enabled


def test_support_sees_all_accounts_without_choosing_one(show: Show, people: People, connection: int) -> None:
    page = text(show("Access", people.support))
    assert "Harbour Foods" in page and "Kiwi Timber" in page and "Never" in page


def test_the_question_says_what_stops_before_anything_does(show: Show, people: People) -> None:
    test = show("Access", people.support)
    test.button(key=f"switch {people.account}").click().run()
    assert "a run that is in progress" in text(test) and "its schedules" in text(test)
    assert enabled(people.account)


def test_an_account_is_switched_on_at_once(show: Show, people: People, support: Actor) -> None:
    accounts.set_enabled(people.account, False, support)
    test = show("Access", people.support)
    test.button(key=f"switch {people.account}").click().run()
    assert enabled(people.account) and not test.exception


def test_waiting_requests_are_shown_first(show: Show, people: People, support: Actor, guest: Actor) -> None:
    request = access_requests.submit(guest, "Harbour Foods, <b>payroll</b>")
    test = show("Access", people.support)
    assert "Harbour Foods, &lt;b&gt;payroll&lt;/b&gt;" in text(test)
    test.button(key=f"grant {request}").click().run()
    assert "Which role should **Grace** have?" in text(test)
    assert test.selectbox(key=f"account grant {request}").options == ["Harbour Foods", "Kiwi Timber"]


def test_a_request_is_declined(show: Show, people: People, support: Actor, guest: Actor) -> None:
    request = access_requests.submit(guest, "Please")
    show("Access", people.support).button(key=f"decline {request}").click().run()
    assert access_requests.open_requests(support) == []
    assert "declined your request" in text(show("Home", guest.user_id))


def test_a_guest_asks_with_the_button(show: Show, people: People, support: Actor, guest: Actor) -> None:
    test = show("Home", guest.user_id)
    test.text_area[0].input("Harbour Foods, payroll")
    test.button[0].click().run()
    assert [request.note for request in access_requests.open_requests(support)] == ["Harbour Foods, payroll"]
    assert labels(test) == ["Change request"] and "is waiting for enableHR Support" in text(test)


def test_nobody_changes_their_own_access(show: Show, people: People) -> None:
    test = show("Access", people.support, None, show="people")
    test.button(key=f"change {people.support}").click().run()
    assert "This is you." in text(test)


def test_the_audit_is_told_in_words_and_narrowed_by_the_address(
    show: Show, people: People, connection: int
) -> None:
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account, "10.0.0.7")
    run = start.run_now(admin, connection)
    page = text(show("Audit", people.admin))
    assert (
        "Run started" in page
        and f'href="/Reports?run={run}"' in page
        and "10.0.0.7" in page
        and "Signed in" in page
    )
    assert "run.start" not in page
    page = text(show("Audit", people.admin, None, action="run.start", person=people.admin, subject=run))
    assert (
        "1 action, newest first" in page
        and f"/export/audit.csv?person={people.admin}&amp;action=run.start" in page
    )
    assert "No action matches." in text(show("Audit", people.admin, None, action="keys.rotate"))
    assert "No action matches." in text(show("Audit", people.admin, None, until="2020-01-01"))


def test_support_sees_in_the_audit_what_concerns_no_account(
    show: Show, people: People, support: Actor
) -> None:
    memberships.set_active(support, people.analyst, False)
    page = text(show("Audit", people.support, people.account, outside="yes"))
    assert "Person switched off" in page
    assert "Person switched off" not in text(show("Audit", people.admin, None, outside="yes"))
    assert audit_log.audit_page(support, AuditFilter(outside=True)).total >= 1
