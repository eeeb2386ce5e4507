"""The security of every route: proxies, https, requests of other sites, and addresses that lead elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from core import settings
from core.errors import StartError
from core.sign_in import local, sessions
from tests.web.asgi import ask
from tests.web.conftest import Browser, People
from web import server
from web.content_security_policy import content_policy
from web.forwarded_headers import ForwardedHeaders, client_behind_proxies
from web.responses import own_path
from web.security_headers import SecurityHeaders

PAGE_NAMES = "start API_tokens Access Alerts Audit Connections Jobs People Reports Support To_fix"
PAGES = {"/", *(f"/{name}" for name in PAGE_NAMES.split())}
READS = {
    *("/healthz", "/metrics", "/export/person.json", "/export/insights.csv"),
    *(
        "/auth/notice",
        "/auth/go.js",
        "/auth/account.js",
        "/auth/page.js",
        "/api/openapi.json",
        "/api/v1/{table}",
        "/api/v1/{table}.{format}",
        "/export/runs.{format}",
        "/export/records.{format}",
        "/export/people.{format}",
        "/export/by-hand.csv",
        "/export/plan.csv",
        "/export/readiness.csv",
        "/export/super.csv",
        "/export/audit.csv",
    ),
    *PAGES,
}
PROVES_ITSELF = {
    "/auth/enter": "a ticket of this browser",
    "/auth/callback": "a state",
    "/oauth/callback": "a state",
}
CHANGES = {"/auth/start", "/auth/logout", "/auth/account", "/oauth/start/{side}"}


@pytest.fixture
def clean_settings(home: object) -> Iterator[None]:
    yield
    settings.settings.cache_clear()
    content_policy.cache_clear()


def set_up(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IHUB_{name.upper()}", value)
    settings.settings.cache_clear()
    content_policy.cache_clear()


def whole_app() -> Starlette:
    return Starlette(
        routes=server.routes, middleware=server.middleware, exception_handlers=server.exception_handlers
    )


def test_every_route_has_said_how_it_is_kept_from_other_sites() -> None:
    assert {route.path for route in server.routes} == READS | CHANGES | set(PROVES_ITSELF)


@pytest.mark.parametrize("path", sorted(CHANGES))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_site_changes_nothing(admin: Browser, path: str, method: str) -> None:
    place = admin.url + path.replace("{side}", "1") + "?id=1"
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"referer": "https://evil.example/?" + admin.url},
        {},
    ):
        answer = admin.session.request(method, place, headers=headers, allow_redirects=False, timeout=30)
        assert answer.status_code in (403, 405), headers
        assert answer.status_code == 403 or method == "POST"
    assert sessions.actor_for(admin.token) is not None


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "evil",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
        ),
        *(
            "javascript:alert(1)",
            "/%2f%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%255cevil.example",
        ),
        *(
            "/%09/evil.example",
            "/\t/evil.example",
            "/a\r\nset-cookie: x=1",
            "/%0d%0aset-cookie:%20x=1",
            "/\u2028evil",
        ),
        *(" /Jobs", "/.//evil.example", "/Jobs//evil.example", "/\x00", "http:/evil.example", "/\u202eevil"),
    ],
)
def test_no_address_leads_away(path: str) -> None:
    assert own_path(path) == "/"


@pytest.mark.parametrize(
    "path",
    ["/", "/Jobs", "/Reports?run=12", "/Reports?search=a%20b&page=2", "/Reports?next=https://x.example/%2F"],
)
def test_addresses_of_ihub_stay_as_they_are(path: str) -> None:
    assert own_path(path) == path


def test_by_https_cookies_are_secure_and_of_this_host_only(
    people: People, monkeypatch: pytest.MonkeyPatch, clean_settings: None
) -> None:
    set_up(monkeypatch, url="https://ihub.example")
    app, here = whole_app(), "https://ihub.example"
    first = ask(app, f"{here}/auth/enter", {"accept": "text/html"}).headers["set-cookie"]
    nonce = re.search(r"__Host-ihub_browser=([^;]+); Path=/; HttpOnly; SameSite=Lax; Secure", first)
    assert nonce is not None
    known = {"cookie": f"__Host-ihub_browser={nonce[1]}"}
    answer = ask(app, f"{here}/auth/enter?ticket={local.issue_ticket(people.admin, nonce[1])}", known)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-ihub_session=") and "Secure" in cookie and "HttpOnly" in cookie
    assert "domain" not in cookie.lower() and "Path=/" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    policy = answer.headers["content-security-policy"]
    assert "upgrade-insecure-requests" in policy and "connect-src 'self' wss://ihub.example;" in policy
    out = ask(app, f"{here}/auth/logout", known | {"sec-fetch-site": "same-origin"}).headers["set-cookie"]
    assert out.startswith('__Host-ihub_session=""') and "Secure" in out


def test_without_https_nothing_promises_it(browser: Browser) -> None:
    headers = browser.get("/healthz").headers
    assert (
        "strict-transport-security" not in headers
        and "upgrade-insecure" not in headers["content-security-policy"]
    )


def test_the_policy_lets_no_script_run_that_is_not_ihubs(clean_settings: None) -> None:
    scripts = next(part for part in content_policy().split("; ") if part.startswith("script-src "))
    assert "unsafe" not in scripts and "http" not in scripts and "data:" not in scripts
    assert len(re.findall(r"'sha256-[A-Za-z0-9+/]{43}='", scripts)) == 1, (
        "the one script of Streamlit's start page"
    )


def seen(monkeypatch: pytest.MonkeyPatch, peer: str, trusted: str, **headers: str) -> dict[str, str]:
    """Return the address and scheme that a request from a peer is taken to have."""
    set_up(monkeypatch, trusted_proxies=trusted)

    async def tell(request: Request) -> Response:
        return JSONResponse(
            {"host": request.client.host if request.client else "", "scheme": request.url.scheme}
        )

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: dict[str, str] = json.loads(
        ask(ForwardedHeaders(Starlette(routes=[Route("/", tell)])), "http://inside/", sent, peer=peer).text
    )
    return answer


FORWARDED = {"x_forwarded_for": "203.0.113.9, 198.51.100.7", "x_forwarded_proto": "https"}


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_a_trusted_proxy_says_where_a_request_comes_from(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None, peer: str
) -> None:
    assert seen(monkeypatch, peer, "10.0.0.0/8", **FORWARDED) == {"host": "198.51.100.7", "scheme": "https"}
    two = "10.0.0.0/8, 198.51.100.0/24"
    assert seen(monkeypatch, peer, two, **FORWARDED) == {"host": "203.0.113.9", "scheme": "https"}


@pytest.mark.parametrize(
    ("peer", "trusted"), [("127.0.0.1", ""), ("127.0.0.1", "10.0.0.0/8"), ("192.0.2.1", "10.0.0.0/8")]
)
def test_the_word_of_anybody_else_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None, peer: str, trusted: str
) -> None:
    assert seen(monkeypatch, peer, trusted, **FORWARDED) == {"host": peer, "scheme": "http"}


def test_a_header_that_a_proxy_passed_on_unread_is_not_used_as_an_address(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None
) -> None:
    set_up(monkeypatch, trusted_proxies="10.0.0.0/8")
    assert client_behind_proxies(["203.0.113.9, <script>"]) is None
    assert client_behind_proxies(["spoofed, 203.0.113.9"]) == "203.0.113.9"
    assert client_behind_proxies(["203.0.113.9", "10.0.0.2"]) == "203.0.113.9", "several headers are one list"
    assert client_behind_proxies([]) is None
    assert seen(monkeypatch, "10.1.2.3", "10.0.0.0/8", x_forwarded_proto="gopher")["scheme"] == "http"


def test_a_websocket_learns_the_browsers_address_too(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None
) -> None:
    set_up(monkeypatch, trusted_proxies="10.0.0.0/8")

    async def tell(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(f"{socket.url.scheme} {socket.client.host if socket.client else ''}")
        await socket.close()

    app = ForwardedHeaders(Starlette(routes=[WebSocketRoute("/", tell)]))
    sent = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    assert ask(app, "ws://inside/", sent, peer="10.1.2.3", kind="websocket").text == "wss 203.0.113.9"


def test_a_browser_that_reached_the_proxy_by_http_is_redirected_to_https(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch, clean_settings: None
) -> None:
    set_up(monkeypatch, url="https://ihub.example", trusted_proxies="10.0.0.0/8")
    app, proxy = whole_app(), "10.1.2.3"
    answer = ask(app, "http://inside/Reports?run=7", {"x-forwarded-proto": "http"}, peer=proxy)
    assert (answer.status, answer.headers["location"]) == (308, "https://ihub.example/Reports?run=7")
    assert ask(app, "http://inside/auth/go.js", {"x-forwarded-proto": "https"}, peer=proxy).status == 200
    assert ask(app, "http://inside/auth/go.js", peer=proxy).status == 200, (
        "a health check on the inside needs no header"
    )


def test_networks_that_are_none_are_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None
) -> None:
    set_up(monkeypatch, trusted_proxies="10.0.0.0/8, fd00::/8")
    assert settings.settings().proxy_networks() == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    with pytest.raises(StartError, match="IHUB_TRUSTED_PROXIES"):
        set_up(monkeypatch, trusted_proxies="everybody")
        settings.settings()


def streamlit_app() -> Starlette:
    """Return an application that answers every address, as a Streamlit that knows more of them might."""

    async def tell(_request: Request) -> Response:
        return Response("here")

    everything = Route("/{path:path}", tell, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    return Starlette(
        routes=[*server.routes, everything],
        middleware=server.middleware,
        exception_handlers=server.exception_handlers,
    )


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/_stcore/upload_file/a/b",
            "/_stcore/metrics",
            "/_stcore/agent/mcp",
            "/_stcore/script-health-check",
        ),
        *("/_stcore/bidi-components/a/b.js", "/component/a/index.html", "/app/static/x", "/_stcore/new"),
        *("/auth/login", "/oauth2callback", "/_stcore/message", "/_stcore/stream", "/robots.txt", "/.env"),
        *(
            "/Jobs/_stcore/upload_file/a/b",
            "/Connections/_stcore/health",
            "/pages/Jobs.py",
            "/nothing",
            "//",
            "/a",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS"])
def test_what_ihub_does_not_use_does_not_exist(sqlite_store: str, path: str, method: str) -> None:
    assert ask(streamlit_app(), "http://inside" + path, method=method).status == 404
    assert ask(streamlit_app(), "ws://inside" + path, kind="websocket").types == ("websocket.close",) or (
        path == "/_stcore/stream"
    )


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_what_a_page_loads_can_only_be_read(sqlite_store: str, method: str) -> None:
    app = streamlit_app()
    for path in ("/static/a.js", "/media/a.svg", "/_stcore/health", "/_stcore/host-config", "/favicon.png"):
        assert ask(app, "http://inside" + path).text == "here"
        assert ask(app, "http://inside" + path, method=method).status == 404


@pytest.mark.parametrize("path", sorted(PAGES))
def test_pages_are_never_stored_and_ask_again_when_they_come_back(sqlite_store: str, path: str) -> None:
    page = ask(whole_app(), "http://inside" + path)
    assert page.headers["cache-control"] == "no-store"
    script = page.text.index('<head><script src="./auth/page.js">')
    assert script < page.text.index("<meta"), "nothing is drawn before it"
    assert 'addEventListener("pageshow"' in ask(whole_app(), "http://inside/auth/page.js").text


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        ("https://evil.example", True),
        ("http://localhost:9999", True),
        ("http://127.0.0.1:9999", True),
        ("https://sibling.example", True),
        ("null", True),
        ("http://[", True),
        ("", True),
        ("https://ihub.example", False),
        (None, False),
    ],
)
def test_another_sites_page_gets_no_websocket_not_even_of_another_port_here(
    monkeypatch: pytest.MonkeyPatch, clean_settings: None, origin: str | None, refused: bool
) -> None:
    set_up(monkeypatch, url="https://ihub.example")

    async def tell(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    app = SecurityHeaders(Starlette(routes=[WebSocketRoute("/_stcore/stream", tell)]))
    headers = {"host": "localhost:8501"} | ({} if origin is None else {"origin": origin})
    answer = ask(app, "wss://localhost:8501/_stcore/stream", headers, kind="websocket")
    assert (answer.types == ("websocket.close",)) is refused
