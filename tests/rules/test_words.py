"""What people read is plain English: screens, documents, docstrings, comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import ROOT
from tests.rules import words
from tests.rules.words import PATTERNS, Pattern

PLACES = {
    "pages/Jobs.py": '"""Jobs."""\nimport streamlit as st\nst.write("{}")\n',
    "core/jobs/start.py": '"""Start."""\nMESSAGE = f"Run {{1}}. " "{}"\n',
    "core/jobs/limits.py": '"""Limits.\n\n{}\n"""\n',
    "tests/core/test_jobs.py": '"""Jobs."""\n# {}\n',
    "README.md": "# iHUB\n\nA first line\n\n{}\n",
    "docs/access.md": "| page | what |\n|---|---|\n| Jobs. | {} |\n",
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- {}\n\n## 0.1.0\n",
    "connectors/catalogue/keypay.yaml": "name: KeyPay  # {}\n",
    "connectors/catalogue/acme.yaml": 'fields:\n  - bad: {{code: X, message: "{}"}}\n',
    "connectors/catalogue/other.yaml": "setting:\n  title: >-\n    {}\n",
    "sandbox/README.md": "# Sandbox\n\n{}\n",
}


def test_nothing_we_write_holds_a_slip() -> None:
    found = words.slips(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("pattern", PATTERNS, ids=[each.slip for each in PATTERNS])
def test_each_pattern_finds_its_example_with_nothing_else(pattern: Pattern, tmp_path: Path) -> None:
    write(tmp_path, "README.md", pattern.example)
    assert [line.partition(": write ")[2] for line in words.slips(tmp_path)] == [pattern.instead]


@pytest.mark.parametrize("place", PLACES)
def test_slips_are_found_wherever_people_read(place: str, tmp_path: Path) -> None:
    write(tmp_path, place, PLACES[place].format("The run starts anew."))
    assert [line.partition(":")[0] for line in words.slips(tmp_path)] == [place]


@pytest.mark.parametrize("place", ["README.md", "core/jobs/start.py"])
def test_a_line_break_hides_no_slip(place: str, tmp_path: Path) -> None:
    text = "A run is going\non." if place == "README.md" else '"""Start."""\n# A run is going\n# on.\n'
    write(tmp_path, place, text)
    assert len(words.slips(tmp_path)) == 1


def test_released_changelog_entries_are_not_checked(tmp_path: Path) -> None:
    write(tmp_path, "CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- The run starts anew.\n")
    assert words.slips(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "Who is affected?",
        "The person who is signed in sees it.",
        "Put it into double quotes, or a double quote.",
        "The letters in the name.",
    ],
)
def test_plain_sentences_are_left_alone(text: str, tmp_path: Path) -> None:
    write(tmp_path, "README.md", text)
    assert words.slips(tmp_path) == []


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
