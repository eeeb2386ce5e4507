"""Two tabs and two accounts: each route that acts for somebody acts in the account of its page."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.registry import connector_of
from core.connections.views import ConnectionView
from core.db import reading, transaction
from core.models import Audit, Membership, Record, Role, Run, RunKind, SideState
from harness import world
from tests.core.people.kept import entry, keep
from tests.core.reports import reported_runs
from tests.core.sync.conftest import Hub
from tests.web.conftest import Browser, People
from tests.web.test_oauth import again, begin, come_back, consented, draft
from web import server, start_page

__all__ = ["draft"]

Open = Callable[[Browser, People, ConnectionView], None]
HARBOUR, KIWI = "enablehr → ipayroll", "enablehr → keypay"
# They show or change the session, not what belongs to an account; choosing an account is what the second tab does.
OF_NO_ACCOUNT = {
    *(
        "/healthz",
        "/metrics",
        "/auth/enter",
        "/auth/start",
        "/auth/callback",
        "/auth/logout",
        "/auth/account",
    ),
    *("/auth/notice", "/auth/go.js", "/auth/account.js", "/auth/page.js"),
    *("/api/openapi.json", "/api/v1/{table}", "/api/v1/{table}.{format}"),  # a token is of one account
}


@pytest.fixture
def tab(admin: Browser, people: People) -> Browser:
    """Let the Account Admin of two accounts, with a run in each, choose the second one in a second tab."""
    with transaction() as session:
        session.add(
            Membership(user_id=people.admin, account_id=people.other_account, role=Role.ACCOUNT_ADMIN)
        )
    for account, name in ((people.account, HARBOUR), (people.other_account, KIWI)):
        reported_runs.whole_run(world.active_connection(account, *name.split(" → ")))
    admin.get(f"/auth/account?id={people.other_account}")
    return admin


def exported(tab: Browser, people: People, address: str) -> str:
    answer = tab.get(f"{address}{'&' if '?' in address else '?'}account={people.account}")
    assert answer.status_code == 200, answer.text
    assert KIWI not in answer.text
    return answer.text


def _runs(tab: Browser, people: People, _draft: ConnectionView) -> None:
    assert HARBOUR in exported(tab, people, "/export/runs.csv")


def _records(tab: Browser, people: People, _draft: ConnectionView) -> None:
    with reading() as session:
        run_id = session.scalars(select(Run.id).where(Run.account_id == people.account)).one()
    assert "Olivia Smith" in exported(tab, people, f"/export/records.csv?run={run_id}")


def _people(tab: Browser, people: People, _draft: ConnectionView) -> None:
    with reading() as session:
        of_account = select(Run.connection_id).where(Run.account_id == people.account)
        keep(session.scalars(of_account).one(), entry("S7"))
    assert "S7" in exported(tab, people, "/export/people.csv")


def _by_hand(tab: Browser, people: People, _draft: ConnectionView) -> None:
    with reading() as session:
        run_id = session.scalars(select(Run.id).where(Run.account_id == people.account)).one()
    assert "Amelia Ngata" in exported(tab, people, f"/export/by-hand.csv?run={run_id}")


def _person(tab: Browser, people: People, draft: ConnectionView) -> None:
    with reading() as session:
        run = session.scalars(select(Run).where(Run.account_id == people.account)).one()
        source_id = session.scalars(
            select(Record.source_id).where(Record.run_id == run.id, Record.name == "Amelia Ngata")
        ).one()
    address = f"/export/person.json?connection={run.connection_id}&person={source_id}"
    assert "Amelia Ngata" in exported(tab, people, address)


def _insights(tab: Browser, people: People, _draft: ConnectionView) -> None:
    assert "Week of" in exported(tab, people, "/export/insights.csv?since=2020-01-01")


def _plan(tab: Browser, people: People, _draft: ConnectionView) -> None:
    with reading() as session:
        connection_id = session.scalars(
            select(Run.connection_id).where(Run.account_id == people.account)
        ).one()
    hub = Hub(connection_id)
    hub.fill(2)
    preview = hub.run(RunKind.PREVIEW).id
    assert "Given1 Surname1" in exported(tab, people, f"/export/plan.csv?run={preview}")


def _readiness(tab: Browser, people: People, draft: ConnectionView) -> None:
    assert "Who Must Act" in exported(tab, people, f"/export/readiness.csv?connection={draft.id}")


def _super(tab: Browser, people: People, draft: ConnectionView) -> None:
    assert "Who Must Act" in exported(tab, people, f"/export/super.csv?connection={draft.id}")


def _audit(tab: Browser, people: People, _draft: ConnectionView) -> None:
    assert "account.choose" not in exported(tab, people, "/export/audit.csv")


def _start(tab: Browser, people: People, draft: ConnectionView) -> None:
    answer = tab.get(f"/oauth/start/{draft.source.id}?account={people.account}")
    assert connector_of("enablehr").kind in answer.headers["location"]


def _callback(tab: Browser, people: People, draft: ConnectionView) -> None:
    tab.get(f"/auth/account?id={people.account}")
    back = consented(begin(tab, draft.source.id))
    tab.get(f"/auth/account?id={people.other_account}")
    assert come_back(tab, back)[1]
    assert again(people, draft).source.state is SideState.CONNECTED


OPENED: dict[str, Open] = {
    "/export/runs.{format}": _runs,
    "/export/records.{format}": _records,
    "/export/people.{format}": _people,
    "/export/by-hand.csv": _by_hand,
    "/export/person.json": _person,
    "/export/insights.csv": _insights,
    "/export/plan.csv": _plan,
    "/export/readiness.csv": _readiness,
    "/export/super.csv": _super,
    "/export/audit.csv": _audit,
    "/oauth/start/{side}": _start,
    "/oauth/callback": _callback,
}


def test_each_route_is_tried_or_belongs_to_no_account() -> None:
    pages = {route.path for route in start_page.routes}
    assert {route.path for route in server.routes} - pages == OPENED.keys() | OF_NO_ACCOUNT - pages
    for path in Path(server.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "current_actor":
                assert path.stem in {"auth", "export", "oauth"}, f"{path} acts for somebody too"


@pytest.mark.parametrize("route", sorted(OPENED))
def test_each_route_acts_in_the_account_of_the_page_it_was_opened_from(
    tab: Browser, people: People, draft: ConnectionView, route: str
) -> None:
    with reading() as session:
        before = set(session.scalars(select(Audit.id)))
    OPENED[route](tab, people, draft)
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.id.not_in(before))).all()
    done = {(row.action, row.account_id) for row in rows if row.action != "account.choose"}
    assert {account for _, account in done} <= {people.account}
    assert done or route == "/oauth/start/{side}"
    with transaction() as session:
        role = select(Membership).where(Membership.account_id == people.account)
        for each in session.scalars(role.where(Membership.user_id == people.admin)):
            session.delete(each)
    path = route.replace("{side}", str(draft.source.id))
    refused = tab.get(f"{path}?account={people.account}&run=1&state=x")
    assert refused.status_code in (403, 404) or "notice=" in refused.headers["location"]
