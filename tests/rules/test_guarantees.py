"""docs/guarantees.md and docs/security.md name tests for what they promise: each exists, and each promise has one."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from core.settings import ROOT

PAGE = (ROOT / "docs/guarantees.md").read_text()
SECURITY = (ROOT / "docs/security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", PAGE + SECURITY)))
PROMISES = [line for line in PAGE.split("## What is not promised")[0].splitlines() if line.startswith("| ")]


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the functions of a file, those in classes too."""
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_named_there_exists(file: str, name: str) -> None:
    assert name in names_in(file)


def test_every_defence_names_a_test() -> None:
    table = SECURITY.partition("## What proves it")[2].partition("## What is not defended")[0]
    defences = [
        line for line in table.splitlines() if line.startswith("| ") and line != "| defence | proved by |"
    ]
    assert defences and all("::test_" in line for line in defences)


def test_every_promise_names_a_test() -> None:
    assert PROMISES and NAMED
    bare = [line for line in PROMISES if "::test_" not in line and not line.startswith("| promise")]
    assert bare == []
