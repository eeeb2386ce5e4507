"""The embedded Redis server: found or started, private, and never twice."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from redis import Redis

from core.errors import StartError
from core.queue import redis_server
from core.settings import ROOT, settings
from tests.processes.conftest import eventually


@pytest.fixture
def started(home: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Collect the servers of a test and stop them at its end."""
    servers: list[subprocess.Popen[bytes]] = []
    yield servers
    for server in servers:
        server.kill()
        server.wait()


def ensure(home: Path, started: list[subprocess.Popen[bytes]]) -> str:
    url, server = redis_server.ensure(home)
    if server is not None:
        started.append(server)
    return url


def client(url: str) -> closing[Redis]:
    return closing(Redis.from_url(url))


def test_the_server_is_private_keeps_what_it_is_told_and_never_drops_keys(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    url = ensure(home, started)
    assert url == redis_server.address()
    with client(url) as server:
        server.set("kept", "yes")
        settings_of = server.config_get("*")
        path = Path(str(settings_of["unixsocket"]))
        assert (settings_of["port"], settings_of["maxmemory-policy"], settings_of["appendfsync"]) == (
            "0",
            "noeviction",
            "everysec",
        )
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.getsid(started[0].pid) == started[0].pid
    started[0].terminate()
    started[0].wait()
    with client(ensure(home, started)) as server:
        assert server.get("kept") == b"yes"


def test_a_running_server_is_used_and_is_not_ours_to_stop(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    first = ensure(home, started)
    assert redis_server.ensure(home) == (first, None)


def test_a_killed_server_is_replaced(home: Path, started: list[subprocess.Popen[bytes]]) -> None:
    ensure(home, started)
    started[0].kill()
    started[0].wait()
    ensure(home, started)
    assert len(started) == 2


def test_of_many_starters_one_starts_and_all_are_served(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    urls: list[str] = []
    threads = [threading.Thread(target=lambda: urls.append(ensure(home, started))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    assert len(urls) == 5
    assert len(set(urls)) == 1


def test_a_long_path_gets_a_short_socket_that_every_process_finds(
    tmp_path: Path, home: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 25) / "home with blanks & %20"
    monkeypatch.setenv("IHUB_HOME", str(deep))
    settings.cache_clear()
    url = ensure(deep, started)
    assert redis_server.address() == url
    with client(url) as server:
        path = Path(str(server.config_get("unixsocket")["unixsocket"]))
    assert len(str(path)) < 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    started[0].kill()
    started[0].wait()
    assert ensure(deep, started) == url
    path.parent.chmod(0o755)
    started[1].kill()
    started[1].wait()
    assert ensure(deep, started) != url


def test_the_server_ends_with_the_process_that_started_it(home: Path) -> None:
    program = (
        "import sys, pathlib; from core.queue import redis_server; "
        "print(redis_server.ensure(pathlib.Path(sys.argv[1]))[1].pid, flush=True); input()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("localhost", "REDIS_URL is not an address"),
        ("redis://127.0.0.1:1/0", "cannot be reached at REDIS_URL"),
    ],
)
def test_a_configured_server_that_does_not_answer_is_told_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, address: str, sentence: str
) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    settings.cache_clear()
    with pytest.raises(StartError, match=sentence):
        redis_server.ensure(home)


def test_a_configured_server_is_used(home: Path, redis_url: str) -> None:
    assert redis_server.ensure(home) == (redis_url, None)
    assert redis_server.address() == redis_url
    assert not (home / "redis" / "lock").exists()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(StartError, match="cannot be written"):
        redis_server.ensure(home / "file")


def test_a_server_that_does_not_start_names_its_log(home: Path) -> None:
    (home / "redis" / "appendonlydir").mkdir(parents=True)
    (home / "redis" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(StartError, match=r"redis\.log"):
        redis_server.ensure(home)


def test_a_machine_without_any_server_is_told_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(StartError, match="Install redis-server"):
        redis_server.ensure(home)
