"""Runs from the command line, against the sandbox: output, writes, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from core.clock import now
from core.db import reading, transaction
from core.models import Link, Run, RunStatus, Trigger
from core.operations import demo
from core.runs import lease, request
from core.settings import ROOT, settings
from core.sync import engine
from harness import fork_server
from harness.sandbox import Sandbox
from tests.core.cli.conftest import Answer, Command

KEYS = ["id", "status", "type", "kind", "started_at", "ended_at", "message"]
KEYS += ["waits_for", "continues_at", "counters", "need_action", "mapping_version"]
COUNTERS = ["read", "unchanged", "filtered", "held", "written", "created", "updated", "terminated", "errors"]


@pytest.fixture
def connection(sqlite_store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> int:
    """Seed the demo: an Active connection between both sandbox systems."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    number = demo.seed(sandbox.url).connection_id
    assert number is not None
    return number


def program(*words: object) -> Answer:
    """Run the program itself."""
    done = fork_server.run(["-m", "core", *map(str, words)], os.environ)
    return Answer(done.returncode, done.stdout, done.stderr)


def counts(answer: Answer) -> dict[str, int]:
    """Return the counters after checking the shape of the object and the law."""
    run: dict[str, Any] = answer.object
    assert list(run) == KEYS and list(run["counters"]) == COUNTERS
    counters: dict[str, int] = run["counters"]
    assert counters["read"] == sum(
        counters[name] for name in ("unchanged", "filtered", "held", "written", "errors")
    )
    assert counters["written"] == sum(counters[name] for name in ("created", "updated", "terminated"))
    return counters


@pytest.mark.slow
def test_first_everyone_then_nobody_then_the_three_who_changed(
    connection: int, sandbox: Sandbox, command: Command
) -> None:
    first = program("run", connection, "--inline", "--json")
    written = counts(first)
    assert first.code == 1 and first.object["status"] == "ERROR"
    assert first.object["message"].startswith(f"{written['errors']} of 250 employees could not be written; ")
    assert written["read"] == 250 and written["created"] == written["written"] > 200
    payroll = sandbox.control.counters("ipayroll")
    assert payroll["creates"] == written["created"] == len(sandbox.control.payroll())
    assert set(payroll["created_per_employee"].values()) == {1}

    again = counts(command("run", connection, "--inline", "--json"))
    assert again["written"] == 0 and again["unchanged"] == written["written"]
    assert sandbox.control.counters("ipayroll")["creates"] == payroll["creates"]

    for person in sandbox.control.people("clean")[:3]:
        sandbox.control.edit(person["id"], surname=f"{person['surname']}-Smith")
    answer = command("run", connection, "--inline", "--json")
    third = counts(answer)
    assert (third["written"], third["updated"], third["created"]) == (3, 3, 0), answer.object["message"]
    assert sandbox.control.counters("ipayroll")["updates"] == 3


@pytest.mark.sandbox(employees=30)
def test_a_preview_writes_nothing_and_a_report_says_what_it_would(
    connection: int, sandbox: Sandbox, command: Command
) -> None:
    preview = command("run", connection, "--preview", "--inline", "--json")
    assert counts(preview)["written"] == 0
    assert sandbox.control.counters("ipayroll")["creates"] == 0
    run = preview.object["id"]
    records = command("report", run, "--format", "json").object["records"]
    assert len(records) == 30 and "Create" in {record["processor"] for record in records}
    _, headline, *table = command("report", run).out.splitlines()
    assert headline.endswith(".") and any(word.isdigit() for word in headline.split())
    assert (
        table[0].split()
        == [
            "Record",
            "Source",
            "ID",
            "Target",
            "ID",
            "Processor",
            "Writer",
            "Message",
            *["Matched", "By", "Who", "Must", "Act"],
        ]
        and len(table) == 31
    )
    csv = command("report", run, "--format", "csv").out.splitlines()
    assert csv[0].startswith("Record,Source ID,Target ID,Processor,Writer") and len(csv) == 31


@pytest.mark.slow
@pytest.mark.sandbox(employees=30)
def test_a_report_and_the_log_hold_no_number_of_a_person(connection: int, sandbox: Sandbox) -> None:
    run = program("run", connection, "--inline", "--json")
    report = program("report", run.object["id"], "--format", "json")
    printed = run.out + run.err + report.out + report.err
    numbers = [number for person in sandbox.control.people() for number in private_numbers(person)]
    assert len(numbers) > 30
    assert not [number for number in numbers if number in printed]


def private_numbers(person: dict[str, Any]) -> list[str]:
    """Return a person's tax and bank numbers as the sandbox holds them."""
    tax = person.get("tax") or {}
    found = [
        tax.get("irdNumber"),
        tax.get("tfn"),
        *(account["number"] for account in person.get("bankAccounts") or []),
    ]
    return [number for number in found if number and "#" not in number]


@pytest.mark.sandbox(employees=20)
def test_tokens_that_ended_are_refreshed_once_for_each_system(
    connection: int, sandbox: Sandbox, command: Command
) -> None:
    sandbox.control.advance(7200)
    assert counts(command("run", connection, "--inline", "--json"))["read"] == 20
    assert [sandbox.control.counters(system)["tokens_refreshed"] for system in ("enablehr", "ipayroll")] == [
        1,
        1,
    ]


@pytest.mark.sandbox(employees=20)
def test_a_system_that_is_down_ends_the_run_as_an_error(
    connection: int, sandbox: Sandbox, command: Command
) -> None:
    sandbox.control.switches("enablehr", unauthorised=True)
    answer = command("run", connection, "--inline")
    assert answer.code == 1 and answer.out.startswith("Run 1 ERROR: enableHR")
    assert len(answer.out.splitlines()) == 1


@pytest.mark.sandbox(employees=20)
def test_a_source_that_is_suddenly_empty_holds_the_run(
    connection: int, sandbox: Sandbox, command: Command
) -> None:
    sandbox.control.reset(employees=0)
    answer = command("run", connection, "--inline", "--json")
    assert (answer.code, answer.object["status"]) == (3, "HELD")


@pytest.mark.sandbox(employees=20)
def test_a_run_that_was_left_half_way_goes_on(connection: int, sandbox: Sandbox, command: Command) -> None:
    left = request.request(connection, Trigger.MANUAL)
    assert lease.claim(left) is not None
    behind = command("run", connection, "--json").object
    assert (behind["status"], behind["waits_for"]) == (
        "QUEUED",
        f"Run #{behind['id']} is waiting: it starts when run #{left} has ended.",
    )
    with transaction() as session:
        session.execute(update(Run).where(Run.id == left).values(lease_until=now()))
    answer = command("run", connection, "--inline", "--json")
    assert answer.object["id"] == behind["id"] and f"Run {left} comes first" in answer.err
    assert (counts(answer)["read"], counts(answer)["unchanged"] > 0) == (20, True)
    with reading() as session:
        assert session.get_one(Run, left).read == 20


@pytest.mark.sandbox(employees=20)
def test_a_run_without_redis_stays_on_record(connection: int, command: Command) -> None:
    answer = command("run", connection, "--json")
    assert (answer.code, answer.object["status"]) == (0, "QUEUED")
    assert "starts once Redis is back" in answer.err
    again = command("run", connection, "--json")
    assert (again.code, again.object["id"]) == (0, answer.object["id"])
    assert command("run", 99).code == 2
    assert command("report", 99).code == 2


@pytest.mark.sandbox(employees=20)
def test_one_person_is_run_and_nobody_else_read(connection: int, sandbox: Sandbox, command: Command) -> None:
    [person, other, *_] = [one["id"] for one in sandbox.control.people("clean")]
    for source_id in (person, other):
        sandbox.control.edit(source_id, surname=f"New{source_id[:3]}")
    before = sandbox.control.counters("enablehr")["routes"].get("employee", 0)
    answer = command("run", connection, "--person", person, "--inline", "--json")
    assert (answer.code, counts(answer)["read"], counts(answer)["created"]) == (0, 1, 1)
    routes = sandbox.control.counters("enablehr")["routes"]
    assert routes["employee"] - before == 1 and not routes.get("employees")
    assert [entry["surname"] for entry in sandbox.control.payroll()] == [f"New{person[:3]}"]
    missing = command("run", connection, "--person", "999999", "--inline")
    assert missing.code == 1 and "no employee with the id 999999" in missing.out
    assert command("run", connection, "--person", " ").code == 2
    both = command("run", connection, "--person", person, "--person", other, "--inline", "--json")
    assert (counts(both)["read"], counts(both)["unchanged"], counts(both)["created"]) == (2, 1, 1)
    assert both.object["kind"] == "SELECTED"
    alone = command("run", connection, "--person", person, "--preview", "--inline", "--json")
    assert (counts(alone)["read"], alone.object["kind"]) == (1, "PREVIEW")
    assert command("run", connection, "--person", person, "--full").code == 2


@pytest.mark.processes
@pytest.mark.sandbox(employees=20)
def test_a_worker_does_the_run_while_the_command_waits(connection: int, redis_url: str, home: Path) -> None:
    worker = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, stderr=(home / "worker.log").open("w"))
    try:
        began = time.monotonic()
        answer = program("run", connection, "--wait", "--json")
        assert counts(answer)["read"] == 20 and time.monotonic() - began < 120
        assert "run.enqueued" in answer.err and json.loads(answer.out)["type"] == "Manual"
    finally:
        worker.terminate()
        worker.wait(60)


def test_a_run_that_is_stopped_says_how_it_goes_on(
    connection: int, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "execute", lambda _run_id: RunStatus.RUNNING)
    answer = command("run", connection, "--inline")
    assert answer.code == 2 and f"Resume it with: python -m core run {connection} --inline" in answer.err


@pytest.mark.sandbox(employees=30)
def test_the_command_gives_nobody_the_record_of_somebody_else(connection: int, sandbox: Sandbox) -> None:
    written = counts(program("run", connection, "--inline", "--json"))["written"]
    with transaction() as session:
        session.execute(delete(Link))
    payroll = sandbox.control.payroll()
    reused, respelled = (record["employeeId"] for record in payroll[:2])
    others = {"firstNames": "Wiremu", "surname": "Te Awekotuku", "birthDate": "1971-03-04", "taxNumber": ""}
    sandbox.control.edit_payroll(reused, **others)
    sandbox.control.edit_payroll(respelled, surname=payroll[1]["surname"].upper())
    before = {record["employeeId"]: record for record in sandbox.control.payroll()}
    for _ in range(2):
        run = program("run", connection, "--inline", "--json")
        assert counts(run)["held"] == 1 and counts(run)["created"] == 0
        after = {record["employeeId"]: record for record in sandbox.control.payroll()}
        assert after[reused] == before[reused] and len(after) == written
