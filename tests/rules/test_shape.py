"""The source keeps to the rules, and each rule can find what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.rules import shape

Rule = Callable[[Path], list[str]]


STEERING = "../" + shape.STEERING_FOLDER
RULES: list[tuple[Rule, str, str]] = [
    (shape.long_modules, "core/long.py", '"""Long."""\n' * 300),
    (shape.long_modules, "tests/test_long.py", '"""Long."""\n' * 400),
    (shape.long_functions, "core/long.py", '"""Long."""\ndef read():\n' + "    x = 1\n" * 40),
    (shape.packages_without_one_sentence, "core/sync/__init__.py", '"""The engine. It has six rooms."""\n'),
    (shape.modules_without_a_sentence, "core/silent.py", "x = 1\n"),
    (shape.vaguely_named_modules, "core/utils.py", '"""Things."""\n'),
    (shape.uses_of_the_steering_folder, "docs/where.md", f"See {STEERING}/design.md.\n"),
    (shape.unpinned_requirements, "requirements.txt", "streamlit>=1.0\n"),
    (shape.unpinned_requirements, "requirements-dev.txt", "pytest==9.2.0\n"),
    (shape.unpinned_requirements, "requirements.in", "pytest==9.2.0\n"),
    (shape.missing_documents, "docs/other.md", "Nothing of what is wanted.\n"),
    (shape.pages_without_guard, "pages/Open.py", '"""Open."""\nimport streamlit as st\nst.title("Open")\n'),
    (shape.raw_exports, "pages/ui/grid.py", '"""Grid."""\nimport streamlit as st\nst.dataframe([])\n'),
    (shape.plain_names, "core/named.py", '"""Named."""\nquery = select(Run.id, Connection.name)\n'),
    (shape.prints, "core/chatty.py", '"""Chatty."""\nprint("hello")\n'),
    (shape.programs_with_the_sandbox, "worker.py", "from sandbox.people import invented\n"),
    (shape.programs_with_the_sandbox, "Home.py", "def main():\n    import sandbox.app\n"),
    (
        shape.unfinished_tests,
        "tests/test_later.py",
        f"import pytest\n@pytest.mark.{'skip'}\ndef test_x(): ...\n",
    ),
]
NAMES = [f"{rule.__name__} {name}" for rule, name, _ in RULES]


@pytest.mark.parametrize(("rule", "name", "text"), RULES, ids=NAMES)
def test_nothing_breaks_the_rule(rule: Rule, name: str, text: str) -> None:
    found = rule(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "name", "text"), RULES, ids=NAMES)
def test_the_rule_finds_what_breaks_it(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert rule(tmp_path) != []


def test_a_reason_allows_a_long_module_or_function(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "long.py").write_text(
        '"""Long.\n\nOne file, because the steps are read together.\n"""\n'
        "# One function, because it is a table.\ndef read():\n" + "    x = 1\n" * 300
    )
    assert shape.long_modules(tmp_path) == shape.long_functions(tmp_path) == []


def test_no_folder_of_core_and_connectors_is_too_full() -> None:
    assert shape.full_folders(ROOT) == []


def test_a_folder_with_many_modules_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "core" / "sync"
    folder.mkdir(parents=True)
    for name in ("__init__", *(f"step{number}" for number in range(16))):
        (folder / f"{name}.py").touch()
    assert shape.full_folders(tmp_path) == ["core/sync: 16 modules", "median: 16 modules"]
