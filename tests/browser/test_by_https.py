"""iHUB behind a proxy that ends TLS, in a real browser: it works, and its cookies never leave this host or TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from core.db import reading
from core.models import Audit
from harness.browser import PATIENCE_MILLISECONDS, policy_kept
from harness.postgres import free_port
from tests.browser.served import web_process
from tests.browser.test_signing_in import store
from tests.browser.tls import proxy
from tests.web.conftest import PASSWORD

BROWSER = "203.0.113.9"


@pytest.fixture
def by_https(tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """Run iHUB behind a proxy; yields the https address."""
    home, port, inside = tmp_path / "home", free_port(), free_port()
    url = f"https://localhost:{port}"
    with (
        store(home, sqlite_template),
        web_process(home, {"IHUB_URL": url, "IHUB_TRUSTED_PROXIES": "127.0.0.1/32"}, port=inside),
        proxy(tmp_path, port, inside, BROWSER),
    ):
        yield url


def test_people_sign_in_and_out_with_cookies_of_this_host_and_of_tls_only(
    chromium: Browser, by_https: str
) -> None:
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    with policy_kept(context):
        page = context.new_page()
        answer = page.goto(f"{by_https}/Reports")
        assert answer is not None and answer.headers["strict-transport-security"] == "max-age=31536000"
        page.get_by_label("User name").fill("admin")
        page.get_by_role("textbox", name="Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("user name or password is incorrect")).to_be_visible()
        with reading() as session:
            refused = session.scalars(select(Audit).where(Audit.action == "sign-in")).one()
        assert (refused.result, refused.address) == ("refused", BROWSER), (
            "the trusted proxy's word about the browser"
        )
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        for name in ("__Host-ihub_session", "__Host-ihub_browser"):
            assert (
                cookies[name]["secure"] and cookies[name]["httpOnly"] and cookies[name]["sameSite"] == "Lax"
            )
        page.get_by_role("link", name="Sign out").click()
        expect(page.get_by_label("User name")).to_be_visible()
        assert "__Host-ihub_session" not in {cookie["name"] for cookie in context.cookies()}
    context.close()
