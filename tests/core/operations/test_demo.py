"""The demo account is seeded once, and repaired where necessary."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from connectors.registry import connectors
from core.connections import connect, connections
from core.db import reading, transaction
from core.errors import StartError
from core.models import Account, Audit, ConnectionStatus, Membership, Position, Role, Side, SideState, User
from core.operations import demo, demo_systems
from core.security.actor import OPERATOR
from core.security.vault import vault
from core.settings import settings
from core.sign_in import enablehr_password, local
from harness.sandbox import Sandbox, running_sandbox

pytestmark = pytest.mark.sandbox(employees=5)


@pytest.fixture(autouse=True)
def switched_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the demo on."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()


def view(signs: demo.DemoSignIns) -> connections.ConnectionView:
    assert signs.connection_id is not None
    return connections.get(OPERATOR, signs.connection_id)


@pytest.mark.both_engines
def test_the_first_start_makes_an_account_people_and_an_active_connection(
    store: str, sandbox: Sandbox, home: Path
) -> None:
    signs = demo.seed(sandbox.url)
    connection = view(signs)
    assert (connection.id, connection.status) == (1, ConnectionStatus.ACTIVE)
    assert connection.source.organisation_id == "1001"
    assert (
        connection.source.settings["requests_per_second"]
        == connection.target.settings["requests_per_second"]
        == 200
    )
    assert [person.username for person in signs.people] == ["admin", "support", "analyst"]
    assert (home / "demo.json").stat().st_mode & 0o777 == 0o600
    with reading() as session:
        assert session.scalars(select(Account.enablehr_id)).all() == ["1001"]
        assert set(session.scalars(select(Membership.role))) == {Role.ACCOUNT_ADMIN, Role.ANALYST}
        assert session.scalars(select(User.username).where(User.is_support)).all() == ["support"]
        assert set(session.scalars(select(User.email))) == {f"{name}@example.com" for name in demo.PEOPLE}
    for person in signs.people:
        assert local.sign_in(person.username, person.password)
        assert person.password in str(signs) and any(person.password in line for line in signs.lines())


def test_a_second_start_changes_nothing(store: str, sandbox: Sandbox) -> None:
    first = demo.seed(sandbox.url)
    with reading() as session:
        audited = session.scalars(select(Audit.id)).all()
    assert demo.seed(sandbox.url + "/") == first
    with reading() as session:
        assert session.scalars(select(Audit.id)).all() == audited


def test_the_person_at_the_demo_enablehr_is_let_in_where_people_sign_in_there(
    sqlite_store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_SIGN_IN", "enablehr_password")
    monkeypatch.setenv("IHUB_SANDBOX_PORT", sandbox.url.rpartition(":")[2])
    settings.cache_clear()
    demo.seed(sandbox.url)
    demo.seed(sandbox.url)
    assert enablehr_password.sign_in("hr.admin@example.com", "harbour-hr")


def test_a_lost_password_file_gives_new_passwords_that_work(
    sqlite_store: str, sandbox: Sandbox, home: Path
) -> None:
    first = demo.seed(sandbox.url)
    (home / "demo.json").unlink()
    second = demo.seed(sandbox.url)
    assert first.people != second.people
    assert local.sign_in("admin", second.people[0].password)


def test_tokens_that_are_refused_are_replaced(sqlite_store: str, sandbox: Sandbox) -> None:
    before = view(demo.seed(sandbox.url))
    with transaction() as session:
        for side in session.scalars(select(Side)):
            side.credentials = vault().seal({"access_token": "gone", "refresh_token": "gone too"})
        session.get_one(Side, before.target.id).state = SideState.NEEDS_RECONNECT
    after = view(demo.seed(sandbox.url))
    assert after.status is ConnectionStatus.ACTIVE and after.pairing_id == before.pairing_id


def test_a_sandbox_at_another_address_is_followed(
    sqlite_store: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = view(demo.seed(sandbox.url))
    folder = tmp_path / "other"
    folder.mkdir()
    with running_sandbox(folder, employees=5) as other:
        after = view(demo.seed(other.url))
        assert after.source.settings["api_url"] == other.enablehr_url
        assert after.status is ConnectionStatus.ACTIVE and after.pairing_id == before.pairing_id


def test_a_connection_somebody_deleted_stays_deleted(sqlite_store: str, sandbox: Sandbox) -> None:
    signs = demo.seed(sandbox.url)
    connections.delete(replace(OPERATOR, account_id=signs.account_id), view(signs).id)
    assert demo.seed(sandbox.url).connection_id is None


def test_a_sandbox_that_does_not_answer_is_a_sentence(sqlite_store: str) -> None:
    with pytest.raises(StartError, match="do not respond"):
        demo.seed("http://127.0.0.1:1")


def test_a_connection_added_in_the_demo_uses_the_demo_systems(
    store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_SANDBOX_PORT", sandbox.url.rpartition(":")[2])
    settings.cache_clear()
    actor = replace(OPERATOR, account_id=demo.seed(sandbox.url).account_id)
    added = connections.create(
        actor, "", "enablehr", "keypay", *map(demo_systems.default_settings, ("enablehr", "keypay"))
    )
    connections.connect_side(actor, added, Position.SOURCE, demo._fetch_tokens("enablehr", sandbox.url))
    page = demo_systems.key_page_url("keypay")
    assert page is not None
    [key] = re.findall(r"<dt>API key</dt><dd>([^<]+)</dd>", requests.get(page, timeout=30).text)
    connected = connect.connect_or_choose(actor, "session", added, Position.TARGET, {"api_key": key})
    assert connected is not None and connected.organisation_id == "4711"
    assert connections.get(actor, added).status is ConnectionStatus.ACTIVE


def test_the_demo_leads_to_each_system_that_can_be_added(sandbox: Sandbox) -> None:
    known = demo_systems.addresses(sandbox.url).keys() | demo_systems.FOLDERS.keys()
    assert {one.kind for one in connectors()} == known


def test_outside_of_the_demo_nothing_is_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_DEMO", "0")
    settings.cache_clear()
    assert [demo_systems.default_settings(kind) for kind in ("enablehr", "ipayroll", "keypay")] == [
        {},
        {},
        {},
    ]
    assert demo_systems.key_page_url("keypay") is None
