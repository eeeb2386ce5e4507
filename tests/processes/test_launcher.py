"""One command starts all of iHUB, and Ctrl-C stops all of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis

from core.settings import ROOT
from harness import fork_server
from harness.launched import Hub, end, environment, eventually, processes_of, start
from harness.postgres import free_port

PARTS = ("Home.py", "worker.py", "scheduler.py", "sandbox", "redis.sock")


def failed_start(home: Path, **settings: object) -> str:
    """Start iHUB in a way that cannot work; return the one sentence it leaves with."""
    settings = {"IHUB_PORT": free_port(), "IHUB_SANDBOX_PORT": free_port()} | settings
    done = fork_server.run(["-m", "core.operations.launcher"], environment(home, **settings), timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1 and done.stderr.endswith(".\n"), done.stderr
    assert done.stdout == ""
    assert processes_of(home) == []
    return done.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    """Occupy a port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def known_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Start iHUB once in a home folder, for what needs one that was used before; it is stopped again."""
    hub = start(tmp_path_factory.mktemp("used") / "home")
    yield hub
    end(hub)


def test_it_starts_everything_and_ctrl_c_leaves_no_process(known_home: Hub) -> None:
    assert all(known_home.processes(part) for part in PARTS), known_home.printed()
    assert requests.get(f"{known_home.url}/healthz", timeout=30).status_code == 200
    assert all(f"{name} " in known_home.printed() for name in known_home.passwords())
    assert mail_reaches_the_demo(known_home)
    family = psutil.Process(known_home.process.pid).children(recursive=True)
    started = time.monotonic()
    assert known_home.stop(signal.SIGINT) == 0
    assert time.monotonic() - started < 25
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert processes_of(known_home.home) == []
    assert "Traceback" not in known_home.printed()


def mail_reaches_the_demo(hub: Hub) -> bool:
    """Send a mail as the web process does, and say whether the address that was printed shows it."""
    assert f"{hub.sandbox_url}/mails" in hub.printed()
    web = hub.processes("Home.py")[0].environ()
    with smtplib.SMTP(web["IHUB_SMTP_HOST"], int(web["IHUB_SMTP_PORT"]), timeout=10) as server:
        server.sendmail(web["IHUB_MAIL_FROM"], ["ann@example.com"], "Subject: Seen here\n\nText\n")
    return "Seen here" in requests.get(f"{hub.sandbox_url}/mails", timeout=10).text


def test_home_and_keys_are_for_their_owner_only(known_home: Hub) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(known_home.home) == 0o700
    assert {mode(known_home.home / name) for name in ("keys", "fingerprint.key", "demo.json")} == {0o600}


def test_a_second_start_takes_seconds_keeps_the_data_and_follows_the_sandbox_to_other_ports(
    known_home: Hub,
) -> None:
    if known_home.process.poll() is None:
        known_home.stop()
    before = known_home.passwords()
    began = time.monotonic()
    again = start(known_home.home)
    try:
        assert time.monotonic() - began < 30
        assert again.passwords() == before
        assert written_by_a_run(again) > 0
        assert again.control("payroll")
        assert written_by_a_run(again) == 0
        assert again.stop(signal.SIGTERM) == 0
    finally:
        end(again)
    assert processes_of(known_home.home) == []


def written_by_a_run(hub: Hub) -> int:
    """Run the demo connection; return how many employees payroll took."""
    done = hub.command("run", "1", "--wait", "--json")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return int(json.loads(done.stdout)["counters"]["written"])


@pytest.fixture(scope="module")
def plain_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run an iHUB without the demo; the last of the tests that use it kills its launcher."""
    hub = start(tmp_path_factory.mktemp("plain") / "home", IHUB_DEMO=0)
    yield hub
    end(hub)


def test_a_second_start_from_the_same_home_is_refused_while_the_first_runs(plain_hub: Hub) -> None:
    surroundings = environment(plain_hub.home, IHUB_PORT=free_port(), IHUB_SANDBOX_PORT=free_port())
    done = fork_server.run(["-m", "core.operations.launcher"], surroundings)
    assert done.returncode == 2
    assert f"(process {plain_hub.process.pid})" in done.stderr
    assert plain_hub.process.poll() is None


def _replaced(hub: Hub, part: str, old: set[int]) -> set[int]:
    return {each.pid for each in hub.processes(part)} - old


def test_a_process_that_is_killed_is_started_again(plain_hub: Hub) -> None:
    assert plain_hub.processes("sandbox") == []
    assert "core account create" in plain_hub.printed()
    for part in ("worker.py", "scheduler.py", "Home.py", "redis.sock"):
        old = {each.pid for each in plain_hub.processes(part)}
        for process in plain_hub.processes(part):
            process.kill()
        eventually(partial(_replaced, plain_hub, part, old), f"{part} runs again")
    eventually(lambda: _healthy(plain_hub), "iHUB is well again")


def test_killing_the_launcher_leaves_no_process_either(plain_hub: Hub) -> None:
    plain_hub.process.kill()
    plain_hub.process.wait()
    eventually(lambda: not processes_of(plain_hub.home), "all processes have ended", 30)


def _healthy(hub: Hub) -> bool:
    try:
        return requests.get(f"{hub.url}/healthz", timeout=30).status_code == 200
    except requests.RequestException:
        return False


def test_a_configured_store_and_redis_are_used_instead_of_embedded_ones(
    tmp_path: Path, postgres_server: str, redis_url: str
) -> None:
    home = tmp_path / "hub"
    address = postgres_server.replace("postgresql+psycopg://", "postgresql://")
    hub = start(home, IHUB_DEMO=0, DATABASE_URL=f"{address}/template_ihub", REDIS_URL=redis_url)
    try:
        assert not (home / "ihub.db").exists()
        assert not (home / "redis").exists()
        with closing(Redis.from_url(redis_url)) as redis:
            eventually(lambda: redis.keys("rq:worker*"), "the worker has registered at the configured Redis")
        assert hub.stop() == 0
        with closing(Redis.from_url(redis_url)) as redis:
            assert redis.ping()
    finally:
        end(hub)


def test_a_taken_port_is_one_sentence(tmp_path: Path, taken: int) -> None:
    assert f"Another program uses port {taken}" in failed_start(tmp_path / "home", IHUB_PORT=taken)
    assert f"Another program uses port {taken}" in failed_start(tmp_path / "home", IHUB_SANDBOX_PORT=taken)


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert "is not writable" in failed_start(tmp_path / "file")
    assert "is not writable" in failed_start(tmp_path / "file" / "home")


def test_a_home_of_somebody_else_is_one_sentence() -> None:
    if os.geteuid() != 0:
        assert "is not writable" in failed_start(Path("/root/ihub"))
    else:
        assert "is not writable" in failed_start(Path("/proc/ihub"))


def test_keys_that_do_not_fit_or_are_missing_are_one_sentence(known_home: Hub, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    home.mkdir()
    for name in ("ihub.db", "ihub.db-wal", "keys", "fingerprint.key"):
        if (known_home.home / name).exists():
            shutil.copy(known_home.home / name, home / name)
    other = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    assert "do not fit the store" in failed_start(home, IHUB_KEYS=other)
    assert "not valid" in failed_start(home, IHUB_KEYS="secret")
    (home / "keys").unlink()
    assert "is missing" in failed_start(home)
    assert not (home / "keys").exists(), "no new keys over a store that needs the old ones"


def test_a_store_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    sentence = failed_start(tmp_path / "home", DATABASE_URL=f"postgresql://ihub:hunter2@{nobody}/ihub")
    assert "DATABASE_URL" in sentence
    assert "hunter2" not in sentence
    assert "DATABASE_URL" in failed_start(tmp_path / "home", DATABASE_URL="nonsense")
    assert "DATABASE_URL" in failed_start(tmp_path / "home", DATABASE_URL="oracle://ihub@localhost/ihub")


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ihub.db").write_bytes(b"this is no database " * 500)
    assert "is damaged" in failed_start(home)


def test_redis_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    sentence = failed_start(tmp_path / "home", REDIS_URL=f"redis://:hunter2@127.0.0.1:{free_port()}/0")
    assert "REDIS_URL" in sentence
    assert "hunter2" not in sentence
    assert "REDIS_URL" in failed_start(tmp_path / "home", REDIS_URL="nonsense")


def test_an_unknown_option_and_a_wrong_setting_are_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.operations.launcher", "--fast"],
        cwd=ROOT,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--fast" in done.stderr
    assert "IHUB_PORT" in failed_start(tmp_path / "home", IHUB_PORT="eighty")
