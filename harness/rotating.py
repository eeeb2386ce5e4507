"""oidc-provider as enableHR with rotation on: its sign-in, its consent page, and what iHUB asks enableHR about a person."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from harness.launched import eventually
from harness.peers import SOURCE, installed

PROGRAM = "rotating.mjs"


@contextmanager
def rotating_provider(port: int, redirect_uri: str) -> Iterator[str]:
    """Run the server for a block; yields its address, which is enableHR's API and sign-in at once."""
    folder, url = installed(), f"http://127.0.0.1:{port}"
    shutil.copy(SOURCE / PROGRAM, folder)
    with (folder / f"{port}.log").open("wb") as log:
        command = ["node", PROGRAM, str(port), redirect_uri]
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        eventually(lambda: _answers(url) or process.poll() is not None, "oidc-provider answers")
        assert process.poll() is None, (folder / f"{port}.log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/users/self", timeout=2).status_code == 401
    except requests.RequestException:
        return False
