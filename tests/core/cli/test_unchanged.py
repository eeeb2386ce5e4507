"""The whole way by commands, between two systems that files describe: what is done when little has changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from harness import fork_server
from harness.sandbox import _served
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.described_source import NUMBERS, PEOPLE, People

pytestmark = pytest.mark.slow

NUMBER = 7
PREPARE = (
    "db upgrade",
    "keys new --write",
    "account create Harbour",
    "connection create --account 1 --source people --target roster --settings settings.json",
    "connection connect 1 source",
    "connection connect 1 target",
)


@dataclass
class Installation:
    """One iHUB in a folder, with a connection between both systems."""

    folder: Path
    people: People
    payroll: Roster

    def command(self, words: str) -> str:
        """Run a command and return what it printed."""
        ours = {"PYTHONPATH": str(ROOT), "IHUB_HOME": str(self.folder), "IHUB_CONNECTORS": str(self.folder)}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IHUB_")}
        inherited.pop("DATABASE_URL", None)
        environment = inherited | ours | {"IHUB_ALLOWED_NETWORKS": "127.0.0.0/8"}
        done = fork_server.run(["-m", "core", *words.split()], environment, self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self) -> dict[str, Any]:
        """Carry a run out and return its counters."""
        counters: dict[str, Any] = json.loads(self.command("run 1 --inline --json"))["counters"]
        assert counters["read"] == NUMBER
        return counters


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    people = People()
    people.total = True
    with _served(people.app()) as port, roster.running() as payroll:
        (tmp_path / "people.yaml").write_text(PEOPLE.replace("PAGING", NUMBERS))
        (tmp_path / "roster.yaml").write_text(roster.DESCRIPTION)
        settings = {
            "source": {"url": f"http://127.0.0.1:{port}", "page_size": 3},
            "target": {"url": payroll.url},
        }
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        given = Installation(tmp_path, people, payroll)
        for words in PREPARE:
            given.command(words)
        yield given


def test_what_a_clerk_changed_is_corrected_and_a_pay_run_changes_nothing(installation: Installation) -> None:
    assert installation.run()["created"] == NUMBER
    for employee in installation.payroll.people.values():
        employee["paidToDate"] = "2024-03-31"
    assert installation.run()["unchanged"] == NUMBER
    for employee in installation.payroll.people.values():
        employee["paidToDate"] = "2024-04-30"
    somebody = installation.payroll.people[103]
    sent = dict(somebody)
    somebody["mobile"] = "0499 999 999"
    counters = installation.run()
    assert (counters["updated"], counters["unchanged"]) == (1, NUMBER - 1)
    assert somebody == sent
    installation.people.people[0]["mobile"] = "0488 888 888"
    assert installation.run()["updated"] == 1
    assert installation.run()["unchanged"] == NUMBER
    assert installation.payroll.counted["created"] == NUMBER
