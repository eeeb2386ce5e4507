"""The pages a newcomer looks at."""

from __future__ import annotations

import re
from html import unescape

import pytest
import requests

from harness.sandbox import Sandbox
from tests.sandbox.conftest import Api
from tests.sandbox.test_ipayroll import employee

OURS = {"Sec-Fetch-Site": "same-origin"}


def text(answer: requests.Response) -> str:
    """Return what a page says, without its marks."""
    assert answer.status_code == 200, answer.text
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def page(sandbox: Sandbox, path: str, **query: object) -> requests.Response:
    """Open a page."""
    return requests.get(
        f"{sandbox.url}{path}", params={name: str(value) for name, value in query.items()}, timeout=30
    )


def form_of(html: str) -> dict[str, str]:
    """Return the fields of the form on a page as a browser would send them."""
    fields = dict(re.findall(r'<input name="([^"]+)"[^>]* value="([^"]*)"', html))
    for name, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', html):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items()}


def save(sandbox: Sandbox, name: str, **changes: str) -> requests.Response:
    """Open a person's form, change fields and send it."""
    fields = form_of(page(sandbox, f"/people/{name}").text) | changes
    return requests.post(f"{sandbox.url}/people/{name}", data=fields, headers=OURS, timeout=30)


def test_the_overview_says_what_this_is_and_counts(sandbox: Sandbox, enablehr: Api) -> None:
    enablehr.get("/accounts/1001/employees")
    said = text(page(sandbox, "/"))
    assert "stands in for enableHR , iPayroll , Employment Hero Payroll and Xero Payroll AU" in " ".join(
        said.split()
    )
    assert "250 people in enableHR" in said
    assert re.search(r"employees\s+1\b", said)


@pytest.mark.parametrize(
    "path", ["/", "/people", "/people/500001", "/payroll", "/hero", "/xero-employees", "/mails", "/webhooks"]
)
def test_pages_fetch_nothing_from_elsewhere(sandbox: Sandbox, path: str) -> None:
    answer = page(sandbox, path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', answer.text) == []
    assert "<script" not in answer.text


def test_people_are_listed_by_pages_with_their_numbers_hidden(sandbox: Sandbox) -> None:
    first, last = page(sandbox, "/people"), page(sandbox, "/people", page=10)
    assert len(re.findall(r'href="/people/\d+"', first.text)) == 25
    assert len(re.findall(r'href="/people/\d+"', last.text)) == 25
    assert "Page 10 of 10" in text(last)
    for person in sandbox.control.people()[:25]:
        tax = person.get("tax") or {}
        secrets = [
            *(account["number"] for account in person["bankAccounts"]),
            tax.get("tfn") or tax.get("irdNumber"),
        ]
        assert not any(secret and secret in first.text for secret in secrets)


def test_people_are_found_by_name_number_id_and_what_is_special(sandbox: Sandbox) -> None:
    assert "6 found" in text(page(sandbox, "/people", q="terminated"))
    assert "1 found" in text(page(sandbox, "/people", q="HF0004"))
    assert "1 found" in text(page(sandbox, "/people", q="500004"))
    assert "0 found" in text(page(sandbox, "/people", q="<script>"))


def test_a_form_sent_unchanged_changes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.control.people()
    for person in before[:60]:
        assert "Saved." in save(sandbox, person["id"]).text
    assert sandbox.control.people() == before


def test_a_person_is_changed_by_the_form_and_enablehr_says_so(sandbox: Sandbox, enablehr: Api) -> None:
    path = "/accounts/1001/employees/500004"
    before = enablehr.get(path)
    changes = {
        "surname": "O'Hara <b>",
        "contacts.home.email": "ohara@example.com",
        "middleName": "Kit",
        "personalAddress.line2": "Flat 2",
    }
    answer = save(sandbox, "500004", **changes, endDate="2026-01-31", employmentStatus="Terminated", title="")
    assert "Saved." in answer.text
    assert "O&#x27;Hara &lt;b&gt;" in answer.text
    after = enablehr.get(path)
    assert (after["surname"], after["contacts"]["home"]["email"]) == ("O'Hara <b>", "ohara@example.com")
    assert (after["employmentStatus"], after["endDate"]) == ("Terminated", "2026-01-31")
    assert "title" not in after
    assert after["personalAddress"] == before["personalAddress"] | {"line2": "Flat 2"}
    assert after["dateUpdatedUTC"] != before["dateUpdatedUTC"]


def test_bank_accounts_are_added_changed_and_removed_by_the_form(sandbox: Sandbox, enablehr: Api) -> None:
    path = "/accounts/1001/employees/500004/bank-accounts"
    second = {
        "bank.1.name": "Savings",
        "bank.1.bsb": "064-001",
        "bank.1.number": "7654321",
        "bank.1.amount": "$1,250.50",
    }
    save(sandbox, "500004", **second)
    accounts = enablehr.get(path)["au"]
    assert [account["accountOrder"] for account in accounts] == [0, 1]
    assert (accounts[1]["amountInCents"], accounts[1]["remainder"]) == (125_050, False)
    assert "more than 0" in save(sandbox, "500004", **{"bank.1.amount": "-5"}).text
    assert "sum of money" in save(sandbox, "500004", **{"bank.1.amount": "lots"}).text
    save(sandbox, "500004", **{"bank.0.number": ""})
    assert [account["number"] for account in enablehr.get(path)["au"]] == ["7654321"]


def test_tax_can_be_entered_where_there_was_none(sandbox: Sandbox, enablehr: Api) -> None:
    person = next(one for one in sandbox.control.people("no tax details") if one["region"] == "NZ")
    save(sandbox, person["id"], **{"tax.irdNumber": "49091850", "tax.taxCode": "M"})
    assert (
        enablehr.get(f"/accounts/1001/employees/{person['id']}/tax-details")["nz"]["irdNumber"] == "49091850"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
    ],
)
def test_forms_of_other_sites_change_nothing(sandbox: Sandbox, headers: dict[str, str]) -> None:
    before = sandbox.control.person("500004")
    answer = requests.post(
        f"{sandbox.url}/people/500004", data={"surname": "Changed"}, headers=headers, timeout=30
    )
    assert answer.status_code == 403
    assert sandbox.control.person("500004") == before


def test_a_browser_without_fetch_metadata_is_known_by_its_origin(sandbox: Sandbox) -> None:
    requests.post(
        f"{sandbox.url}/people/500004",
        data={"surname": "Changed"},
        headers={"Origin": sandbox.url},
        timeout=30,
    )
    assert sandbox.control.person("500004")["surname"] == "Changed"


def test_payroll_shows_what_it_holds(sandbox: Sandbox, ipayroll: Api) -> None:
    address = {"addressLine1": "1 High Street", "country": "New Zealand"}
    ipayroll(
        "POST", "", [employee("A/1", taxNumber="49091850", address=address), employee("E2", surname="Parker")]
    )
    listed = page(sandbox, "/payroll")
    assert "49091850" not in listed.text
    assert "…850" in listed.text
    assert "1 found" in text(page(sandbox, "/payroll", q="parker"))
    one = text(page(sandbox, "/payroll/A/1"))
    assert "49091850" in one
    assert "1 High Street, New Zealand" in one
    assert "Created 1 time." in one


def test_a_missing_person_is_not_found(sandbox: Sandbox) -> None:
    assert page(sandbox, "/people/7").status_code == 404
    assert page(sandbox, "/payroll/7").status_code == 404


def test_a_person_can_be_transferred_and_merged_on_their_page(sandbox: Sandbox) -> None:
    assert "Transfer or merge" in text(page(sandbox, "/people/500005"))
    address = f"{sandbox.url}/people/500005/move"
    moved = requests.post(
        address, data={"branch": "203", "type": "Transfer_Employee_Copy"}, headers=OURS, timeout=30
    )
    assert "Earlier record: 500005" in " ".join(text(moved).split())
    assert sandbox.control.person("500005")["employmentStatus"] == "Transferred"
    merged = requests.post(
        f"{sandbox.url}/people/500006/move", data={"into": "500007"}, headers=OURS, timeout=30
    )
    assert merged.url.endswith("/people/500007?saved")
    refused = requests.post(address, data={"into": "1"}, headers=OURS, timeout=30)
    assert refused.status_code == 400 and "another person" in refused.text
    assert requests.post(address, data={"into": "500007"}, timeout=30).status_code == 403
