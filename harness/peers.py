"""An OAuth server by other authors, in the place of enableHR's: oidc-provider."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests

from core.settings import ROOT
from harness.launched import eventually

SOURCE, INSTALLED = ROOT / "harness" / "peers", ROOT / "build" / "peers"
FILES = ("package.json", "package-lock.json", "op.mjs", "rotating.mjs")


def installed() -> Path:
    """Install what package-lock.json names, once; return the folder."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js is not installed and could not be: apt-get install nodejs npm")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    stamp = INSTALLED / "ready"
    content = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in FILES)).hexdigest()
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not stamp.exists() or stamp.read_text() != content:
            for name in FILES:
                shutil.copy(SOURCE / name, INSTALLED)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(
                command, cwd=INSTALLED, capture_output=True, text=True, timeout=300, check=False
            )
            if done.returncode:
                pytest.skip(f"npm could not install oidc-provider: {done.stderr.strip().splitlines()[-1:]}")
            stamp.write_text(content)
    return INSTALLED


def openid_provider(port: int, redirect_uri: str) -> AbstractContextManager[str]:
    """Run oidc-provider during a block; yields its address."""
    return _running("op.mjs", port, redirect_uri)


def rotating_provider(port: int, redirect_uri: str) -> AbstractContextManager[str]:
    """Run oidc-provider as enableHR, with refresh tokens that rotate; yields the address of API and sign-in."""
    return _running("rotating.mjs", port, redirect_uri)


@contextmanager
def _running(program: str, port: int, redirect_uri: str) -> Iterator[str]:
    folder, url = installed(), f"http://127.0.0.1:{port}"
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            ["node", program, str(port), redirect_uri],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
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
