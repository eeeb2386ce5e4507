"""A browser or process test that fails runs once more, alone; every other test has one try."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

pytestmark = pytest.mark.slow

CONFIG = """
[pytest]
markers =
    browser: needs a browser
    processes: starts programs
"""
HEAD = """
import os
from pathlib import Path

import pytest

TRIES = Path(__file__).with_name("tries")


def is_first_try():
    with TRIES.open("a") as tries:
        tries.write("once\\n")
    return len(TRIES.read_text().splitlines()) == 1
"""
FAILS_ONCE = """
@pytest.mark.browser
def test_one():
    assert not is_first_try(), "the page was slow"
"""
FAILS_ONCE_IN_TEARDOWN = """
@pytest.fixture
def server():
    yield
    assert not is_first_try(), "the server did not stop"


@pytest.mark.processes
def test_one(server):
    pass
"""
SKIPS_THE_SECOND_TIME = """
@pytest.mark.browser
def test_one():
    assert not is_first_try()
    pytest.skip("no browser here")
"""
FAILS_TWICE = """
@pytest.mark.processes
def test_one():
    assert is_first_try() is None, "the worker never came"
"""
IS_NOT_MARKED = """
def test_one():
    assert not is_first_try(), "wrong sum"
"""
IS_KILLED = """
@pytest.mark.processes
def test_one():
    if is_first_try():
        os.kill(os.getpid(), 9)
"""
OTHERS = "def test_two():\n    pass\n\n\ndef test_three():\n    pass\n"
PARALLEL = ("-p", "xdist", "-n", "2", "--dist", "loadfile", "--max-worker-restart", "0")


@pytest.fixture(params=[(), PARALLEL], ids=["in one process", "in two processes"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    chosen: tuple[str, ...] = request.param
    return chosen


def run(folder: Path, test: str, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(CONFIG)
    (folder / "test_first.py").write_text(HEAD + test)
    (folder / "test_others.py").write_text(OTHERS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tools.second_try", *options],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def tries(folder: Path) -> int:
    return len((folder / "tries").read_text().splitlines())


def flaky(folder: Path) -> str | None:
    path = folder / "build" / "flaky.txt"
    return path.read_text() if path.exists() else None


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (FAILS_ONCE, "failed in call (AssertionError: the page was slow"),
        (FAILS_ONCE_IN_TEARDOWN, "failed in teardown (AssertionError: the server did not stop"),
    ],
    ids=["call", "teardown"],
)
def test_a_test_that_passes_at_the_second_try_is_flaky(
    tmp_path: Path, options: tuple[str, ...], test: str, reason: str
) -> None:
    done = run(tmp_path, test, options)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("3 passed, 1 flaky in ")
    listed = flaky(tmp_path)
    assert listed is not None and f"first {reason}" in listed and "; then, alone, 1 passed in" in listed
    assert listed.strip() in done.stdout


def test_a_test_that_fails_twice_fails_the_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, FAILS_TWICE, options)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, 2 passed in ")
    assert "= failed twice =" in done.stdout
    assert tries(tmp_path) == 2 and flaky(tmp_path) is None


def test_a_second_try_that_is_skipped_has_not_passed(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPS_THE_SECOND_TIME, ())
    assert done.returncode == 1
    assert tries(tmp_path) == 2 and flaky(tmp_path) is None


def test_any_other_test_has_one_try(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, IS_NOT_MARKED, options)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, 2 passed in ")
    assert tries(tmp_path) == 1


def test_a_flaky_test_does_not_hide_one_that_failed(tmp_path: Path) -> None:
    done = run(tmp_path, f"{FAILS_ONCE}\n\ndef test_four():\n    assert 1 + 1 == 3\n", ())
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, 3 passed, 1 flaky in ")
    assert "test_first.py::test_one" in (flaky(tmp_path) or "")


def test_a_killed_process_fails_the_run_and_nothing_runs_again(tmp_path: Path) -> None:
    done = run(tmp_path, IS_KILLED, PARALLEL)
    assert done.returncode == 1
    assert "1 failed" in done.stdout.splitlines()[-1]
    assert "A test process died: not every test has run." in done.stdout
    assert tries(tmp_path) == 1 and flaky(tmp_path) is None


def test_the_list_of_an_earlier_run_is_removed(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "flaky.txt").write_text("yesterday's\n")
    assert run(tmp_path, "", ()).returncode == 0
    assert flaky(tmp_path) is None
