"""A web process with people and no connection yet, beside the demo systems, and what a person does there.

With SCREENSHOTS set to a folder, the pictures of docs/connections.md are taken on the way.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from core.connections import connections
from core.connections.connections import ConnectionView
from core.db import engine
from core.security import key_files
from core.security.actor import ActingRole, Actor
from harness.sandbox import Sandbox, running_sandbox
from tests.browser.served import web_process
from tests.conftest import forget_settings
from tests.web.conftest import PASSWORD, People, populate


@dataclass(frozen=True)
class Site:
    """A web process with people and no connection yet, and the demo systems."""

    url: str
    people: People
    sandbox: Sandbox

    @property
    def admin(self) -> Actor:
        """Return the Account Admin."""
        return Actor("Admin", ActingRole.ACCOUNT_ADMIN, self.people.admin, self.people.account)

    def newest(self) -> ConnectionView:
        """Return the connection that was added last."""
        return connections.list_connections(self.admin)[-1]


@dataclass(frozen=True)
class Place:
    """A home with a small store and people in it, which this process uses too, and the demo systems."""

    home: Path
    people: People
    sandbox: Sandbox

    @property
    def port(self) -> str:
        """Return where the demo systems listen."""
        return self.sandbox.url.rpartition(":")[2]


@contextmanager
def place(folder: Path, template: Path) -> Iterator[Place]:
    """Fill a home in a folder, and leave it when the web process has ended."""
    home = folder / "home"
    home.mkdir()
    shutil.copy(template, home / "ihub.db")
    with pytest.MonkeyPatch.context() as patch, running_sandbox(home, employees=5) as sandbox:
        patch.setenv("IHUB_HOME", str(home))
        patch.setenv("IHUB_DEMO", "1")
        patch.setenv("IHUB_SANDBOX_PORT", sandbox.url.rpartition(":")[2])
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            patch.delenv(name, raising=False)
        forget_settings()
        key_files.write_keys([key_files.new_key()])
        yield Place(home, populate(), sandbox)
        engine().dispose()
    forget_settings()


@contextmanager
def served_site(folder: Path, template: Path, **settings: object) -> Iterator[Site]:
    """Run the web process, with settings, beside a sandbox."""
    with (
        place(folder, template) as at,
        web_process(at.home, {"IHUB_SANDBOX_PORT": at.port, **settings}) as url,
    ):
        yield Site(url, at.people, at.sandbox)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """Start the web process and a sandbox once for this module."""
    with served_site(tmp_path_factory.mktemp("site"), sqlite_template) as served:
        yield served


class Served(Protocol):
    """Whatever has a web process."""

    @property
    def url(self) -> str:
        """Return its address."""


def sign_in(page: Page, site: Served, path: str, username: str = "admin") -> None:
    page.goto(site.url + path)
    page.get_by_label("User name").fill(username)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def picture(page: Page, name: str) -> None:
    """Take a picture for the documentation, when somebody asked for it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(700)
        loading = '[data-testid="stSkeleton"], [data-testid="stStatusWidget"]'
        expect(page.locator(loading)).to_have_count(0)
        page.screenshot(path=f"{folder}/connections-{name}.png")


def fill(dialog: Locator, system: str, addresses: dict[str, str]) -> None:
    dialog.get_by_text(f"Settings for {system}").click()
    for label, address in addresses.items():
        dialog.get_by_label(label, exact=True).fill(address)
        dialog.get_by_label(label, exact=True).press("Tab")
