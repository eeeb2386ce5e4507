"""Arriving from elsewhere: twice, ahead of a click, without a session, by another name, and below a path."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from connectors.http.sign_in import oauth
from connectors.http.sign_in.tokens import Tokens
from core import settings
from core.clock import now
from core.connections import oauth_flow
from core.connections.views import ConnectionView
from core.db import reading, transaction
from core.errors import StartError
from core.models import Audit, Session, SideState
from core.security import flash
from core.sign_in import sessions
from tests.web.asgi import ask
from tests.web.conftest import Browser, People
from tests.web.test_oauth import again, begin, come_back, consented, draft
from tests.web.test_security import clean_settings, set_up, whole_app
from web import auth

__all__ = ["clean_settings", "draft"]

AHEAD = [
    {"sec-purpose": "prefetch"},
    {"sec-purpose": "prefetch;prerender"},
    {"purpose": "prefetch"},
    {"x-moz": "prefetch"},
    {"x-purpose": "preview"},
]


def test_a_response_that_comes_twice_says_that_the_side_is_connected(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    back = consented(begin(admin, draft.source.id))
    first, second = come_back(admin, back), come_back(admin, back)
    assert first == second and first[1] and first[0].startswith("enableHR is connected to ")
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "side.connect")).all()
    assert [row.result for row in rows] == ["done"]


@pytest.mark.parametrize("seconds", [0, 4])
def test_two_responses_at_once_both_say_that_the_side_is_connected(
    admin: Browser,
    draft: ConnectionView,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    exchange = oauth.exchange

    def exchange_slowly(*arguments: Any) -> Tokens:
        time.sleep(seconds)
        return exchange(*arguments)

    monkeypatch.setattr(oauth, "exchange", exchange_slowly)
    back = consented(begin(admin, draft.source.id))
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(lambda _: come_back(admin, back), range(2)))
    assert shown[0] == shown[1] and shown[0][1]


def test_a_denied_response_that_comes_twice_still_connects_nothing(
    admin: Browser, draft: ConnectionView, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_flow, "REPEAT_SECONDS", 60)  # it waits for nothing
    back = consented(begin(admin, draft.source.id), decision="deny")
    come_back(admin, back)
    sentence, good = come_back(admin, back)
    assert not good and "already used" in sentence
    assert again(people, draft).source.state is SideState.NOT_CONNECTED


def test_a_denied_reconnection_that_comes_twice_is_not_said_to_have_connected(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    assert come_back(admin, consented(begin(admin, draft.source.id)))[1]
    back = consented(begin(admin, draft.source.id), decision="deny")
    for _ in range(2):
        assert not come_back(admin, back)[1]


@pytest.mark.parametrize("headers", AHEAD)
def test_loading_ahead_changes_nothing(
    admin: Browser, draft: ConnectionView, people: People, headers: dict[str, str]
) -> None:
    back = consented(begin(admin, draft.source.id))
    for path in (f"/{back}", "/auth/logout", f"/auth/account?id={people.account}", "/auth/enter?ticket=x"):
        assert admin.get(path, headers=headers).status_code == 204
        assert (
            admin.session.head(admin.url + path, headers={"sec-fetch-site": "same-origin"}).status_code == 204
        )
    assert again(people, draft).source.state is SideState.NOT_CONNECTED
    assert sessions.actor_for(admin.token) is not None
    _, good = come_back(admin, back)
    assert good, "the click that follows connects"


def test_a_ticket_that_is_over_is_said_and_takes_nobody_out(admin: Browser, web: str, people: People) -> None:
    assert admin.get("/auth/enter?ticket=over&next=/Jobs").headers["location"] == "/Jobs"
    browser = Browser(web)
    place = urlsplit(browser.get("/auth/enter?ticket=over&next=/Jobs").headers["location"])
    assert place.path == "/Jobs"
    assert flash.open_message(browser.nonce, parse_qs(place.query)["notice"][0]) == (auth.TICKET_OVER, False)


def test_enablehr_that_sends_back_another_browser_is_said(
    web: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Browser(web)
    other.session.cookies.clear()
    answer = other.session.get(f"{web}/auth/callback?state=x", headers={"accept": "text/html"}, timeout=30)
    shown = flash.open_message(other.nonce, parse_qs(urlsplit(answer.url).query)["notice"][0])
    assert shown is not None and "another browser" in shown[0]


@pytest.mark.parametrize("known", [True, False])
def test_a_session_that_ended_during_consent_is_said(
    admin: Browser, draft: ConnectionView, known: bool
) -> None:
    back = consented(begin(admin, draft.source.id))
    with transaction() as session:
        session.execute(update(Session).values(revoked_at=now()))
    browser = admin if known else Browser(admin.url)
    if not known:
        browser.session.cookies.clear()
    answer = browser.session.get(f"{admin.url}/{back}", headers={"accept": "text/html"}, timeout=30)
    place = urlsplit(answer.url)
    shown = flash.open_message(browser.nonce, parse_qs(place.query)["notice"][0])
    assert place.path == "/Connections"
    assert shown is not None and "session ended" in shown[0] and "Nothing has changed" in shown[0]


def test_by_another_name_nobody_leaves_for_another_system(
    admin: Browser, draft: ConnectionView, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"referer": admin.url.replace("127.0.0.1", "localhost") + "/Connections"}
    monkeypatch.setenv("IHUB_SIGN_IN", "enablehr_oauth")
    settings.settings.cache_clear()
    for path in (f"/oauth/start/{draft.source.id}", "/auth/start?next=/Connections"):
        answer = admin.get(path, headers=elsewhere)
        place = urlsplit(answer.headers["location"])
        assert f"{place.scheme}://{place.netloc}" == admin.url
        notice = admin.get(answer.headers["location"].removeprefix(admin.url)).headers["location"]
        shown = flash.open_message(admin.token, parse_qs(urlsplit(notice).query)["notice"][0])
        assert shown is not None and "another address" in shown[0] and admin.url in shown[0]
        assert urlsplit(notice).path == "/Connections"


def test_a_notice_says_only_what_ihub_says(admin: Browser) -> None:
    assert admin.get("/auth/notice?about=Send+money").status_code == 404
    assert (
        admin.get("/auth/notice?about=signed-out&next=https://evil.example")
        .headers["location"]
        .startswith("/?")
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://ihub.example/", "https://ihub.example"),
        (" https://IHUB.example:443 ", "https://ihub.example"),
        ("http://localhost:80/", "http://localhost"),
        ("https://ihub.example:8443/ihub/", "https://ihub.example:8443/ihub"),
        ("HTTPS://ihub.example/hr/ihub//", "https://ihub.example/hr/ihub"),
        ("https://[::1]:8501", "https://[::1]:8501"),
    ],
)
def test_ihubs_own_address_is_read_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None, written: str, read: str
) -> None:
    set_up(monkeypatch, url=written)
    assert settings.settings().url == read


@pytest.mark.parametrize(
    "written",
    [
        *("ihub.example", "ihub.example:8501", "localhost:8501", "//ihub.example", "ftp://ihub.example"),
        *("https://", "https:ihub.example", "https://a@ihub.example", "https://ihub.example?a=b", "http://["),
        *(
            "https://ihub.example#x",
            "https://ihub.example:x",
            "https://ihub.example/../a",
            "https://i.example//a",
        ),
        *(
            "wss://ihub.example",
            "https://ihub.example/a b",
            "https://ihub.example:99999",
            "https://i\nhub.example/ä",
        ),
    ],
)
def test_an_address_that_is_none_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None, written: str
) -> None:
    set_up(monkeypatch, url=written)
    with pytest.raises(StartError, match=r"The setting IHUB_URL cannot be used: .+\."):
        settings.settings()


@pytest.fixture
def below(sqlite_store: str, monkeypatch: pytest.MonkeyPatch, clean_settings: None) -> Iterator[str]:
    set_up(monkeypatch, url="https://example.com/ihub/")
    yield "https://example.com"


def test_below_a_path_everything_is_below_it(below: str) -> None:
    app = whole_app()
    assert ask(app, f"{below}/ihub").headers["location"] == "/ihub/"
    for path in ("/ihub/", "/ihub/Jobs", "/ihub/auth/go.js", "/ihub/auth/page.js", "/Jobs"):
        assert ask(app, below + path).status == 200, path
    assert ask(app, f"{below}/ihub/nothing").status == 404
    assert ask(app, f"{below}/ihubs/Jobs").status == 404
    out = ask(app, f"{below}/ihub/auth/logout", {"sec-fetch-site": "same-origin"})
    assert out.headers["location"] == "/ihub/"
    policy = ask(app, f"{below}/ihub/").headers["content-security-policy"]
    assert "connect-src 'self' wss://example.com;" in policy
    back = ask(app, f"{below}/ihub/oauth/callback?state=x")
    assert back.headers["location"].startswith("https://example.com/ihub/auth/notice?")


def test_below_a_path_the_proxy_redirects_to_https_with_it(
    below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(monkeypatch, trusted_proxies="10.0.0.0/8")
    for path in ("/ihub/Jobs", "/Jobs"):
        answer = ask(
            whole_app(), f"http://inside{path}?run=1", {"x-forwarded-proto": "http"}, peer="10.1.2.3"
        )
        assert answer.headers["location"] == "https://example.com/ihub/Jobs?run=1"
