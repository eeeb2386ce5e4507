"""Files as a target: what is written, and that a crash at any step loses nobody and writes nobody twice."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from openpyxl import load_workbook

from connectors.contract.employee import BankAccount, Employee
from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, Reason
from connectors.files import CONNECTORS
from connectors.files.places.folder import MEMORY
from connectors.files.reading import arrivals
from connectors.files.target import FileTarget
from connectors.files.writing.rows import defuse
from connectors.rest.checks import consistency
from connectors.rest.checks.yaml_lines import YamlDocument
from harness.sandbox import Sandbox
from tests.connectors.stand_ins import Held
from tests.connectors.suites import TargetSuite, list_all

TARGETS = {connector.kind: connector for connector in CONNECTORS if connector.target is not None}
CITIZEN = Employee(
    "Jo",
    "Citizen",
    employee_number="N1",
    date_of_birth=date(1990, 2, 3),
    start_date=date(2020, 1, 6),
    email="jo@example.com",
    bank_accounts=(BankAccount("J Citizen", "12345678", "062-000"),),
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "PAUSE_SECONDS", 0.0)


def opened(root: Path, kind: str = "payroll_files", **settings: Any) -> Any:
    connector = TARGETS[kind]
    assert connector.target is not None
    (root / "out").mkdir(exist_ok=True)
    options = connector.settings.model_validate({"folder": "out"} | settings)
    return connector.target(options, Held(), folder=root)


def delivered(root: Path) -> list[list[dict[str, str]]]:
    """Return the rows of each file that the payroll can see, in order."""
    names = sorted(path for path in (root / "out").iterdir() if path.suffix == ".csv")
    return [list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))) for path in names]


class Place:
    """In place of the sandbox: a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root


class TestFiles(TargetSuite):
    """Files keep the promises of a target."""

    system = "payroll_files"
    complete = CITIZEN
    required: ClassVar[dict[str, str]] = {"first_name": "First name", "start_date": "Start date"}

    @pytest.fixture
    def sandbox(self, tmp_path: Path) -> Place:
        return Place(tmp_path)

    def target(self, sandbox: Sandbox | Place, page_size: int = 100) -> Target:
        target: Target = opened(sandbox.root, answer_file="answers*")  # type: ignore[union-attr]
        return target

    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        raise NotImplementedError

    async def test_a_refusal_is_a_value_with_the_reason_of_the_target(self, sandbox: Sandbox) -> None:
        root: Path = sandbox.root  # type: ignore[attr-defined]
        async with self.target(sandbox) as target:
            assert isinstance(target, FileTarget)
            prepared = target.prepare("1", self.complete)
            await target.create(prepared)
            await target.hand_over()
        (root / "out" / "answers.csv").write_text(
            "Employee;Result;Error\nN1;Rejected;The cost centre is closed\n"
        )
        async with self.target(sandbox) as target:
            assert await target.find("N1") is None
            refused = await target.create(prepared)
            assert refused.problem is not None and refused.problem.reason is Reason.REFUSED
            assert "The cost centre is closed." in refused.problem.message
            changed = target.prepare("1", replace(self.complete, surname="Changed"))
            assert (await target.create(changed)).problem is None

    async def test_an_update_changes_what_it_says_and_can_be_repeated(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            await self.created(target, 1)
            before = await target.find("N0")
            assert before is not None
            changed = target.prepare("0", replace(self.numbered(0), surname="Changed"))
            for current in (before, None, await target.find("N0")):
                assert (await target.update("N0", changed, current)).problem is None
            after = await target.find("N0")
        assert after is not None
        assert after.values == {**before.values, "Surname": "Changed"}

    async def test_a_creation_whose_response_was_lost_is_unanswered_and_can_be_looked_up(
        self, sandbox: Sandbox
    ) -> None:
        """Files do not answer; what a crash leaves is tried below."""

    async def test_a_creation_that_failed_is_unanswered(self, sandbox: Sandbox) -> None:
        """As above."""

    async def test_an_update_whose_response_was_lost_is_repeated(self, sandbox: Sandbox) -> None:
        """As above."""

    async def test_refused_credentials_are_an_auth_error(self, sandbox: Sandbox) -> None:
        """A folder has none; those of an SFTP server are tried in test_sftp.py."""


@pytest.mark.parametrize("kind", TARGETS)
async def test_each_template_fits_together_and_reads_back_what_it_writes(tmp_path: Path, kind: str) -> None:
    system = TARGETS[kind].system
    assert consistency.check(YamlDocument(), system.description) == []
    async with opened(tmp_path, kind) as target:
        prepared = target.prepare("1", CITIZEN)
        assert prepared.problems == ()
        assert (await target.create(prepared)).target_id == "N1"
        found = await target.find("N1")
        assert {name: value for name, value in prepared.values.items() if value is not None} == {
            name: value for name, value in found.values.items() if value is not None
        }
        await target.hand_over()
    [[row]] = delivered(tmp_path)
    key = system.description.target.external_id
    assert (row[key], list(row)) == ("N1", [field.name for field in system.description.target.fields])


async def test_a_name_that_is_too_long_for_micropay_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path, "micropay_files") as target:
        long = replace(CITIZEN, surname="x" * 41, employee_number="123456789")
        assert {problem.field for problem in target.prepare("1", long).problems} == {
            "Employee number",
            "Surname",
        }


async def test_each_run_makes_a_file_with_a_manifest_and_none_without_a_change(tmp_path: Path) -> None:
    for number in (1, 2, 2):
        async with opened(tmp_path) as target:
            employee = replace(CITIZEN, employee_number=f"N{number}")
            if await target.find(f"N{number}") is None:
                await target.create(target.prepare("1", employee))
            await target.update(f"N{number}", target.prepare("1", employee), None)
            await target.hand_over()
    assert [[row["Employee number"] for row in rows] for rows in delivered(tmp_path)] == [["N1"], ["N2"]]
    content = (tmp_path / "out" / "employees-000002.csv").read_bytes()
    manifest = json.loads((tmp_path / "out" / "employees-000002.csv.manifest.json").read_text())
    assert manifest == {
        "number": 2,
        "file": "employees-000002.csv",
        "rows": 1,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": "new and changed employees",
    }
    assert [path.name for path in (tmp_path / "out" / MEMORY).iterdir()] == [
        "employees.payroll_files.ledger.jsonl"
    ]


async def test_a_full_list_is_one_file_with_everybody_under_the_headings_that_are_set(tmp_path: Path) -> None:
    settings = {"content": "Everybody", "headings": "Surname = Family name", "separator": "Semicolon"}
    for number in (1, 2):
        async with opened(tmp_path, **settings) as target:
            await target.create(target.prepare("1", replace(CITIZEN, employee_number=f"N{number}")))
            await target.hand_over()
    text = (tmp_path / "out" / "employees.csv").read_text("utf-8-sig")
    head, *lines = text.splitlines()
    assert "Family name" in head.split(";") and [line[:2] for line in lines] == ["N1", "N2"]
    with pytest.raises(ConfigError, match="Headings"):
        async with opened(tmp_path, headings="Nonsense = x") as target:
            await target.hand_over()


async def test_excel_has_texts_and_no_formula(tmp_path: Path) -> None:
    async with opened(tmp_path, format="Excel") as target:
        await target.create(
            target.prepare("1", replace(CITIZEN, surname='=HYPERLINK("x")', employee_number="007"))
        )
        await target.hand_over()
    sheet = load_workbook(tmp_path / "out" / "employees-000001.xlsx").worksheets[0]
    cells = {str(head.value): cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (cells["Employee number"].value, cells["Surname"].data_type) == ("007", "s")
    assert cells["Surname"].value == '\'=HYPERLINK("x")'


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\tx", "|x", "%x"])
def test_what_could_be_a_formula_is_defused(text: str) -> None:
    assert defuse(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+61 412 345 678", "Ann", "", "a=b", "2024-07-01"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert defuse(text) == text


async def test_two_employees_under_one_number_are_not_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as target:
        first, other = target.prepare("1", CITIZEN), target.prepare("2", replace(CITIZEN, surname="Other"))
        outcomes = await target.create_many([first, other])
    assert [outcome.problem is None for outcome in outcomes] == [True, False]
    assert "Another employee has a row under this number" in outcomes[1].problem.message


async def test_a_lost_ledger_is_no_empty_payroll_and_its_files_are_not_overwritten(tmp_path: Path) -> None:
    async with opened(tmp_path) as target:
        assert target.answered_without_list
        await target.create(target.prepare("1", CITIZEN))
        await target.hand_over()
    for path in (tmp_path / "out" / MEMORY).iterdir():
        path.unlink()
    async with opened(tmp_path) as target:
        assert await list_all(target) == {}
        assert target.answered_without_list
        await target.create(target.prepare("1", CITIZEN))
        await target.hand_over()
    assert len(delivered(tmp_path)) == 2


class Killed(BaseException):
    """The process has died."""


class DyingFolder:
    """Passes on what is asked of a folder, and dies at one of the changes: before it, in its middle or after it."""

    def __init__(self, inner: Any, step: int, moment: str) -> None:
        self._inner, self._left, self._moment = inner, step, moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def _die(
        self, change: Callable[[], Awaitable[None]], half: Callable[[], Awaitable[None]] | None
    ) -> None:
        self._left -= 1
        if self._left:
            await change()
            return
        if self._moment == "after":
            await change()
        elif self._moment == "middle" and half is not None:
            await half()
        raise Killed

    async def write(self, name: str, content: bytes) -> None:
        inner = self._inner
        await self._die(
            lambda: inner.write(name, content), lambda: inner.write(name, content[: len(content) // 2])
        )

    async def append(self, name: str, content: bytes) -> None:
        inner = self._inner
        await self._die(
            lambda: inner.append(name, content), lambda: inner.append(name, content[: len(content) // 2])
        )

    async def rename(self, name: str, other: str) -> None:
        await self._die(lambda: self._inner.rename(name, other), None)

    async def remove(self, name: str) -> None:
        await self._die(lambda: self._inner.remove(name), None)


async def _run(
    root: Path, people: Sequence[Employee], step: int = 0, moment: str = "before", **settings: Any
) -> None:
    """Do what a run does: look everybody up, create or update them, and hand over."""
    async with opened(root, **settings) as target:
        if step:
            target._place = target._ledger._folder = DyingFolder(target._place, step, moment)
        for employee in people:
            prepared = target.prepare("1", employee)
            number = str(employee.employee_number)
            found = await target.find(number)
            if found is None:
                outcome = await target.create(prepared)
            else:
                outcome = await target.update(number, prepared, found)
            assert outcome.problem is None
        await target.hand_over()


@pytest.mark.parametrize("moment", ["before", "middle", "after"])
@pytest.mark.parametrize("takes_away", [False, True])
async def test_a_crash_at_any_step_loses_nobody_and_writes_nobody_twice(
    tmp_path: Path, moment: str, takes_away: bool
) -> None:
    """The payroll may take a file away as soon as it sees it, also while nobody knows that it was renamed."""
    first = [replace(CITIZEN, employee_number=f"N{number}") for number in range(3)]
    second = [replace(first[0], surname="Changed"), *first[1:], replace(CITIZEN, employee_number="N9")]
    step, died = 0, True
    while died:
        step += 1
        root = tmp_path / f"{step}"
        root.mkdir()
        taken: list[dict[str, str]] = []

        def collect() -> None:
            for path in sorted((root / "out").glob("*.csv")):  # noqa: B023 - called in this turn
                taken.extend(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))  # noqa: B023
                path.unlink()

        await _run(root, first)
        collect()
        died = False
        try:
            await _run(root, second, step, moment)
        except Killed:
            died = True
        if takes_away:
            collect()
        await _run(root, second)
        await _run(root, second)
        collect()
        written = [(row["Employee number"], row["Surname"]) for row in taken]
        whole = [*((f"N{number}", "Citizen") for number in range(3)), ("N0", "Changed"), ("N9", "Citizen")]
        assert sorted(written) == sorted(whole), (step, moment)
        assert not list((root / "out").glob("*.part")), step
    assert step > 10
