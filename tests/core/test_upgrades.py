"""Several processes upgrade one store at once: one does it, the others wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import schema
from core.settings import ROOT
from tests.conftest import ENGINES, administer, forget_settings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("engine", ENGINES)
def test_three_at_once_on_an_empty_store(
    engine: str, home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "postgresql":
        address = request.getfixturevalue("postgres_server")
        administer(address, "DROP DATABASE IF EXISTS three_at_once WITH (FORCE)")
        administer(address, "CREATE DATABASE three_at_once")
        monkeypatch.setenv("DATABASE_URL", f"{address}/three_at_once")
        forget_settings()
    upgrade = [sys.executable, "-m", "core", "db", "upgrade"]
    processes = [
        subprocess.Popen(
            upgrade, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert {output for output, _ in said} == {"The tables are up to date.\n"}
    assert not any("Traceback" in errors for _, errors in said)
    assert schema.is_current()
    assert schema.differences() == []
