"""Files of every format have the same rows, with the right types, and are harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest
from sqlalchemy import select

from core.db import engine, transaction
from core.errors import InvalidError
from core.exports import data_set, files, record_reader
from core.exports.columns import ColumnType, Row, Table
from core.exports.files import DataFile, FileFormat
from core.exports.formats import excel
from core.exports.formats.excel import DiskFullError
from core.exports.person_table import PEOPLE, PersonFilter, person_chunks
from core.exports.record_table import RECORDS, RecordsFilter, record_chunks
from core.exports.run_table import RUNS, run_chunks
from core.models import Account, Action, Decision, Link, Record, Run
from core.people.listing import PeopleFilter
from core.reports.exports import escape_formula
from core.reports.outcomes.groups import GROUP, group_of
from core.reports.records import RecordFilter
from core.reports.run_filter import RunFilter, RunOrder
from core.security.actor import ActingRole, Actor
from core.settings import ROOT
from harness import world
from tests.core.people.kept import entry, keep
from tests.core.reports import reported_runs
from tests.core.sync.fakes import person
from tools import data_set as document

# What a spreadsheet changes: zeros, exponents, days, more digits than it has, formulas.
ODD_IDS = ("000123", "1E5", "2-3", "12345678901234567", "=1+1")
DAYLIGHT_SAVING_ENDS = datetime(2026, 4, 4, 15, 50, tzinfo=UTC)
PYTHON_TYPES: dict[ColumnType, type] = {
    ColumnType.NUMBER: int,
    ColumnType.TEXT: str,
    ColumnType.ID: str,
    ColumnType.TIME: datetime,
    ColumnType.DAY: date,
    ColumnType.YES_NO: bool,
}


@pytest.fixture
def connection(sqlite_store: str) -> int:
    account = world.account("Āwhina & Søn, Ltd.")
    with transaction() as session:
        session.get_one(Account, account).time_zone = "Australia/Sydney"
    return world.active_connection(account)


@pytest.fixture
def analyst(connection: int) -> Actor:
    return Actor("Analyst", ActingRole.ANALYST, None, 1)


@pytest.fixture
def run(connection: int) -> int:
    """Add a run of nine employees, over the end of daylight saving, five of them with odd ids."""
    run_id = reported_runs.whole_run(connection)
    with transaction() as session:
        found = session.get_one(Run, run_id)
        found.started_at, found.ended_at = DAYLIGHT_SAVING_ENDS, DAYLIGHT_SAVING_ENDS + timedelta(minutes=20)
        for position, odd in enumerate(ODD_IDS):
            session.get_one(Record, (run_id, position)).source_id = odd
        session.add(Link(pairing_id=1, source_id=ODD_IDS[0], target_id="0042"))
    keep(connection, *(entry(odd, person(n, employee_number=f"00{n}")) for n, odd in enumerate(ODD_IDS)))
    return run_id


def content(file: DataFile) -> bytes:
    return b"".join(file.chunks)


def rows_of(chunks: Any) -> list[Row]:
    return [row for chunk in chunks for _, row in chunk]


def test_values_have_the_types_of_their_columns(analyst: Actor, connection: int, run: int) -> None:
    tables: dict[Table, list[Row]] = {
        RUNS: rows_of(run_chunks(analyst, RunFilter())),
        RECORDS: rows_of(record_chunks(analyst, RecordsFilter(run_id=run))),
        PEOPLE: rows_of(person_chunks(analyst, PersonFilter(connection))),
    }
    assert [len(rows) for rows in tables.values()] == [1, 9, 5]
    for table, rows in tables.items():
        for row in rows:
            for column, value in zip(table.columns, row, strict=True):
                assert value is None or type(value) is PYTHON_TYPES[column.type], column.name
    assert len({column.name for table in tables for column in table.columns}) > 40


def test_an_excel_file_has_real_dates_and_ids_that_keep_their_zeros(
    analyst: Actor, run: int, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(content(files.export_records(analyst, RecordsFilter(run_id=run), FileFormat.EXCEL)))
    )
    header, *rows = book["Employees of runs"].iter_rows()
    at = {cell.value: number for number, cell in enumerate(header)}
    assert [row[at["Source ID"]].value for row in rows][:5] == list(ODD_IDS)
    assert [row[at["Employee Number"]].value for row in rows][:5] == ["000", "001", "002", "003", "004"]
    assert {row[at["Source ID"]].number_format for row in rows} == {"@"}
    assert not any(cell.data_type == "f" for row in rows for cell in row), "nothing is a formula"
    assert rows[0][at["Start Time"]].value.isoformat() == "2026-04-05T02:50:00"
    assert rows[0][at["Start Time"]].is_date and rows[8][at["Record"]].value == "=HYPERLINK(1)"
    meanings = {row[0].value: row[2].value for row in book["About"].iter_rows(min_row=6)}
    assert meanings["Source ID"] == "The employee's id in the source."

    runs = openpyxl.load_workbook(
        io.BytesIO(content(files.export_runs(analyst, RunFilter(), FileFormat.EXCEL)))
    )["Runs"]
    header, only = runs.iter_rows()
    named = {head.value: cell.value for head, cell in zip(header, only, strict=True)}
    assert named["End Time"].isoformat() == "2026-04-05T02:10:00", "on the wall, it ended before it started"
    assert named["End Time (UTC)"] - named["Start Time (UTC)"] == timedelta(minutes=20)
    assert named["Duration (s)"] == 1200 and named["Records Read"] == 9


def test_csv_has_times_with_their_offset_and_no_formulas(analyst: Actor, run: int) -> None:
    text = content(files.export_runs(analyst, RunFilter())).decode("utf-8")
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["Start Time"], row["End Time"]) == ("2026-04-05T02:50:00+11:00", "2026-04-05T02:10:00+10:00")
    lines = reported_runs.csv_lines(files.export_records(analyst, RecordsFilter(run_id=run)))
    ids = [row["Source ID"] for row in csv.DictReader(lines)]
    assert ids[:5] == [*ODD_IDS[:4], "'=1+1"]


def test_json_lines_and_parquet_have_the_values_as_they_are(
    analyst: Actor, connection: int, run: int, tmp_path: Path
) -> None:
    lines = content(files.export_records(analyst, RecordsFilter(), FileFormat.JSON_LINES)).splitlines()
    objects = [json.loads(line) for line in lines]
    assert [each["source_id"] for each in objects][:5] == list(ODD_IDS)
    assert (
        objects[0]["run_started_at"] == "2026-04-05T02:50:00+11:00" and objects[0]["employee_number"] == "000"
    )
    for name, made in (
        ("runs", files.export_runs(analyst, RunFilter(), FileFormat.PARQUET)),
        ("records", files.export_records(analyst, RecordsFilter(), FileFormat.PARQUET)),
        ("people", files.export_people(analyst, PersonFilter(), FileFormat.PARQUET)),
    ):
        (tmp_path / f"{name}.parquet").write_bytes(content(made))
    database = duckdb.connect()
    types = {
        name: {
            row[0]: row[1]
            for row in database.execute(f"DESCRIBE SELECT * FROM '{tmp_path}/{name}.parquet'").fetchall()
        }
        for name in ("runs", "records", "people")
    }
    assert types["records"]["source_id"] == "VARCHAR" and types["records"]["run_id"] == "BIGINT"
    assert types["runs"]["started_at"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["people"]["start_date"], types["people"]["at_target"]) == ("DATE", "BOOLEAN")
    linked = f"SELECT target_id, at_target FROM '{tmp_path}/people.parquet' WHERE source_id = '000123'"
    assert database.execute(linked).fetchall() == [("0042", True)]


def test_the_examples_of_the_document_run(
    analyst: Actor, run: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("records.csv").write_bytes(content(files.export_records(analyst, RecordsFilter())))
    made = files.export_records(analyst, RecordsFilter(), FileFormat.PARQUET)
    Path("records.parquet").write_bytes(content(made))
    text = (ROOT / "docs" / "data.md").read_text()
    queries = re.search(r"```sql\n(.*?)```", text, re.S)
    assert queries is not None
    counted, all_rows = (duckdb.execute(query).fetchall() for query in queries[1].strip().split(";\n"))
    assert ("filtered", 3) in counted and {row[1] for row in all_rows} >= {
        "000123",
        "1E5",
        "12345678901234567",
    }
    notebook = re.search(r"```python\n(import pandas.*?)```", text, re.S)
    assert notebook is not None
    names: dict[str, Any] = {}
    exec(notebook[1], names)  # noqa: S102 - the document's own example
    assert list(names["from_csv"]["Source ID"])[:2] == ["000123", "1E5"]
    assert isinstance(names["records"], pd.DataFrame) and names["days"].sum() == 9


def test_the_document_has_the_columns_as_they_are() -> None:
    text = document.DOCUMENT.read_text()
    assert document.written(text) == text, "run: python -m tools.data_set"
    assert all(data_set.describe(table) in text for table in data_set.TABLES.values())


def test_records_of_many_runs_come_by_run_whatever_the_size_of_a_read(
    analyst: Actor, connection: int, run: int
) -> None:
    later = [reported_runs.whole_run(connection) for _ in range(3)]
    expected = [(run_id, position) for run_id in (run, *later) for position in range(9)]
    for size in (1, 4, 9, 10, 1000):
        chunks = list(record_chunks(analyst, RecordsFilter(), size=size))
        assert [place for chunk in chunks for place, _ in chunk] == expected
        assert max(map(len, chunks)) <= size
    after = record_chunks(analyst, RecordsFilter(), (later[0], 7), size=4)
    assert [place for chunk in after for place, _ in chunk] == expected[17:]


def test_a_period_a_group_and_a_search_hold_over_runs(analyst: Actor, connection: int, run: int) -> None:
    second = reported_runs.whole_run(connection)
    of_april = RecordsFilter(RunFilter(since=date(2026, 4, 5), until=date(2026, 4, 5)))
    assert {place[0] for chunk in record_chunks(analyst, of_april) for place, _ in chunk} == {run}
    named = RecordsFilter(records=RecordFilter(search="muller"))
    assert [place for chunk in record_chunks(analyst, named, size=2) for place, _ in chunk] == [
        (run, 5),
        (second, 5),
    ]
    with pytest.raises(InvalidError, match="Choose a run"):
        rows_of(record_chunks(analyst, RecordsFilter(records=RecordFilter(reason="other"))))
    ids = RecordsFilter(records=RecordFilter(reason="MISSING_FIELD"))
    assert len(rows_of(record_chunks(analyst, ids))) == 4


def test_people_are_those_the_source_lists_from_any_place_on(
    analyst: Actor, connection: int, run: int
) -> None:
    everybody = [place[1] for chunk in person_chunks(analyst, PersonFilter(), size=2) for place, _ in chunk]
    assert everybody == sorted(ODD_IDS)
    rest = person_chunks(analyst, PersonFilter(), (connection, "12345678901234567"), size=1)
    assert [place[1] for chunk in rest for place, _ in chunk] == ["1E5", "2-3", "=1+1"]
    found = rows_of(person_chunks(analyst, PersonFilter(people=PeopleFilter("003"))))
    assert [row[1] for row in found] == ["12345678901234567"]


@pytest.mark.parametrize("file_format", FileFormat)
def test_an_account_without_runs_exports_a_file_without_rows(analyst: Actor, file_format: FileFormat) -> None:
    made = files.export_runs(analyst, RunFilter(), file_format)
    data = content(made)
    assert made.filename.startswith("ihub_awhina-son-ltd_runs_") and made.filename.endswith(file_format)
    if file_format is FileFormat.PARQUET:
        assert pd.read_parquet(io.BytesIO(data)).empty
    elif file_format is FileFormat.EXCEL:
        assert openpyxl.load_workbook(io.BytesIO(data))["Runs"].max_row == 1
    else:
        assert len(data.splitlines()) == (1 if file_format is FileFormat.CSV else 0)


def test_a_file_name_says_the_account_what_and_when(analyst: Actor, run: int) -> None:
    only = RunFilter(1, since=date(2026, 4, 1), until=date(2026, 4, 30), order=RunOrder.OLDEST)
    name = files.export_records(analyst, RecordsFilter(only), FileFormat.PARQUET).filename
    expected = r"ihub_awhina-son-ltd_records_integration-1_from-2026-04-01_to-2026-04-30_\d{4}-\d\d-\d\d-\d{4}\.parquet"
    assert re.fullmatch(expected, name)
    assert "_records_run-1_" in files.export_records(analyst, RecordsFilter(run_id=1)).filename


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_download_that_is_aborted_holds_nothing(
    analyst: Actor, run: int, file_format: FileFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    chunks = files.export_records(analyst, RecordsFilter(), file_format).chunks
    next(chunks)
    assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]
    chunks.close()  # type: ignore[attr-defined]
    assert list(tmp_path.glob("ihub-*")) == []


def test_a_disk_that_fills_and_a_sheet_that_overflows_are_said(
    analyst: Actor, run: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(excel, "MOST_ROWS", 5)
    with pytest.raises(InvalidError, match="at most 4 rows"):
        content(files.export_records(analyst, RecordsFilter(), FileFormat.EXCEL))

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(excel, "_fill", full)
    with pytest.raises(DiskFullError, match="disk"):
        content(files.export_records(analyst, RecordsFilter(), FileFormat.EXCEL))
    assert list(tmp_path.glob("ihub-*")) == []


def test_csv_says_what_the_other_formats_say_however_its_cells_are_written(
    analyst: Actor, connection: int, run: int
) -> None:
    odd = ["Ngata", "Ng,ata", 'Ng"ata', "=1+1", " -1", "-2", "\u00a0@x", "＝1", "a\nb", "¦-1", "Zoë", "", "+"]
    with transaction() as session:
        names = iter(odd * 3)
        for later in [run, *(reported_runs.whole_run(connection) for _ in range(2))]:
            for record in session.scalars(select(Record).where(Record.run_id == later)):
                record.name = next(names)
    rows = rows_of(record_chunks(analyst, RecordsFilter(), size=4))
    lines = list(
        csv.reader(io.StringIO(content(files.export_records(analyst, RecordsFilter())).decode("utf-8-sig")))
    )
    started = next(at for at, column in enumerate(RECORDS.columns) if column.type is ColumnType.TIME)
    assert len(lines) == 1 + len(rows) == 28
    for line, row in zip(lines[1:], rows, strict=True):
        expected = ["" if cell is None else str(escape_formula(str(cell))) for cell in row]
        assert line[:started] + line[started + 1 :] == expected[:started] + expected[started + 1 :]


def test_a_large_run_is_read_by_its_key(analyst: Actor, run: int) -> None:
    query = select(Record.position).where(*record_reader.within([run], (run, 7)))
    plan = query.order_by(Record.run_id, Record.position).compile(compile_kwargs={"literal_binds": True})
    with engine().connect() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {plan}")]
    assert len(steps) == 1 and "(run_id=? AND position>?)" in steps[0], (
        "each read begins where the last ended"
    )


def test_an_outcome_is_in_the_same_group_in_the_store_and_outside(sqlite_store: str, run: int) -> None:
    with transaction() as session:
        record = session.get_one(Record, (run, 0))
        for decision in Decision:
            for action in Action:
                record.decision, record.action = decision, action
                session.flush()
                stored = session.scalar(select(GROUP).where(Record.run_id == run, Record.position == 0))
                assert stored == group_of(decision, action).value, (decision, action)
