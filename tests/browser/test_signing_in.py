"""A person signs in with enableHR in a real browser: at the sandbox's page, at a real OAuth server, and in our form."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, TimeoutError, expect
from sqlalchemy import delete, select

from core.db import engine, reading, transaction
from core.models import Account, Audit, Membership, Role, User
from core.security import key_files
from harness import world
from harness.peers import openid_provider
from harness.postgres import free_port
from harness.sandbox import running_sandbox
from tests.browser.served import web_process
from tests.conftest import forget_settings
from tests.web.conftest import PASSWORD, populate

HELEN, RIGHT = "hr.admin@example.com", "harbour-hr"


@contextmanager
def store(home: Path, template: Path) -> Iterator[None]:
    """Prepare a store where Helen may do everything in the account that enableHR calls 1001."""
    home.mkdir()
    shutil.copy(template, home / "ihub.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IHUB_HOME", str(home))
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            patch.delenv(name, raising=False)
        forget_settings()
        key_files.write_keys([key_files.new_key()])
        people = populate()
        with transaction() as session:
            session.get_one(Account, people.account).enablehr_id = "1001"
        world.active_connection(people.account)
        world.person(people.account, Role.ACCOUNT_ADMIN, username=HELEN)
        yield
        engine().dispose()
    forget_settings()


@pytest.fixture(scope="module")
def at_sandbox(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    """Run iHUB with *Sign in with enableHR* at the sandbox's page; yields its address."""
    home = tmp_path_factory.mktemp("oauth") / "home"
    with store(home, sqlite_template), running_sandbox(home, employees=5) as sandbox:
        addresses = {"IHUB_ENABLEHR_URL": sandbox.enablehr_url, "IHUB_ENABLEHR_LOGIN_URL": sandbox.login_url}
        with web_process(home, addresses | {"IHUB_SIGN_IN": "enablehr_oauth"}) as url:
            yield url


@pytest.fixture(scope="module")
def at_provider(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    """Run iHUB with *Sign in with enableHR* at oidc-provider, which wants PKCE; yields its address."""
    home, port, peer = tmp_path_factory.mktemp("peer") / "home", free_port(), free_port()
    with (
        store(home, sqlite_template),
        openid_provider(peer, f"http://localhost:{port}/auth/callback") as provider,
    ):
        addresses = {
            "IHUB_ENABLEHR_URL": provider,
            "IHUB_ENABLEHR_LOGIN_URL": provider,
            "IHUB_ENABLEHR_PKCE": 1,
        }
        with web_process(home, addresses | {"IHUB_SIGN_IN": "enablehr_oauth"}, port=port) as url:
            yield url


@pytest.fixture(scope="module")
def by_password(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    """Run iHUB where the form asks the sandbox; yields its address."""
    home = tmp_path_factory.mktemp("password") / "home"
    with store(home, sqlite_template), running_sandbox(home, employees=5) as sandbox:
        check = {
            "IHUB_SIGN_IN": "enablehr_password",
            "IHUB_ENABLEHR_PASSWORD_URL": f"{sandbox.login_url}/password",
        }
        with web_process(home, check) as url:
            yield url


@pytest.fixture
def page(page: Page) -> Page:
    """Open a window that reaches this machine only: oidc-provider's own pages ask for fonts elsewhere."""
    page.route(re.compile(r"^https?://(?!localhost|127\.0\.0\.1)"), lambda route: route.abort())
    return page


def arrived(page: Page, name: str = "Reports") -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def sign_in_at_sandbox(page: Page, url: str, path: str = "/Reports") -> None:
    page.goto(url + path)
    page.get_by_role("link", name="Sign in with enableHR").click()
    page.get_by_label("User name").fill(HELEN)
    page.get_by_label("Password").fill(RIGHT)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow").click()


def sign_in_at_provider(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/Reports")
    page.get_by_role("link", name="Sign in with enableHR").click()
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill("anything")
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Continue").click()


def test_a_person_signs_in_at_enablehr_and_their_cookie_dies_with_the_session(
    page: Page, at_sandbox: str
) -> None:
    sign_in_at_sandbox(page, at_sandbox)
    arrived(page)
    expect(page).to_have_url(f"{at_sandbox}/Reports")
    expect(page.get_by_text("Helen Harbour · Account Admin")).to_be_visible()
    cookies = page.context.cookies()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in with enableHR")).to_be_visible()
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "ihub_session"])  # type: ignore[misc]
    page.goto(f"{at_sandbox}/Reports")
    expect(page.get_by_role("link", name="Sign in with enableHR")).to_be_visible()


def test_signing_out_everywhere_ends_the_session_of_another_browser(page: Page, at_sandbox: str) -> None:
    sign_in_at_sandbox(page, at_sandbox)
    arrived(page)
    browser = page.context.browser
    assert browser is not None
    other = browser.new_context()
    second = other.new_page()
    sign_in_at_sandbox(second, at_sandbox)
    arrived(second)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("link", name="Sign in with enableHR")).to_be_visible()
    second.goto(f"{at_sandbox}/Jobs")
    expect(second.get_by_role("link", name="Sign in with enableHR")).to_be_visible()
    other.close()


def test_local_users_sign_in_beside_enablehr(page: Page, at_sandbox: str) -> None:
    page.goto(f"{at_sandbox}/Reports")
    page.get_by_text("Local users of iHUB").click()
    page.get_by_label("User name").fill("analyst")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    arrived(page)


def test_a_person_who_denies_access_at_enablehr_returns_to_the_sign_in_with_a_sentence(
    page: Page, at_sandbox: str
) -> None:
    page.goto(f"{at_sandbox}/Reports")
    page.get_by_role("link", name="Sign in with enableHR").click()
    page.get_by_label("User name").fill(HELEN)
    page.get_by_label("Password").fill(RIGHT)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("enableHR was not allowed to tell iHUB who you are.")).to_be_visible()
    sign_in_at_sandbox(page, at_sandbox, urlsplit(page.url).path + "?" + urlsplit(page.url).query)
    arrived(page)
    expect(page).to_have_url(f"{at_sandbox}/Reports")  # the sentence does not stay in the address


def test_a_person_signs_in_at_a_real_oauth_server_with_pkce(page: Page, at_provider: str) -> None:
    sign_in_at_provider(page, at_provider, HELEN)
    arrived(page)
    expect(page.get_by_text("Oidc Person · Account Admin")).to_be_visible()
    with reading() as session:
        row = session.scalars(select(Audit).where(Audit.action == "sign-in", Audit.result == "done")).one()
    assert row.detail == {"way": "enablehr"}


def test_a_person_without_a_role_is_shown_how_to_request_access(page: Page, at_provider: str) -> None:
    sign_in_at_provider(page, at_provider, "stranger@example.com")
    expect(page.get_by_role("heading", name="You have no access yet")).to_be_visible()
    page.get_by_label("Your company and what you need").fill("Harbour Foods. I do the payroll.")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_text("is waiting for enableHR Support")).to_be_visible()
    with reading() as session:
        assert session.scalars(
            select(User.enablehr_accounts).where(User.username == "stranger@example.com")
        ).one()


def test_a_password_that_enablehr_accepts_signs_in_and_a_role_taken_away_acts_at_the_next_click(
    page: Page, by_password: str
) -> None:
    page.goto(f"{by_password}/Jobs")
    page.get_by_label("User name").first.fill(HELEN)
    page.get_by_role("textbox", name="Password").first.fill("wrong")
    page.get_by_role("button", name="Sign in").first.click()
    expect(page.get_by_text("user name or password is incorrect")).to_be_visible()
    with reading() as session:
        refused = session.scalars(
            select(Audit).where(Audit.action == "sign-in", Audit.result == "refused")
        ).one()
        known = session.scalars(select(User.id).where(User.username == HELEN)).one()
    assert (refused.user_id, refused.address) == (known, "127.0.0.1")
    page.get_by_role("textbox", name="Password").first.fill(RIGHT)
    page.get_by_role("button", name="Sign in").first.click()
    arrived(page, "Jobs")
    with transaction() as session:
        helen = session.scalars(select(User.id).where(User.username == HELEN)).one()
        session.execute(delete(Membership).where(Membership.user_id == helen))
    with suppress(TimeoutError):  # the page also looks by itself, and may have noticed before
        page.get_by_role("button", name="Run now").click(timeout=5000)
    expect(page.get_by_role("heading", name="You have no access yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_have_count(0)
