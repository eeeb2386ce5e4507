"""Scripts list runs, compare two of them, and print some employees of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.db import transaction
from core.models import Action, Decision, Record, RunStatus, Trigger
from harness import world
from tests.core.cli.conftest import Command
from tests.core.reports import reported_runs
from tests.web.conftest import People, people

__all__ = ["people"]


@pytest.fixture
def connection(people: People) -> int:
    return world.active_connection(people.account)


def test_runs_are_listed_with_the_filters_of_the_page(command: Command, connection: int) -> None:
    good = reported_runs.run(connection, trigger=Trigger.SCHEDULED)
    down = reported_runs.run(connection, RunStatus.ERROR, aborted=True)
    found = command("runs", connection, "--json").object
    assert found["total"] == 2 and [run["id"] for run in found["runs"]] == [down, good]
    assert [run["ending"] for run in found["runs"]] == ["could not run", "finished"]
    for words in (("--status", "ERROR"), ("--type", "Manual"), ("--sort", "oldest", "--by", "0")):
        runs = command("runs", connection, *words, "--json").object["runs"]
        assert [run["id"] for run in runs] == [good if "--by" in words else down]
    table = command("runs", connection, "--page", "9").out
    assert table.startswith("2 runs, 1 of 1 pages") and "could not run" in table and "the schedule" in table
    assert command("runs", connection, "--since", "2099-01-01").out.startswith("0 runs")
    for words in (("--status", "DONE"), ("--since", "yesterday"), ("--since", "0001-01-01"), ("--page", "0")):
        assert command("runs", connection, *words).code == 2
    assert command("runs", 99).code == 2


def test_two_runs_are_compared(command: Command, connection: int) -> None:
    first, second = reported_runs.whole_run(connection), reported_runs.whole_run(connection)
    with transaction() as session:
        recovered = session.get_one(Record, (second, 8))
        recovered.decision, recovered.action, recovered.reason = Decision.NO_CHANGE, Action.SKIPPED, None
    found = command("compare", second, first, "--json").object
    assert found["numbers"] == {"newly failed": 0, "recovered": 1, "still failing": 3}
    assert found["differences"][0]["source_id"] == "S8"
    printed = command("compare", first, second).out
    assert f"Run {first} beside run {second}: 0 newly failed, 1 recovered" in printed
    assert command("compare", first, first).err == (
        "A run cannot be compared with itself. Choose another run of this connection.\n"
    )
    assert command("compare", first, 99).code == 2


def test_a_report_prints_some_employees_and_what_is_to_be_done_by_hand(
    command: Command, connection: int
) -> None:
    run = reported_runs.whole_run(connection)

    def names(*words: object) -> list[str]:
        found = command("report", run, "--format", "json", *words).object
        assert found["ending"] == "finished with errors" and found["headline"].startswith("1 created")
        return [record["name"] for record in found["records"]]

    assert names("--group", "errors") == ["=HYPERLINK(1)"]
    assert (
        names("--search", "muller") == names("--reason", "MISSING_FIELD", "--search", "mia") == ["Mia Müller"]
    )
    assert len(names("--attention")) == 5 and len(names()) == 9
    by_hand = command("report", run, "--by-hand", "--format", "json").object["by_hand"]
    assert [(each["source_id"], each["where"]) for each in by_hand] == [("S2", "iPayroll")]
    assert f"Run {run}: 1 thing to enter or to correct by hand." in command("report", run, "--by-hand").out
    assert "Amelia Ngata" in command("report", run, "--by-hand", "--format", "csv").out


def test_an_account_is_exported_over_a_period(
    command: Command, people: People, connection: int, tmp_path: Path
) -> None:
    run_id = reported_runs.whole_run(connection)
    account = ("--account", people.account)
    listed = command("export", "records", *account, "--run", run_id, "--attention").out.splitlines()
    assert len(listed) == 6 and listed[0].startswith("\ufeffRecord,Source ID")
    assert len(command("export", "runs", *account, "--until", "2020-01-01").out.splitlines()) == 1
    written = command("export", "people", *account, "--format", "xlsx", "--output", tmp_path).out
    (file,) = tmp_path.glob("ihub_harbour-foods_people_*.xlsx")
    assert written == f"Written to {file}.\n" and file.read_bytes().startswith(b"PK")
    assert command("export", "salaries", *account).err.startswith("There is no table salaries.")
    assert command("export", "runs", "--account", 99).code == 2
    assert command("--as", "stranger", "export", "runs", *account).code == 2
    assert command("export", "runs", *account, "--output", tmp_path / "no" / "x").code == 2
