"""Runs and records as CSV: complete, harmless in a spreadsheet, and limited to the own account."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import insert, select
from starlette.requests import Request
from starlette.types import Message

from core.db import engine, reading, transaction
from core.exports import files, record_table, run_table
from core.exports.employee_numbers import EmployeeNumbers
from core.exports.files import FileFormat
from core.exports.record_table import RecordsFilter
from core.models import Action, Audit, Decision, Record, RunKind, RunStatus, Trigger
from core.reports import exports
from core.reports.run_filter import RunFilter
from core.security.actor import ActingRole, Actor
from core.settings import ROOT
from core.sign_in import sessions
from core.sign_in.api_tokens import ApiScope, create_token
from harness import world
from tests.core.reports import reported_runs
from tests.web.conftest import Browser, People
from web import download


def table(answer: requests.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel takes a file for UTF-8 only with this mark"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def connection(people: People) -> int:
    return world.active_connection(people.account)


def test_runs_are_exported_newest_first_in_the_accounts_time(admin: Browser, connection: int) -> None:
    began = datetime(2026, 7, 3, 21, 30, 5, tzinfo=UTC)
    first = reported_runs.run(connection, started_at=began, ended_at=began, read=5, unchanged=5)
    second = reported_runs.run(
        connection, RunStatus.ERROR, trigger=Trigger.SCHEDULED, read=2, errors=2, message="Both failed."
    )
    rows = table(admin.get(f"/export/runs.csv?connection={connection}"))
    assert [row["Job run ID#"] for row in rows] == [str(second), str(first)]
    assert rows[1]["Start Time"] == "2026-07-04T07:30:05+10:00"
    assert (rows[0]["Type"], rows[0]["Record Errors"], rows[0]["Message"]) == (
        "Scheduled",
        "2",
        "Both failed.",
    )


def test_the_columns_are_those_of_the_reports_page_and_further_ones_follow(
    admin: Browser, connection: int
) -> None:
    began = datetime(2026, 11, 27, 8, tzinfo=UTC)
    reported_runs.run(connection, kind=RunKind.PREVIEW, started_at=began, ended_at=began)
    (row,) = table(admin.get("/export/runs.csv"))
    assert list(row)[:10] == [
        *("Job run ID#", "Status", "Type", "Kind", "Start Time", "End Time"),
        *("Records Read", "Record Filtered", "Record Written", "Record Errors"),
    ]
    assert (row["Type"], row["Kind"]) == ("Manual", "Preview")
    assert (row["Start Time"], row["End Time"]) == ("2026-11-27T18:00:00+10:00",) * 2
    records = admin.get(f"/export/records.csv?run={reported_runs.whole_run(connection)}")
    row = table(records)[8]
    assert list(row)[:5] == ["Record", "Source ID", "Target ID", "Processor", "Writer"]
    assert row["What To Do"].startswith("Correct what") and row["Integration"] == "enablehr → ipayroll"


def test_what_is_to_be_done_by_hand_is_exported(admin: Browser, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    [row] = table(admin.get(f"/export/by-hand.csv?run={run_id}"))
    assert (row["Record"], row["Where"], row["Who Must Act"]) == ("Amelia Ngata", "iPayroll", "Payroll")
    assert admin.get("/export/by-hand.csv?run=x").status_code == 404


def test_the_filters_of_the_page_hold_in_the_export(admin: Browser, connection: int) -> None:
    began = datetime(2026, 7, 3, 13, 59, tzinfo=UTC)  # one minute to midnight in Brisbane
    late = reported_runs.run(connection, started_at=began, ended_at=began)
    failed = reported_runs.run(connection, RunStatus.ERROR, trigger=Trigger.SCHEDULED)
    assert [
        row["Job run ID#"] for row in table(admin.get("/export/runs.csv?status=ERROR&type=Scheduled"))
    ] == [str(failed)]
    assert [
        row["Job run ID#"] for row in table(admin.get("/export/runs.csv?since=2026-07-03&until=2026-07-03"))
    ] == [str(late)]
    assert table(admin.get("/export/runs.csv?until=2026-07-02")) == []


@pytest.mark.parametrize("query", ["status=NOPE", "since=yesterday", "type=1"])
def test_a_filter_that_is_not_known_is_refused_with_a_sentence(admin: Browser, query: str) -> None:
    answer = admin.get(f"/export/runs.csv?{query}")
    assert answer.status_code == 400 and answer.text.endswith(".")


def test_records_are_exported_with_labels_and_without_what_is_secret(admin: Browser, connection: int) -> None:
    answer = admin.get(f"/export/records.csv?run={reported_runs.whole_run(connection)}")
    rows = table(answer)
    assert [row["Source ID"] for row in rows] == [f"S{position}" for position in range(9)]
    assert rows[4]["Processor"] == "Filtered: Missing field"
    assert rows[8]["Writer"] == "Failed: Refused"
    assert rows[1]["Changed Fields"] == "Street"
    assert rows[2]["Warnings"].startswith("Finish date")
    assert "sealed" not in answer.text and "High" not in answer.text


def test_cells_that_a_spreadsheet_would_calculate_are_defused(admin: Browser, connection: int) -> None:
    assert (
        table(admin.get(f"/export/records.csv?run={reported_runs.whole_run(connection)}"))[8]["Record"]
        == "'=HYPERLINK(1)"
    )


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_every_beginning_of_a_formula_is_defused(text: str) -> None:
    assert exports.escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("value", ["O'Brien", "a=1", 5, ""])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert exports.escape_formula(value) == value


def test_one_group_of_records_can_be_exported(admin: Browser, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    assert len(table(admin.get(f"/export/records.csv?run={run_id}&decision=attention"))) == 5
    assert [
        row["Record"] for row in table(admin.get(f"/export/records.csv?run={run_id}&decision=warnings"))
    ] == ["Amelia Ngata"]
    assert [
        row["Record"] for row in table(admin.get(f"/export/records.csv?run={run_id}&decision=created"))
    ] == ["Olivia Smith"]
    assert [row["Record"] for row in table(admin.get(f"/export/records.csv?run={run_id}&search=ngata"))] == [
        "Amelia Ngata"
    ]


def test_nobody_is_served_without_signing_in(browser: Browser, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    for path in ("/export/runs.csv", f"/export/records.csv?run={run_id}"):
        assert browser.get(path).status_code == 401


def test_a_stranger_gets_the_answer_for_a_run_that_does_not_exist(stranger: Browser, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    theirs, nobodys = (stranger.get(f"/export/records.csv?run={each}") for each in (run_id, run_id + 1000))
    assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text) == (404, nobodys.text)
    theirs, nobodys = (
        stranger.get(f"/export/runs.csv?connection={each}") for each in (connection, connection + 1000)
    )
    assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text) == (404, nobodys.text)
    assert table(stranger.get("/export/runs.csv")) == []


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "", "1e3", "¹"])
def test_a_run_number_that_is_none_is_not_found(admin: Browser, number: str) -> None:
    assert admin.get(f"/export/records.csv?run={number}").status_code == 404


def test_analysts_and_support_may_export(web: str, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    analyst, support = Browser(web).sign_in(people.analyst), Browser(web).sign_in(people.support)
    assert len(table(analyst.get(f"/export/records.csv?run={run_id}"))) == 9
    assert support.get(f"/export/records.csv?run={run_id}").status_code == 404, "no account is chosen yet"
    support.get(f"/auth/account?id={people.account}")
    assert len(table(support.get(f"/export/records.csv?run={run_id}"))) == 9


def test_exports_are_written_down(admin: Browser, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    admin.get(f"/export/records.csv?run={run_id}")
    admin.get(f"/export/runs.csv?connection={connection}")
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action.like("export.%")).order_by(Audit.id)).all()
    assert [(row.action, row.subject, row.user_id) for row in rows] == [
        ("export.records", f"run:{run_id}", people.admin),
        ("export.runs", f"connection:{connection}", people.admin),
    ]


def many_records(connection: int, number: int) -> int:
    run_id = reported_runs.run(connection, read=number, unchanged=number)
    plain = {"run_id": run_id, "decision": Decision.NO_CHANGE, "action": Action.SKIPPED, "sent": False}
    rows = [plain | {"position": n, "source_id": str(n), "name": f"Person {n}"} for n in range(number)]
    with transaction() as session:
        session.execute(insert(Record), rows)
    return run_id


def test_a_long_export_is_complete_and_streamed(admin: Browser, connection: int) -> None:
    number = 2 * record_table.CHUNK + 7
    run_id = many_records(connection, number)
    answer = admin.get(f"/export/records.csv?run={run_id}", stream=True)
    assert answer.headers["transfer-encoding"] == "chunked"
    positions = [int(row["Source ID"]) for row in table(answer)]
    assert positions == list(range(number))


def test_an_export_reads_no_further_than_it_is_asked_to(
    people: People, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = many_records(connection, 3 * record_table.CHUNK)
    reads: list[int | None] = []
    original = EmployeeNumbers.load
    monkeypatch.setattr(EmployeeNumbers, "load", lambda *given: reads.append(1) or original(*given))  # type: ignore[func-returns-value]
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    export = files.export_records(actor, RecordsFilter(run_id=run_id))
    assert next(export.chunks).count(b"\n") == 1 + record_table.CHUNK
    assert len(reads) == 1, "what nobody waits for is not read"
    with transaction() as session:
        session.execute(select(1))  # no transaction of the export is in the way


def test_clients_that_go_away_leave_nothing_behind(admin: Browser, connection: int) -> None:
    run_id = many_records(connection, 20_000)
    for _ in range(12):
        answer = admin.get(f"/export/records.csv?run={run_id}", stream=True)
        next(answer.iter_content(100))
        answer.close()
    before = threading.active_count()
    assert len(table(admin.get(f"/export/runs.csv?connection={connection}"))) == 1
    assert threading.active_count() <= before + 4


def test_all_runs_of_a_long_history_come_once(people: People, connection: int) -> None:
    runs = [reported_runs.run(connection) for _ in range(10)]
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    chunks = list(run_table.run_chunks(actor, RunFilter(), size=3))
    assert [run_id for chunk in chunks for run_id, _ in chunk] == runs[::-1] and len(chunks) == 4


@pytest.mark.parametrize(("end", "starts"), [("xlsx", b"PK"), ("jsonl", b'{"name"'), ("parquet", b"PAR1")])
def test_every_format_is_served_over_a_period(
    admin: Browser, connection: int, end: str, starts: bytes
) -> None:
    reported_runs.whole_run(connection)
    answer = admin.get(f"/export/records.{end}?since=2020-01-01&connection={connection}")
    assert answer.status_code == 200 and answer.content.startswith(starts)
    assert f"_records_integration-{connection}_from-2020-01-01_" in answer.headers["content-disposition"]
    assert admin.get("/export/records.xml").status_code == 404


def test_a_download_ends_with_the_session(
    admin: Browser, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = many_records(connection, 3 * record_table.CHUNK)
    monkeypatch.setattr(download, "SECONDS", 0.0)
    token = str(admin.token)
    reads = iter([None, lambda: sessions.sign_out(token)])
    original = EmployeeNumbers.load

    def sign_out_then(*given: Any) -> Any:
        (next(reads, None) or (lambda: None))()
        return original(*given)

    monkeypatch.setattr(EmployeeNumbers, "load", sign_out_then)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        admin.get(f"/export/records.csv?run={run_id}")


def test_a_workbook_nobody_waits_for_is_given_up(
    people: People, connection: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = many_records(connection, 3 * record_table.CHUNK)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    actor = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    file = files.export_records(actor, RecordsFilter(run_id=run_id), FileFormat.EXCEL)

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "GET", "headers": [], "path": "/"}, gone)
    answer = asyncio.run(download.send(request, file, lambda: True))
    assert answer.status_code == download.CLIENT_GONE
    assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]
    assert list(tmp_path.glob("ihub-*")) == [] and next(file.chunks, None) is None


def test_the_documents_example_of_the_api_runs(
    web: str, people: People, connection: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        reported_runs.whole_run(connection)
    analyst = Actor("Ana", ActingRole.ANALYST, people.analyst, people.account)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", create_token(analyst, "Notebook", list(ApiScope), 1))
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "data.md").read_text(), re.S)
    names: dict[str, Any] = {}
    exec(next(each for each in examples if "TOKEN" in each), names)  # noqa: S102 - the document's own
    assert list(names["runs"]["run_id"]) == [1, 2]
    assert dict(names["outcomes"].values)["filtered"] == 6
