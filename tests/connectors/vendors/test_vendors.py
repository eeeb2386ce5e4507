"""Six vendors' interfaces are written as files: each creates, updates and then finds nothing to change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.employee import BankAccount, Employee
from connectors.contract.records import Outcome, TargetRecord
from connectors.http.sign_in import oauth
from connectors.rest import loader
from connectors.rest.client.target import RestTarget
from connectors.rest.loader import load_system
from core.sync.compare.diff import compare
from tests.connectors.described import QUICK
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER
from tests.connectors.rest.test_values import BRISBANE
from tests.connectors.stand_ins import Held
from tests.connectors.suites import read_all
from tests.connectors.vendor import Vendor, vendor
from tests.connectors.vendors.played import BambooHR, HiBob, Okta, Personio, Played, XeroAU, XeroNZ

FOLDER = Path(__file__).parent
JO = replace(AUSTRALIAN, end_date=None, custom={"locker": "A7"})
SETTINGS: dict[str, dict[str, Any]] = {
    "bamboohr": {"company": "h"},
    "personio": {"locker_field": "33400"},
    "xero_au": {"tenant": "t-1", "requests_per_second": 1000},
    "xero_nz": {"tenant": "t-1"},
}


def settings_of(kind: str, url: str, **more: Any) -> tuple[Any, Any]:
    system = load_system(FOLDER / f"{kind}.yaml")
    return system, system.form.model_validate({"url": url} | SETTINGS.get(kind, {}) | more)


@asynccontextmanager
async def opened(kind: str, played: Played, **more: Any) -> AsyncIterator[tuple[RestTarget, Vendor]]:
    with vendor(played.reply) as running:
        system, settings = settings_of(kind, running.url, **more)
        connector = loader.make_connector(system)
        assert connector.target is not None
        async with connector.target(settings, Held(), retry=QUICK, locality=BRISBANE) as target:
            assert isinstance(target, RestTarget)
            yield target, running


async def listed(target: RestTarget) -> list[TargetRecord]:
    return [target.translate(record.data) async for page in target.list_untranslated() for record in page]


def differences(target: RestTarget, employee: Employee, shown: TargetRecord) -> list[str]:
    fields = {field.name: field for field in target.fields}
    compared = compare(fields, target.prepare("s1", employee), shown)
    return [each.field.name for each in (*compared.differences, *compared.unseen)]


async def create(target: RestTarget, employee: Employee) -> Outcome:
    prepared = target.prepare("s1", employee)
    assert prepared.problems == ()
    return await target.create(prepared)


@pytest.mark.parametrize(
    ("kind", "played", "jo", "changed"),
    [
        ("hibob", HiBob(), JO, {"surname"}),
        ("bamboohr", BambooHR(), JO, {"lastName"}),
        ("personio", Personio(), JO, {"last_name"}),
        ("okta", Okta(), JO, {"profile.lastName"}),
        ("xero_au", XeroAU(), JO, {"LastName"}),
        ("xero_nz", XeroNZ(), replace(NEW_ZEALANDER, end_date=None), {"lastName"}),
    ],
)
async def test_a_vendor_takes_a_new_employee_and_a_change_and_then_nothing_differs(
    kind: str, played: Played, jo: Employee, changed: set[str]
) -> None:
    async with opened(kind, played) as (target, _):
        made = await create(target, jo)
        assert made.target_id is not None and made.problem is None
        [shown] = await listed(target)
        assert shown.target_id == made.target_id and differences(target, jo, shown) == []
        married = replace(jo, surname="Nguyen")
        assert set(differences(target, married, shown)) == changed
        updated = await target.update(made.target_id, target.prepare("s1", married), shown)
        assert (updated.target_id, updated.problem) == (made.target_id, None)
        [shown] = await listed(target)
        assert differences(target, married, shown) == []
        found = await target.find(made.target_id)
        assert found is not None and differences(target, married, found) == []
        assert await target.find(made.target_id[:-1] + "99") is None


async def test_hibob_ends_an_employment_by_its_own_request_and_only_once() -> None:
    played = HiBob()
    async with opened("hibob", played) as (target, running):
        made = await create(target, JO)
        left = replace(JO, end_date=date(2026, 6, 30), status="Terminated")
        prepared = target.prepare("s1", left)
        assert prepared.ends_employment and made.target_id is not None
        for _ in range(2):
            [shown] = await listed(target)
            assert (await target.update(made.target_id, prepared, shown)).problem is None
        [sent] = running.sent("POST", f"/v1/employees/{made.target_id}/terminate")
        assert sent.json == {"terminationDate": "2026-06-30"}
        assert "left" not in running.sent("PUT", f"/v1/people/{made.target_id}")[0].json


async def test_okta_is_searched_by_query_and_deactivates_who_has_left() -> None:
    played = Okta()
    async with opened("okta", played, filter="") as (target, running):
        await create(target, JO)
        await create(target, replace(JO, employee_number="HF9", first_name="Ann"))
        assert [each.target_id for each in await listed(target)] == ["1", "2"]
        assert "search" not in running.asked[-2].query
        found = await target.find_external("HF9")  # type: ignore[attr-defined]
        assert found is not None and found.target_id == "2"
        gone = target.prepare("s1", replace(JO, status="Terminated"))
        assert (await target.update("1", gone, None)).problem is None
        assert played.people["1"]["status"] == "DEPROVISIONED"
        assert running.sent("POST", "/api/v1/users/1/lifecycle/deactivate")[0].query == {"sendEmail": "false"}


async def test_bamboohr_says_in_a_header_why_it_refused_and_a_blank_date_is_cleared_by_its_word() -> None:
    played = BambooHR()
    async with opened("bamboohr", played) as (target, running):
        refused = await create(target, replace(JO, surname="Refused"))
        assert refused.problem is not None
        assert refused.problem.message == "BambooHR refused this employee: Employee number is taken."
        made = await create(target, JO)
        [shown] = await listed(target)
        assert shown.values["terminationDate"] is None
        cleared = target.prepare("s1", replace(JO, start_date=None, unread=frozenset()))
        assert cleared.values["hireDate"] is None and made.target_id is not None
        await target.update(made.target_id, cleared, shown)
        assert running.asked[-1].json["hireDate"] == "0000-00-00"


async def test_bamboohr_is_read_as_a_source_whose_list_is_a_summary() -> None:
    played = BambooHR()
    played.add({"firstName": "Jo", "lastName": "Citizen", "hireDate": "2024-07-01"})
    with vendor(played.reply) as running:
        system, settings = settings_of("bamboohr", running.url)
        connector = loader.make_connector(system)
        assert connector.source is not None
        async with connector.source(settings, Held(), retry=QUICK, locality=BRISBANE) as source:
            [record] = await read_all(source)
    assert record.source_id == "1" and record.employee is not None
    assert (record.employee.start_date, record.employee.end_date) == (date(2024, 7, 1), None)


@pytest.mark.parametrize(("attribute", "locker"), [("33400", "A7"), ("", None)])
async def test_personio_has_own_fields_in_places_that_a_setting_names(
    attribute: str, locker: str | None
) -> None:
    played = Personio()
    async with opened("personio", played, locker_field=attribute) as (target, running):
        await create(target, JO)
        own = running.asked[-1].json["employee"].get("custom_attributes")
        assert own == ({f"dynamic_{attribute}": locker} if locker else None)
        system, settings = settings_of("personio", running.url, locker_field=attribute)
        connector = loader.make_connector(system)
        assert connector.source is not None
        async with connector.source(settings, Held(), retry=QUICK, locality=BRISBANE) as source:
            [record] = await read_all(source)
    assert record.employee is not None and record.employee.custom.get("locker") == locker


async def test_xero_takes_entries_of_lists_dates_of_its_own_and_one_of_two_organisations() -> None:
    played = XeroAU()
    async with opened("xero_au", played) as (target, running):
        assert (await target.check()).name == "Harbour"
        await target.create_once(target.prepare("s1", JO), "key-1")  # type: ignore[attr-defined]
        [sent] = running.sent("POST", "/payroll.xro/1.0/Employees")
        assert sent.headers["idempotency-key"] == "key-1"
        [employee] = sent.json
        assert employee["DateOfBirth"] == "/Date(634003200000+0000)/"
        assert employee["TaxDeclaration"] == {"TaxFileNumber": "123456782"}
        [account] = employee["BankAccounts"]
        assert (account["BSB"], account["Remainder"], account["StatementText"]) == ("064000", True, "Salary")
        played.people["1"]["StartDate"] = "/Date(1719792000000+0000)/"
        [shown] = await listed(target)
        assert shown.values["StartDate"] == date(2024, 7, 1)
        assert shown.values["BankAccounts.0.AccountNumber"] == "12345678"
        played.people["1"]["BankAccounts"] = []
        [shown] = await listed(target)
        assert shown.values["BankAccounts.0.AccountNumber"] is None
        moved = replace(JO, bank_accounts=(BankAccount("J", "87654321", bsb="064001"),))
        await target.update("e-1", target.prepare("s1", moved), shown)
        assert played.people["1"]["BankAccounts"][0]["BSB"] == "064001"
    with vendor(played.reply) as running:
        system, settings = settings_of("xero_au", running.url, tenant="")
        connector = loader.make_connector(system)
        defaults: Any = connector.settings.model_validate({})
        assert (defaults.requests_per_second, defaults.concurrency) == (1.0, 5)
        assert [oauth.addresses(connector, defaults)[n].split("/")[2] for n in (0, 1)] == [
            "login.xero.com",
            "identity.xero.com",
        ]
        choice = connector.organisations
        assert choice is not None and choice.setting == "tenant"
        found = await choice.find(settings, Held())
        assert [(each.id, each.name) for each in found] == [("t-1", "Harbour"), ("t-2", "Fishing")]
        assert "xero-tenant-id" not in running.asked[-1].headers
