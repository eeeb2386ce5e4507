"""No document names what does not exist; decisions may, as they tell how things were."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import ROOT
from tests.rules import documents

EXISTS = """
# Page

See [operations](operations.md#backup), `core/jobs/start.py`, `jobs/start.py`, `core/<package>/`,
`core.jobs.start.run_now` and `tests/core/test_jobs.py::test_it_runs`.
Run `make test quick`, `python -m core user add NAME --ask-password` and `python -m bench --only NAME`.
Set `IHUB_HOME` and IHUB_CLIENT_ENABLEHR_ID. The table `record` has the column `name`, and `record.name` is shown.
`run_now`, `start.run_now()` and `JobView` are in `core/jobs/`. `pg_dump` makes a copy.
`View` shows it, `run_now()` makes it, and `run.made` is logged.

    make run DEMO=0                     # make it so
    python -m core --as ana@example.com plan approve 12 --all
"""
MISSING = {
    "a link to a page": ("[access](access.md)", "access.md"),
    "a file": ("`core/jobs/stop.py`", "core/jobs/stop.py"),
    "a file without its first folder": ("`jobs/stop.py`", "jobs/stop.py"),
    "a folder": ("`core/people/`", "core/people/"),
    "a test": ("`tests/core/test_jobs.py::test_it_stops`", "tests/core/test_jobs.py::test_it_stops"),
    "a module": ("`core.jobs.stop`", "core.jobs.stop"),
    "a name in a module": ("`core.jobs.start.stop`", "core.jobs.start.stop"),
    "a target": ("`make lunch`", "make lunch"),
    "a target in a block": ("Type\n\n    make test lunch   # now\n", "make lunch"),
    "a program": ("`python -m bench.lunch`", "bench.lunch"),
    "an option of a program": ("`python -m bench --lunch`", "python -m bench --lunch"),
    "a command": ("`python -m core lunch`", "python -m core lunch: lunch"),
    "a command of a group": ("`python -m core user feed NAME`", "python -m core user feed NAME: feed"),
    "an option of a command": ("`python -m core run 1 --lunch`", "python -m core run 1 --lunch: --lunch"),
    "a variable": ("IHUB_LUNCH", "IHUB_LUNCH"),
    "a table": ("the table `lunch`", "table lunch"),
    "a column": ("the `meal` column", "column meal"),
    "a column of a table": ("`record.meal`", "record.meal"),
    "a function": ("`eat_lunch`", "eat_lunch"),
    "a class": ("`LunchBreak`", "LunchBreak"),
    "a function of a module": ("`journal.unsend`", "journal.unsend"),
    "an event": ("`scribe.failed`", "scribe.failed"),
    "a class of one word": ("`Recogniser`", "Recogniser"),
    "a call": ("`unsend()`", "unsend()"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a small project with something of everything that a page can name."""
    for name, text in {
        "Makefile": "run:\n\ntest:\n\nquick:\n",
        "core/jobs/start.py": 'class JobView: ...\n\nclass View: ...\n\ndef run_now():\n    log("run.made")\n',
        "tests/core/test_jobs.py": "def test_it_runs(): ...\n",
        "bench/__main__.py": 'add_argument("--only")\n',
        "docs/operations.md": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_document_names_what_exists() -> None:
    found = documents.missing(ROOT)
    assert not found, "\n".join(found)


def test_existing_names_pass(project: Path) -> None:
    (project / "docs" / "page.md").write_text(EXISTS)
    assert documents.missing(project) == []


@pytest.mark.parametrize("case", MISSING)
def test_missing_names_are_reported(project: Path, case: str) -> None:
    text, found = MISSING[case]
    (project / "docs" / "page.md").write_text(f"# Page\n\nSee {text}.\n")
    assert documents.missing(project) == [f"docs/page.md: {found}"]


def test_decisions_may_name_what_is_gone(project: Path) -> None:
    (project / "docs" / "decisions").mkdir()
    (project / "docs" / "decisions" / "0001-lunch.md").write_text("`core/jobs/stop.py`, `make lunch`")
    assert documents.missing(project) == []
