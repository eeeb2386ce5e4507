"""iPayroll as the sandbox plays it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.sandbox import Sandbox
from tests.sandbox.conftest import Api


def employee(name: str = "E1", **fields: Any) -> dict[str, Any]:
    """Return an employee iPayroll takes."""
    return {
        "employeeId": name,
        "firstNames": "Aroha",
        "surname": "Walker",
        "fullTimeHoursWeek": 40,
        "gender": "Female",
        "payFrequency": "Weekly",
        "startDate": "2020-02-01",
        **fields,
    }


def messages(api: Api, *employees: dict[str, Any]) -> list[str]:
    """Return why employees are refused."""
    answer = api("POST", "", list(employees))
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert body["status"] == "422"
    found: list[str] = body["messages"]
    return found


def test_a_created_employee_can_be_read_with_dates_as_it_says_them(ipayroll: Api) -> None:
    created = ipayroll("POST", "", [employee(birthDate="1980-02-01")])
    assert created.status_code == 201
    one = ipayroll.get("/E1")
    assert created.json() == [one]
    assert (one["birthDate"], one["startDate"]) == ("1-Feb-1980", "1-Feb-2020")
    assert one["links"][0]["href"].endswith("/api/v1/employees/E1")


def test_a_list_has_twenty_unless_asked_and_a_hundred_at_most(ipayroll: Api) -> None:
    ipayroll("POST", "", [employee(f"E{number}") for number in range(130)])
    first = ipayroll.get("")
    assert (len(first["content"]), first["page"]) == (
        20,
        {"size": 20, "totalElements": 130, "totalPages": 7, "number": 0},
    )
    assert len(ipayroll.get("", size=500)["content"]) == 100
    last = ipayroll.get("", page=1, size=100)
    assert [one["employeeId"] for one in last["content"]] == [f"E{number}" for number in range(100, 130)]
    assert ipayroll.get("", page=9)["content"] == []


def test_a_list_leaves_out_those_who_have_left(ipayroll: Api) -> None:
    ipayroll(
        "POST",
        "",
        [
            employee("gone", finishDate="2021-01-01"),
            employee("going", finishDate="2199-01-01"),
            employee("here"),
        ],
    )
    assert [one["employeeId"] for one in ipayroll.get("")["content"]] == ["going", "here"]
    assert ipayroll.get("/gone")["finishDate"] == "1-Jan-2021"


def test_a_post_never_updates(ipayroll: Api, sandbox: Sandbox) -> None:
    ipayroll("POST", "", [employee()])
    assert messages(ipayroll, employee(surname="Other")) == ["Employee id E1 is already in use"]
    assert sandbox.control.payroll()[0]["surname"] == "Walker"


def test_a_post_is_all_or_nothing(ipayroll: Api, sandbox: Sandbox) -> None:
    found = messages(ipayroll, employee("E1"), employee("E2", gender="Non_Binary"), employee("E1"))
    assert found == [
        "employees[1]: Gender must be Male or Female",
        "employees[2]: Employee id E1 is already in use",
    ]
    assert sandbox.control.payroll() == []


@pytest.mark.parametrize(
    "field",
    ["employeeId", "firstNames", "surname", "fullTimeHoursWeek", "gender", "payFrequency", "startDate"],
)
def test_required_fields_are_required(ipayroll: Api, field: str) -> None:
    without = employee()
    del without[field]
    assert len(messages(ipayroll, without)) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "no at sign"}, "Email address is not valid"),
        ({"taxNumber": "49091851"}, "Tax number is not valid"),
        ({"taxNumber": "###-###-123"}, "Tax number is not valid"),
        ({"taxNumber": "123456782", "address": {"country": "New Zealand"}}, "Tax number is not valid"),
        ({"taxNumber": "49091850", "address": {"country": "Australia"}}, "Tax number is not valid"),
        (
            {"bankAccountNumber": "01-0902-0068388-00", "address": {"country": "New Zealand"}},
            "Bank account number is not valid",
        ),
        ({"bankAccountNumber": "1234"}, "Bank account number is not valid"),
        ({"address": {"country": "Singapore"}}, "Overseas employees are not allowed for this organisation"),
        ({"startDate": "1-Feb-2020"}, "Start date must be a date as yyyy-MM-dd"),
        ({"birthDate": "1980-02-30"}, "Birth date must be a date as yyyy-MM-dd"),
        ({"finishDate": "2019-01-01"}, "Finish date cannot be before the start date"),
        ({"surname": "x" * 65}, "surname must be text of at most 64 characters"),
        ({"fullTimeHoursWeek": 200}, "Full time hours per week must be between 1 and 168"),
    ],
)
def test_ipayroll_gives_a_sentence_with_each_refusal(
    ipayroll: Api, fields: dict[str, Any], message: str
) -> None:
    assert messages(ipayroll, employee(**fields)) == [message]


@pytest.mark.parametrize(
    "fields",
    [
        {
            "taxNumber": "49091850",
            "bankAccountNumber": "01-0902-0068389-00",
            "address": {"country": "New Zealand"},
        },
        {
            "taxNumber": "123 456 782",
            "bankAccountNumber": "064-001 12345678",
            "address": {"country": "Australia"},
        },
        {"taxNumber": "000000000", "address": {"country": "AU"}},
        {"taxNumber": "111111111"},
        {"email": "o'brien@mail.example.com"},
    ],
)
def test_valid_fields_are_accepted(ipayroll: Api, fields: dict[str, Any]) -> None:
    answer = ipayroll("POST", "", [employee(**fields)])
    assert answer.status_code == 201, answer.text


def test_an_update_lays_its_fields_over_what_is_there(ipayroll: Api, sandbox: Sandbox) -> None:
    ipayroll("POST", "", [employee(email="a@example.com")])
    assert ipayroll("PUT", "/E1", {"surname": "Parker"}).json()["surname"] == "Parker"
    assert sandbox.control.payroll() == [employee(email="a@example.com", surname="Parker")]


def test_an_update_may_replace_everything_when_told_so(ipayroll: Api, sandbox: Sandbox) -> None:
    ipayroll("POST", "", [employee(email="a@example.com")])
    sandbox.control.switches("ipayroll", full_replace=True)
    assert ipayroll("PUT", "/E1", {"surname": "Parker"}).status_code == 422
    assert ipayroll("PUT", "/E1", employee(surname="Parker")).ok
    assert "email" not in sandbox.control.payroll()[0]


def test_an_update_checks_what_would_come_out_and_keeps_the_id(ipayroll: Api) -> None:
    ipayroll("POST", "", [employee()])
    assert ipayroll("PUT", "/E1", {"email": "nowhere"}).json()["messages"] == ["Email address is not valid"]
    assert ipayroll("PUT", "/E1", {"employeeId": "E2"}).json()["messages"] == [
        "Employee id cannot be changed"
    ]
    assert ipayroll("PUT", "/E9", employee("E9")).status_code == 404


def test_a_body_that_is_not_a_json_array_is_a_400(ipayroll: Api) -> None:
    assert ipayroll.session.post(ipayroll.base, data=b"{").status_code == 400
    assert ipayroll("POST", "", employee()).status_code == 400
    assert ipayroll("POST", "", []).status_code == 400
    assert ipayroll("GET", "", page=-1).status_code == 400


def test_a_bad_token_is_refused_as_oauth_words_it_and_a_missing_scope_forbidden(
    sandbox: Sandbox, ipayroll: Api
) -> None:
    answer = Api(ipayroll.base, "nonsense")("GET", "")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    other = sandbox.control.grant("ipayroll", ["payrates"])["access_token"]
    assert Api(ipayroll.base, other)("GET", "").status_code == 403


def test_an_id_with_odd_characters_is_found_again(ipayroll: Api) -> None:
    ipayroll("POST", "", [employee("A/1 é")])
    assert ipayroll.get("/A%2F1%20%C3%A9")["employeeId"] == "A/1 é"


def test_creates_are_counted_per_employee(ipayroll: Api, sandbox: Sandbox) -> None:
    ipayroll("POST", "", [employee("E1"), employee("E2")])
    ipayroll("PUT", "/E1", {"surname": "Parker"})
    ipayroll("POST", "", [employee("E3", gender="")])
    counters = sandbox.control.counters("ipayroll")
    assert (counters["creates"], counters["updates"], counters["rejected"]) == (2, 1, 1)
    assert counters["created_per_employee"] == {"E1": 1, "E2": 1}
    assert counters["routes"] == {"create": 2, "update": 1}
