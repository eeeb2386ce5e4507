"""enableHR as a source, against the sandbox and against responses that the sandbox never gives.

One file, because all tests read the same few employees of one source.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from connectors.contract.employee import Address, BankAccount
from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.protocols import Organisation, Source
from connectors.contract.records import Reason, SourceRecord, Verdict
from connectors.enablehr.settings import EnableHrSettings
from connectors.enablehr.source import EnableHrSource
from connectors.enablehr.source_version import is_same_version, parse_version, settled_version
from connectors.http.retry import Retry
from harness.sandbox import Sandbox
from tests.connectors.stand_ins import Held, Script, reply, scripted
from tests.connectors.suites import SourceSuite, read_all

QUICK = Retry(first_wait=0.01)
LATER = datetime.now(UTC) + timedelta(days=365)


def opened(
    sandbox: Sandbox, *, scopes: list[str] | None = None, tokens: int = 2, **settings: Any
) -> EnableHrSource:
    """Return the sandbox's enableHR as a source, long after the last change, with a number of tokens to refresh by."""
    granted = [sandbox.control.grant("enablehr", scopes)["access_token"] for _ in range(tokens)]
    side = {
        "api_url": sandbox.enablehr_url,
        "login_url": sandbox.login_url,
        "requests_per_second": 1000,
    } | settings
    return EnableHrSource(
        EnableHrSettings.model_validate(side), Held(*granted), retry=QUICK, now=lambda: LATER
    )


class TestEnableHr(SourceSuite):
    """enableHR keeps the promises of a source."""

    system = "enablehr"

    def source(self, sandbox: Sandbox, page_size: int = 100) -> Source:
        return opened(sandbox, page_size=page_size)

    def everyone(self, sandbox: Sandbox) -> set[str]:
        return {person["id"] for person in sandbox.control.people()}

    def change(self, sandbox: Sandbox, source_id: str) -> None:
        sandbox.control.edit(source_id, surname="Changed")


@pytest.mark.sandbox(employees=20)
async def test_check_names_the_account(sandbox: Sandbox) -> None:
    async with opened(sandbox) as source:
        assert await source.check() == Organisation("1001", "Harbour Foods")
    async with opened(sandbox, account_id="1001") as source:
        assert (await source.check()).id == "1001"


@pytest.mark.sandbox(employees=1)
async def test_an_account_without_access_is_a_setting_to_correct(sandbox: Sandbox) -> None:
    async with opened(sandbox, account_id="2002") as source:
        with pytest.raises(ConfigError, match="account id"):
            await source.check()
        with pytest.raises(ConfigError, match="account id"):
            await read_all(source)


@pytest.mark.sandbox(employees=60)
async def test_details_are_read_as_enablehr_has_them(sandbox: Sandbox) -> None:
    async with opened(sandbox) as source:
        records = {record.source_id: record for record in await read_all(source)}
    people = {person["id"]: person for person in sandbox.control.people()}
    assert len(people) == 60
    for source_id, person in people.items():
        employee = records[source_id].employee
        assert employee is not None
        assert employee.surname == person.get("surname")
        assert employee.start_date == _date(person.get("commencementDate"))
        assert [account.number for account in employee.bank_accounts] == [
            account["number"] for account in person["bankAccounts"]
        ]
        assert (employee.au_tax.tfn if employee.au_tax else None) == (person.get("tax") or {}).get("tfn")
        assert (employee.nz_tax.ird if employee.nz_tax else None) == (person.get("tax") or {}).get(
            "irdNumber"
        )
        assert bool(employee.kiwisaver) == (person["region"] == "NZ")
        assert bool(employee.super_funds) == (person["region"] == "AU")
        assert employee.terminated == (person["employmentStatus"] in {"Terminated", "Completed"})


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.sandbox(employees=8)
@pytest.mark.parametrize(
    ("setting", "route"),
    [("read_bank", "bank-accounts"), ("read_tax", "tax-details"), ("read_super", "retirement-savings")],
)
async def test_details_that_are_switched_off_are_not_requested(
    sandbox: Sandbox, setting: str, route: str
) -> None:
    async with opened(sandbox, **_off(setting)) as source:
        records = await read_all(source)
    routes = sandbox.control.counters("enablehr")["routes"]
    assert route not in routes
    assert routes["employee"] == 8
    assert all(record.employee for record in records)


def _off(setting: str) -> dict[str, Any]:
    return {setting: False}


@pytest.mark.sandbox(employees=8)
async def test_employees_with_remembered_versions_cost_only_the_list(sandbox: Sandbox) -> None:
    async with opened(sandbox) as source:
        versions = {record.source_id: record.source_version or "" for record in await read_all(source)}
        before = sandbox.control.counters("enablehr")["requests"]
        await read_all(source, versions)
    assert sandbox.control.counters("enablehr")["requests"] - before == 1


@pytest.mark.sandbox(employees=8)
async def test_a_cursor_that_does_not_move_is_an_error_and_not_the_end(sandbox: Sandbox) -> None:
    sandbox.control.switches("enablehr", cursor_stuck=True)
    async with opened(sandbox, page_size=3) as source:
        with pytest.raises(TemporaryError, match="continues, but not where"):
            await read_all(source)


@pytest.mark.sandbox(employees=3)
async def test_a_consent_without_payroll_says_to_connect_again(sandbox: Sandbox) -> None:
    # Each of many concurrent requests may refresh the token.
    async with opened(sandbox, scopes=["read:accounts", "read:employees"], tokens=20) as source:
        with pytest.raises(AuthError, match="does not allow all that iHUB needs"):
            await read_all(source)


NODE = {"id": "1", "firstName": "Jane", "surname": "Citizen", "dateUpdatedUTC": "2026-01-01 00:00:00"}
DETAIL = {**NODE, "employeeNumber": "E1", "commencementDate": "2020-02-03T00:00:00"}


def page(*nodes: Any, more: Any = None, end: str | None = None) -> bytes:
    info = {"endCursor": end} | ({} if more is None else {"hasNextPage": more})
    return reply(200, {"pageInfo": info, "data": [{"cursor": end, "node": node} for node in nodes]})


def alone(system: Script, **settings: Any) -> EnableHrSource:
    """Return a source that reads no payroll details from a scripted system."""
    side = {"api_url": system.url, "account_id": "1", "requests_per_second": 1000, "page_size": 2}
    side |= {"read_bank": False, "read_tax": False, "read_super": False} | settings
    return EnableHrSource(EnableHrSettings.model_validate(side), Held(), retry=QUICK)


async def reading(*answers: bytes, **settings: Any) -> tuple[list[SourceRecord], Script]:
    async with scripted(*answers) as system, alone(system, **settings) as source:
        return await read_all(source, settings.pop("remembered", None)), system


def known(*nodes: str) -> dict[str, str]:
    return dict.fromkeys(nodes, NODE["dateUpdatedUTC"])


async def listing(*answers: bytes) -> tuple[list[str], int]:
    """Read lists of people whose versions are all remembered; return their ids and the number of pages requested."""
    async with scripted(*answers) as system, alone(system) as source:
        records = await read_all(source, known(*"abcdefgh"))
    return [record.source_id for record in records], len(system.asked)


def people(ids: str) -> list[dict[str, str]]:
    return [NODE | {"id": letter} for letter in ids]


async def test_paging_ends_at_the_first_sign_of_an_end() -> None:
    assert await listing(page(*people("ab"), more=False, end="x"), page(*people("cd"))) == (["a", "b"], 1)
    assert await listing(page(*people("ab"), end="x"), page(end="y")) == (["a", "b"], 2)
    assert await listing(page(*people("a"))) == (["a"], 1)


@pytest.mark.parametrize("more", [True, None])
async def test_a_short_page_is_not_the_end_unless_enablehr_says_so(more: bool | None) -> None:
    first, second = page(*people("a"), more=more, end="x"), page(*people("bc"), more=more, end="y")
    assert await listing(first, second, page(more=more, end="y")) == (["a", "b", "c"], 3)
    assert await listing(first, page(*people("bc"), more=False, end="y")) == (["a", "b", "c"], 2)


@pytest.mark.parametrize(
    "answers",
    [
        [page(*people("ab"), more=True, end="x"), page(*people("cd"), more=True, end="x")],
        [
            page(*people("ab"), end="x"),
            page(*people("cd"), end="y"),
            page(*people("ef"), end="x"),
            page(*people("gh"), end="y"),
        ],
        [page(*people("ab"), more=True)],
        [page(*people("ab"))],
        [page(*people("ab"), more=True, end="x"), page(*people("ab"), more=True, end="y")],
    ],
    ids=["the same cursor", "a circle of cursors", "no cursor", "a full page and no cursor", "nobody new"],
)
async def test_a_list_that_continues_without_a_new_cursor_is_an_error(answers: list[bytes]) -> None:
    with pytest.raises(TemporaryError, match="continues, but not where"):
        await listing(*answers)


BROKEN = [rb'"Jane \ud83d"', rb'"Jane\u0000"', b"NaN", b'"Zo\xeb"']


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("part", ["employee", "bank"])
async def test_a_value_that_nobody_can_read_is_one_record_with_a_problem(broken: bytes, part: str) -> None:
    bad = orjson.dumps(DETAIL | {"firstName": "here"} if part == "employee" else {"au": [{"name": "here"}]})
    bad = bad.replace(b'"here"', broken)
    answers = [reply(200, raw=bad)] if part == "employee" else [reply(200, DETAIL), reply(200, raw=bad)]
    async with (
        scripted(page(NODE, more=False), *answers) as system,
        alone(system, read_bank=part == "bank") as source,
    ):
        [record] = await read_all(source)
    assert record.problem is not None and record.problem.reason is Reason.UNREADABLE
    assert record.name == "Jane Citizen"
    assert ("firstName" if part == "employee" else "au.name") in record.problem.message


async def test_numbers_keep_all_their_digits_and_no_more() -> None:
    first = 123456789012345678901234567890
    nodes = b", ".join(b'{"node": {"id": %d, "surname": "Citizen"}}' % (first + number) for number in (0, 1))
    detail = b'{"surname": "Citizen", "employeeNumber": 4711.0, "personalAddress": {"postcode": 4000.0}}'
    listed = reply(200, raw=b'{"pageInfo": {"hasNextPage": false}, "data": [%b]}' % nodes)
    async with scripted(listed, reply(200, raw=detail)) as system, alone(system) as source:
        records = await read_all(source)
    assert [record.source_id for record in records] == [str(first), str(first + 1)]
    employee = records[0].employee
    assert employee is not None and employee.address is not None
    assert (employee.employee_number, employee.address.postcode) == ("4711", "4000")


async def test_an_employee_on_two_pages_is_read_once() -> None:
    assert await listing(page(*people("ab"), end="x"), page(*people("bc"), end="y"), page()) == (
        ["a", "b", "c"],
        3,
    )


async def test_the_next_page_is_requested_by_cursor() -> None:
    async with scripted(page(*people("ab"), end="x/1+"), page()) as system, alone(system) as source:
        await read_all(source, known("a", "b"))
    assert [asked.path for asked in system.asked] == [
        "/accounts/1/employees?first=2",
        "/accounts/1/employees?first=2&after=x/1%2B",
    ]


@pytest.mark.parametrize(
    "odd", [[], {"data": {}}, {"data": ["x"]}, {"data": [{"node": None}]}, {"data": [{"node": {}}]}, None]
)
async def test_a_list_in_an_unknown_form_is_never_taken_for_an_empty_one(odd: Any) -> None:
    with pytest.raises(TemporaryError):
        await reading(reply(200, odd))


async def test_the_reasons_of_a_refused_list_are_shown() -> None:
    problem = {"title": "Bad Request", "detail": "The cursor is not valid", "status": 400}
    with pytest.raises(
        TemporaryError, match=r"enableHR did not list its employees: The cursor is not valid\."
    ):
        await reading(reply(400, [problem]))


MALFORMED: dict[str, Callable[[], bytes]] = {
    "gone": lambda: reply(404, {"title": "Not Found", "status": 404}),
    "refused": lambda: reply(400, [{"title": "Bad Request", "detail": "No such thing", "status": 400}]),
    "forbidden": lambda: reply(403, {"title": "Forbidden", "status": 403}),
    "a list": lambda: reply(200, [DETAIL]),
    "empty": lambda: reply(200, {}),
    "another employee": lambda: reply(200, DETAIL | {"id": "2"}),
    "a bad date": lambda: reply(200, DETAIL | {"dateOfBirth": "31/12/1990"}),
    "a number for contacts": lambda: reply(200, DETAIL | {"contacts": 5}),
}


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED.keys())
async def test_one_bad_record_does_not_hide_the_others(bad: Callable[[], bytes]) -> None:
    nodes = [NODE, NODE | {"id": "3"}]
    good = reply(200, {key: value for key, value in DETAIL.items() if key != "id"})
    async with scripted(page(*nodes), bad(), good, good) as system, alone(system, page_size=3) as source:
        records = await read_all(source)
    problems = [record for record in records if record.problem]
    assert len(records) == 2
    assert len(problems) == 1
    assert problems[0].employee is None
    assert problems[0].name == "Jane Citizen"
    problem = problems[0].problem
    assert problem is not None
    assert (problem.reason, problem.verdict) == (Reason.UNREADABLE, Verdict.ERROR)
    assert all(bool(record.requests) <= bool(record.problem) for record in records)
    assert "enableHR" in problem.message
    assert "1990" not in problem.message


async def test_what_was_refused_or_not_answered_comes_with_the_employee() -> None:
    nodes = [NODE, NODE | {"id": "3"}]
    answers = (reply(403, {"message": "Not allowed"}), *[reply(503)] * 9)
    async with scripted(page(*nodes), *answers) as system, alone(system, page_size=3) as source:
        records = await read_all(source)
    asked = {record.source_id: list(record.requests) for record in records}
    (refused,) = next(each for each in asked.values() if len(each) == 1)
    assert (refused.system, refused.method, refused.status) == ("enableHR", "GET", 403)
    assert refused.path == "/accounts/…/employees/…" and not refused.failure
    unanswered = next(each for each in asked.values() if len(each) > 1)
    assert {each.status for each in unanswered} == {503} and all(each.failure for each in unanswered)


async def test_new_enumeration_values_and_unexpected_types_are_kept_as_they_are() -> None:
    odd = DETAIL | {
        "gender": "Another",
        "employmentStatus": "Sabbatical",
        "employmentType": "Gig",
        "employeeNumber": 4711,
        "extra": {},
    }
    records, _ = await reading(page(NODE), reply(200, odd))
    employee = records[0].employee
    assert employee is not None
    assert (employee.gender, employee.status, employee.employment_type) == ("Another", "Sabbatical", "Gig")
    assert employee.employee_number == "4711"
    assert employee.start_date == date(2020, 2, 3)


async def test_blank_is_absent_and_the_postal_address_is_the_fallback() -> None:
    odd = DETAIL | {
        "title": "  ",
        "personalAddress": {"line1": ""},
        "postalAddress": {"line1": "PO Box 1"},
        "contacts": None,
    }
    records, _ = await reading(page(NODE), reply(200, odd))
    employee = records[0].employee
    assert employee is not None
    assert (employee.title, employee.email) == (None, None)
    assert employee.address == Address(line1="PO Box 1")


async def test_the_bank_accounts_of_both_countries_are_read_in_order() -> None:
    bank = {
        "au": [
            {"bsb": "064-000", "number": "2", "name": "Two", "accountOrder": 1, "remainder": True},
            {"bsb": "064-000", "number": "1", "name": "One", "accountOrder": 0, "amountInCents": 5000},
        ],
        "nz": None,
    }
    records, _ = await reading(page(NODE), reply(200, DETAIL), reply(200, bank), read_bank=True)
    employee = records[0].employee
    assert employee is not None
    assert employee.bank_accounts == (
        BankAccount("One", "1", "064-000", amount_cents=5000),
        BankAccount("Two", "2", "064-000", remainder=True, order=1),
    )


async def test_missing_payroll_details_are_empty_and_malformed_ones_a_problem() -> None:
    records, _ = await reading(page(NODE), reply(200, DETAIL), reply(404, {}), read_tax=True)
    assert records[0].employee is not None
    assert records[0].employee.au_tax is None
    records, _ = await reading(page(NODE), reply(200, DETAIL), reply(200, {"au": [1]}), read_tax=True)
    assert records[0].problem is not None
    assert "tax-details" in records[0].problem.message


async def test_a_version_so_new_that_another_change_may_share_it_is_left_out() -> None:
    fresh = NODE | {"dateUpdatedUTC": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")}
    records, _ = await reading(
        page(fresh, NODE | {"id": "2"}), reply(200, {"surname": "Citizen"}), page_size=3
    )
    assert [record.source_version for record in records] == [None, NODE["dateUpdatedUTC"]]


def test_both_formats_of_a_version_are_read() -> None:
    assert parse_version("1997-07-16T19:20:30.45+01:00") == datetime(1997, 7, 16, 18, 20, 30, 450_000, UTC)
    assert parse_version("1997-07-16 18:20:30") == datetime(1997, 7, 16, 18, 20, 30, tzinfo=UTC)
    assert parse_version("1997-07-16T18:20:30Z") == parse_version("1997-07-16 18:20:30")
    assert parse_version("yesterday") is parse_version(None) is None


def test_versions_are_the_same_when_they_mean_the_same_moment() -> None:
    assert is_same_version("1997-07-16 18:20:30", "1997-07-16T19:20:30+01:00")
    assert is_same_version("version 7", "version 7")
    assert not is_same_version("version 7", "version 8")
    assert not is_same_version(None, None)
    assert not is_same_version("1997-07-16 18:20:30", "1997-07-16 18:20:31")


def test_a_version_settles_after_two_seconds_and_an_unknown_format_at_once() -> None:
    version = "2026-07-01 10:00:00"
    assert settled_version(version, datetime(2026, 7, 1, 10, 0, 1, tzinfo=UTC)) is None
    assert settled_version(version, datetime(2026, 7, 1, 10, 0, 2, tzinfo=UTC)) == version
    assert settled_version("version 7", datetime(2026, 7, 1, tzinfo=UTC)) == "version 7"


@pytest.mark.parametrize("status", [403, 404])
async def test_payroll_details_that_are_not_shown_are_unknown_and_not_blank(status: int) -> None:
    records, _ = await reading(page(NODE), reply(200, DETAIL), reply(status, {}), read_bank=True)
    employee = records[0].employee
    assert employee is not None and "bank_accounts" in employee.unread
    assert employee.refused is (status == 403)
    records, _ = await reading(
        page(NODE), reply(200, DETAIL), reply(200, {"au": [], "nz": []}), read_bank=True
    )
    employee = records[0].employee
    assert employee is not None and "bank_accounts" not in employee.unread and not employee.bank_accounts


async def test_invisible_characters_are_no_part_of_what_is_read() -> None:
    odd = DETAIL | {
        "surname": "\u200bQuill\u00ad",
        "employeeNumber": "\u200eE004",
        "firstName": "\u200b\u2060",
    }
    records, _ = await reading(page(NODE), reply(200, odd))
    employee = records[0].employee
    assert employee is not None
    assert (employee.first_name, employee.surname, employee.employee_number) == (None, "Quill", "E004")
