"""Signing in with enableHR by both methods, against the sandbox: accepted, refused, and what is stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from connectors.enablehr import users
from core import settings
from core.clock import now
from core.db import reading, transaction
from core.models import Account, Audit, Membership, Role, SignInRequest, ThrottleEvent, User
from core.security import flash, passwords
from core.security.actor import ActingRole, Actor
from core.sign_in import enablehr_oauth, enablehr_password, local, sessions
from harness.sandbox import Sandbox
from tests.web.conftest import Browser, People
from tests.web.test_oauth import consented

HELEN, RIGHT = "hr.admin@example.com", "harbour-hr"
WRONG_PASSWORD = "not this one"
HERE, THERE = "10.0.0.1", "10.0.0.2"
Arrange = Callable[..., None]


@pytest.fixture
def arrange(monkeypatch: pytest.MonkeyPatch, home: object) -> Iterator[Arrange]:
    """Return a function that changes settings for the test."""

    def change(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"IHUB_{name.upper()}", value)
        settings.settings.cache_clear()

    yield change
    settings.settings.cache_clear()


@pytest.fixture
def by_oauth(arrange: Arrange, sandbox: Sandbox, browser: Browser) -> Browser:
    """Open a browser where people sign in at the sandbox's page."""
    arrange(sign_in="enablehr_oauth", enablehr_url=sandbox.enablehr_url, enablehr_login_url=sandbox.login_url)
    return browser


@pytest.fixture
def by_password(arrange: Arrange, sandbox: Sandbox, people: People) -> People:
    """Have passwords checked by the sandbox."""
    arrange(sign_in="enablehr_password", enablehr_password_url=f"{sandbox.login_url}/password")
    return people


def granted(people: People, enablehr_id: str | None = "1001", role: Role = Role.ACCOUNT_ADMIN) -> int:
    """Grant Helen a role as Support does: by her user name, in an account with a number in enableHR."""
    with transaction() as session:
        session.get_one(Account, people.account).enablehr_id = enablehr_id
        helen = User(username=HELEN, name="Helen", active=True, is_support=False)
        session.add(helen)
        session.flush()
        session.add(Membership(user_id=helen.id, account_id=people.account, role=role))
        return helen.id


def begin(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"/auth/start{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def arrive(browser: Browser, path: str) -> str:
    """Come back from enableHR; return where iHUB leads on to."""
    answer = browser.get(f"/{path}", own=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def refusal_shown(browser: Browser, location: str) -> str:
    shown = flash.open_message(browser.nonce, parse_qs(urlsplit(location).query)["notice"][0])
    assert shown is not None and not shown[1] and browser.token is None
    return shown[0]


def results(action: str = "sign-in") -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Audit.result).where(Audit.action == action).order_by(Audit.id)))


def test_a_person_with_a_role_signs_in_at_enablehr_and_comes_to_the_page_they_wanted(
    by_oauth: Browser, people: People
) -> None:
    helen = granted(people)
    place = arrive(by_oauth, consented(begin(by_oauth, "?next=%2FReports%3Frun%3D7")))
    assert place == "/Reports?run=7"
    actor = sessions.actor_for(by_oauth.token)
    assert actor is not None
    assert (actor.user_id, actor.account_id, actor.role) == (helen, people.account, ActingRole.ACCOUNT_ADMIN)
    with reading() as session:
        row = session.scalars(select(Audit).where(Audit.action == "sign-in")).one()
        user = session.get_one(User, helen)
    assert (row.result, row.detail, row.user_id) == ("done", {"way": "enablehr"}, helen)
    assert (user.name, user.enablehr_accounts) == ("Helen Harbour", {"1001": "Harbour Foods"})
    assert user.email == "hr.admin@example.com"


def test_an_old_session_of_the_browser_ends_and_the_new_one_has_a_new_id(
    by_oauth: Browser, people: People
) -> None:
    granted(people)
    old = by_oauth.sign_in(people.analyst).token
    arrive(by_oauth, consented(begin(by_oauth)))
    assert by_oauth.token != old and sessions.actor_for(old) is None


def guest(browser: Browser) -> Actor:
    actor = sessions.actor_for(browser.token)
    assert actor is not None and (actor.role, actor.account_id) == (ActingRole.GUEST, None)
    return actor


def test_a_person_without_a_role_is_recorded_and_may_only_request_access(
    by_oauth: Browser, people: People
) -> None:
    arrive(by_oauth, consented(begin(by_oauth)))
    actor = guest(by_oauth)
    with reading() as session:
        assert session.scalars(select(User.id).where(User.username == HELEN)).one() == actor.user_id
        assert not session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).all()
    assert results() == ["done"]


def test_a_grant_in_an_account_that_enablehr_does_not_name_opens_nothing(
    by_oauth: Browser, people: People
) -> None:
    granted(people, enablehr_id="2002")
    arrive(by_oauth, consented(begin(by_oauth)))
    guest(by_oauth)


def test_an_account_that_enablehr_no_longer_names_is_closed_at_the_next_sign_in(
    by_oauth: Browser, people: People
) -> None:
    helen = granted(people)
    arrive(by_oauth, consented(begin(by_oauth)))
    with transaction() as session:
        session.get_one(User, helen).enablehr_accounts = {"3003": "Elsewhere"}
    assert sessions.actor_for(by_oauth.token) is None


def test_an_account_without_its_enablehr_number_is_open_to_a_grant_alone(
    by_oauth: Browser, people: People
) -> None:
    granted(people, enablehr_id=None)
    arrive(by_oauth, consented(begin(by_oauth)))
    assert sessions.actor_for(by_oauth.token) is not None


def test_a_local_user_cannot_be_taken_over_by_their_namesake_at_enablehr(
    by_oauth: Browser, people: People
) -> None:
    with transaction() as session:
        session.get_one(User, people.support).username = HELEN
    said = refusal_shown(by_oauth, arrive(by_oauth, consented(begin(by_oauth))))
    assert "local user" in said and results() == ["refused"]


def test_a_denied_consent_is_told_and_written_down(by_oauth: Browser, people: People) -> None:
    place = arrive(by_oauth, consented(begin(by_oauth, "?next=%2FJobs"), decision="deny"))
    assert urlsplit(place).path == "/Jobs"
    assert refusal_shown(by_oauth, place) == enablehr_oauth.DENIED and results() == ["refused"]


def test_an_answer_works_once_for_ten_minutes_and_only_in_its_browser(
    by_oauth: Browser, people: People
) -> None:
    granted(people)
    path = consented(begin(by_oauth))
    other = Browser(by_oauth.url)
    assert refusal_shown(other, arrive(other, path)) == enablehr_oauth.INVALID
    assert arrive(by_oauth, path) == "/" and by_oauth.token is not None
    again = Browser(by_oauth.url)
    late = consented(begin(again))
    with transaction() as session:
        session.execute(update(SignInRequest).values(expires_at=now() - timedelta(seconds=1)))
    assert refusal_shown(again, arrive(again, late)) == enablehr_oauth.INVALID
    assert refusal_shown(again, arrive(again, path)) == enablehr_oauth.INVALID


@pytest.mark.parametrize("query", ["", "?state=made-up&code=made-up", "?code=x", "?error=access_denied"])
def test_an_answer_nobody_asked_for_is_refused(by_oauth: Browser, query: str) -> None:
    assert refusal_shown(by_oauth, arrive(by_oauth, f"auth/callback{query}")) == enablehr_oauth.INVALID


def test_a_made_up_code_is_a_sentence_that_does_not_repeat_it(by_oauth: Browser, people: People) -> None:
    state = parse_qs(urlsplit(begin(by_oauth)).query)["state"][0]
    said = refusal_shown(by_oauth, arrive(by_oauth, f"auth/callback?state={state}&code=made-up"))
    assert said == enablehr_oauth.NOT_COMPLETED


def test_the_way_there_asks_for_little_and_carries_pkce_where_the_setting_says_so(
    by_oauth: Browser, arrange: Arrange
) -> None:
    query = parse_qs(urlsplit(begin(by_oauth)).query)
    assert query["scope"] == ["read:accounts"] and query["redirect_uri"] == [f"{by_oauth.url}/auth/callback"]
    assert "code_challenge" not in query
    arrange(enablehr_pkce="1")
    assert parse_qs(urlsplit(begin(by_oauth)).query)["code_challenge_method"] == ["S256"]


def test_pkce_is_carried_through(by_oauth: Browser, people: People, arrange: Arrange) -> None:
    arrange(enablehr_pkce="1")
    granted(people)
    arrive(by_oauth, consented(begin(by_oauth)))
    assert by_oauth.token is not None


def test_no_trip_begins_from_another_site(by_oauth: Browser) -> None:
    assert by_oauth.get("/auth/start", own=False).status_code == 403


def test_no_trip_begins_where_people_sign_in_otherwise(browser: Browser) -> None:
    assert browser.get("/auth/start").status_code == 404


def test_a_right_password_at_enablehr_signs_in_and_is_kept_nowhere(
    by_password: People, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    helen = granted(by_password)
    with caplog.at_level(logging.DEBUG):
        assert enablehr_password.sign_in(f" {HELEN.upper()} ", RIGHT, HERE) == helen
    with reading() as session:
        assert session.get_one(User, helen).password_hash is None
        stored = str([row.detail for row in session.scalars(select(Audit))])
    assert RIGHT not in caplog.text + stored


def refusal(username: str, password: str = WRONG_PASSWORD, address: str = HERE) -> str:
    with pytest.raises(local.SignInRefusedError) as refused:
        enablehr_password.sign_in(username, password, address)
    return str(refused.value)


def test_known_and_unknown_names_cost_the_same_and_are_told_the_same_either_way(
    by_password: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    hashed: list[str | None] = []

    def ask(_url: str, username: str, _password: str) -> None:
        asked.append(username)

    def verify(stored: str | None, _password: str) -> bool:
        hashed.append(stored)
        return False

    monkeypatch.setattr(users, "by_password", ask)
    monkeypatch.setattr(passwords, "verify", verify)
    granted(by_password)
    names = (HELEN, "admin", "nobody at all")
    assert {refusal(name) for name in names} == {local.WRONG}
    assert (asked, hashed) == (list(names), []), "each try asks enableHR once, local users or not"
    for name in names:
        with pytest.raises(local.SignInRefusedError, match=local.WRONG):
            local.sign_in(name, "wrong", THERE)
    assert len(asked) == 3 and len(hashed) == 3, (
        "each try of the local form verifies one hash, users of enableHR or not"
    )


def test_fifty_wrong_passwords_at_enablehr_lock_out_the_guesser_and_not_the_rest(by_password: People) -> None:
    helen = granted(by_password)
    answers = [refusal(HELEN) for _ in range(50)]
    assert answers[:5] == [local.WRONG] * 5 and all(
        each.startswith("Too many sign-ins") for each in answers[5:]
    )
    assert enablehr_password.sign_in(HELEN, RIGHT, THERE) == helen
    assert results().count("refused") == 6, "those that were looked at, and one for the delay"


def test_an_enablehr_that_does_not_answer_counts_against_nobody(
    by_password: People, arrange: Arrange
) -> None:
    arrange(enablehr_password_url="http://127.0.0.1:9/password")
    assert refusal(HELEN, RIGHT) == enablehr_password.NOT_CHECKED
    with reading() as session:
        assert not session.scalars(select(ThrottleEvent)).all()


def test_a_right_password_without_a_grant_leads_in_and_opens_nothing(by_password: People) -> None:
    helen = enablehr_password.sign_in(HELEN, RIGHT, HERE)
    with reading() as session:
        assert not session.scalars(select(Membership).where(Membership.user_id == helen)).all()
    assert refusal(HELEN) == local.WRONG


def test_passwords_never_travel_without_tls(
    by_password: People, arrange: Arrange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_ENABLEHR_PASSWORD_URL", "http://login.enablehr.example/password")
    settings.settings.cache_clear()
    with pytest.raises(Exception, match="https://"):
        settings.settings()
    with pytest.raises(Exception, match="https://"):
        users.by_password("http://login.enablehr.example/password", HELEN, RIGHT)
    arrange(enablehr_password_url="")
