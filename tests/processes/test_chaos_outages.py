"""What the chaos program uses to move clocks and to cut connections does what it says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from bench.chaos import clock
from bench.chaos.open_page import Presses
from bench.chaos.proxy import Proxy
from core.settings import ROOT

# Three threads that want to work at once, so that each waits for the others.
THREADS = """
import threading, time
def work():
    for number in range(2_000_000):
        number + number
threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(time.process_time())
"""
SLEEP = "import time; began = time.monotonic(); time.sleep(0.2); print(time.time(), time.monotonic() - began)"


def test_a_moved_clock_shows_another_time_and_sleeps_as_long_as_before(tmp_path: Path) -> None:
    if clock.library() is None:
        pytest.skip("libfaketime is not installed and could not be: apt-get install faketime")
    moved = os.environ | clock.environment(tmp_path)
    for move, seconds in (("+10h", 36_000), ("-1h", -3_600)):
        clock.file(tmp_path).write_text(move)
        done = subprocess.run(
            [sys.executable, "-c", SLEEP], cwd=ROOT, env=moved, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        shown, slept = map(float, done.stdout.split())
        assert abs(shown - time.time() - seconds) < 30
        assert 0.2 <= slept < 10


@pytest.mark.timing
def test_threads_that_wait_for_each_other_take_no_processor_time(tmp_path: Path) -> None:
    if clock.library() is None:
        pytest.skip("libfaketime is not installed and could not be: apt-get install faketime")
    alone, moved = (
        float(subprocess.check_output([sys.executable, "-c", THREADS], cwd=ROOT, env=os.environ | more))
        for more in ({}, clock.environment(tmp_path))
    )
    assert moved < 3 * alone + 0.2


def test_a_press_that_starts_two_runs_is_named() -> None:
    presses = Presses()
    presses.check(1)
    presses.runs_before = 1
    presses.check(1)  # the press was lost on the way
    assert presses.failures == []
    presses.check(3)
    assert presses.failures == ["Run now was pressed once and started 2 runs"]


@pytest.fixture
def echo() -> Iterator[int]:
    """Run a server that sends back what it gets; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            while block := connection.recv(100):
                connection.sendall(block)


def test_a_proxy_passes_on_cuts_refuses_and_passes_on_again(echo: int) -> None:
    proxy = Proxy(echo)
    with _connected(proxy) as browser:
        assert _answer(browser) == b"hello"
        proxy.cut()
        assert _answer(browser) == b""
    with _connected(proxy) as browser:
        assert _answer(browser) == b""
    proxy.restore()
    with _connected(proxy) as browser:
        assert _answer(browser) == b"hello"
    proxy.close()


def _connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def _answer(browser: socket.socket) -> bytes:
    """Return what comes back; nothing when the connection is cut."""
    try:
        browser.sendall(b"hello")
        return browser.recv(100)
    except ConnectionError:
        return b""
