"""What a browser keeps of a page that was left, and iHUB below a path: in a Chromium that keeps pages as usual."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright

from harness.browser import FLAGS, PATIENCE_MILLISECONDS, policy_kept, program
from harness.postgres import free_port
from tests.browser.served import web_process
from tests.browser.site import Site, place, sign_in, site

__all__ = ["site"]


@pytest.fixture(scope="module")
def keeping() -> Iterator[BrowserContext]:
    """Run Chromium as people have it: the one without windows keeps no page that was left, nor does playwright's."""
    path = program(with_windows=True)
    if path is None:
        pytest.skip("Chromium is not installed and could not be: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                *FLAGS,
                "--disable-features=LocalNetworkAccessChecks",
            ],  # a changed page may reach its server
            ignore_default_args=["--disable-back-forward-cache"],
        )
        context = browser.new_context(locale="en-AU")
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        yield context
        browser.close()


def connections_page(keeping: BrowserContext, site: Site) -> Page:
    keeping.clear_cookies()
    page = keeping.new_page()
    sign_in(page, site, "/Connections")
    expect(page.get_by_text("Sign out", exact=True)).to_be_visible()
    return page


def without(page: Page, *, header: bool, script: bool) -> None:
    """Take from the page of iHUB what keeps a browser from showing it again after it was left."""

    def change(route: Route) -> None:
        answer = route.fetch()
        gone = {"content-length", "content-encoding", *(["cache-control"] if header else [])}
        headers = {name: value for name, value in answer.headers.items() if name not in gone}
        tag = '<script src="./auth/page.js"></script>'
        assert tag in answer.text()
        route.fulfill(
            response=answer, headers=headers, body=answer.text().replace(tag, "" if script else tag)
        )

    page.route(re.compile("/Connections$"), change)


def sign_out_and_go_back(page: Page) -> None:
    expect(page.get_by_text("Harbour Foods").first).to_be_visible()
    page.get_by_text("Sign out", exact=True).click()
    expect(page.get_by_label("User name")).to_be_visible()
    page.evaluate("window.setTimeout(() => window.history.back())")
    page.wait_for_url("**/Connections", wait_until="commit")


@pytest.mark.parametrize("taken", [{}, {"header": True}, {"script": True}], ids=["all", "script", "header"])
def test_after_a_sign_out_back_shows_the_sign_in_and_nothing_else(
    keeping: BrowserContext, site: Site, taken: dict[str, bool]
) -> None:
    """The page that was left is neither kept, nor shown by a browser that has kept it: each alone is enough."""
    page = connections_page(keeping, site)
    if taken:
        without(page, **{"header": False, "script": False} | taken)
        page.goto(f"{site.url}/Connections")
    sign_out_and_go_back(page)
    expect(page.get_by_label("User name")).to_be_visible()
    expect(page.get_by_text("Harbour Foods")).to_have_count(0)
    page.close()


def test_without_both_this_browser_shows_the_page_again(keeping: BrowserContext, site: Site) -> None:
    page = connections_page(keeping, site)
    without(page, header=True, script=True)
    page.goto(f"{site.url}/Connections")
    sign_out_and_go_back(page)
    expect(page.get_by_text("Harbour Foods").first).to_be_visible()
    page.close()


def test_a_page_that_was_left_is_hidden_until_the_server_was_asked(
    keeping: BrowserContext, site: Site
) -> None:
    page = connections_page(keeping, site)
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert page.evaluate("document.documentElement.style.visibility") == "hidden"
    page.evaluate("window.left = true")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_function("window.left === undefined")
    expect(page.get_by_text("Sign out", exact=True)).to_be_visible()
    page.close()


def test_ihub_works_below_a_path(
    keeping: BrowserContext, tmp_path_factory: pytest.TempPathFactory, sqlite_template: object
) -> None:
    port = free_port()
    folder = tmp_path_factory.mktemp("below")
    with place(folder, sqlite_template) as at:  # type: ignore[arg-type]
        below = f"http://localhost:{port}/hr/ihub"
        settings = {"IHUB_SANDBOX_PORT": at.port, "IHUB_URL": f"{below}/"}
        with web_process(at.home, settings, port=port), policy_kept(keeping):
            page = keeping.new_page()
            sign_in(page, Site(below, at.people, at.sandbox), "/Jobs?x=1")
            expect(page.get_by_text("Sign out", exact=True)).to_be_visible()
            assert page.url.startswith(f"{below}/Jobs")
            page.get_by_role("link", name="Reports").click()
            page.wait_for_url(f"{below}/Reports")
            page.goto(f"http://localhost:{port}/hr/ihub")
            page.wait_for_url(f"{below}/")
            expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
            page.get_by_text("Sign out", exact=True).click()
            expect(page.get_by_text("You are signed out.")).to_be_visible()
            expect(page.get_by_label("User name")).to_be_visible()
            assert page.url.startswith(f"{below}/?notice=")
            page.close()
