"""Real workers and schedulers as processes, on a real Redis and a store of their own."""

from __future__ import annotations

import base64
import binascii
import os
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from redis import Redis

from core.db import reading
from core.jobs.scheduler import HubScheduler
from core.models import Run, RunStatus
from core.queue.redis_client import fast_client
from core.queue.redis_server import ensure
from core.settings import ROOT, settings
from harness import fork_server
from harness.fork_server import Forked

QUICKLY = {"IHUB_LEASE_SECONDS": "2", "IHUB_RECONCILE_SECONDS": "0.2", "IHUB_SCHEDULE_TICK_SECONDS": "0.05"}
Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], seconds: float = 60) -> Seen:
    """Look again and again until there is something to see."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, f"This did not come about within {seconds} seconds."
        time.sleep(0.02)
    return seen


def status(run_id: int) -> RunStatus:
    """Return where a run stands."""
    with reading() as session:
        return session.get_one(Run, run_id).status


class Hub:
    """A store, a Redis, and the processes a test starts on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes] | Forked] = []
        self.output = folder / "output"

    @property
    def redis(self) -> Redis:
        return fast_client()

    def _start(self, *command: str) -> Forked:
        environment = os.environ | {"TEST_FOLDER": str(self.folder), "PYTHONPATH": str(ROOT)}
        with self.output.open("ab") as output:
            process = fork_server.start(command, environment, output, output)
        self.processes.append(process)
        return process

    def worker(self, *queues: str) -> Forked:
        """Start a worker whose engine is the stand-in."""
        return self._start("-m", "tests.processes.engine_stand_in", *queues)

    def real_worker(self) -> Forked:
        """Start a worker as it is in production."""
        return self._start("worker.py")

    def scheduler(self) -> Forked:
        """Start a scheduler."""
        return self._start("scheduler.py")

    def said(self) -> str:
        """Return what the processes have printed."""
        return self.output.read_text() if self.output.exists() else ""

    def began(self, run_id: int, attempt: int = 1) -> int | None:
        """Return the process that does an attempt of a run, once it has begun."""
        return self._noted("began", run_id, attempt)

    def _noted(self, what: str, run_id: int, attempt: int) -> int | None:
        log = self.folder / "log"
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return next((int(line[3]) for line in lines if line[:3] == [what, str(run_id), str(attempt)]), None)

    def stopped(self, run_id: int, attempt: int = 1) -> bool:
        """Say whether an attempt stopped at a safe point."""
        return self._noted("stopped", run_id, attempt) is not None

    def let_runs(self, do: str) -> None:
        """Let the stand-in `go` on to the end, or `raise`."""
        (self.folder / do).touch()

    def leader(self) -> HubScheduler:
        """Return a scheduler in this process, to be ticked by hand."""
        return HubScheduler(fast_client())

    def everything_in_redis(self) -> str:
        """Return all that Redis holds as text, compressed fields unpacked."""
        return "\n".join(_text_of(self.redis, key.decode()) for key in self.redis.scan_iter())

    def start_redis(self) -> subprocess.Popen[bytes]:
        """Start the embedded server of the home folder."""
        _, process = ensure(settings().home)
        assert process is not None
        self.processes.append(process)
        return process


def _text_of(redis: Redis, key: str) -> str:
    read: dict[bytes, Callable[[str], object]] = {
        b"hash": redis.hgetall,
        b"string": redis.get,
        b"set": redis.smembers,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"zset": lambda name: redis.zrange(name, 0, -1, withscores=True),
        b"stream": redis.xrange,
    }
    kind = redis.type(key)
    return f"{key}: {_unpacked(read[kind](key))}" if kind in read else key


def _unpacked(value: object) -> object:
    if isinstance(value, dict):
        return {name: _unpacked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_unpacked(each) for each in value]
    if isinstance(value, bytes):
        for unpack in (zlib.decompress, lambda packed: zlib.decompress(base64.b64decode(packed))):
            with suppress(zlib.error, binascii.Error):
                return unpack(value)
    return value


@pytest.fixture
def hub(sqlite_store: str, redis_url: str, quickly: None, tmp_path: Path) -> Iterator[Hub]:
    yield from _hub(tmp_path)


@pytest.fixture
def embedded(sqlite_store: str, quickly: None, tmp_path: Path) -> Iterator[Hub]:
    """Give the test a hub whose Redis is the embedded server, which the test starts itself."""
    yield from _hub(tmp_path)


@pytest.fixture
def quickly(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def _hub(folder: Path) -> Iterator[Hub]:
    hub = Hub(folder)
    yield hub
    for process in hub.processes:
        process.kill()
        process.wait()
