"""A connection from files to files: connected, its columns chosen, a file uploaded, all in the account's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.connections import connections, employee_files
from core.db import reading
from core.errors import ConflictError, InvalidError
from core.models import Audit, Position, Side
from core.settings import settings
from core.sides import probes
from tests.core.stand_ins import People, people

CONTENT = b"No,Family name,Notes\n1,Ngo,x\n"


@pytest.fixture
def root(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("IHUB_FILES", str(tmp_path / "files"))
    settings.cache_clear()
    (tmp_path / "files").mkdir()
    yield tmp_path / "files"
    settings.cache_clear()


@pytest.fixture
def team(root: Path) -> People:
    return people()


def _connect(team: People, root: Path) -> int:
    folder = root / str(team.admin.account_id) / "in"
    folder.mkdir(parents=True)
    (folder / "employees.csv").write_bytes(CONTENT)
    connection = connections.create(
        team.admin, "files", "employee_files", "payroll_files", {"folder": "in"}, {"folder": "out"}
    )
    for position in Position:
        connections.connect_side(team.admin, connection, position, {})
    return connection


def test_columns_are_proposed_chosen_and_checked(team: People, root: Path) -> None:
    connection = _connect(team, root)
    proposed = employee_files.list_columns(team.admin, connection)
    assert proposed.chosen == {"No": "employee_number", "Family name": "surname", "Notes": ""}
    assert not proposed.is_saved and proposed.choices["surname"] == "Surname"
    with pytest.raises(InvalidError, match="recognised"):
        employee_files.choose_columns(team.admin, connection, {"Family name": "surname"})
    with pytest.raises(InvalidError, match="Choose"):
        employee_files.choose_columns(team.admin, connection, {"Family name": ""})
    employee_files.choose_columns(
        team.admin, connection, {"No": "employee_number", "Family name": "surname", "Notes": ""}
    )
    saved = employee_files.list_columns(team.admin, connection)
    assert saved.is_saved and saved.chosen["No"] == "employee_number"


def test_an_uploaded_file_is_checked_put_there_and_recorded(team: People, root: Path) -> None:
    connection = _connect(team, root)
    assert employee_files.upload_file(team.admin, connection, "employees-2.csv", CONTENT) == "employees-2.csv"
    assert (root / str(team.admin.account_id) / "in" / "employees-2.csv").read_bytes() == CONTENT
    with pytest.raises(InvalidError, match="is empty"):
        employee_files.upload_file(team.admin, connection, "employees-3.csv", b"")
    with pytest.raises(InvalidError, match="larger"):
        employee_files.upload_file(
            team.admin, connection, "employees-3.csv", b"x" * (employee_files.MOST_BYTES + 1)
        )
    with reading() as session:
        assert [row.action for row in session.scalars(select(Audit))].count("side.upload") == 1


def test_a_folder_outside_the_accounts_own_is_refused(team: People, root: Path) -> None:
    (root / "999").mkdir()
    (root / "999" / "employees.csv").write_bytes(CONTENT)
    for folder in ("../999", "..", "../../../../etc"):
        connection = connections.create(
            team.admin,
            f"in {folder}",
            "employee_files",
            "payroll_files",
            {"folder": folder},
            {"folder": "out"},
        )
        with pytest.raises(InvalidError, match="inside the folder of this account"):
            connections.connect_side(team.admin, connection, Position.SOURCE, {})


def test_without_a_folder_of_the_operator_there_is_none(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IHUB_FILES")
    settings.cache_clear()
    connection = connections.create(team.admin, "files", "employee_files", "payroll_files")
    with pytest.raises(InvalidError, match="IHUB_FILES"):
        connections.connect_side(team.admin, connection, Position.SOURCE, {})


def test_a_probe_says_that_there_is_no_file(team: People, root: Path) -> None:
    _connect(team, root)
    (root / str(team.admin.account_id) / "in" / "employees.csv").unlink()
    with reading() as session:
        side = session.scalars(select(Side).filter_by(position=Position.SOURCE)).one()
    error = probes.probe(side.id)
    assert "There is no file employees*" in str(error)


def test_a_source_that_is_no_files_takes_none(team: People) -> None:
    assert not employee_files.reads_files("enablehr")
    assert not employee_files.reads_files("nothing")
    connection = connections.create(team.admin, "c", "enablehr", "payroll_files")
    with pytest.raises((InvalidError, ConflictError)):
        employee_files.upload_file(team.admin, connection, "a.csv", CONTENT)
