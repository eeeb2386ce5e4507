"""A stranger at every route and every page: another account's things answer as if they did not exist."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness import world
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, show, text
from tests.pages.test_roles import PAGES
from tests.web.conftest import Browser, People, admin, browser, people, stranger, web
from web import server
from web.allowed_paths import page_paths

pytestmark = pytest.mark.slow

__all__ = ["admin", "browser", "people", "show", "stranger", "web"]

SECRETS = ("Harbour Foods", "enablehr → ipayroll", "Olivia Smith", "Missing field")
NOTHING = 10**6


@dataclass(frozen=True)
class Things:
    """What the other account has."""

    connection: int
    run: int


@pytest.fixture
def things(people: People) -> Things:
    connection = world.active_connection(people.account)
    return Things(connection, reported_runs.whole_run(connection))


ASKED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(sorted(page_paths()), ("",)),
    "/healthz": ("",),
    "/metrics": ("",),
    "/auth/enter": ("?ticket=x",),
    "/auth/go.js": ("",),
    "/auth/account.js": ("",),
    "/auth/page.js": ("",),
    "/auth/notice": ("",),
    "/auth/start": ("?next=/Reports",),
    "/auth/callback": ("?state=x&code=y",),
    "/auth/logout": (),  # signs the stranger themselves out
    "/auth/account": ("?id={account}",),
    "/oauth/start/{side}": ("{side}",),
    "/oauth/callback": ("?state=x&code=y",),
    "/api/openapi.json": ("",),
    "/api/v1/{table}": ("runs", "runs?connection={connection}", "records?run={run}", "people"),
    "/api/v1/{table}.{format}": ("records.csv?run={run}", "people.csv?connection={connection}"),
    "/export/runs.{format}": ("", "?connection={connection}", "?status=ERROR"),
    "/export/people.{format}": ("", "?connection={connection}"),
    "/export/records.{format}": (
        "",
        "?run={run}",
        "?run={run}&decision=attention",
        "?run={run}&search=Olivia",
    ),
    "/export/person.json": ("?connection={connection}&person=0", "?connection={connection}&person=S1"),
    "/export/insights.csv": ("", "?connection={connection}"),
    "/export/by-hand.csv": ("?run={run}",),
    "/export/plan.csv": ("?run={run}", "?run={run}&group=bank", "?run={run}&search=Olivia"),
    "/export/readiness.csv": ("?connection={connection}", "?connection={connection}&search=Olivia"),
    "/export/super.csv": ("?connection={connection}",),
    "/export/audit.csv": ("", "?subject={run}", "?person={admin}", "?outside=yes"),
}


def test_every_route_is_tried() -> None:
    assert {route.path for route in server.routes} == set(ASKED)


@pytest.mark.parametrize("route", ASKED)
def test_a_stranger_learns_nothing_at_any_route(
    stranger: Browser, people: People, things: Things, route: str
) -> None:
    theirs = {
        "account": people.account,
        "connection": things.connection,
        "run": things.run,
        "side": 1,
        "admin": people.admin,
    }
    for query in ASKED[route]:
        path = route.replace("{format}", "csv").split("{", maxsplit=1)[0] + query
        answer, empty = (stranger.get(path.format(**ids)) for ids in (theirs, dict.fromkeys(theirs, NOTHING)))
        assert not any(secret in answer.text for secret in SECRETS)
        assert answer.status_code == empty.status_code, path
        if (
            "audit" not in route and "oauth" not in route
        ):  # the audit grows with each export, a flash message is sealed again
            assert answer.text == empty.text, path


@pytest.mark.parametrize(
    "route",
    [
        "/export/runs.csv",
        "/export/records.csv?run=1",
        "/export/person.json?connection=1&person=S1",
        "/export/insights.csv",
        "/export/by-hand.csv?run=1",
        "/export/plan.csv?run=1",
        "/export/readiness.csv?connection=1",
        "/export/super.csv?connection=1",
        "/export/audit.csv",
    ],
)
def test_exports_need_a_sign_in_and_a_role(web: str, browser: Browser, things: Things, route: str) -> None:
    assert browser.get(route).status_code == 401
    guest = Browser(web).sign_in(world.person(None, None, username="guest"))
    assert guest.get(route).status_code == 404


def test_an_account_exports_its_own_audit(admin: Browser, things: Things) -> None:
    answer = admin.get("/export/audit.csv")
    assert answer.status_code == 200 and "Signed in" in answer.text and "Audit exported" in answer.text
    assert admin.get("/export/audit.csv?outside=yes").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_learns_nothing_at_any_page(show: Show, people: People, things: Things, page: str) -> None:
    asked = (
        {"run": things.run}
        if page == "Reports"
        else {"connection": things.connection, "subject": str(things.run)}
    )
    test = show(page, people.stranger, **asked)
    assert not any(secret in text(test) for secret in SECRETS)
    chosen = [option for box in test.selectbox for option in box.options]
    assert not any(secret in option for secret in SECRETS for option in chosen)
