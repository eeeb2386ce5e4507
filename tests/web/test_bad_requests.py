"""Whatever an address or a header holds, each route answers with a sentence and never with an error of the server."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

import pytest
import requests
from sqlalchemy import select

from core.db import reading, transaction
from core.models import Audit, Connection
from core.sign_in import sessions
from harness import world
from tests.web.conftest import Browser, People, populate
from web import server

BAD_VALUES = [
    *("", " ", "-1", "0", "1e9", "0x10", "²", "١٢٣", "9" * 18, "9" * 19, "9" * 30, "9" * 5000, "null", "[]"),
    *("0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-W01-1", "20260101", "-2026-01-01"),
    *("\x00", "a\x00b", "\r\nset-cookie: a=b", "\x7f", "\x1b[31m", "\u202e", "\ud800", "%", "%%%", "%zz"),
    *("'", '"', "';--", "<script>", "{}", "../../etc/passwd", "a" * 10_000, "\U0010ffff", "%u0000"),
]
PARAMETERS = {
    "/auth/enter": ["ticket", "next"],
    "/auth/start": ["next"],
    "/auth/callback": ["state", "code", "error"],
    "/auth/logout": ["next"],
    "/auth/account": ["id", "next"],
    "/oauth/callback": ["state", "code", "error"],
    "/oauth/start/{side}": ["anything"],
    "/export/runs.{format}": [
        "connection",
        "status",
        "type",
        "kind",
        "by",
        "sort",
        "since",
        "until",
        "account",
    ],
    "/export/records.{format}": ["run", "decision", "search", "reason", "needs"],
    "/export/people.{format}": ["connection", "branch", "search"],
    "/export/person.json": ["connection", "person"],
    "/export/insights.csv": ["connection", "since", "until"],
    "/export/by-hand.csv": ["run"],
    "/export/plan.csv": ["run", "group", "search"],
    "/export/readiness.csv": ["connection", "missing", "who", "branch", "search"],
    "/export/super.csv": ["connection", "branch", "search"],
    "/export/audit.csv": ["person", "action", "since", "until", "subject", "outside"],
    "/api/openapi.json": ["anything"],
    # With a token, they are tried in test_api.py.
    "/api/v1/{table}": ["page"],
    "/api/v1/{table}.{format}": ["run"],
    "/healthz": ["strict"],
    "/metrics": ["anything"],
    "/auth/go.js": ["anything"],
    "/auth/page.js": ["anything"],
    "/auth/account.js": ["anything"],
    "/auth/notice": ["about", "next", "again"],
}
PAGE_NAMES = "start API_tokens Access Alerts Audit Connections Jobs People Reports Support To_fix"
PAGES = {"/", *(f"/{name}" for name in PAGE_NAMES.split())}
BAD_HEADERS = {
    "origin": ["http://[", "http://]", "null", "//", "http://a:b", "a" * 5000, "http://\xff"],
    "referer": ["http://[", "http://[::1", "x"],
    "cookie": ["ihub_session=\x01", "ihub_session=" + "a" * 5000, "=", "ihub_browser=%00", ";;;"],
    "sec-fetch-site": ["", "x", "same-origin\t"],
    "x-forwarded-for": ["\xff", "," * 500],
    "content-length": ["-1"],
    "accept": ["text/html;\xff"],
}


@pytest.fixture
def people(store: str) -> People:
    """Add the people to the store of either engine."""
    return populate()


def in_use(path: str) -> str:
    """Return a route with what it has in its path."""
    return path.replace("{side}", "1").replace("{format}", "csv").replace("{table}", "records")


def encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="%")


def test_each_route_and_parameter_is_in_the_table() -> None:
    assert {route.path for route in server.routes} == set(PARAMETERS) | PAGES


@pytest.mark.parametrize("path", sorted({*PARAMETERS} | {"/Reports"}))
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.both_engines
def test_no_value_is_an_error_of_the_server(
    store: str, web: str, people: People, path: str, signed_in: bool
) -> None:
    browser = Browser(web)
    for name, value in product(PARAMETERS.get(path, ["run"]), BAD_VALUES):
        if signed_in and sessions.actor_for(browser.token) is None:
            browser.sign_in(people.admin)
        answer = browser.get(f"{path.replace('{side}', '1')}?{name}={encoded(value)}")
        assert answer.status_code < 500 or path == "/healthz", (name, value[:20])
        assert "Traceback" not in answer.text
        if 400 <= answer.status_code < 500:
            is_problem = answer.headers["content-type"].startswith("application/problem+json")
            sentence = answer.json()["detail"] if is_problem else answer.text.strip()
            assert sentence.endswith("."), answer.text[:80]


@pytest.mark.parametrize("value", BAD_VALUES)
def test_no_id_in_a_path_is_an_error_of_the_server(admin: Browser, value: str) -> None:
    answer = admin.get(f"/oauth/start/{encoded(value)}")
    assert 300 <= answer.status_code < 500


@pytest.mark.parametrize("path", sorted(PARAMETERS))
def test_no_header_is_an_error_of_the_server(admin: Browser, path: str) -> None:
    for name, values in BAD_HEADERS.items():
        for value in values:
            try:
                answer = requests.get(
                    admin.url + in_use(path),
                    headers={name: value.encode("latin-1")},
                    allow_redirects=False,
                    timeout=30,
                )
            except requests.exceptions.InvalidHeader:
                continue
            assert answer.status_code < 500 or path == "/healthz", (name, value[:20])


@pytest.mark.parametrize("path", ["/oauth/callback", "/auth/callback", "/export/runs.csv", "/Reports", "/"])
def test_an_address_with_control_characters_is_not_read(admin: Browser, path: str) -> None:
    for written in ("?a=%00", "?a=x%0d%0ay", "?%1b=1", "?a=%ff", "?state=%00&code=1"):
        answer = admin.get(path + written)
        assert (answer.status_code, "cannot be read" in answer.text) == (400, True), written


def test_the_runs_of_another_accounts_connection_do_not_exist(stranger: Browser, people: People) -> None:
    connection = world.active_connection(people.account)
    with transaction() as session:
        session.get_one(Connection, connection).name = "Harbour Foods payroll"
    with reading() as session:
        before = len(session.scalars(select(Audit)).all())
    answer = stranger.get(f"/export/runs.csv?connection={connection}")
    assert answer.status_code == 404 and "Harbour" not in answer.text
    with reading() as session:
        assert len(session.scalars(select(Audit)).all()) == before, "nothing was exported"
    assert "Harbour" not in stranger.get("/export/audit.csv").text
    assert sessions.actor_for(stranger.token) is not None
