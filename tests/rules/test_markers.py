"""Tests are marked by where they are and what they use, and `make quick` leaves out what is marked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT

FILES = {
    "pytest.ini": "[pytest]\nmarkers =\n    browser: x\n    processes: x\n    postgresql: x\n    slow: x\n",
    "tests/browser/test_pages.py": "def test_by_folder(): pass\n",
    "tests/processes/test_worker.py": "def test_by_folder(): pass\n",
    "tests/pages/test_jobs.py": "def test_by_folder(): pass\n",
    "tests/core/test_store.py": """
import pytest

@pytest.fixture(params=["sqlite", "postgresql"])
def store(request): return request.param

@pytest.fixture
def hub(store): pass

@pytest.fixture
def postgres_server(): pass

@pytest.fixture
def chromium(): pass

def test_by_engine(hub): pass
def test_by_server(postgres_server): pass
def test_by_browser(chromium): pass
def test_plain(): pass
""",
}
STORE = "tests/core/test_store.py"
SELECTED = {
    "browser": {"tests/browser/test_pages.py::test_by_folder", f"{STORE}::test_by_browser"},
    "processes": {"tests/processes/test_worker.py::test_by_folder"},
    "postgresql": {f"{STORE}::test_by_engine[postgresql]", f"{STORE}::test_by_server"},
    "slow": {"tests/pages/test_jobs.py::test_by_folder"},
    "not browser and not processes and not postgresql and not slow": {
        f"{STORE}::test_by_engine[sqlite]",
        f"{STORE}::test_plain",
    },
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("selection", SELECTED)
def test_a_test_is_marked_with_what_it_needs(suite: Path, selection: str) -> None:
    assert set(_collected(suite, "-m", selection)) == SELECTED[selection]


def test_tests_that_wait_are_spread_among_those_that_compute(suite: Path) -> None:
    files = [test.split("::")[0] for test in _collected(suite)]
    assert list(dict.fromkeys(files)) == [
        "tests/browser/test_pages.py",
        "tests/core/test_store.py",
        "tests/processes/test_worker.py",
        "tests/pages/test_jobs.py",
    ]


def _collected(suite: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "harness.markers", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=suite,
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in done.stdout.splitlines() if "::" in line]
