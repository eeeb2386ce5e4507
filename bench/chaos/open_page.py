"""The Jobs page, open in a browser whose connections to iHUB are cut while somebody looks at it and starts runs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from random import Random

import requests
from playwright.sync_api import Error, Locator, expect, sync_playwright
from sqlalchemy import func, select

from bench.chaos.customer import wait_for
from bench.chaos.processes import ManagedProcess
from bench.chaos.proxy import Proxy
from core.accounts import users
from core.db import reading
from core.models import Connection, Role, Run, RunStatus, Trigger
from harness import browser
from harness.postgres import free_port

# How long the page may take to work again after everything was undone, and how long a press may take meanwhile.
PATIENCE_SECONDS, PRESS_SECONDS = 90, 2
# How long a press may take to start a run, and how often it is repeated when the page says that it could not.
START_SECONDS, PRESSES = 20, 3
MILLISECONDS = 1000
USERNAME = "chaos"
Launch = Callable[[str, list[str], Mapping[str, str]], ManagedProcess]


class Presses:
    """Notes presses of a button that have started more than one run; one that was lost on the way has started none."""

    def __init__(self) -> None:
        self.runs_before, self.failures = 0, list[str]()

    def check(self, runs: int) -> None:
        """Compare the number of runs with that before the last press."""
        if runs > self.runs_before + 1:
            self.failures.append(f"Run now was pressed once and started {runs - self.runs_before} runs")


class OpenPage:
    """An Account Admin who has Jobs open, and presses *Run now*."""

    def __init__(self, launch: Launch, connection_id: int) -> None:
        """Start the web process and Chromium, and sign in. Raises SystemExit where Chromium is not installed."""
        program = browser.program()
        if program is None:
            raise SystemExit("Chromium is not installed: apt-get install chromium.")
        port = free_port()
        self._proxy, self._presses = Proxy(port), Presses()
        address = f"http://localhost:{self._proxy.port}"
        self.web = launch("web", _command(port), {"IHUB_URL": address, "FORWARDED_ALLOW_IPS": ""})
        self.web.ensure_running()
        wait_for(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10))
        self._connection_id = connection_id
        self._user_id, password = _add_user(connection_id)
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=program, headless=True, args=browser.FLAGS
        )
        expect.set_options(timeout=PATIENCE_SECONDS * MILLISECONDS)
        self._page = self._browser.new_page(base_url=address)
        self._page.set_default_timeout(PATIENCE_SECONDS * MILLISECONDS)
        self._sign_in(password)

    def _sign_in(self, password: str) -> None:
        self._page.goto("/Jobs")
        self._page.get_by_label("User name").fill(USERNAME)
        self._page.get_by_role("textbox", name="Password").fill(password)
        self._page.get_by_role("button", name="Sign in").click()
        expect(self._run_now()).to_be_visible()

    def _run_now(self) -> Locator:
        return self._page.get_by_role("button", name="Run now")

    def cut(self, random: Random, *, may_press: bool) -> str:
        """Cut the page's connections, often just after *Run now* was pressed; return what was done."""
        pressed = may_press and random.random() < 0.7 and self._press(PRESS_SECONDS)
        if pressed:
            time.sleep(random.uniform(0, 0.1))
        self._proxy.cut()
        return "websocket cut as a run was started" if pressed else "websocket cut"

    def restore(self) -> None:
        """Let the page connect again."""
        self._proxy.restore()

    def _press(self, seconds: float) -> bool:
        """Press *Run now*; False while it cannot be pressed, because the page is lost."""
        before = self._requested_runs()
        self._presses.check(before)
        try:
            self._run_now().click(timeout=seconds * MILLISECONDS)
        except Error:
            return False
        self._presses.runs_before = before
        return True

    def _requested_runs(self) -> int:
        with reading() as session:
            of_user = select(func.count()).where(Run.requested_by == self._user_id)
            return session.scalar(of_user) or 0

    def _run_waits(self) -> bool:
        """Say whether a press adds nothing, because a run that was requested before waits."""
        waiting = Run.connection_id == self._connection_id, Run.status == RunStatus.QUEUED
        with reading() as session:
            return session.scalar(select(func.count()).where(*waiting, Run.trigger == Trigger.MANUAL)) != 0

    def check(self) -> Iterator[str]:
        """Yield what is wrong with the page after everything was undone; it has to work without being reloaded."""
        wait_for(lambda: not self._run_waits())
        began = self._requested_runs()
        for _ in range(PRESSES):
            if not self._press(PATIENCE_SECONDS):
                yield f"Run now cannot be pressed, {PATIENCE_SECONDS} s after everything was undone: {self._shown()}"
                return
            if self._wait_for_run(began):
                break
        else:
            yield f"Run now was pressed {PRESSES} times and started no run: {self._shown()}"
            return
        with suppress(AssertionError):
            expect(self._run_now()).to_be_enabled()
        runs = self._requested_runs()
        self._presses.check(runs)
        yield from self._presses.failures
        self._presses.failures.clear()

    def _wait_for_run(self, began: int) -> bool:
        """Say whether a press has started a run; one that meets a read-only session has not."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._requested_runs() > began:
                return True
            self._page.wait_for_timeout(200)
        return False

    def _shown(self) -> str:
        return " ".join(self._page.locator("body").inner_text().split())

    def close(self) -> None:
        """End the browser and the web process."""
        with suppress(Error):
            self._browser.close()
        self._playwright.stop()
        self._proxy.close()
        self.web.kill()


def _command(port: int) -> list[str]:
    address = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    return ["-m", "streamlit", "run", "Home.py", *address]


def _add_user(connection_id: int) -> tuple[int, str]:
    with reading() as session:
        account_id = session.get_one(Connection, connection_id).account_id
    password = secrets.token_urlsafe(16)
    return users.add_user(USERNAME, "Chaos", password, account_id, Role.ACCOUNT_ADMIN), password
