"""enableHR as the sandbox plays it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.sandbox import Sandbox
from tests.sandbox.conftest import Api

EMPLOYEES = "/accounts/1001/employees"
PAYROLL_PARTS = ("bank-accounts", "tax-details", "retirement-savings")


def walk(api: Api, **query: Any) -> list[str]:
    """Read a list page by page; return the ids."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get(EMPLOYEES, **query, **cursor)
        ids += [entry["node"]["id"] for entry in page["data"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        cursor = {"after": page["pageInfo"]["endCursor"]}


def test_a_page_has_a_hundred_unless_asked(enablehr: Api) -> None:
    page = enablehr.get(EMPLOYEES)
    assert len(page["data"]) == 100
    assert page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("size", [1, 50, 99, 250, 1000])
def test_the_cursor_leads_past_everybody_once(sandbox: Sandbox, enablehr: Api, size: int) -> None:
    if size == 1:
        sandbox.control.reset(employees=12)
    ids = walk(enablehr, first=size)
    assert ids == [person["id"] for person in sandbox.control.people()]


def test_a_list_can_be_read_backwards(enablehr: Api) -> None:
    last = enablehr.get(EMPLOYEES, last=10)
    before = enablehr.get(EMPLOYEES, last=10, before=last["pageInfo"]["startCursor"])
    ids = [entry["node"]["id"] for entry in before["data"] + last["data"]]
    assert ids == [str(number) for number in range(500_231, 500_251)]


@pytest.mark.parametrize(
    "query", [{"first": 0}, {"first": "ten"}, {"first": 5, "last": 5}, {"after": "bm9uc2Vuc2U="}]
)
def test_a_list_asked_for_wrongly_is_a_list_of_problems(
    enablehr: Api, query: dict[str, Any], sandbox: Sandbox
) -> None:
    answer = enablehr("GET", EMPLOYEES, **query)
    assert answer.status_code == 400
    assert answer.json()[0]["status"] == 400
    assert (
        len(sandbox.violations) == 1
    )  # the description has no 400 for lists: a connector must not come here
    sandbox.forgive()


def test_another_filter_makes_the_cursor_invalid(enablehr: Api, sandbox: Sandbox) -> None:
    cursor = enablehr.get(EMPLOYEES, first=5)["pageInfo"]["endCursor"]
    assert enablehr("GET", EMPLOYEES, first=5, after=cursor, filter="gender:Female").status_code == 400
    sandbox.forgive()


def test_lists_can_be_filtered_and_sorted(enablehr: Api) -> None:
    page = enablehr.get(
        EMPLOYEES,
        first=300,
        filter="employmentStatus:Terminated OR employmentStatus:Leave",
        sort="surname:desc",
    )
    assert len(page["data"]) == 9
    surnames = [entry["node"]["surname"] for entry in page["data"]]
    assert surnames == sorted(surnames, reverse=True)
    assert walk(enablehr, first=2, filter="employeeNumber:HF000* AND gender:*") == [
        f"50000{number}" for number in range(1, 10)
    ]


def test_a_summary_is_part_of_the_detail(enablehr: Api) -> None:
    entry = enablehr.get(EMPLOYEES, first=1)["data"][0]
    detail = enablehr.get(f"{EMPLOYEES}/{entry['node']['id']}")
    assert entry["retrieveLink"].endswith(f"{EMPLOYEES}/{entry['node']['id']}")
    assert entry["node"].items() <= detail.items()
    assert {"personalAddress", "contacts", "commencementDate", "positionTitle"} <= set(detail) - set(
        entry["node"]
    )


def test_every_employee_has_bank_tax_and_savings_in_the_part_of_the_country(
    sandbox: Sandbox, enablehr: Api
) -> None:
    for person in sandbox.control.people():
        parts = {part: enablehr.get(f"{EMPLOYEES}/{person['id']}/{part}") for part in PAYROLL_PARTS}
        here, there = ("au", "nz") if person["region"] == "AU" else ("nz", "au")
        assert all(set(part) == {"au", "nz"} and not part[there] for part in parts.values())
        assert bool(parts["bank-accounts"][here]) == (person["trait"] != "no bank account")
        assert bool(parts["tax-details"][here]) == (person["trait"] != "no tax details")
        assert parts["retirement-savings"][here]


def test_accounts_branches_and_who_am_i(enablehr: Api) -> None:
    assert enablehr.get("/ping") == {"status": "OK"}
    assert enablehr.get("/users/self")["accounts"][0]["id"] == "1001"
    assert enablehr.get("/accounts/self") == {"accountIds": "1001"}
    assert enablehr.get("/accounts", filter="*")["data"][0]["node"]["legalName"] == "Harbour Foods Pty Ltd"
    branches = enablehr.get("/accounts/1001/branches")["data"]
    assert len(branches) == 6
    assert enablehr.get("/accounts/1001/branches/212")["parent"]["id"] == "211"
    assert enablehr("GET", "/accounts/1001/branches/999").status_code == 404
    assert len(enablehr.get("/accounts/1001/employment-types")["data"]) == 10
    assert len(enablehr.get("/accounts/1001/employment-statuses")["data"]) == 9


def test_other_accounts_are_not_found(enablehr: Api) -> None:
    for path in (f"{EMPLOYEES}/1", f"{EMPLOYEES}/1/bank-accounts", "/accounts/1002/employees"):
        answer = enablehr("GET", path)
        assert answer.status_code == 404
        assert answer.json()["status"] == 404


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (EMPLOYEES, "read:employees"),
        (f"{EMPLOYEES}/500001/tax-details", "read:employees:payroll"),
        (f"{EMPLOYEES}/500001/retirement-savings", "manage:employees:payroll"),
        ("/accounts/1001/branches", "read:accounts:referencedata"),
    ],
)
def test_a_missing_scope_is_refused(sandbox: Sandbox, path: str, scope: str) -> None:
    with_it = Api(sandbox.enablehr_url, sandbox.control.grant("enablehr", [scope])["access_token"])
    without = Api(sandbox.enablehr_url, sandbox.control.grant("enablehr", ["read:accounts"])["access_token"])
    assert with_it("GET", path).status_code == 200
    assert without("GET", path).status_code == 401
    assert scope in without("GET", path).json()["detail"]
    with_it.session.close()
    without.session.close()


def test_an_unknown_token_is_refused(sandbox: Sandbox) -> None:
    assert Api(sandbox.enablehr_url, "nonsense")("GET", EMPLOYEES).status_code == 401


def test_an_edit_moves_the_date_of_the_last_change_and_nothing_else(sandbox: Sandbox, enablehr: Api) -> None:
    before = enablehr.get(EMPLOYEES, first=250)["data"]
    sandbox.control.edit("500010", tax={"taxCode": "ME"})
    after = enablehr.get(EMPLOYEES, first=250)["data"]
    changed = [one["node"]["id"] for one, other in zip(after, before, strict=True) if one != other]
    assert changed == ["500010"]
    first = after[9]["node"]["dateUpdatedUTC"]
    sandbox.control.edit("500010", tax={"taxCode": "M"})
    assert enablehr.get(f"{EMPLOYEES}/500010")["dateUpdatedUTC"] > first


def finished(sandbox: Sandbox, enablehr: Api, status: str) -> str:
    """Return how an action has ended."""
    sandbox.control.advance(10)
    return str(enablehr.get(status)["actionStatus"])


def test_an_employee_can_be_added_changed_and_terminated(sandbox: Sandbox, enablehr: Api) -> None:
    body = {"branchId": "212", "firstName": "Kiri", "surname": "Brown", "dateOfBirth": "1990-02-03"}
    added = enablehr("POST", EMPLOYEES, body)
    assert added.status_code == 201
    assert not added.content
    path = added.headers["Location"].removeprefix(enablehr.base)
    assert enablehr.get(path)["surname"] == "Brown"
    assert enablehr("PUT", path, body | {"surname": "Green"}).status_code == 204
    assert enablehr.get(path)["surname"] == "Green"
    ended = enablehr(
        "POST", f"{path}/actions/terminate", {"endDate": "2026-10-01", "terminationMethod": "By_Notice"}
    )
    assert ended.status_code == 202
    status = ended.json()["actionStatusURL"].removeprefix(enablehr.base)
    assert enablehr.get(status)["actionStatus"] == "Pending"
    assert enablehr.get(path)["employmentStatus"] == "Current"
    assert finished(sandbox, enablehr, status) == "Completed"
    assert enablehr.get(path)["employmentStatus"] == "Terminated"
    assert enablehr.get(path)["endDate"] == "2026-10-01"


def test_an_update_is_a_complete_one_and_leaves_status_and_branch_alone(enablehr: Api) -> None:
    path, before = f"{EMPLOYEES}/500001", enablehr.get(f"{EMPLOYEES}/500001")
    body = {"branchId": "212", "firstName": "Kiri", "surname": "Brown", "employmentStatus": "Suspended"}
    assert enablehr("PUT", path, body).status_code == 204
    after = enablehr.get(path)
    assert after.keys() == {
        *("id", "firstName", "surname", "ownerBranch", "employmentStatus", "linkedBranches"),
        *("dateCreatedUTC", "dateUpdatedUTC"),
    }
    assert [after[name] for name in ("ownerBranch", "employmentStatus")] == [
        before[name] for name in ("ownerBranch", "employmentStatus")
    ]


def test_a_transfer_leads_to_a_new_record_and_a_failed_one_changes_nothing(
    sandbox: Sandbox, enablehr: Api
) -> None:
    path, body = f"{EMPLOYEES}/500001", {"toBranchId": "204", "transferType": "Move_Everything"}
    sandbox.control.switches("enablehr", fail_actions=1)
    for expected in ("Failed", "Completed"):
        accepted = enablehr("POST", f"{path}/actions/transfer", body)
        assert accepted.status_code == 202
        status = accepted.json()["actionStatusURL"].removeprefix(enablehr.base)
        assert finished(sandbox, enablehr, status) == expected
    old = enablehr.get(path)
    new = enablehr.get(f"{EMPLOYEES}/{old['newEmployeeId']}")
    assert (old["employmentStatus"], new["ownerBranch"]["id"], new["oldEmployeeId"]) == (
        "Transferred",
        "204",
        "500001",
    )
    wrong = enablehr("POST", f"{path}/actions/transfer", body | {"toBranchId": "9"})
    assert (wrong.status_code, len(wrong.json())) == (400, 2)


def test_bank_tax_and_savings_can_be_replaced(enablehr: Api) -> None:
    one = f"{EMPLOYEES}/500004"
    account = {
        "bsb": "064-001",
        "number": "1234567",
        "name": "Y Pillai",
        "remainder": True,
        "accountOrder": 0,
    }
    assert enablehr("PUT", f"{one}/bank-accounts", {"au": [account]}).status_code == 204
    assert account.items() <= enablehr.get(f"{one}/bank-accounts")["au"][0].items()
    assert enablehr("PUT", f"{one}/tax-details", {"au": {"tfn": "123456782"}}).status_code == 204
    assert enablehr.get(f"{one}/tax-details")["au"]["tfn"] == "123456782"
    assert enablehr("PUT", f"{one}/bank-accounts", {"nz": []}).status_code == 400


def test_a_wrong_employee_is_refused_with_every_problem(enablehr: Api) -> None:
    answer = enablehr(
        "POST",
        EMPLOYEES,
        {"branchId": "7", "surname": "x" * 129, "gender": "Unknown", "dateOfBirth": "1990-02-31x"},
    )
    assert answer.status_code == 400
    assert len(answer.json()) == 5
