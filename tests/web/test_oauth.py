"""The OAuth flow that connects a side, against the sandbox."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select, update

from core import settings
from core.clock import now
from core.connections import connections, oauth_flow, organisation_choice
from core.connections.views import ConnectionView
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import ConnectionStatus, OAuthRequest, Position, Role, Side, SideState
from core.security import flash
from core.security.actor import OPERATOR, ActingRole, Actor
from core.security.vault import vault
from core.sides import oauth_clients
from harness import world
from harness.sandbox import Sandbox
from tests.web.conftest import Browser, People


@pytest.fixture
def draft(sandbox: Sandbox, people: People) -> ConnectionView:
    """Add a connection of the two sandboxes, no side of it connected."""
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    hr = {"api_url": sandbox.enablehr_url, "login_url": sandbox.login_url}
    connection_id = connections.create(actor, "", "enablehr", "ipayroll", hr, {"url": sandbox.ipayroll_url})
    return connections.get(actor, connection_id)


def again(people: People, view: ConnectionView) -> ConnectionView:
    return connections.get(Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account), view.id)


def begin(browser: Browser, side_id: int) -> str:
    answer = browser.get(f"/oauth/start/{side_id}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def consented(address: str, decision: str = "allow", leave_out: str = "") -> str:
    """Sign in at the system and decide; return the path it sends the browser back to."""
    visitor = requests.Session()
    site = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    form = visitor.get(address, timeout=30).text
    name, password = re.findall(r"<b>(.*?)</b>", form)[-2:]
    given = {"username": name, "password": password}
    page = visitor.post(address, given, headers={"origin": site}, timeout=30).text
    ticket = re.search(r'name="ticket" value="(.*?)"', page)
    assert ticket is not None, page
    scopes = [scope for scope in re.findall(r'name="scope" value="(.*?)"', page) if scope != leave_out]
    answer = {"ticket": ticket[1], "decision": decision, "scope": scopes}
    place = address.split("?", maxsplit=1)[0].replace("/authorize", "/consent")
    back = visitor.post(place, answer, headers={"origin": site}, allow_redirects=False, timeout=30)
    return back.headers["location"].split("/", 3)[3]


def come_back(browser: Browser, path: str) -> tuple[str, bool]:
    """Arrive from the other system; return the sentence that iHUB shows, and whether it is good news."""
    answer = browser.get(f"/{path}", own=False)
    assert answer.status_code == 303
    place = urlsplit(answer.headers["location"])
    assert place.path == "/Connections"
    shown = flash.open_message(browser.token, parse_qs(place.query)["notice"][0])
    assert shown is not None
    return shown


def test_both_sides_are_connected_and_the_connection_becomes_active(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    sentence, good = come_back(admin, consented(begin(admin, draft.source.id)))
    assert good and sentence.startswith("enableHR is connected to ")
    half = again(people, draft)
    assert (half.status, half.source.state) == (ConnectionStatus.DRAFT, SideState.CONNECTED)
    _, good = come_back(admin, consented(begin(admin, draft.target.id)))
    whole = again(people, draft)
    assert good and (whole.status, whole.target.state) == (ConnectionStatus.ACTIVE, SideState.CONNECTED)
    assert whole.source.authorised_by == "Admin"


def test_the_way_there_carries_a_random_state_and_no_secret(admin: Browser, draft: ConnectionView) -> None:
    first, second = begin(admin, draft.source.id), begin(admin, draft.source.id)
    query = parse_qs(urlsplit(first).query)
    assert query["redirect_uri"] == [f"{admin.url}/oauth/callback"]
    assert query["state"] != parse_qs(urlsplit(second).query)["state"]
    assert "secret" not in first
    with reading() as session:
        stored = session.scalars(select(OAuthRequest.state_hash)).all()
    assert query["state"][0] not in stored


def test_pkce_goes_along_where_the_system_takes_it(
    admin: Browser, draft: ConnectionView, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "code_challenge" not in begin(admin, draft.source.id)
    monkeypatch.setenv("IHUB_ENABLEHR_PKCE", "1")
    settings.settings.cache_clear()
    address = begin(admin, draft.source.id)
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge_method"] == ["S256"] and len(query["code_challenge"][0]) == 43
    with transaction() as session:
        session.execute(update(OAuthRequest).values(verifier=vault().seal("of another flow")))
    sentence, good = come_back(admin, consented(address))
    assert not good and "did not accept the sign-in" in sentence
    assert_nothing_saved(people, draft)
    _, good = come_back(admin, consented(begin(admin, draft.source.id)))
    assert good and again(people, draft).source.connected
    assert "code_challenge" not in begin(admin, draft.target.id)


def assert_nothing_saved(people: People, draft: ConnectionView) -> None:
    side = again(people, draft).source
    assert (side.state, side.organisation_id, side.authorised_at) == (SideState.NOT_CONNECTED, None, None)
    with reading() as session:
        assert session.get_one(Side, side.id).credentials is None


def test_a_denied_consent_saves_nothing(admin: Browser, draft: ConnectionView, people: People) -> None:
    sentence, good = come_back(admin, consented(begin(admin, draft.source.id), decision="deny"))
    assert not good and "was denied access to enableHR" in sentence
    assert_nothing_saved(people, draft)


def test_a_narrowed_consent_says_what_is_missing_and_saves_nothing(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    sentence, good = come_back(admin, consented(begin(admin, draft.source.id), leave_out="read:employees"))
    assert not good and "Missing: employees." in sentence
    assert_nothing_saved(people, draft)


def test_an_answer_works_once(admin: Browser, draft: ConnectionView) -> None:
    path = consented(begin(admin, draft.source.id), decision="deny")
    assert not come_back(admin, path)[1]
    assert come_back(admin, path) == (oauth_flow.INVALID, False)


def test_an_answer_that_took_too_long_is_refused(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    with transaction() as session:
        session.execute(update(OAuthRequest).values(expires_at=now() - timedelta(seconds=1)))
    assert come_back(admin, path) == (oauth_flow.INVALID, False)
    assert_nothing_saved(people, draft)


def test_an_answer_that_another_session_began_is_refused_and_still_works_for_its_own(
    web: str, admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    other = Browser(web).sign_in(world.person(people.account, Role.ACCOUNT_ADMIN, username="second"))
    assert come_back(other, path) == (oauth_flow.INVALID, False)
    assert come_back(admin, path)[1]


@pytest.mark.parametrize("query", ["", "?state=made-up&code=made-up", "?code=x", "?error=access_denied"])
def test_an_answer_nobody_asked_for_is_refused(admin: Browser, query: str) -> None:
    assert come_back(admin, f"oauth/callback{query}") == (oauth_flow.INVALID, False)


def test_a_wrong_code_is_a_sentence(admin: Browser, draft: ConnectionView, people: People) -> None:
    state = parse_qs(urlsplit(begin(admin, draft.source.id)).query)["state"][0]
    sentence, good = come_back(admin, f"oauth/callback?state={state}&code=made-up")
    assert not good and "Nothing has changed." in sentence and "made-up" not in sentence
    assert_nothing_saved(people, draft)


def test_a_person_who_was_signed_out_meanwhile_lands_at_the_sign_in(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    path = consented(begin(admin, draft.source.id))
    admin.get("/auth/logout")
    answer = admin.get(f"/{path}", own=False)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/auth/notice?about=signed-out&next=%2FConnections")
    assert_nothing_saved(people, draft)


def test_only_an_account_admin_may_begin(web: str, draft: ConnectionView, people: People) -> None:
    for user_id in (people.analyst, people.support):
        visitor = Browser(web).sign_in(user_id)
        visitor.get(f"/auth/account?id={people.account}")
        location = begin(visitor, draft.source.id)
        shown = flash.open_message(visitor.token, parse_qs(urlsplit(location).query)["notice"][0])
        assert shown is not None and "does not allow you" in shown[0]


def test_a_strangers_side_answers_as_if_it_did_not_exist(stranger: Browser, draft: ConnectionView) -> None:
    theirs, nobodys = (begin(stranger, side_id) for side_id in (draft.source.id, 99_999))
    said = [
        flash.open_message(stranger.token, parse_qs(urlsplit(each).query)["notice"][0])
        for each in (theirs, nobodys)
    ]
    assert said[0] == said[1] and said[0] is not None and not said[0][1]


def test_a_notice_is_for_the_person_it_was_written_for(admin: Browser, stranger: Browser) -> None:
    sealed = flash.seal_message(str(admin.token), "Done.", success=True)
    assert flash.open_message(admin.token, sealed) == ("Done.", True)
    assert flash.open_message(stranger.token, sealed) is None
    assert flash.open_message(None, sealed) is None
    assert flash.open_message(admin.token, "made up") is None


def test_without_a_registration_the_operator_is_told_what_to_set(
    admin: Browser, draft: ConnectionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IHUB_DEMO")
    settings.settings.cache_clear()
    location = begin(admin, draft.side(Position.TARGET).id)
    shown = flash.open_message(admin.token, parse_qs(urlsplit(location).query)["notice"][0])
    assert shown is not None and "IHUB_CLIENT_IPAYROLL_ID" in shown[0]


def test_a_foreign_sign_in_address_gets_neither_the_browser_nor_a_request(
    admin: Browser, draft: ConnectionView, people: People
) -> None:
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    oauth_clients.save_client(OPERATOR, "ipayroll", "ours", "canary-client-secret")
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        foreign.setblocking(False)
        address = f"http://127.0.0.1:{foreign.getsockname()[1]}"
        connections.change_settings(actor, draft.id, Position.TARGET, {"url": f"{address}/ipayroll"})
        sentence = refused(admin, begin(admin, draft.target.id))
        assert (
            f"iHUB's registration with iPayroll does not cover {address}. Ask enableHR Support to allow"
            in sentence
        )
        oauth_clients.set_addresses(OPERATOR, "ipayroll", [address])
        there = begin(admin, draft.target.id)
        assert there.startswith(address)
        oauth_clients.set_addresses(OPERATOR, "ipayroll", [])
        sentence, good = come_back(
            admin, f"oauth/callback?code=c&state={parse_qs(urlsplit(there).query)['state'][0]}"
        )
        assert not good and f"does not cover {address}" in sentence
        with pytest.raises(BlockingIOError):  # nobody has called
            foreign.accept()
    assert again(people, draft).target.state is SideState.NOT_CONNECTED


def refused(browser: Browser, location: str) -> str:
    place = urlsplit(location)
    assert place.netloc in ("", urlsplit(browser.url).netloc)
    shown = flash.open_message(browser.token, parse_qs(place.query)["notice"][0])
    assert shown is not None and not shown[1]
    return shown[0]


def chosen_between(browser: Browser, draft: ConnectionView, sandbox: Sandbox) -> str:
    """Come back with a sign-in that opens two accounts; return where the browser is sent."""
    sandbox.control.switches("enablehr", two_accounts=True)
    return str(browser.get(f"/{consented(begin(browser, draft.source.id))}", own=False).headers["location"])


def test_a_sign_in_that_opens_several_organisations_asks_for_one(
    admin: Browser, draft: ConnectionView, people: People, sandbox: Sandbox
) -> None:
    place = urlsplit(chosen_between(admin, draft, sandbox))
    assert place.path == "/Connections"
    assert parse_qs(place.query) == {"connection": [str(draft.id)], "choose": [str(draft.source.id)]}
    assert_nothing_saved(people, draft)
    offered = organisation_choice.choices(admin.token, draft.source.id)
    assert [(one.id, one.name) for one in offered] == [("1001", "Harbour Foods"), ("1002", "Harbour Fishing")]
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    oauth_flow.choose(actor, str(admin.token), draft.source.id, "1002")
    side = again(people, draft).source
    assert (side.organisation_id, side.organisation_name) == ("1002", "Harbour Fishing")
    assert side.settings["account_id"] == "1002"
    assert organisation_choice.choices(admin.token, draft.source.id) == []


def test_a_choice_belongs_to_its_session_and_its_offer(
    web: str, admin: Browser, draft: ConnectionView, people: People, sandbox: Sandbox
) -> None:
    chosen_between(admin, draft, sandbox)
    second = world.person(people.account, Role.ACCOUNT_ADMIN, username="second")
    other = Browser(web).sign_in(second)
    actor = Actor("Second", ActingRole.ACCOUNT_ADMIN, second, people.account)
    assert organisation_choice.choices(other.token, draft.source.id) == []
    for token, organisation in ((other.token, "1002"), (admin.token, "9999")):
        with pytest.raises(InvalidError, match="Click Connect to start again"):
            oauth_flow.choose(actor, str(token), draft.source.id, organisation)
    assert_nothing_saved(people, draft)


def test_a_reconnect_takes_the_same_organisation_without_asking(
    admin: Browser, draft: ConnectionView, people: People, sandbox: Sandbox
) -> None:
    assert come_back(admin, consented(begin(admin, draft.source.id)))[1]
    location = chosen_between(admin, draft, sandbox)
    assert "choose" not in location
    assert again(people, draft).source.organisation_id == "1001"
