"""A person is erased everywhere but in the counters, also beside a run and an export; before, they see what is kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import LargeBinary, func, inspect, select, text

from connectors.contract.employee import AustralianTax
from core.clock import now
from core.db import engine, reading, transaction
from core.errors import ConflictError, NotFoundError, StartError
from core.exports import files, pages
from core.exports.files import FileFormat
from core.exports.person_table import PersonFilter
from core.exports.record_table import RecordsFilter
from core.models import (
    Action,
    Base,
    Decision,
    ErasedPerson,
    MappingSample,
    Record,
    RecordPart,
    Run,
    RunSelection,
    RunStatus,
)
from core.people.search import find_people
from core.personal_data import erasure, kept_data
from core.reports.outcomes import sums
from core.retention import removal
from core.security.actor import ActingRole, Actor
from core.security.vault import vault
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

NAME = "Zaphodia"


@pytest.fixture
def hub(sqlite_store: str) -> Hub:
    """Run three times with three people: one of them is created, then changed, then unchanged."""
    hub = Hub(world.active_connection())
    for number in range(3):
        hub.source.put(f"canary-{number}", person(number, first_name=f"{NAME}{number}"))
    hub.run()
    hub.source.edit("canary-1", first_name=f"{NAME}1", email="canary-1@example.com")
    hub.run()
    hub.run()
    return hub


@pytest.fixture
def admin(hub: Hub) -> Actor:
    return Actor("Admin", ActingRole.ACCOUNT_ADMIN, None, hub.row(1).account_id)


def mentions(word: str) -> set[str]:
    """Return the tables in which a text or JSON column holds a word."""
    found = set()
    with engine().connect() as connection:
        for table in inspect(connection).get_table_names():
            for column in inspect(connection).get_columns(table):
                cast = f'CAST("{column["name"]}" AS TEXT)'
                query = text(f'SELECT 1 FROM "{table}" WHERE {cast} LIKE :word LIMIT 1')
                if connection.execute(query, {"word": f"%{word}%"}).first():
                    found.add(table)
    return found


def hidden_mentions(word: str) -> set[str]:
    """Return the tables in which something encrypted or compressed holds a word."""
    found = set()
    with engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            binary = [column for column in table.columns if isinstance(column.type, LargeBinary)]
            for value in (each for column in binary for each in connection.scalars(select(column))):
                if value is not None and word.encode() in opened(bytes(value)):
                    found.add(table.name)
    return found


def opened(value: bytes) -> bytes:
    """Return what is in a ciphertext or in something compressed; anything else as it is."""
    with suppress(StartError):
        return json.dumps(vault().open(value)).encode()
    with suppress(zlib.error):
        return zlib.decompress(value)
    return value


def counters(hub: Hub) -> list[Any]:
    with reading() as session:
        runs = session.scalars(select(Run).order_by(Run.id)).all()
        return [(run.id, run.read, run.created, run.updated, run.unchanged, run.errors) for run in runs]


def test_nothing_of_an_erased_person_is_left_and_the_counters_are_the_same(hub: Hub, admin: Actor) -> None:
    before, of_first = counters(hub), sums.sums(admin, 1).groups
    with transaction() as session:
        part = {"run_id": 1, "position": 1, "number": 0, "label": "Employee", "action": Action.CREATED}
        session.add(RecordPart(**part, message=f"{NAME}1", target_id="canary-1"))
        session.add(RunSelection(run_id=1, source_id="canary-1"))
        asked = {"source_ids": ["canary-1"], "document": {}}
        seen = vault().seal([["canary-1", f"{NAME}1"]])
        session.add(MappingSample(connection_id=hub.connection_id, request=asked, result=seen))
    assert {"record", "link", "mapping_sample"} <= mentions("canary-1")
    assert {"kept_employee_batch", "mapping_sample"} <= hidden_mentions("canary-1")
    name = erasure.erase(admin, hub.connection_id, "canary-1")
    assert mentions("canary-1") == {"audit"}, "it keeps ids only"
    assert mentions(f"{NAME}1") == set() and {"record", "run_selection", "record_part"} <= mentions(name)
    assert hidden_mentions("canary-1") == hidden_mentions(f"{NAME}1") == set()
    assert counters(hub) == before and sums.sums(admin, 1).groups == of_first
    with reading() as session:
        assert session.scalars(select(ErasedPerson.sealed)).all() == [None]
    assert find_people(admin, f"{NAME}1").total == 0 and find_people(admin, f"{NAME}2").total == 1
    for file_format in (FileFormat.CSV, FileFormat.JSON_LINES):
        exported = b"".join(files.export_records(admin, RecordsFilter(), file_format).chunks).decode()
        assert exported.count(name) > 0 and f"{NAME}1" not in exported and "canary-1" not in exported
        assert b"canary-1" not in b"".join(files.export_people(admin, PersonFilter(), file_format).chunks)
    rows = pages.read_records(admin, RecordsFilter(), 100).rows
    assert str(rows).count(f"'{name}'") and "canary-1" not in str(rows)
    with pytest.raises(NotFoundError):
        erasure.erase(admin, hub.connection_id, "canary-1")


def test_who_is_still_listed_is_read_again_as_somebody_new(hub: Hub, admin: Actor) -> None:
    erasure.erase(admin, hub.connection_id, "canary-1")
    assert hub.run().counters.read == 3
    assert find_people(admin, f"{NAME}1").total == 1 and "record" in mentions("canary-1")


def test_a_run_in_progress_is_cleaned_when_it_has_ended(hub: Hub, admin: Actor) -> None:
    with transaction() as session:
        session.get_one(Run, 3).status = RunStatus.RUNNING
    assert erasure.is_read_by_a_run(admin, hub.connection_id)
    erasure.erase(admin, hub.connection_id, "canary-1")
    with reading() as session:
        assert session.scalar(select(Record.run_id).where(Record.source_id == "canary-1")) == 3
        assert session.scalars(select(ErasedPerson.sealed)).one() is not None
    with transaction() as session:
        session.get_one(Run, 3).status = RunStatus.COMPLETE
    erasure.finish()
    assert mentions("canary-1") == {"audit"}
    with reading() as session:
        assert session.scalars(select(ErasedPerson.sealed)).one() is None


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.JSON_LINES])
def test_an_export_in_progress_goes_on(hub: Hub, admin: Actor, file_format: FileFormat) -> None:
    header = 1 if file_format is FileFormat.CSV else 0
    chunks = files.export_records(admin, RecordsFilter(), file_format).chunks
    first = next(chunks)
    erasure.erase(admin, hub.connection_id, "canary-1")
    assert (first + b"".join(chunks)).count(b"\n") == header + sum(row[1] for row in counters(hub))


def test_a_run_and_an_export_end_as_they_would_beside_an_erasure_and_a_removal(
    hub: Hub, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run reads the list while somebody is erased and the employees of an old run are removed."""
    with transaction() as session:
        session.get_one(Run, 1).ended_at = now() - timedelta(days=400)
    before = counters(hub)
    chunks = files.export_records(admin, RecordsFilter()).chunks
    begun = next(chunks)
    sent_before = erase_while_reading(hub, admin, monkeypatch)
    hub.run()
    assert sent_before == ["erased 1"]
    assert (begun + b"".join(chunks)).count(b"\r\n") <= 1 + sum(row[1] for row in before)
    with reading() as session:
        assert session.get_one(Run, 1).rows_removed_at is not None
        assert session.get_one(Run, 4).status in (RunStatus.COMPLETE, RunStatus.ERROR)
    assert counters(hub)[:3] == before and counters(hub)[3][1] == 3
    erasure.finish()
    with reading() as session:
        assert session.scalars(select(ErasedPerson.sealed)).all() == [None]
        by_run = select(Record.run_id, func.count()).group_by(Record.run_id).order_by(Record.run_id)
        assert session.execute(by_run).all() == [(2, 3), (3, 3), (4, 3)]


def erase_while_reading(hub: Hub, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the next reading of the list erase somebody and remove what is old; returns what they are called then."""
    called: list[str] = []
    read = hub.source.read

    async def reading_list(*given: Any) -> AsyncIterator[Any]:
        if not called:
            called.append(erasure.erase(admin, hub.connection_id, "canary-1"))
            assert removal.remove_old(10)
        async for each in read(*given):
            yield each

    monkeypatch.setattr(hub.source, "read", reading_list)
    return called


def test_a_person_is_shown_everything_that_is_kept(hub: Hub, admin: Actor) -> None:
    file = kept_data.show(admin, hub.connection_id, "canary-1")
    shown = json.loads(b"".join(file.chunks))
    assert shown["person"]["name"].startswith(f"{NAME}1")
    assert shown["person"]["link"][0]["target_id"] and shown["person"]["as the source lists them"]
    assert [run["run"] for run in shown["runs"]] == [1, 2, 3]
    assert "canary-2" not in json.dumps(shown) and "canary" not in file.filename


def test_the_file_has_each_table_that_names_people_and_no_secret_value(hub: Hub, admin: Actor) -> None:
    naming = {table.name for table in Base.metadata.sorted_tables if "source_id" in table.columns}
    shown = {table.__tablename__ for _, table, _ in kept_data.TABLES}
    # The first is shown as the source lists them, the second run by run, and a choice of a run with its record.
    assert shown - {"hold"} | {"kept_employee"} == {table.__tablename__ for table in erasure.REMEMBERED}
    assert naming - shown == {"kept_employee", "record", "run_selection"}
    hub.source.edit("canary-1", au_tax=AustralianTax(tfn="123456782"), date_of_birth=date(1971, 2, 3))
    hub.run()
    file = b"".join(kept_data.show(admin, hub.connection_id, "canary-1").chunks)
    for secret in (b"123456782", b"123 456 782", b"865414001", b"1971-02-03", b"3 Feb 1971", b"03/02/1971"):
        assert secret not in file


def test_a_plan_with_them_is_decided_first(hub: Hub, admin: Actor) -> None:
    with transaction() as session:
        record = session.scalars(
            select(Record).where(Record.source_id == "canary-1", Record.run_id == 3)
        ).one()
        record.payload_batch_id, record.decision, record.action = 1, Decision.UPDATE, Action.PENDING
        session.execute(
            text(
                "INSERT INTO plan (run_id, state, breaches, kept_until) VALUES (3, 'OPEN', '[]', '2999-01-01')"
            )
        )
    with pytest.raises(ConflictError, match="run #3 wait for a decision"):
        erasure.erase(admin, hub.connection_id, "canary-1")
    assert mentions("erased 1") == set()
