"""The whole way from a file with employees to a file for payroll, through the engine."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.contract.records import Reason
from connectors.files.reading import arrivals
from connectors.registry import connector_of
from core.db import reading, transaction
from core.models import Action, Connection, Job, Record, Run, Trigger
from core.runs import request
from core.sides.system_pair import SystemPair
from core.sync import engine
from harness.world import active_connection
from tests.connectors.stand_ins import Held

HEADINGS = (
    "Emp No",
    "Given name",
    "Family name",
    "DOB",
    "Start date",
    "End date",
    "Status",
    "BSB",
    "Account number",
)
COLUMNS = "\n".join((
    "Emp No = employee_number", "Given name = first_name", "Family name = surname", "DOB = date_of_birth",
    "Start date = start_date", "End date = end_date", "Status = status", "BSB = bank_accounts.0.bsb",
    "Account number = bank_accounts.0.number",
))  # fmt: skip
Line = tuple[str, ...]
ANN = ("E1", "Ann", "Ngo", "1990-02-03", "2020-01-06", "", "Active", "062-000", "12345678")
BOB = ("E2", "Bob", "Lee", "1985-07-08", "2019-05-01", "", "Active", "082-001", "87654321")
CAM = ("E3", "Cam", "Roy", "1979-11-12", "2021-03-01", "", "Active", "", "")


@dataclass
class Files:
    """A connection from files to files, in two folders."""

    root: Path
    connection_id: int
    source: dict[str, Any]
    target: dict[str, Any]

    def systems(self, _: int) -> SystemPair:
        """Open both sides again, as each run does."""
        source, target = connector_of("employee_files"), connector_of("payroll_files")
        assert source.source is not None and target.target is not None
        options = {"folder": "in", "file_name": "people*.csv", "columns": COLUMNS} | self.source
        from_settings = source.settings.model_validate(options)
        to_settings = target.settings.model_validate({"folder": "out"} | self.target)
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id or 0
        return SystemPair(
            source.source(from_settings, Held(), folder=self.root),
            target.target(to_settings, Held(), folder=self.root),
            source,
            target,
            pairing_id,
        )

    def put(self, *lines: Sequence[str], name: str = "people.csv") -> None:
        """Put a file into the source's folder, as it was an hour ago."""
        path = self.root / "in" / name
        written = io.StringIO()
        csv.writer(written).writerows([HEADINGS, *lines])
        path.write_text(written.getvalue())
        aged = path.stat().st_mtime - 3600
        os.utime(path, (aged, aged))

    def run(self) -> tuple[Run, dict[str, Record]]:
        """Run once; return the run and its records by source id."""
        run_id = request.request(self.connection_id, Trigger.MANUAL)
        engine.execute(run_id, self.systems)
        with reading() as session:
            rows = session.scalars(select(Record).where(Record.run_id == run_id)).all()
            return session.get_one(Run, run_id), {row.source_id: row for row in rows}

    @property
    def written(self) -> list[list[dict[str, str]]]:
        """Return the rows of each file for payroll, in the order of the files."""
        files = sorted((self.root / "out").glob("employees*.csv"))
        return [list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))) for file in files]


@pytest.fixture
def files(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setattr(arrivals, "PAUSE_SECONDS", 0.0)
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    connection_id = active_connection(source="employee_files", target="payroll_files")
    with transaction() as session:
        session.execute(update(Job).values(settings={"full_read_days": 0}))
    return Files(tmp_path, connection_id, {}, {})


def test_an_employee_in_a_file_lives_a_whole_life_in_the_files_for_payroll(files: Files) -> None:
    files.put(ANN, BOB, CAM, ("E4", "Dee", "Low", "1990-01-01", "", "", "Active", "", ""))
    first, rows = files.run()
    assert (first.created, first.filtered) == (3, 1), (first.status, first.message, rows["E4"].message)
    assert (rows["E4"].reason, rows["E1"].target_id) == (Reason.MISSING_FIELD, "E1")
    [delta] = files.written
    assert [row["Employee number"] for row in delta] == ["E1", "E2", "E3"]
    assert (delta[0]["BSB"], delta[0]["Date of birth"]) == ("062000", "1990-02-03")
    manifest = json.loads((files.root / "out" / "employees-000001.csv.manifest.json").read_text())
    assert (manifest["rows"], len(manifest["sha256"])) == (3, 64)

    second, _ = files.run()
    assert (second.unchanged, second.written, len(files.written)) == (3, 0, 1), second.message

    files.put((*ANN[:2], "Married", *ANN[3:]), BOB, CAM)
    third, rows = files.run()
    assert (rows["E1"].action, third.written) == (Action.UPDATED, 1), rows["E1"].message
    assert [row["Surname"] for row in files.written[1]] == ["Married"]

    gone = (*BOB[:5], date(2024, 6, 30).isoformat(), "Terminated", *BOB[7:])
    files.put((*ANN[:2], "Married", *ANN[3:]), gone, CAM)
    _, rows = files.run()
    assert rows["E2"].action is Action.TERMINATED, rows["E2"].message
    assert files.written[2][0]["End date"] == "2024-06-30"

    files.put((*ANN[:2], "Married", *ANN[3:]), (*BOB[:4], "2025-02-03", *BOB[5:]), CAM)
    _, rows = files.run()
    assert rows["E2"].action is Action.UPDATED, rows["E2"].message
    back = files.written[3][0]
    assert (back["End date"], back["Start date"]) == ("", "2025-02-03")


def test_what_the_answer_file_refuses_is_an_error_until_it_changes(files: Files) -> None:
    files.target = {"answer_file": "answer*.csv"}
    files.put(ANN, BOB, CAM)
    files.run()
    answers = files.root / "out" / "answer-1.csv"
    answers.write_text("Employee number,Result,Message\nE1,OK,\nE2,Error,The pay group is closed\n")
    for _ in range(2):
        run, rows = files.run()
        assert (rows["E2"].action, rows["E2"].reason) == (Action.FAILED, Reason.REFUSED), rows["E2"].message
        assert "The pay group is closed" in str(rows["E2"].message)
        assert (run.unchanged, len(files.written)) == (2, 1)
    files.put(ANN, (*BOB[:2], "Leigh", *BOB[3:]), CAM)
    run, rows = files.run()
    assert rows["E2"].action in {Action.CREATED, Action.UPDATED}, rows["E2"].message
    assert [row["Surname"] for row in files.written[1]] == ["Leigh"]
