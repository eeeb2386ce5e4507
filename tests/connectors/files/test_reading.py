"""Files as a source: what is recognised, what is refused, and with which words."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from connectors.contract.employee import BankAccount
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Source
from connectors.contract.records import Reason
from connectors.files.reading import arrivals, workbook
from connectors.files.settings import FileSourceSettings
from connectors.files.source import FileSource
from harness.sandbox import Sandbox
from tests.connectors.stand_ins import Held
from tests.connectors.suites import SourceSuite, read_all

HEAD = "Emp No,Given name,Family name,DOB,Status"
PLACES = ("employee_number", "first_name", "surname", "date_of_birth", "status")
COLUMNS = "\n".join(f"{heading} = {place}" for heading, place in zip(HEAD.split(","), PLACES, strict=True))
ANN, BOB = "E1,Ann,Ngo,1990-02-03,Active", "E2,Bob,Lee,1985-07-08,Left"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1_000_000)
    monkeypatch.setattr(arrivals, "PAUSE_SECONDS", 0.0)


def put(root: Path, content: str | bytes, name: str = "employees.csv", *, age: float = 3600) -> Path:
    """Put a file into the folder, as it was some seconds ago."""
    path = root / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))
    return path


def opened(root: Path, **settings: Any) -> FileSource:
    options = {"folder": "in", "columns": COLUMNS} | settings
    source = FileSource(FileSourceSettings.model_validate(options), Held(), folder=root)
    source.use_record_digest(lambda data: (data * 16)[:16])
    return source


async def rows(root: Path, content: str | bytes, **settings: Any) -> list[Any]:
    put(root, content)
    async with opened(root, **settings) as source:
        return await read_all(source)


class FilesStandIn:
    """In place of the sandbox: a folder with a file of this number of people."""

    def __init__(self, root: Path, people: int) -> None:
        self.root, self.people = root, people
        self.write()

    def write(self, changed: str = "") -> None:
        lines = [f"P{number},Ann,{'Changed' if changed == f'P{number}' else 'Ngo'},1990-02-03,Active"
                 for number in range(self.people)]  # fmt: skip
        put(self.root, "\n".join([HEAD, *lines, ""]))


class TestFiles(SourceSuite):
    """Files keep the promises of a source."""

    system = "employee_files"

    @pytest.fixture
    def sandbox(self, tmp_path: Path, request: pytest.FixtureRequest) -> FilesStandIn:
        marker = request.node.get_closest_marker("sandbox")
        return FilesStandIn(tmp_path, marker.kwargs["employees"] if marker else 5)

    def source(self, sandbox: Sandbox | FilesStandIn, page_size: int = 100) -> Source:
        source = opened(sandbox.root)  # type: ignore[union-attr]
        source.page_size = page_size
        source.use_record_digest(lambda data: blake2b(data, digest_size=16).digest())
        return source

    def everyone(self, sandbox: Sandbox | FilesStandIn) -> set[str]:
        return {f"P{number}" for number in range(sandbox.people)}  # type: ignore[union-attr]

    def change(self, sandbox: Sandbox | FilesStandIn, source_id: str) -> None:
        sandbox.write(source_id)  # type: ignore[union-attr]

    async def test_repeated_failures_lose_no_employee(self, sandbox: Sandbox) -> None:
        """Files do not fail now and then; one that vanishes is tried below."""

    async def test_a_system_that_is_down_is_an_error_and_not_an_empty_list(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            (sandbox.root / "in" / "employees.csv").unlink()  # type: ignore[attr-defined]
            with pytest.raises(ConfigError, match="There is no file"):
                await read_all(source)

    async def test_refused_credentials_are_an_auth_error(self, sandbox: Sandbox) -> None:
        """A folder has none; those of an SFTP server are tried in test_sftp.py."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
async def test_encodings_and_separators_are_recognised(tmp_path: Path, encoding: str, separator: str) -> None:
    text = f"{HEAD}\nE1,Zoë,Müller,3/2/1990,Active\n".replace(",", separator)
    [record] = await rows(tmp_path, text.encode(encoding))
    assert record.employee is not None
    assert (record.employee.first_name, record.employee.surname) == ("Zoë", "Müller")
    assert record.employee.date_of_birth is not None
    assert record.employee.date_of_birth.isoformat() == "1990-02-03"


async def test_a_bad_line_is_named_by_its_number_and_hides_no_other(tmp_path: Path) -> None:
    content = f'{HEAD}\n{ANN}\nE3,Cut\n"E4","Li\nna",Wu,1999-01-01,Active\n{BOB}\n{HEAD}\n,No,Id,1990-01-01,Active\n'
    found = {record.source_id: record for record in await rows(tmp_path, content)}
    assert found["E1"].employee and found["E2"].employee and found["E4"].employee
    assert found["E3"].problem.message.startswith(
        "Line 3 of employees.csv has 2 values and the headings are 5."
    )
    faults = [record.problem.message for record in found.values() if record.problem]
    assert any(fault.startswith("Line 7 of employees.csv has the headings again.") for fault in faults)
    assert any(fault.startswith("Line 8 of employees.csv has no id") for fault in faults)
    assert all(record.problem.reason is Reason.UNREADABLE for record in found.values() if record.problem)


async def test_the_same_person_twice_is_a_fault_unless_both_lines_are_equal(tmp_path: Path) -> None:
    [same] = await rows(tmp_path, f"{HEAD}\n{ANN}\n{ANN}\n")
    assert same.employee is not None
    [twice] = await rows(tmp_path, f"{HEAD}\n{ANN}\nE1,Ann,Other,1990-02-03,Active\n")
    assert twice.problem is not None
    assert twice.problem.message.startswith("Lines 2 and 3 of employees.csv are about the same employee")


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook.MOST_UNPACKED + 1))
    return packed.getvalue()


def _lying_bomb() -> bytes:
    content = bytearray(_bomb())
    size = (workbook.MOST_UNPACKED + 1).to_bytes(4, "little")
    return bytes(content.replace(size, (10).to_bytes(4, "little")))


REFUSED: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "a million columns": (
        lambda: ",".join(f"c{number}" for number in range(1_000_000)) + "\n",
        "1000 columns",
    ),
    "many columns": (lambda: ",".join(f"c{number}" for number in range(2_000)) + "\n", "1000 columns"),
    "no line breaks": (lambda: "x" * 3_000_000, "no line breaks"),
    "a zip bomb": (_bomb, "unpacks to more than"),
    "a zip bomb that lies": (_lying_bomb, "damaged|unpacks"),
    "a zip that is no workbook": (lambda: b"PK\x03\x04nonsense", "damaged"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1", "Save it as .xlsx"),
    "an empty file": (lambda: "", "is empty"),
    "only blanks": (lambda: "\n \n\n", "is empty|no headings"),
    "a title above the headings": (lambda: f"Employees,,,,2026\n{HEAD}\n{ANN}\n", "Line of the headings"),
    "headings twice": (lambda: f"{HEAD},Status\n{ANN},x\n", "heading Status twice"),
    "a missing column": (lambda: "Emp No,Given name,Family name,DOB\n1,2,3,4\n", "no column Status"),
    "bytes": (lambda: bytes(range(256)) * 20, "no text"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_file_that_cannot_be_used_is_refused_as_a_whole(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(ConfigError, match=words):
        await rows(tmp_path, make())


async def test_two_lines_of_headings_are_read_from_the_line_that_is_set(tmp_path: Path) -> None:
    content = f"Employees,,,,2026\n{HEAD}\n{ANN}\n"
    [record] = await rows(tmp_path, content, header_line=2)
    assert record.source_id == "E1" and record.employee is not None


async def test_a_file_that_ends_in_the_middle_of_a_line_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TemporaryError, match="ends in the middle of line 3"):
        await rows(tmp_path, f"{HEAD}\n{ANN}\nE2,Bo")
    assert len(await rows(tmp_path, f"{HEAD}\n{ANN}\n{BOB}")) == 2


async def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEAD.split(","))
    sheet.append([41, "Ann", "Ngo", datetime(1990, 2, 3), "Active"])  # noqa: DTZ001 - as Excel has it
    sheet.append([42.0, "Bob", None, "8/7/1985", "Left"])
    packed = io.BytesIO()
    book.save(packed)
    put(tmp_path, packed.getvalue(), "employees.xlsx")
    async with opened(tmp_path) as source:
        ann, bob = await read_all(source)
    assert ann.employee is not None and str(ann.employee.date_of_birth) == "1990-02-03"
    assert (ann.source_id, bob.source_id) == ("41", "42")
    assert bob.problem is not None
    assert bob.problem.message == "The file has no surname of this employee. Enter it there."


async def test_a_cell_at_the_edge_of_a_sheet_is_no_burden(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0]["XFD1048576"] = "far"
    packed = io.BytesIO()
    book.save(packed)
    with pytest.raises(ConfigError, match=r"is empty|no headings|columns"):
        await rows(tmp_path, packed.getvalue())


async def test_a_file_that_is_still_being_written_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, f"{HEAD}\n{ANN}\n", age=0)
    pauses = iter(range(2))

    async def grow(_: float) -> None:
        if next(pauses, None) is not None:
            with path.open("a") as file:
                file.write(f"{BOB.replace('E2', f'E{path.stat().st_size}')}\n")

    monkeypatch.setattr("connectors.files.reading.arrivals.asyncio.sleep", grow)
    async with opened(tmp_path) as source:
        assert len(await read_all(source)) == 3
    put(tmp_path, f"{HEAD}\n", "employees-2.csv.part")
    put(tmp_path, f"{HEAD}\n", "employees-2.filepart")
    async with opened(tmp_path) as source:
        assert len(await read_all(source)) == 3
    monkeypatch.setattr(arrivals, "MOST_PAUSES", 3)
    pauses = iter(range(99))
    put(tmp_path, f"{HEAD}\n{ANN}\n", age=0)
    with pytest.raises(TemporaryError, match="still being written"):
        async with opened(tmp_path) as source:
            await read_all(source)


async def test_a_list_of_changes_takes_nobody_away_and_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, f"{HEAD}\n{ANN}\n{BOB}\n", "employees-1.csv", age=7200)
    async with opened(tmp_path, content="Changes only") as source:
        assert {record.source_id for record in await read_all(source)} == {"E1", "E2"}
    put(
        tmp_path,
        f"{HEAD}\n{ANN.replace('Ngo', 'New')}\n{ANN.replace('Ngo', 'Newer')}\n",
        "employees-2.csv",
        age=100,
    )
    (tmp_path / "in" / "employees-1.csv").unlink()
    async with opened(tmp_path, content="Changes only") as source:
        found = {record.source_id: record.name for record in await read_all(source)}
    assert found == {"E1": "Ann Newer", "E2": "Bob Lee"}
    # The same content again, under another name: what came after it stays.
    put(tmp_path, f"{HEAD}\n{ANN}\n{BOB}\n", "employees-3.csv", age=10)
    async with opened(tmp_path, content="Changes only") as source:
        assert {record.name for record in await read_all(source)} == {"Ann Newer", "Bob Lee"}


async def test_nothing_is_read_before_somebody_has_said_what_the_columns_are(tmp_path: Path) -> None:
    put(tmp_path, f"{HEAD}\n{ANN}\n")
    async with opened(tmp_path, columns="") as source:
        assert (await source.check()).id
        assert (await source.propose_columns())["Emp No"] == "employee_number"
        with pytest.raises(ConfigError, match="what the columns"):
            await read_all(source)


async def test_values_are_read_as_employees(tmp_path: Path) -> None:
    content = "No,Last name,Sex,Type,BSB,Account,TFN\n1,'=Ngo,f,part-time,062-000,123456,123 456 782\n"
    chosen = "No = employee_number\nLast name = surname\nSex = gender\nType = employment_type\n"
    chosen += "BSB = bank_accounts.0.bsb\n"
    [record] = await rows(
        tmp_path, content, columns=f"{chosen}Account = bank_accounts.0.number\nTFN = au_tax.tfn"
    )
    employee = record.employee
    assert employee is not None and employee.au_tax is not None
    assert (employee.surname, employee.gender, employee.employment_type) == (
        "=Ngo",
        "Female",
        "Permanent_PartTime",
    )
    assert employee.bank_accounts == (BankAccount(None, "123456", "062-000"),)


async def test_an_uploaded_file_is_checked_and_found(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    async with opened(tmp_path, file_name="staff-*.csv") as source:
        name = await source.take_file("C:\\Temp\\Latest list.csv", f"{HEAD}\n{ANN}\n".encode())
        assert name == "staff-uploaded.csv"
        assert [record.source_id for record in await read_all(source)] == ["E1"]
        with pytest.raises(ConfigError, match="is empty"):
            await source.take_file("../../x.csv", b"")
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["staff-uploaded.csv"]
