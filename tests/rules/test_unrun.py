"""What could not run is listed, and fails on CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

pytestmark = pytest.mark.slow

TESTS = """
import pytest

def test_one():
    pytest.skip("no browser here")

def test_two():
    pass
"""


@pytest.fixture(params=[(), ("-p", "xdist", "-n", "2")], ids=["alone", "in two processes"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    chosen: tuple[str, ...] = request.param
    return chosen


def run(folder: Path, tests: str, ci: str, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    (folder / "test_some.py").write_text(tests)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "harness.unrun",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
    ]
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [*command, *options, str(folder)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_test_that_could_not_run_is_listed_with_its_reason(
    tmp_path: Path, options: tuple[str, ...], ci: str, code: int
) -> None:
    done = run(tmp_path, TESTS, ci, options)
    assert done.returncode == code
    assert "test_some.py::test_one: no browser here" in done.stdout
    assert ("On CI that is a failure" in done.stdout) is bool(ci)
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_a_module_that_could_not_run_is_listed_too(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(
        tmp_path, 'import pytest\npytest.skip("no server here", allow_module_level=True)\n', "true", options
    )
    assert "test_some.py: no server here" in done.stdout
    assert done.returncode != 0


def test_nothing_is_listed_when_every_test_could_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, "def test_one():\n    pass\n", "true", options)
    assert done.returncode == 0
    assert "Every test could run." in done.stdout
