"""The source keeps to the rules, and each rule can find what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.rules import shape

Rule = Callable[[Path], list[str]]


def streamlit_elsewhere(root: Path) -> list[str]:
    return shape.importers(root, "streamlit", ("Home.py", "pages/"))


def rq_elsewhere(root: Path) -> list[str]:
    return shape.importers(root, "rq", ("core/queue/", "core/jobs/scheduler.py", "worker.py", "scheduler.py"))


def rq_scheduler_elsewhere(root: Path) -> list[str]:
    return shape.importers(root, "rq_scheduler", ("core/jobs/scheduler.py", "scheduler.py"))


def sqlalchemy_elsewhere(root: Path) -> list[str]:
    return shape.importers(root, "sqlalchemy", ("core/",))


STEERING = "../" + shape.STEERING_FOLDER
RULES: list[tuple[Rule, str, str]] = [
    (shape.long_modules, "core/long.py", '"""Long."""\n' * 300),
    (shape.long_modules, "tests/test_long.py", '"""Long."""\n' * 400),
    (shape.modules_without_a_sentence, "core/silent.py", "x = 1\n"),
    (shape.modules_named_after_nothing, "core/utils.py", '"""Things."""\n'),
    (shape.uses_of_the_steering_folder, "docs/where.md", f"See {STEERING}/design.md.\n"),
    (shape.unpinned_requirements, "requirements.txt", "streamlit>=1.0\n"),
    (shape.missing_documents, "docs/other.md", "Nothing of what is wanted.\n"),
    (shape.pages_without_guard, "pages/Open.py", '"""Open."""\nimport streamlit as st\nst.title("Open")\n'),
    (shape.prints, "core/chatty.py", '"""Chatty."""\nprint("hello")\n'),
    (
        shape.unfinished_tests,
        "tests/test_later.py",
        f"import pytest\n@pytest.mark.{'skip'}\ndef test_x(): ...\n",
    ),
    (streamlit_elsewhere, "core/drawing.py", '"""Drawing."""\nimport streamlit as st\n'),
    (rq_elsewhere, "core/reports/run_list.py", '"""Reports."""\nfrom rq import Queue\n'),
    (rq_scheduler_elsewhere, "worker.py", '"""Worker."""\nimport rq_scheduler\n'),
    (sqlalchemy_elsewhere, "web/tables.py", '"""Tables."""\nfrom sqlalchemy import select\n'),
]
NAMES = [f"{rule.__name__} {name}" for rule, name, _ in RULES]


@pytest.mark.parametrize(("rule", "name", "text"), RULES, ids=NAMES)
def test_nothing_breaks_the_rule(rule: Rule, name: str, text: str) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "name", "text"), RULES, ids=NAMES)
def test_the_rule_finds_what_breaks_it(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert rule(tmp_path) != []
