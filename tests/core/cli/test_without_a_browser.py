"""The commands of docs/without-a-browser.md, run as the page prints them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from harness.sandbox import Sandbox

PAGE = ROOT / "docs" / "without-a-browser.md"
FILE = re.compile(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
# A system without credentials is connected without any, and one that needs some is not.
AGAIN = """\
export IHUB_HOME="$PWD/home" IHUB_CONNECTORS="$PWD/systems"
python -m core connection connect 1 source --json
python -m core connection connect 1 target && exit 9
echo refused $?
"""
PEOPLE = [
    {
        "id": "7",
        "first": "Rose",
        "last": "Harbour",
        "number": "7",
        "born": "1990-02-03",
        "since": "2024-07-01",
        "tax": "865414088",
        "contract": "permanent",
    }
]

pytestmark = [pytest.mark.slow, pytest.mark.sandbox(employees=0)]


class Staff(BaseHTTPRequestHandler):
    """The HR system of the page."""

    def do_GET(self) -> None:
        body = json.dumps(PEOPLE if self.path == "/people" else {"id": "1", "name": "Harbour Foods"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def staff() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Staff)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def written_page(folder: Path, addresses: dict[str, str]) -> list[str]:
    """Write the files of the page into a folder, and return its blocks of commands."""
    page = PAGE.read_text()
    for real, stand_in in addresses.items():
        page = page.replace(real, stand_in)
    for name, content in FILE.findall(page):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in COMMANDS.findall(FILE.sub("", page))]


def bash(folder: Path, commands: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IHUB_")}
    environment = inherited | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "IHUB_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_of_the_page_work_as_they_stand(sandbox: Sandbox, tmp_path: Path) -> None:
    with staff() as url:
        addresses = {
            "https://hr.example.com": url,
            "https://api.yourpayroll.com.au": sandbox.keypay_url,
            "https://rest.enablehr.com": sandbox.enablehr_url,
            "https://login.enablehr.com": sandbox.login_url,
        }
        start, with_tokens = written_page(tmp_path, addresses)
        (tmp_path / "key.json").write_text(json.dumps({"api_key": sandbox.control.hero_key()}))
        granted = sandbox.control.grant("enablehr")
        tokens = {"access_token": granted["access_token"], "refresh_token": granted["refresh_token"]}
        (tmp_path / "tokens.json").write_text(json.dumps(tokens))
        done = bash(tmp_path, start + with_tokens)
        assert done.returncode == 0, done.stdout + done.stderr
        again = bash(tmp_path, AGAIN)
    assert '"state":"CONNECTED"' in again.stdout, again.stdout + again.stderr
    assert "refused 2" in again.stdout
    assert "Give the credentials in a file" in again.stderr
    assert "Rose Harbour" in done.stdout
    assert [employee["firstName"] for employee in sandbox.control.hero()] == ["Rose"]
