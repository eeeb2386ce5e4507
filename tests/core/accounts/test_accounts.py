"""Accounts, users and roles are added, listed and revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.accounts import accounts, memberships, users
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Account, Audit, Every, Membership, Role, Session, User
from core.reports import audit_wording
from core.security import passwords
from core.security.actor import ActingRole, Actor
from core.security.vault import digest
from core.sign_in import local
from harness import world
from tests.core.stand_ins import People


@pytest.mark.both_engines
def test_an_account_is_added_once_per_enablehr_number(store: str) -> None:
    account = accounts.create(" Harbour Foods ", enablehr_id="1001")
    (view,) = accounts.list_all()
    assert (view.id, view.name, view.time_zone, view.ihub_enabled) == (
        account,
        "Harbour Foods",
        "Australia/Brisbane",
        True,
    )
    with pytest.raises(ConflictError, match="already"):
        accounts.create("Again", enablehr_id="1001")


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ({}, "Australia/Brisbane"),
        ({"region": "AU"}, "Australia/Brisbane"),
        ({"region": "NZ"}, "Pacific/Auckland"),
        ({"region": "NZ", "time_zone": "Pacific/Chatham"}, "Pacific/Chatham"),
    ],
)
def test_an_account_starts_with_the_time_zone_of_its_region(
    store: str, place: dict[str, str], zone: str
) -> None:
    accounts.create("Harbour Foods", **place)  # type: ignore[arg-type]
    assert accounts.list_all()[0].time_zone == zone


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "1 to 200"),
        ({"region": "UK"}, "AU or NZ"),
        ({"time_zone": "Mars/Base"}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(home: object, changes: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        accounts.create(**({"name": "Harbour Foods"} | changes))  # type: ignore[arg-type]


def test_ihub_is_switched_on_and_off(store: str) -> None:
    account = accounts.create("Harbour Foods", enabled=False)
    accounts.set_enabled(account, True)
    assert accounts.list_all()[0].ihub_enabled
    accounts.set_enabled(account, False)
    assert not accounts.list_all()[0].ihub_enabled
    with pytest.raises(NotFoundError):
        accounts.set_enabled(99, True)
    with reading() as session:
        actions = session.scalars(select(Audit.action).order_by(Audit.id)).all()
    assert actions == ["account.create", "account.enable", "account.disable"]


@pytest.mark.both_engines
def test_a_person_is_added_with_a_role_and_gets_another_later(store: str) -> None:
    one, two = accounts.create("One"), accounts.create("Two")
    person = users.add_user("Ada@Example.test ", "Ada", "correct horse battery", one, Role.ACCOUNT_ADMIN)
    assert users.add_user("ada@example.test", "Ada", account_id=two, role=Role.ANALYST) == person
    assert users.add_user("ada@example.test", "Ada", account_id=two, role=Role.ANALYST) == person
    (view,) = users.list_users()
    assert view.username == "ada@example.test"
    assert sorted(view.roles) == [(one, Role.ACCOUNT_ADMIN), (two, Role.ANALYST)]
    with reading() as session:
        assert passwords.verify(session.scalars(select(User.password_hash)).one(), "correct horse battery")
    with pytest.raises(ConflictError, match="already"):
        users.add_user("ada@example.test", "Ada", "another password")


def test_a_role_needs_an_account_that_is_there(store: str) -> None:
    with pytest.raises(InvalidError, match="both or neither"):
        users.add_user("ada", "Ada", role=Role.ANALYST)
    with pytest.raises(NotFoundError):
        users.add_user("ada", "Ada", account_id=9, role=Role.ANALYST)
    assert users.list_users() == []


def test_the_people_of_an_account_are_listed(team: People) -> None:
    assert [view.username for view in users.list_users(team.admin.account_id)] == ["ada", "ann"]
    assert [view.username for view in users.list_users()] == ["ada", "ann", "olaf", "sue"]


def test_access_taken_away_in_one_account_leaves_the_others(team: People) -> None:
    other = team.outsider.account_id
    users.add_user("ada", "Ada", account_id=other, role=Role.ANALYST)
    for account in (team.admin.account_id, other):
        _sign_in(team.admin.user_id, account)
    users.revoke("ADA", team.admin.account_id)
    with reading() as session:
        assert session.scalars(
            select(Membership.account_id).where(Membership.user_id == team.admin.user_id)
        ).all() == [other]
        still = session.scalars(select(Session.account_id).where(Session.revoked_at.is_(None))).all()
    assert still == [other]


def test_all_access_taken_away_ends_every_sign_in(team: People) -> None:
    _sign_in(team.support.user_id, None)
    users.revoke("sue")
    view = next(view for view in users.list_users() if view.username == "sue")
    assert not view.active and not view.support
    with reading() as session:
        assert session.scalars(select(Session.revoked_at)).one() is not None
    with pytest.raises(NotFoundError):
        users.revoke("nobody")


def test_a_person_who_lost_all_access_can_be_given_a_role_again_and_signs_in(team: People) -> None:
    account = team.admin.account_id
    old = users.add_user("bea", "Bea", "the first password", account, Role.ACCOUNT_ADMIN)
    users.revoke("bea")
    with pytest.raises(local.SignInRefusedError):
        local.sign_in("bea", "the first password")
    assert users.add_user("bea", "Bea", account_id=account, role=Role.ANALYST) == old
    assert local.sign_in("bea", "the first password") == old
    view = next(view for view in users.list_users() if view.username == "bea")
    assert (view.active, view.support, view.roles) == (True, False, ((account, Role.ANALYST),))
    with reading() as session:
        told = session.scalars(
            select(Audit.action).where(Audit.subject == f"user:{old}").order_by(Audit.id)
        ).all()
    assert told == ["user.add", "user.revoke", "sign-in", "user.enable", "user.add"]


def test_a_former_support_user_returns_only_in_the_role_they_are_invited_to(team: People) -> None:
    users.revoke("sue")
    users.add_user("sue", "Sue", account_id=team.admin.account_id, role=Role.ANALYST)
    view = next(view for view in users.list_users() if view.username == "sue")
    assert (view.active, view.support) == (True, False)


def test_inviting_somebody_who_is_switched_off_says_what_to_do_and_opens_nothing(team: People) -> None:
    account, ann = team.admin.account_id, team.analyst.user_id
    assert account is not None and ann is not None
    memberships.set_active(team.support, ann, False)
    with pytest.raises(ConflictError, match="Switch them on"):
        users.add_user("ann", "Ann", account_id=account, role=Role.ACCOUNT_ADMIN)
    view = next(view for view in users.list_users() if view.username == "ann")
    assert (view.active, view.roles) == (False, ((account, Role.ANALYST),))


def _sign_in(user_id: int | None, account_id: int | None) -> None:
    with transaction() as session:
        token = digest(f"{user_id}-{account_id}")
        end = now() + timedelta(hours=1)
        session.add(Session(token_hash=token, user_id=user_id, account_id=account_id, expires_at=end))


def test_an_admin_manages_nobodys_access(team: People) -> None:
    for attempt in (
        lambda: accounts.create("Mine", actor=team.admin),
        lambda: users.add_user("eve", "Eve", support=True, actor=team.admin),
        lambda: users.revoke("ann", team.admin.account_id, actor=team.admin),
        lambda: accounts.set_enabled(team.admin.account_id or 0, False, actor=team.admin),
        lambda: users.list_users(actor=team.analyst),
    ):
        with pytest.raises(ForbiddenError):
            attempt()


def test_an_admin_changes_the_time_zone_and_schedules_keep_their_own(sqlite_store: str) -> None:
    connection = world.active_connection()
    with reading() as session:
        account_id = session.scalars(select(Account.id)).one()
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, world.person(account_id, username="a"), account_id)
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30", time_zone="Australia/Brisbane"))
    accounts.change_time_zone(admin, "Pacific/Auckland")
    with reading() as session:
        assert session.get_one(Account, account_id).time_zone == "Pacific/Auckland"
        (row,) = session.scalars(select(Audit).where(Audit.action == "account.time_zone"))
    assert "Time zone: Australia/Brisbane → Pacific/Auckland" in audit_wording.details_text(row.detail)
    schedule = schedules.active_schedule(admin, connection)
    assert schedule is not None and schedule.rule is not None
    assert schedule.rule.time_zone == "Australia/Brisbane"
    with pytest.raises(InvalidError, match="no time zone"):
        accounts.change_time_zone(admin, "Mars/Olympus")
    with pytest.raises(ForbiddenError):
        accounts.change_time_zone(replace(admin, role=ActingRole.ANALYST), "Pacific/Auckland")
