"""How the project prepares and checks itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from tools import advisories, environment

pytestmark = pytest.mark.slow


def test_without_a_python_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "python.sh")],
        env={"PATH": str(tmp_path), "PYTHON": "/nowhere/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    if Path("/usr/bin/python3").exists() and done.returncode == 0:
        assert done.stdout == "/usr/bin/python3\n"
        return
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "apt-get install python3" in done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point the preparation at an empty project; its environment is made by the first test that asks for it."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "ROOT", folder)
        patch.setattr(environment, "FOLDER", folder / ".venv")
        patch.setattr(environment, "PROGRAM", folder / ".venv" / "bin" / "python")
        yield folder


@pytest.fixture(autouse=True)
def requirements(project: Path) -> None:
    """Ask for nothing, so that nothing is fetched."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        (project / name).write_text(f"# {name}\n")


def test_an_environment_is_made_once_and_filled_again_only_when_the_requirements_change(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert environment.main("run") == 0
    capsys.readouterr()
    assert environment.main("run") == 0
    assert capsys.readouterr().out == ""
    (project / "requirements.txt").write_text("# changed\n")
    assert environment.main("run") == 0
    assert "Installing" in capsys.readouterr().out


def test_requirements_that_cannot_be_installed_end_in_one_sentence_and_leave_no_stamp(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "requirements.txt").write_text("./no-such-folder\n")
    assert environment.main("run") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("The packages could not be installed")
    assert not environment.is_ready("run")


def test_an_environment_that_was_moved_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.main("run") == 0
    assert environment.is_ready("run") and environment.is_usable()
    moved = project / "moved"
    (project / ".venv").rename(moved)
    monkeypatch.setattr(environment, "FOLDER", moved)
    monkeypatch.setattr(environment, "PROGRAM", moved / "bin" / "python")
    assert not environment.is_ready("run")
    assert not environment.is_usable()


def test_a_known_vulnerability_fails_the_check() -> None:
    answer: list[dict[str, Any]] = [
        {"name": "one", "version": "1", "vulns": [{"id": "PYSEC-1"}]},
        {"name": "two", "version": "2", "vulns": []},
        {"name": "three", "skip_reason": "unknown"},
    ]
    lines, clean = advisories.report(answer)
    assert not clean
    assert lines == [
        "Advisories: one 1: PYSEC-1",
        "Advisories: 2 packages checked, 1 known vulnerabilities.",
        "Advisories: 1 packages not checked, because their source does not know them.",
    ]


def test_a_source_of_advisories_that_is_silent_is_said_and_does_not_fail() -> None:
    lines, clean = advisories.report("their source did not respond")
    assert clean
    assert lines == ["Advisories: not checked, because their source did not respond."]


def test_the_checks_are_one_executable_that_takes_no_input() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    targets = {
        line.split(":")[0]
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line[:1].isalpha() and ":" in line
    }
    assert {"run", "test", "quick", "check", "fix", "coverage", "bench", "lock", "clean"} <= targets
