"""Secrets and identity numbers, planted in a whole real run, are stored only encrypted."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from core.security.vault import Vault
from harness.launched import Hub, eventually, running
from tests.browser import steps

CLIENT_SECRET = "ihub-demo-secret"  # the sandbox takes no other; it is entered into the store like a real one
KEY = "canary-hero-key"
TFNS, ACCOUNTS = ("876543210", "865414088", "123456782"), ("919273645", "828374651", "737465829")
OURS_TO_KEEP = {"keys", "fingerprint.key", "demo.json"}


@dataclass
class Haystacks:
    """Everything that iHUB wrote, showed or said."""

    places: dict[str, bytes] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    printed: list[bytes] = field(default_factory=list)

    def add(self, name: str, content: str | bytes) -> None:
        self.places[name] = content.encode() if isinstance(content, str) else content

    def holding(self, canaries: dict[str, str]) -> list[str]:
        """Name every place that holds a canary, a number also in groups."""
        everything = self.places | {
            "urls": "\n".join(self.urls).encode(),
            "printed": b"\n".join(self.printed),
        }
        patterns = {what: _spelt(value) for what, value in canaries.items()}
        return [
            f"{name}: {what}"
            for name, content in everything.items()
            for what, one in patterns.items()
            if one.search(content)
        ]

    def watch(self, page: Page, hub: Hub) -> None:
        """Take every address the browser asks iHUB for, and all that iHUB says over a websocket."""
        page.on(
            "request",
            lambda request: self.urls.append(request.url if request.url.startswith(hub.url) else ""),
        )
        page.on("websocket", lambda socket: socket.on("framereceived", self._hear))

    def _hear(self, said: str | bytes) -> None:
        self.printed.append(said.encode() if isinstance(said, str) else said)


def _spelt(value: str) -> re.Pattern[bytes]:
    """Return a canary as it is; of a number also 876 543 210 and its like."""
    between = rb"[ ./_\xe2\x80\x93-]{0,5}" if value.isdigit() else b""
    return re.compile(rb"(?<![0-9])" + between.join(re.escape(one.encode()) for one in value) + rb"(?![0-9])")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run a whole iHUB of this module's own with few people, as its files are read after it has stopped."""
    with running(tmp_path_factory.mktemp("canaries") / "home") as hub:
        hub.control("reset", seed=3, employees=20)
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
        found |= {
            f"{kind} {name}": str(held[name]) for name in ("access_token", "refresh_token") if held.get(name)
        }
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
    return str(
        next(
            one["id"]
            for one in chosen
            if len(one.get("bankAccounts") or []) == 1 and (one.get("tax") or {}).get("tfn")
        )
    )


def look_around(page: Page, hub: Hub, haystacks: Haystacks, run_id: int, *only: str) -> None:
    """Open every page there is for an admin, or the named ones only, and take all exports."""
    for name, path in (
        ("connections", "/Connections"),
        ("connection", "/Connections?connection=1"),
        ("connection by key", "/Connections?connection=2"),
        ("jobs", "/Jobs"),
        ("reports", "/Reports"),
        ("run", f"/Reports?run={run_id}"),
        ("audit", "/Audit"),
    ):
        if only and name not in only:
            continue
        page.goto(hub.url + path)
        expect(page.get_by_role("link", name="Sign out")).to_be_visible()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        haystacks.add(f"page {name} after run {run_id}", page.content())
    for export in ("runs.csv", f"records.csv?run={run_id}", "records.jsonl", "people.jsonl", "audit.csv"):
        answer = page.request.get(f"{hub.url}/export/{export}")
        assert answer.ok and len(answer.body()) > 50
        haystacks.add(f"export {export}", answer.body())


def repeated(page: Page, hub: Hub, haystacks: Haystacks, status: int, method: str) -> int:
    """Let payroll repeat in its errors all that it is sent, and run."""
    hub.control("switches", ipayroll={"repeat_next": 100, "fail_status": status, "only_method": method})
    run_id = steps.run_now(page)
    hub.control("switches", ipayroll={"repeat_next": 0, "fail_status": 500, "only_method": ""})
    look_around(page, hub, haystacks, run_id, "run", "jobs")
    steps.open_page(page, "Jobs")
    return run_id


def by_key(hub: Hub, haystacks: Haystacks) -> None:
    """Add a system with a key, and let it repeat the key while it refuses it."""
    where = hub.home.parent / "where.json"
    where.write_text(json.dumps({"target": {"url": f"{hub.sandbox_url}/keypay", "business_id": "4711"}}))
    added = hub.command(
        "connection",
        "create",
        "--account",
        "1",
        "--source",
        "enablehr",
        "--target",
        "keypay",
        "--settings",
        str(where),
    )
    assert added.returncode == 0, added.stderr
    key = hub.home.parent / "key.json"
    key.write_text(json.dumps({"api_key": KEY}))
    hub.control("switches", keypay={"repeat_next": 5, "fail_status": 400})
    refused = hub.command("connection", "connect", "2", "target", "--credentials", str(key))
    assert "did not say whose data this is: Basic •••" in refused.stderr
    haystacks.add("command with a key", refused.stdout + refused.stderr)


def error_texts(hub: Hub, haystacks: Haystacks) -> None:
    """Let things go wrong that hold secrets: wrong credentials, wrong settings, a refused employee."""
    wrong = hub.home.parent / "wrong.json"
    wrong.write_text(json.dumps({"access_token": CLIENT_SECRET, "refresh_token": ACCOUNTS[1]}))
    for name, command in {
        "wrong credentials": ("connection", "connect", "1", "target", "--credentials", str(wrong)),
        "doctor": ("doctor",),
        "connections": ("connection", "list", "--json"),
        "clients": ("oauth-client", "list", "--json"),
    }.items():
        done = hub.command(*command)
        haystacks.add(f"command {name}", done.stdout + done.stderr)


def files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what iHUB has on disk, Redis's files among it; the sandbox's and the keys' own files aside.

    The folder that stands for a customer's own, with a file of theirs, is no place of iHUB's.
    """
    for path in sorted(home.rglob("*")):
        is_of_others = path.name.startswith("sandbox.db") or path.is_relative_to(home / "files")
        if path.is_file() and path.name not in OURS_TO_KEEP and not is_of_others:
            yield str(path.relative_to(home)), path.read_bytes()


def test_canaries_are_found_nowhere(page: Page, own: Hub) -> None:
    haystacks = Haystacks()
    haystacks.watch(page, own)
    secret = own.home.parent / "secret.txt"
    secret.write_text(CLIENT_SECRET)
    assert (
        own.command("oauth-client", "set", "enablehr", "--id", "ihub", "--secret", str(secret)).returncode
        == 0
    )
    by_key(own, haystacks)
    person = ordinary(own)
    edit(own, person, TFNS[0], ACCOUNTS[0])
    before = tokens(own)
    steps.sign_in(page, own)
    steps.open_page(page, "Jobs")
    steps.run_now(page)
    edit(own, person, TFNS[1], ACCOUNTS[1])
    assert "Values encrypted again: " in own.command("keys", "rotate").stdout, "while everything is running"
    own.control("switches", enablehr={"expire_access_tokens": True})
    for name in ("Reports", "Jobs"):
        steps.open_page(page, name)
    run_id = steps.run_now(page)
    paid = [each for each in own.control("payroll") if TFNS[1] in str(each) or ACCOUNTS[1] in str(each)]
    assert paid, "the canaries travelled"
    look_around(page, own, haystacks, run_id)
    edit(own, person, TFNS[2], ACCOUNTS[2])
    steps.open_page(page, "Jobs")
    refused = repeated(page, own, haystacks, 422, "PUT")
    assert "iPayroll refused this employee: Bearer •••" in messages(own, refused)
    assert "failed each time" in messages(own, repeated(page, own, haystacks, 502, "PUT"))
    own.control("switches", ipayroll=None)
    last = repeated(page, own, haystacks, 400, "GET")
    assert "Bearer •••" in str(steps.runs(own)[-1]["message"])
    look_around(page, own, haystacks, last)
    error_texts(own, haystacks)
    after = tokens(own)
    assert after != before, "the tokens were refreshed"
    own.stop()
    eventually(lambda: not own.processes(), "everything has stopped")
    for name, content in files(own.home):
        haystacks.add(f"file {name}", content)
    haystacks.add("log", own.printed())
    assert any("ihub.db" in name for name in haystacks.places) and any(
        "redis" in name for name in haystacks.places
    )
    numbers = {f"TFN {value}": value for value in TFNS} | {f"account {value}": value for value in ACCOUNTS}
    secrets = {"client secret": CLIENT_SECRET, "key": KEY}
    canaries = {**secrets, **numbers, **before, **{f"new {name}": value for name, value in after.items()}}
    assert haystacks.holding(canaries) == []
    haystacks.add("planted", f"x {TFNS[0][:3]} {TFNS[0][3:]} y")
    assert haystacks.holding(canaries) == [f"planted: TFN {TFNS[0]}"], "the search finds what is there"


def messages(hub: Hub, run_id: int) -> str:
    """Return what a run says of its employees, as the store holds it."""
    with closing(sqlite3.connect(f"file:{hub.home / 'ihub.db'}?mode=ro", uri=True, timeout=30)) as store:
        return " ".join(
            str(row[0]) for row in store.execute("select message from record where run_id = ?", (run_id,))
        )
