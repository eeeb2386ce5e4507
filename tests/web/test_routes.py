"""The routes that are not pages: signing in and out, accounts, health, and blocked paths."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.db import reading
from core.models import StoreCheck
from core.operations import health
from core.queue import health as queue_health
from core.queue.health import Health
from core.sign_in import local, sessions
from tests.web.conftest import Browser, People


def test_a_browser_gets_a_nonce_that_scripts_cannot_read(web: str) -> None:
    answer = Browser(web).session.get(
        web + "/healthz", headers={"accept": "text/html", "cookie": ""}, timeout=30
    )
    cookie = answer.headers["set-cookie"]
    assert "ihub_browser=" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_ticket_becomes_a_session_cookie_and_leads_on(browser: Browser, people: People) -> None:
    ticket = local.issue_ticket(people.admin, browser.nonce)
    answer = browser.get(f"/auth/enter?ticket={ticket}&next=%2FReports%3Frun%3D12")
    assert (answer.status_code, answer.headers["location"]) == (303, "/Reports?run=12")
    cookie = answer.headers["set-cookie"]
    assert "ihub_session=" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert sessions.actor_for(browser.token) is not None


def test_a_ticket_copied_to_another_browser_opens_nothing(web: str, browser: Browser, people: People) -> None:
    ticket = local.issue_ticket(people.admin, Browser(web).nonce)
    browser.get(f"/auth/enter?ticket={ticket}")
    assert browser.token is None


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", ""]
)
def test_signing_in_leads_nowhere_else(browser: Browser, people: People, next_page: str) -> None:
    ticket = local.issue_ticket(people.admin, browser.nonce)
    answer = browser.session.get(
        f"{browser.url}/auth/enter",
        params={"ticket": ticket, "next": next_page},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.headers["location"] == "/"


def test_signing_in_again_ends_the_browsers_old_session(admin: Browser, people: People) -> None:
    old = admin.token
    admin.sign_in(people.admin)
    assert admin.token != old
    assert sessions.actor_for(old) is None and sessions.actor_for(admin.token) is not None


def test_a_copied_cookie_stops_working_after_signing_out(admin: Browser) -> None:
    copied = admin.token
    answer = admin.get("/auth/logout")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/?notice=")
    assert admin.token is None
    assert sessions.actor_for(copied) is None


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/account?id=1", "/oauth/start/1"])
def test_another_site_cannot_send_a_person_to_an_address_that_changes_something(
    admin: Browser, path: str
) -> None:
    assert admin.get(path, own=False).status_code == 403
    assert admin.get(path, headers={"sec-fetch-site": "same-site"}).status_code == 403
    assert sessions.actor_for(admin.token) is not None


def test_a_browser_that_does_not_say_where_it_comes_from_must_name_our_page(admin: Browser) -> None:
    unsaid = {"sec-fetch-site": None}
    assert admin.get("/auth/logout", headers=unsaid).status_code == 403  # type: ignore[arg-type]
    elsewhere = unsaid | {"referer": "https://evil.example/"}
    assert admin.get("/auth/logout", headers=elsewhere).status_code == 403  # type: ignore[arg-type]
    own = unsaid | {"referer": f"{admin.url}/Jobs"}
    assert admin.get("/auth/logout", headers=own).status_code == 303  # type: ignore[arg-type]


def test_support_chooses_an_account(web: str, people: People) -> None:
    support = Browser(web).sign_in(people.support)
    assert support.get(f"/auth/account?id={people.account}&next=%2FJobs").headers["location"] == "/Jobs"
    actor = sessions.actor_for(support.token)
    assert actor is not None and actor.account_id == people.account


@pytest.mark.parametrize("number", ["{other}", "99999", "x", ""])
def test_anothers_account_answers_as_if_it_did_not_exist(admin: Browser, people: People, number: str) -> None:
    answer = admin.get(f"/auth/account?id={number.format(other=people.other_account)}")
    assert (answer.status_code, answer.text) == (404, "There is no such account, or you have no role in it.")


MISSING = {"scheduler": "down", "workers": 0}


@pytest.fixture(autouse=True)
def unchecked() -> None:
    health.write_check.forget()


def test_health_is_200_when_people_can_be_served(redis_url: str, browser: Browser) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"store": "ok", "redis": "ok"} | MISSING)


def test_health_is_200_without_redis_because_runs_wait(browser: Browser) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"store": "ok", "redis": "down"} | MISSING)


def test_strict_health_is_503_without_redis_a_worker_or_a_scheduler(
    redis_url: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.get("/healthz?strict=1").status_code == 503
    for workers, scheduler, status in ((1, True, 200), (0, True, 503), (1, False, 503)):
        seen = Health(True, workers, scheduler)
        monkeypatch.setattr(queue_health, "health", lambda seen=seen: seen)
        assert browser.get("/healthz?strict=1").status_code == status
        assert browser.get("/healthz").status_code == 200


def test_health_is_503_when_the_store_is_down(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_store_state", lambda: "down")
    assert browser.get("/healthz").status_code == 503


def test_health_is_503_while_nothing_can_be_written(
    browser: Browser, sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "WAIT_MILLISECONDS", 50)
    monkeypatch.setattr(health, "RETRY_SECONDS", 0.0)
    with closing(sqlite3.connect(sqlite_store.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json()["store"]) == (503, "down")
        other.execute("ROLLBACK")
    assert browser.get("/healthz").status_code == 200


def test_asking_for_health_again_and_again_writes_once(browser: Browser) -> None:
    for _ in range(5):
        browser.get("/healthz")
    with reading() as session:
        first = session.scalar(select(StoreCheck.checked_at))
    browser.get("/healthz")
    with reading() as session:
        assert session.scalar(select(StoreCheck.checked_at)) == first


def test_a_route_says_what_is_wrong_with_the_store(
    admin: Browser, sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError(None, None, sqlite3.OperationalError("x"))

    monkeypatch.setattr(sessions, "choose_account", fail)
    answer = admin.get("/auth/account?id=1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "The store" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/openapi.json",
        "/x/_stcore/agent/mcp",
        "/_stcore/agent",
    ],
)
def test_streamlits_open_doors_are_shut(browser: Browser, path: str) -> None:
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        answer = browser.session.request(method, browser.url + path, timeout=30)
        assert (answer.status_code, answer.text) == (404, "There is no such page."), (
            "refused by iHUB, whatever Streamlit has there"
        )


def test_every_answer_says_that_it_may_not_be_framed_or_guessed_at(browser: Browser) -> None:
    headers = browser.get("/healthz").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
