"""The real web process on a small store of its own, for tests with a browser or a bare websocket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from core.settings import ROOT
from harness import fork_server
from harness.fork_server import Forked
from harness.launched import environment, eventually
from harness.postgres import free_port


@contextmanager
def web_process(
    home: Path, settings: Mapping[str, object] | None = None, *, root: Path = ROOT, port: int | None = None
) -> Iterator[str]:
    """Start Home.py of a checkout as the launcher does; yields its address."""
    port = port or free_port()
    url = f"http://localhost:{port}"
    surroundings = environment(home, **({"IHUB_URL": url, "IHUB_DEMO": 1} | dict(settings or {}))) | {
        "FORWARDED_ALLOW_IPS": ""
    }
    words = ["-m", "streamlit", "run", "Home.py", "--server.port", str(port), "--server.address", "127.0.0.1"]
    process: Forked | subprocess.Popen[bytes]
    with (home / "web.log").open("wb") as log:
        if root == ROOT:
            process = fork_server.start(words, surroundings, log, log)
        else:  # other code than what has been imported
            process = subprocess.Popen(
                [sys.executable, *words], cwd=root, env=surroundings, stdout=log, stderr=subprocess.STDOUT
            )
    try:
        eventually(lambda: _answers(url) or process.poll() is not None, "the web process answers", 120)
        assert process.poll() is None, (home / "web.log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).status_code in (200, 503)
    except requests.RequestException:
        return False
