"""A real browser, and a whole iHUB for it to open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from harness import receivers
from harness.launched import Hub, running

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MILLISECONDS = 60_000


WITHOUT_WINDOWS = "chromium-headless-shell"
WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome")


def program(*, with_windows: bool = False) -> str | None:
    """Return the installed Chromium: the one that people have, or one that takes two thirds of its time for a page."""
    names = WITH_WINDOWS if with_windows else (WITHOUT_WINDOWS, *WITH_WINDOWS)
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium with a new profile for one module.

    While it runs, playwright's event loop occupies this thread, so that asynchronous tests could not run.
    """
    path = program()
    if path is None:
        pytest.skip("Chromium is not installed and could not be: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open an empty window without cookies."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-AU", timezone_id="Australia/Brisbane"
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    with policy_kept(context):
        yield context.new_page()
        context.close()


@contextmanager
def policy_kept(context: BrowserContext) -> Iterator[None]:
    """Fail at the end of the block when iHUB's content security policy blocked something that a page needs."""
    blocked: list[str] = []
    context.on("console", lambda message: blocked.append(message.text) if _is_blocked(message) else None)
    yield
    assert blocked == [], "iHUB's content security policy blocked something that a page needs"


def _is_blocked(message: ConsoleMessage) -> bool:
    """Say whether a message reports something that iHUB's policy blocked; other servers are at 127.0.0.1."""
    url = message.page.url if message.page else ""
    return "Content Security Policy" in message.text and url.startswith(
        ("http://localhost", "https://localhost")
    )


@pytest.fixture(scope="session")
def mail_port() -> int:
    """Choose a port for the mail server that ``hub`` sends by, and that a test may run."""
    return receivers.free_port()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, mail_port: int) -> Iterator[Hub]:
    """Run the whole of iHUB with its demo, once for all browser tests of a process."""
    mail = {"IHUB_SMTP_HOST": receivers.HOST, "IHUB_SMTP_PORT": str(mail_port), "IHUB_SMTP_SECURITY": "none"}
    home = tmp_path_factory.mktemp("hub") / "home"
    with running(home, **mail, IHUB_MAIL_FROM="ihub@hub.example", IHUB_RECONCILE_SECONDS=3) as started:
        yield started
