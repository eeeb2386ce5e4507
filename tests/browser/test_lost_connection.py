"""The server is restarted while a page is open: iHUB says what happens, in its own words, and continues."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.postgres import free_port
from tests.browser.served import web_process
from tests.browser.site import Site, picture, place, sign_in

LOST, BACK = 60_000, 90_000


def test_a_restart_is_told_and_the_page_continues(page: Page, tmp_path: Path, sqlite_template: Path) -> None:
    port = free_port()
    with place(tmp_path, sqlite_template) as at:
        with web_process(at.home, {"IHUB_SANDBOX_PORT": at.port}, port=port) as url:
            sign_in(page, Site(url, at.people, at.sandbox), "/Connections")
            expect(page.get_by_role("button", name="Add connection")).to_be_visible()
        banner = page.get_by_role("alert").filter(has_text="iHUB cannot be reached.")
        expect(banner).to_be_visible(timeout=LOST)
        page.wait_for_timeout(12_000)
        expect(page.get_by_role("dialog")).to_have_count(0)
        shown = page.locator("body").inner_text()
        assert "streamlit" not in shown.lower() and "terminal" not in shown.lower()
        picture(page, "lost")
        with web_process(at.home, {"IHUB_SANDBOX_PORT": at.port}, port=port):
            expect(banner).not_to_be_visible(timeout=BACK)
            page.get_by_role("button", name="Add connection").click()
            expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("word", ["yourscript", "Streamlit server"])
def test_the_words_that_are_replaced_are_still_streamlits(word: str) -> None:
    """When Streamlit says it otherwise, the script has to be looked at again."""
    import streamlit

    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("index.*.js")
    assert any("Connection error" in text and word in text for text in map(Path.read_text, scripts))
