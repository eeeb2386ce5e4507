"""Local sign-in, the length of sessions, and the delays for somebody who guesses; on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from core import clock as real_clock
from core.db import reading, transaction
from core.errors import NotFoundError
from core.models import Account, Audit, Membership, Role, User
from core.models import Session as SessionRow
from core.security import passwords, throttling
from core.security.actor import ActingRole
from core.sign_in import local, sessions
from harness import world
from tests.web.conftest import PASSWORD, People, populate

WRONG_PASSWORD = "not this one"
HERE, THERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture
def crowd(store: str) -> People:
    return populate()


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = real_clock.now()

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **length: float) -> None:
        self.moment += timedelta(**length)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    for module in (local, sessions, throttling):
        monkeypatch.setattr(module, "now", moving)
    return moving


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords without argon2, where a test makes many tries."""
    monkeypatch.setattr(
        passwords, "verify", lambda stored, password: stored is not None and password == PASSWORD
    )


def enter(user_id: int, address: str | None = HERE) -> str:
    token = local.redeem_ticket(local.issue_ticket(user_id, "browser"), "browser", address)
    assert token is not None
    return token


def refusal(username: str, password: str = WRONG_PASSWORD, address: str = HERE) -> str:
    with pytest.raises(local.SignInRefusedError) as refused:
        local.sign_in(username, password, address)
    return str(refused.value)


@pytest.mark.both_engines
def test_the_right_password_signs_in_however_the_name_is_written(crowd: People) -> None:
    assert local.sign_in("admin", PASSWORD, HERE) == crowd.admin
    assert local.sign_in(" Admin ", PASSWORD, HERE) == crowd.admin


def test_a_hash_made_with_weaker_parameters_is_made_again(crowd: People) -> None:
    with transaction() as session:
        session.get_one(User, crowd.admin).password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash(
            PASSWORD
        )
    assert local.sign_in("admin", PASSWORD, HERE) == crowd.admin
    with reading() as session:
        kept = session.get_one(User, crowd.admin).password_hash
    assert kept is not None and not passwords.needs_rehash(kept)


def test_an_unknown_user_and_a_wrong_password_are_refused_alike(
    crowd: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def verify(stored: str | None, _password: str) -> bool:
        asked.append(stored)
        return False

    monkeypatch.setattr(passwords, "verify", verify)
    assert refusal("admin") == refusal("nobody at all")
    assert len(asked) == 2 and asked[1] is None, "each try costs one verification, with or without a user"


def test_a_user_who_was_switched_off_is_refused_like_an_unknown_one(crowd: People) -> None:
    with transaction() as session:
        session.get_one(User, crowd.admin).active = False
    assert refusal("admin", PASSWORD) == local.WRONG


def test_the_right_password_without_any_role_leads_to_where_access_is_asked_for(crowd: People) -> None:
    with transaction() as session:
        session.get_one(Account, crowd.account).ihub_enabled = False
    token = enter(local.sign_in("analyst", PASSWORD, HERE))
    actor = sessions.actor_for(token)
    assert actor is not None and (actor.role, actor.account_id) == (ActingRole.GUEST, None)
    with transaction() as session:
        session.get_one(Account, crowd.account).ihub_enabled = True
    actor = sessions.actor_for(token)
    assert actor is not None and (actor.role, actor.account_id) == (ActingRole.ANALYST, crowd.account)


@pytest.mark.both_engines
def test_delays_grow_and_end(crowd: People, clock: Clock, cheap: None) -> None:
    for _ in range(5):
        assert refusal("admin") == local.WRONG
    assert "Try again in 5 seconds" in refusal("admin", PASSWORD)
    clock.forward(seconds=6)
    assert refusal("admin") == local.WRONG
    assert "Try again in 10 seconds" in refusal("admin", PASSWORD)
    clock.forward(seconds=11)
    assert local.sign_in("admin", PASSWORD, HERE) == crowd.admin
    assert refusal("admin") == local.WRONG, "the count starts again after the right password"


def test_wrong_passwords_under_a_clock_that_was_ahead_lock_nobody_out(
    crowd: People, clock: Clock, cheap: None
) -> None:
    clock.forward(hours=10)
    assert [refusal("admin") for _ in range(8)][-1] != local.WRONG
    clock.forward(hours=-10)
    assert local.sign_in("admin", PASSWORD, HERE) == crowd.admin


@pytest.mark.both_engines
def test_fifty_wrong_passwords_lock_out_the_guesser_and_not_the_rest(
    crowd: People, clock: Clock, cheap: None
) -> None:
    answers = [refusal("admin") for _ in range(50)]
    assert answers[:5] == [local.WRONG] * 5 and local.WRONG not in answers[5:]
    assert local.sign_in("admin", PASSWORD, THERE) == crowd.admin
    assert local.sign_in("analyst", PASSWORD, HERE) == crowd.analyst


def test_many_names_from_one_address_are_slowed_down(crowd: People, clock: Clock, cheap: None) -> None:
    answers = [refusal(f"person {number}") for number in range(25)]
    assert answers[19] == local.WRONG and "Try again in" in answers[20]


def test_typed_user_names_and_passwords_are_not_in_the_audit(crowd: People) -> None:
    refusal("my secret password")
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "sign-in")).all()
    assert [row.result for row in rows] == ["refused"]
    assert "secret" not in f"{rows[0].subject} {rows[0].detail}"


@pytest.mark.both_engines
def test_a_ticket_works_once(crowd: People) -> None:
    ticket = local.issue_ticket(crowd.admin, "browser")
    assert local.redeem_ticket(ticket, "browser") is not None
    assert local.redeem_ticket(ticket, "browser") is None


def test_a_ticket_of_another_browser_is_refused_and_used_up(crowd: People) -> None:
    ticket = local.issue_ticket(crowd.admin, "browser")
    assert local.redeem_ticket(ticket, "another browser") is None
    assert local.redeem_ticket(ticket, "browser") is None


def test_a_ticket_ends_after_a_minute(crowd: People, clock: Clock) -> None:
    ticket = local.issue_ticket(crowd.admin, "browser")
    clock.forward(seconds=61)
    assert local.redeem_ticket(ticket, "browser") is None


def test_each_sign_in_gives_a_new_session_of_which_only_the_hash_is_kept(crowd: People) -> None:
    first, second = enter(crowd.admin), enter(crowd.admin)
    assert first != second
    with reading() as session:
        stored = set(session.scalars(select(SessionRow.token_hash)))
    assert not stored & {first, second} and len(stored) == 2


def test_a_session_says_who_acts_and_where(crowd: People) -> None:
    actor = sessions.actor_for(enter(crowd.admin), HERE)
    assert actor is not None
    assert (actor.role, actor.user_id, actor.account_id, actor.address) == (
        ActingRole.ACCOUNT_ADMIN,
        crowd.admin,
        crowd.account,
        HERE,
    )


@pytest.mark.both_engines
def test_a_session_ends_when_nobody_clicks(crowd: People, clock: Clock) -> None:
    token = enter(crowd.admin)
    clock.forward(minutes=59)
    assert sessions.actor_for(token) is not None
    clock.forward(minutes=59)
    assert sessions.actor_for(token) is not None
    clock.forward(minutes=61)
    assert sessions.actor_for(token) is None


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(crowd: People, clock: Clock) -> None:
    token = enter(crowd.admin)
    clock.forward(minutes=59)
    assert sessions.actor_for(token, clicked=False) is not None
    clock.forward(minutes=2)
    assert sessions.actor_for(token, clicked=False) is None


def test_a_session_ends_after_twelve_hours_in_any_case(crowd: People, clock: Clock) -> None:
    token = enter(crowd.admin)
    for _ in range(13):
        assert sessions.actor_for(token) is not None
        clock.forward(minutes=55)
    clock.forward(minutes=10)
    assert sessions.actor_for(token) is None


def test_clicks_are_written_down_once_a_minute_at_most(crowd: People, clock: Clock) -> None:
    token = enter(crowd.admin)
    began = clock.moment
    clock.forward(seconds=30)
    sessions.actor_for(token)
    with reading() as session:
        assert session.scalars(select(SessionRow.last_seen_at)).one() == began
    clock.forward(seconds=31)
    sessions.actor_for(token)
    with reading() as session:
        assert session.scalars(select(SessionRow.last_seen_at)).one() == clock.moment


def test_signing_out_ends_one_session_and_everywhere_ends_all(crowd: People) -> None:
    first, second, third = (enter(crowd.admin) for _ in range(3))
    sessions.sign_out(first)
    assert sessions.actor_for(first) is None
    actor = sessions.actor_for(second)
    assert actor is not None
    assert sessions.sign_out_everywhere(actor) == 2
    assert sessions.actor_for(second) is None and sessions.actor_for(third) is None


def test_a_role_taken_away_acts_at_the_next_click(crowd: People) -> None:
    token = enter(crowd.analyst)
    with transaction() as session:
        session.delete(session.scalars(select(Membership).where(Membership.user_id == crowd.analyst)).one())
    assert sessions.actor_for(token) is None


def test_an_account_switched_off_acts_at_the_next_click_but_not_for_support(crowd: People) -> None:
    token, support = enter(crowd.admin), enter(crowd.support)
    sessions.choose_account(support, crowd.account)
    with transaction() as session:
        session.execute(update(Account).where(Account.id == crowd.account).values(ihub_enabled=False))
    assert sessions.actor_for(token) is None
    assert sessions.actor_for(support) is not None


def test_a_person_switched_off_is_out_at_the_next_click(crowd: People) -> None:
    token = enter(crowd.support)
    with transaction() as session:
        session.get_one(User, crowd.support).active = False
    assert sessions.actor_for(token) is None


def test_support_acts_nowhere_until_an_account_is_chosen_and_each_choice_is_written_down(
    crowd: People,
) -> None:
    token = enter(crowd.support)
    actor = sessions.actor_for(token)
    assert actor is not None and actor.account_id is None
    assert {account.id for account in sessions.accounts_of(actor)} == {crowd.account, crowd.other_account}
    sessions.choose_account(token, crowd.other_account)
    actor = sessions.actor_for(token)
    assert actor is not None and actor.account_id == crowd.other_account
    with reading() as session:
        chosen = session.scalars(select(Audit).where(Audit.action == "account.choose")).one()
    assert (chosen.user_id, chosen.account_id) == (crowd.support, crowd.other_account)


def test_a_person_may_choose_among_their_own_accounts_only(crowd: People) -> None:
    third = world.account("A third one")
    with transaction() as session:
        session.add(Membership(user_id=crowd.admin, account_id=crowd.other_account, role=Role.ANALYST))
    token = enter(crowd.admin)
    sessions.choose_account(token, crowd.other_account)
    actor = sessions.actor_for(token)
    assert actor is not None and (actor.role, actor.account_id) == (ActingRole.ANALYST, crowd.other_account)
    for account_id in (third, 10**12):
        with pytest.raises(NotFoundError):
            sessions.choose_account(token, account_id)


def test_a_person_with_both_roles_acts_with_the_wider_one(crowd: People) -> None:
    with transaction() as session:
        session.add(Membership(user_id=crowd.analyst, account_id=crowd.account, role=Role.ACCOUNT_ADMIN))
    actor = sessions.actor_for(enter(crowd.analyst))
    assert actor is not None and actor.role is ActingRole.ACCOUNT_ADMIN
