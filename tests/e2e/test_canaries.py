"""Secrets and numbers of people, planted in a whole real run, are found nowhere but sealed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, Request, expect

from core.secrets import Vault
from tests.e2e import steps
from tests.support.launched import Hub, eventually, running

CLIENT_SECRET = "ihub-demo-secret"  # the sandbox takes no other; it is entered into the store like a real one
TFN, CHANGED_TFN, ACCOUNT, CHANGED_ACCOUNT = "876543210", "865414088", "919273645", "828374651"
OURS_TO_KEEP = {"keys", "fingerprint.key", "demo.json"}


@dataclass
class Haystacks:
    """Everything that iHUB wrote, showed or said."""

    places: dict[str, bytes] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    def add(self, name: str, content: str | bytes) -> None:
        self.places[name] = content.encode() if isinstance(content, str) else content

    def holding(self, canaries: dict[str, str]) -> list[str]:
        """Name every place that holds a canary."""
        everything = self.places | {"urls": "\n".join(self.urls).encode()}
        return [
            f"{name}: {what}"
            for name, content in everything.items()
            for what, value in canaries.items()
            if re.search(rb"(?<![0-9])" + re.escape(value.encode()) + rb"(?![0-9])", content)
        ]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run a whole iHUB of this module's own, as its files are read after it has stopped."""
    with running(tmp_path_factory.mktemp("canaries") / "home") as hub:
        yield hub


def tokens(hub: Hub) -> dict[str, str]:
    """Open the credentials of both sides with the hub's own key."""
    vault = Vault([line for line in (hub.home / "keys").read_text().split() if line])
    with closing(sqlite3.connect(f"file:{hub.home / 'ihub.db'}?mode=ro", uri=True, timeout=30)) as store:
        rows = store.execute("select kind, credentials from side where credentials is not null").fetchall()
    found: dict[str, str] = {}
    for kind, sealed in rows:
        held = vault.open(sealed)
        assert isinstance(held, dict)
        found |= {f"{kind} {name}": str(held[name]) for name in ("access_token", "refresh_token") if held.get(name)}
    return found


def edit(hub: Hub, person: str, tfn: str, account: str) -> None:
    """Give somebody a tax number and a bank account at the source."""
    known = requests.get(f"{hub.sandbox_url}/control/people/{person}", timeout=30).json()
    known["tax"]["tfn"], known["bankAccounts"][0]["number"] = tfn, account
    change = {"tax": known["tax"], "bankAccounts": known["bankAccounts"]}
    requests.patch(f"{hub.sandbox_url}/control/people/{person}", json=change, timeout=30).raise_for_status()


def ordinary(hub: Hub) -> str:
    """Return somebody without oddities who has a tax number and a bank account."""
    people = hub.control("people")
    chosen = (one for one in people if one["trait"] == "clean" and one["region"] == "AU")
    return str(next(one["id"] for one in chosen if len(one.get("bankAccounts") or []) == 1 and (one.get("tax") or {}).get("tfn")))


def look_around(page: Page, hub: Hub, haystacks: Haystacks, run_id: int) -> None:
    """Open every page there is, and take both exports."""
    for name, path in (
        ("connections", "/Connections"),
        ("connection", "/Connections?connection=1"),
        ("jobs", "/Jobs"),
        ("reports", "/Reports"),
        ("run", f"/Reports?run={run_id}"),
    ):
        page.goto(hub.url + path)
        expect(page.get_by_role("link", name="Sign out")).to_be_visible()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        haystacks.add(f"page {name}", page.content())
    for export in ("runs.csv", f"records.csv?run={run_id}"):
        answer = page.request.get(f"{hub.url}/export/{export}")
        assert answer.ok and len(answer.body()) > 100
        haystacks.add(f"export {export}", answer.body())


def error_texts(hub: Hub, haystacks: Haystacks) -> None:
    """Let things go wrong that hold secrets: wrong credentials, wrong settings, a refused employee."""
    wrong = hub.home.parent / "wrong.json"
    wrong.write_text(f'{{"access_token": "{CLIENT_SECRET}", "refresh_token": "{CHANGED_ACCOUNT}"}}')
    for name, command in {
        "wrong credentials": ("connection", "connect", "1", "target", "--credentials", str(wrong)),
        "doctor": ("doctor",),
        "connections": ("connection", "list", "--json"),
        "clients": ("client", "list", "--json"),
    }.items():
        done = hub.command(*command)
        haystacks.add(f"command {name}", done.stdout + done.stderr)


def files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what iHUB has on disk, Redis's files among it; the sandbox's and the keys' own files aside."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.name not in OURS_TO_KEEP and not path.name.startswith("sandbox.db"):
            yield str(path.relative_to(home)), path.read_bytes()


def test_canaries_are_found_nowhere(page: Page, own: Hub) -> None:
    haystacks = Haystacks()
    page.on("request", lambda request: haystacks.urls.append(_ours(request, own)))
    secret = own.home.parent / "secret.txt"
    secret.write_text(CLIENT_SECRET)
    assert own.command("client", "set", "enablehr", "--id", "ihub", "--secret", str(secret)).returncode == 0
    person = ordinary(own)
    edit(own, person, TFN, ACCOUNT)
    before = tokens(own)
    steps.sign_in(page, own)
    steps.open_page(page, "Jobs")
    steps.run_now(page)
    edit(own, person, CHANGED_TFN, CHANGED_ACCOUNT)
    own.control("switches", enablehr={"expire_access_tokens": True})
    for name in ("Reports", "Jobs"):
        steps.open_page(page, name)
    run_id = steps.run_now(page)
    paid = [each for each in own.control("payroll") if CHANGED_TFN in str(each) or CHANGED_ACCOUNT in str(each)]
    assert paid, "the canaries travelled"
    look_around(page, own, haystacks, run_id)
    error_texts(own, haystacks)
    after = tokens(own)
    assert after != before, "the tokens were refreshed"
    own.stop()
    eventually(lambda: not own.processes(), "everything has stopped")
    for name, content in files(own.home):
        haystacks.add(f"file {name}", content)
    haystacks.add("log", own.printed())
    assert any("ihub.db" in name for name in haystacks.places) and any("redis" in name for name in haystacks.places)
    numbers = {"TFN": TFN, "new TFN": CHANGED_TFN, "account": ACCOUNT, "new account": CHANGED_ACCOUNT}
    canaries = {"client secret": CLIENT_SECRET, **numbers, **before, **{f"new {name}": value for name, value in after.items()}}
    assert haystacks.holding(canaries) == []
    haystacks.add("planted", f"x {TFN} y")
    assert haystacks.holding(canaries) == ["planted: TFN"], "the search finds what is there"


def _ours(request: Request, hub: Hub) -> str:
    return request.url if request.url.startswith(hub.url) else ""
