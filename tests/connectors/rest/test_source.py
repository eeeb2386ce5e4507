"""A source that only a file describes: every kind of paging, details, source versions, unreadable employees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.employee import Address, AustralianTax, BankAccount
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Source
from connectors.contract.records import Reason, SourceRecord, Verdict
from connectors.rest import loader
from connectors.rest.client.lists.ahead import PAGES_AT_ONCE
from connectors.rest.client.source import RestSource
from core.sides.credentials import GivenAuthoriser
from tests.connectors.described import QUICK
from tests.connectors.rest import staff
from tests.connectors.rest.staff import DESCRIPTION, PAGING, TOKEN, Staff, paged
from tests.connectors.stand_ins import Held, reply, scripted
from tests.connectors.suites import SourceSuite, read_all

NODE = {"node": {"id": 1, "given": "Jo", "family": "Citizen"}}
LIST_ONLY = DESCRIPTION.replace("details: true", "details: false")


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Staff]:
    marker = request.node.get_closest_marker("sandbox")
    with staff.running(marker.kwargs["employees"] if marker else 3) as running:
        yield running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    TestPromises.folder = tmp_path
    return tmp_path


def opened(folder: Path, url: str, text: str = DESCRIPTION, page_size: int | None = 100) -> RestSource:
    file = folder / "staff.yaml"
    file.write_text(text)
    system = loader.load_system(file)
    side: dict[str, Any] = {"url": url, "requests_per_second": 1000}
    settings = system.form.model_validate(side | ({"page_size": page_size} if page_size else {}))
    authoriser = GivenAuthoriser(loader.make_connector(system), {"api_key": f" {TOKEN}\n"})
    return RestSource(system, settings, authoriser, retry=QUICK)


class TestPromises(SourceSuite):
    """The promises of a source."""

    system = "staff"
    folder: Path

    def source(self, sandbox: Any, page_size: int = 100) -> Source:
        return opened(self.folder, sandbox.url, page_size=page_size)

    def everyone(self, sandbox: Any) -> set[str]:
        return {str(number) for number in sandbox.people}

    def change(self, sandbox: Any, source_id: str) -> None:
        sandbox.people[int(source_id)] |= {"family": "Changed", "changed": "new"}


async def read_only_record(folder: Path, sandbox: Staff) -> SourceRecord:
    async with opened(folder, sandbox.url) as source:
        [record] = await read_all(source)
    return record


@pytest.mark.sandbox(employees=1)
async def test_values_are_translated_into_those_of_an_employee(folder: Path, sandbox: Staff) -> None:
    employee = (await read_only_record(folder, sandbox)).employee
    assert employee is not None
    assert (employee.first_name, employee.surname, employee.gender) == ("Jo", "Citizen 1", "Female")
    assert (employee.date_of_birth, employee.email, employee.status) == (
        date(1990, 2, 3),
        "jo1@example.com",
        "Current",
    )
    assert (employee.address, employee.au_tax) == (
        Address(suburb="New Farm"),
        AustralianTax(tfn="123 456 782"),
    )
    first, second = employee.bank_accounts
    assert first == BankAccount(None, "12345678", "064-000", 5000)
    assert second == BankAccount(None, "9", remainder=True)


@pytest.mark.sandbox(employees=1)
@pytest.mark.parametrize(
    ("name", "value"), [("born", "soon"), ("accounts", "none"), ("family", ""), ("given", {"a": 1})]
)
async def test_an_unreadable_employee_is_one_record_with_a_problem(
    folder: Path, sandbox: Staff, name: str, value: object
) -> None:
    sandbox.people[1][name] = value
    record = await read_only_record(folder, sandbox)
    assert record.problem is not None
    assert (record.problem.reason, record.problem.verdict) == (Reason.UNREADABLE, Verdict.ERROR)
    assert "soon" not in record.problem.message


@pytest.mark.sandbox(employees=8)
async def test_one_employee_that_fails_does_not_stop_the_others_but_many_do(
    folder: Path, sandbox: Staff
) -> None:
    sandbox.poisoned = {3}
    async with opened(folder, sandbox.url, page_size=2) as source:
        records = await read_all(source)
        assert [record.source_id for record in records if record.problem] == ["3"]
        sandbox.poisoned = set(range(9))
        with pytest.raises(TemporaryError):
            await read_all(source)


@pytest.mark.sandbox(employees=1)
async def test_a_value_that_the_map_does_not_have_is_not_an_error(folder: Path, sandbox: Staff) -> None:
    sandbox.people[1]["sex"] = "X"
    employee = (await read_only_record(folder, sandbox)).employee
    assert employee is not None
    assert employee.gender == "X"


@pytest.mark.sandbox(employees=7)
@pytest.mark.parametrize("kind", ["cursor", *PAGING])
@pytest.mark.parametrize("size", [1, 3, 7, 100])
async def test_everybody_is_read_with_every_kind_of_paging(
    folder: Path, sandbox: Staff, kind: str, size: int
) -> None:
    async with opened(folder, sandbox.url, paged(kind), size) as source:
        ids = [record.source_id for record in await read_all(source)]
    assert ids == [str(number) for number in range(1, 8)]


@pytest.mark.sandbox(employees=3)
@pytest.mark.parametrize("details", [True, False])
async def test_without_details_only_the_list_is_read(folder: Path, sandbox: Staff, details: bool) -> None:
    text = DESCRIPTION.replace("details: true", f"details: {str(details).lower()}")
    async with opened(folder, sandbox.url, text) as source:
        assert len(await read_all(source)) == 3
    assert sandbox.counted["requests"] == (4 if details else 1)


async def test_an_employee_is_found_in_the_list_without_a_get_endpoint(folder: Path, sandbox: Staff) -> None:
    text = DESCRIPTION.replace('  get: {path: "/people/{id}"}\n', "").replace(
        "details: true", "details: false"
    )
    async with opened(folder, sandbox.url, text, 2) as source:
        record = await source.read_one("3")
        assert record is not None
        assert record.name == "Jo Citizen 3"
        assert await source.read_one("4") is None


async def test_the_details_of_another_employee_are_not_used(folder: Path) -> None:
    listed = {
        "data": [{"node": {"id": number, "given": "Jo", "family": f"Citizen {number}"}} for number in (1, 2)]
    }
    shown = reply(200, [{"id": 1, "given": "A", "family": "One"}])
    async with scripted(reply(200, listed), shown, shown) as system, opened(folder, system.url) as source:
        records = {record.source_id: record for record in await read_all(source)}
    assert records["1"].employee is not None and records["1"].employee.surname == "One"
    assert records["2"].employee is None and records["2"].problem is not None
    assert records["2"].problem.reason is Reason.UNREADABLE


async def test_an_employee_without_a_required_value_is_unreadable(folder: Path) -> None:
    text = LIST_ONLY.replace("  details: false", "  details: false\n  required: [surname, bank_accounts]")
    people = [
        {"id": 1, "family": "C", "accounts": [{"account": "12345678"}]},
        {"id": 2, "family": "D", "accounts": []},
    ]
    listed = reply(200, {"data": [{"node": employee} for employee in people]})
    async with scripted(listed) as system, opened(folder, system.url, text) as source:
        with_accounts, without = await read_all(source)
    assert (with_accounts.problem, without.problem is None) == (None, False)


async def test_a_cursor_that_does_not_move_is_an_error_not_the_end(folder: Path) -> None:
    answers = [
        {"data": [{"node": {"id": number, "family": "C"}}], "info": {"end": "x", "more": True}}
        for number in (1, 2)
    ]
    async with (
        scripted(*(reply(200, answer) for answer in answers)) as system,
        opened(folder, system.url, LIST_ONLY) as source,
    ):
        with pytest.raises(TemporaryError, match="not where"):
            await read_all(source)


ENDLESS: dict[str, list[dict[str, Any]]] = {
    "cursor": [{"data": [NODE], "info": {"end": cursor, "more": True}} for cursor in ("x", "x")],
    "page": [{"data": [NODE], "pages": 9}],
    "blind": [{"data": [NODE]}],
    "offset": [{"data": [NODE]}],
    "next": [{"data": [NODE], "next": "/hr/people/next?after=1"}],
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_a_list_that_repeats_itself_is_an_error_not_the_end(folder: Path, kind: str) -> None:
    text = paged(kind).replace("details: true", "details: false")
    async with (
        scripted(*(reply(200, answer) for answer in ENDLESS[kind])) as system,
        opened(folder, f"{system.url}/hr", text, page_size=1) as source,
    ):
        with pytest.raises(TemporaryError, match="continues, but not where"):
            await read_all(source)
    assert len(system.asked) <= 1 + PAGES_AT_ONCE


async def test_cursors_that_go_in_a_circle_are_an_error(folder: Path) -> None:
    answers = [
        reply(200, {"data": [{"node": {"id": number, "family": "C"}}], "info": {"end": end, "more": True}})
        for number, end in ((1, "a"), (2, "b"), (3, "a"), (4, "b"))
    ]
    async with scripted(*answers) as system, opened(folder, system.url, LIST_ONLY) as source:
        with pytest.raises(TemporaryError, match="continues, but not where"):
            await read_all(source)


async def test_an_empty_page_in_the_middle_of_a_list_is_not_its_end(folder: Path) -> None:
    pages: list[tuple[list[Any], str | None]] = [
        ([NODE], "a"),
        ([], "b"),
        ([{"node": {"id": 2, "family": "C"}}], None),
    ]
    answers = [reply(200, {"data": data, "info": {"end": end}}) for data, end in pages]
    async with scripted(*answers) as system, opened(folder, system.url, LIST_ONLY) as source:
        assert [record.source_id for record in await read_all(source)] == ["1", "2"]


async def test_a_next_page_at_another_address_is_not_requested(folder: Path) -> None:
    page = reply(200, {"data": [NODE]}, Link='<https://evil.example.com/other>; rel="next"')
    text = paged("link").replace("details: true", "details: false")
    async with scripted(page) as system, opened(folder, f"{system.url}/hr", text) as source:
        with pytest.raises(TemporaryError, match="not its own"):
            await read_all(source)
    assert len(system.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        [],
        {"data": {}},
        {"data": [1]},
        {"data": [{"node": {"given": "Jo"}}]},
        {"people": [NODE]},
        {"page": {"people": [NODE]}},
        {"error": "Not now"},
        {"data": None, "message": "Not now"},
    ],
)
async def test_a_list_of_another_shape_is_not_an_empty_list(folder: Path, odd: object) -> None:
    async with scripted(reply(200, odd)) as system, opened(folder, system.url) as source:
        with pytest.raises(TemporaryError):
            await read_all(source)


async def test_a_list_that_does_not_exist_is_a_wrong_address(folder: Path) -> None:
    async with scripted(reply(404)) as system, opened(folder, system.url) as source:
        with pytest.raises(ConfigError, match="Correct the address"):
            await read_all(source)
        with pytest.raises(ConfigError, match="Correct the address"):
            await source.check()


async def test_the_key_is_sent_in_the_header_that_the_file_names(folder: Path) -> None:
    async with scripted(reply(200, {"data": []})) as system, opened(folder, system.url) as source:
        assert await read_all(source) == []
    assert system.asked[0].headers["x-token"] == f"Key {TOKEN}"
    assert system.asked[0].path.startswith("/people/cursor?view=short&first=100")


def test_a_source_can_be_opened_with_any_authoriser(folder: Path) -> None:
    file = folder / "staff.yaml"
    file.write_text(DESCRIPTION)
    made = loader.load_connector(file)
    assert list(made.roles()) == ["source"]
    assert made.source is not None
    made.source(made.settings(), Held())
