"""Access is requested, granted and revoked, and iHUB is switched off for an account; on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.accounts import access_requests, accounts, memberships, overview, users
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.jobs import due_schedules, schedules
from core.jobs.recurrence import Rule
from core.models import Every, Role, Run, RunStatus, Schedule, Trigger, User
from core.reports import audit_log
from core.reports.audit_log import AuditFilter
from core.runs import lease
from core.runs import request as run_request
from core.security.actor import ActingRole, Actor
from core.sign_in import local, sessions
from harness import world
from tests.web.conftest import People, populate


@pytest.fixture
def people(store: str) -> People:
    return populate()


@pytest.fixture
def support(people: People) -> Actor:
    return Actor("Support", ActingRole.SUPPORT, people.support, people.account)


@pytest.fixture
def admin(people: People) -> Actor:
    return Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)


def come(user_id: int) -> str:
    token = local.redeem_ticket(local.issue_ticket(user_id, "browser"), "browser", "10.0.0.9")
    assert token is not None
    return token


def acting_role(token: str) -> ActingRole | None:
    actor = sessions.actor_for(token)
    return None if actor is None else actor.role


def test_a_person_without_a_role_requests_access_and_has_it_once_support_grants_it(
    people: People, support: Actor
) -> None:
    token = come(world.person(None, None, username="grace"))
    guest = sessions.actor_for(token)
    assert guest is not None and guest.role is ActingRole.GUEST
    with pytest.raises(InvalidError):
        access_requests.submit(guest, "  ")
    request = access_requests.submit(guest, "Harbour Foods, payroll")
    assert access_requests.submit(guest, "Harbour Foods, reports") == request, (
        "asking again changes the words"
    )
    (waiting,) = access_requests.open_requests(support)
    assert (waiting.username, waiting.note) == ("grace", "Harbour Foods, reports")
    access_requests.grant(support, request, people.account, Role.ANALYST)
    assert acting_role(token) is ActingRole.ANALYST
    assert access_requests.open_requests(support) == []
    with pytest.raises(ConflictError, match="already"):
        access_requests.decline(support, request)


def test_a_declined_person_is_shown_it_and_may_request_access_again(support: Actor) -> None:
    guest = Actor("Grace", ActingRole.GUEST, world.person(None, None, username="grace"))
    access_requests.decline(support, access_requests.submit(guest, "Please"))
    told = access_requests.latest_request(guest)
    assert told is not None and told.granted is False
    access_requests.submit(guest, "I am the new payroll officer.")
    assert len(access_requests.open_requests(support)) == 1


def test_an_invited_person_chooses_their_own_password_before_anything_else(
    people: People, support: Actor
) -> None:
    found = memberships.invite(
        support, "Ivy@example.test", "Ivy", account_id=people.account, role=Role.ANALYST
    )
    assert found.password is not None
    token = come(local.sign_in("ivy@example.test", found.password))
    ivy = sessions.actor_for(token)
    assert ivy is not None and ivy.role is ActingRole.GUEST and memberships.must_choose_password(ivy)
    for unfit in ("short", found.password):
        with pytest.raises(InvalidError):
            memberships.choose_password(ivy, unfit)
    memberships.choose_password(ivy, "three words in a row")
    assert acting_role(token) is ActingRole.ANALYST
    with pytest.raises(local.SignInRefusedError):
        local.sign_in("ivy@example.test", found.password)
    with pytest.raises(ConflictError):
        memberships.choose_password(ivy, "another three words")


def test_a_one_time_password_ends_after_its_days(people: People, support: Actor) -> None:
    found = memberships.invite(support, "ivy", "Ivy", account_id=people.account, role=Role.ANALYST)
    assert found.password is not None
    with transaction() as session:
        session.get_one(User, found.user_id).one_time_password_expires_at = now()
    with pytest.raises(local.SignInRefusedError, match="user name or password is incorrect"):
        local.sign_in("ivy", found.password)


def test_a_person_who_signs_in_elsewhere_gets_no_password(people: People, support: Actor) -> None:
    found = memberships.invite(
        support, "ivy", "Ivy", account_id=people.account, role=Role.ANALYST, local=False
    )
    assert found.password is None
    person = overview.person(support, found.user_id)
    assert person is not None and not person.local and [role.role for role in person.roles] == [Role.ANALYST]
    with pytest.raises(InvalidError, match="Choose an account"):
        memberships.invite(support, "eve", "Eve")


def test_a_role_taken_away_acts_at_the_next_click(people: People, support: Actor) -> None:
    token = come(people.analyst)
    memberships.revoke_role(support, people.analyst, people.account, Role.ANALYST)
    assert acting_role(token) is None
    with pytest.raises(ConflictError):
        memberships.revoke_role(support, people.analyst, people.account, Role.ANALYST)
    memberships.give_role(support, people.analyst, people.account, Role.ACCOUNT_ADMIN)
    assert acting_role(come(people.analyst)) is ActingRole.ACCOUNT_ADMIN


def test_a_person_who_lost_all_access_is_invited_again_with_a_new_password(
    people: People, support: Actor
) -> None:
    first = memberships.invite(support, "ivy", "Ivy", account_id=people.account, role=Role.ACCOUNT_ADMIN)
    users.revoke("ivy", actor=support)
    second = memberships.invite(support, "ivy", "Ivy", account_id=people.account, role=Role.ANALYST)
    assert first.user_id == second.user_id and first.password and second.password
    with pytest.raises(local.SignInRefusedError):
        local.sign_in("ivy", first.password)
    token = come(local.sign_in("ivy", second.password))
    ivy = sessions.actor_for(token)
    assert ivy is not None and ivy.role is ActingRole.GUEST
    memberships.choose_password(ivy, "three words in a row")
    assert acting_role(token) is ActingRole.ANALYST


def test_a_person_who_signs_in_with_enablehr_returns_without_an_ihub_password(
    people: People, support: Actor
) -> None:
    found = memberships.invite(
        support, "eve", "Eve", account_id=people.account, role=Role.ANALYST, local=False
    )
    users.revoke("eve", actor=support)
    assert not comes_in(found.user_id)
    with pytest.raises(ConflictError, match="Leave out the password"):
        memberships.invite(support, "eve", "Eve", account_id=people.account, role=Role.ANALYST)
    memberships.invite(support, "eve", "Eve", account_id=people.account, role=Role.ANALYST, local=False)
    assert acting_role(come(found.user_id)) is ActingRole.ANALYST


def comes_in(user_id: int) -> bool:
    return local.redeem_ticket(local.issue_ticket(user_id, "browser"), "browser") is not None


def test_a_request_of_somebody_who_was_switched_off_meanwhile_is_not_granted(
    people: People, support: Actor
) -> None:
    guest = Actor("Grace", ActingRole.GUEST, world.person(None, None, username="grace"))
    request = access_requests.submit(guest, "Please")
    assert guest.user_id is not None
    memberships.set_active(support, guest.user_id, False)
    with pytest.raises(ConflictError, match="switched off"):
        access_requests.grant(support, request, people.account, Role.ANALYST)
    assert [one.id for one in access_requests.open_requests(support)] == [request]


def test_support_is_given_and_taken_by_support_and_nobody_changes_their_own(
    people: People, support: Actor
) -> None:
    memberships.set_support(support, people.analyst, True)
    token = come(people.analyst)
    assert acting_role(token) is ActingRole.SUPPORT
    memberships.set_support(support, people.analyst, False)
    assert acting_role(token) is None and acting_role(come(people.analyst)) is ActingRole.ANALYST
    for change in (memberships.set_support, memberships.set_active):
        with pytest.raises(ConflictError, match="your own"):
            change(support, people.support, False)


def test_a_person_switched_off_keeps_their_roles(people: People, support: Actor) -> None:
    token = come(people.admin)
    memberships.set_active(support, people.admin, False)
    assert acting_role(token) is None
    memberships.set_active(support, people.admin, True)
    assert acting_role(token) is None, "the old sign-in stays ended"
    assert acting_role(come(people.admin)) is ActingRole.ACCOUNT_ADMIN


@pytest.mark.both_engines
def test_switching_an_account_off_stops_it_at_once_and_loses_nothing(
    people: People, support: Actor, admin: Actor
) -> None:
    connection = world.active_connection(people.account)
    schedule = schedules.create(
        admin, connection, Rule(Every.DAY, at="07:30", time_zone="Australia/Brisbane")
    )
    going = run_request.request(connection, Trigger.SCHEDULED)
    assert lease.claim(going) is not None
    waiting = run_request.request(connection, Trigger.SCHEDULED)
    tokens = come(people.admin), come(people.support), come(people.stranger)
    sessions.choose_account(tokens[1], people.account)
    accounts.set_enabled(people.account, False, support)
    assert [acting_role(token) for token in tokens] == [None, ActingRole.SUPPORT, ActingRole.ACCOUNT_ADMIN]
    with reading() as session:
        states = {row.id: row.status for row in session.scalars(select(Run))}
    assert states == {going: RunStatus.RUNNING, waiting: RunStatus.CANCELLED}, (
        "the plan under way is carried out"
    )
    with transaction() as session:
        session.get_one(Schedule, schedule).next_due_at = now()
    fired = due_schedules.fire(schedule)
    assert fired.run_id is None and fired.next_due_at is not None and fired.next_due_at > now()
    with pytest.raises(InvalidError, match="switched off"):
        run_request.request(connection, Trigger.MANUAL, actor=support)
    accounts.set_enabled(people.account, True, support)
    assert acting_role(tokens[0]) is None and acting_role(come(people.admin)) is ActingRole.ACCOUNT_ADMIN
    assert schedules.active_schedule(admin, connection) is not None
    page = audit_log.audit_page(admin, AuditFilter(action="account.disable"))
    assert page.rows[0].details == "Sign-ins ended: 1; Queued runs cancelled: 1"


@pytest.mark.both_engines
def test_the_overview_counts_and_finds(people: People, support: Actor) -> None:
    world.active_connection(people.account)
    come(people.analyst)
    found = overview.accounts_page(support, "harb").accounts
    assert [(row.name, row.people, row.connections) for row in found] == [("Harbour Foods", 2, 1)]
    assert found[0].last_seen_at is not None
    assert [row.username for row in overview.people_page(support, "STR").people] == ["stranger"]
    here = overview.people_page(support, account_id=people.account).people
    assert {row.username for row in here} == {"admin", "analyst"}
    assert overview.person(support, 10**6) is None
