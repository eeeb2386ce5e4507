"""The check against the interface descriptions: it finds what is wrong, on both sides."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.openapi import Exchange, violations_of
from harness.sandbox import Sandbox
from tests.sandbox.conftest import Api
from tests.sandbox.test_ipayroll import employee

DETAIL = {
    "id": "1",
    "firstName": "Aroha",
    "surname": "Walker",
    "gender": "Female",
    "dateOfBirth": "1990-02-03",
}


def read(**changes: object) -> Exchange:
    """Return the reading of an employee, as it should be but for the changes."""
    good = Exchange(
        system="enablehr",
        host_url="https://rest.enablehr.com",
        method="get",
        path="/accounts/1001/employees/1",
        query="",
        content_type="",
        body=None,
        status_code=200,
        response_type="application/json",
        data=json.dumps(DETAIL).encode(),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def created(*employees: object, status: int = 201, answer: object = ()) -> Exchange:
    """Return a create at iPayroll."""
    return replace(
        read(
            system="ipayroll",
            host_url="https://secure2.ipayroll.co.nz",
            method="post",
            path="/api/v1/employees",
        ),
        content_type="application/json",
        body=json.dumps(employees).encode(),
        status_code=status,
        data=json.dumps(answer).encode(),
    )


def test_a_good_exchange_is_good() -> None:
    assert violations_of(read()) == ()
    assert violations_of(created(employee())) == ()


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (created({**employee(), "gender": "Non_Binary"}), ("request ipayroll: POST", "Non_Binary")),
        (created({"employeeId": "E1"}), ("request ipayroll: POST", "'firstNames' is a required property")),
        (created(employee(email=None)), ("request ipayroll: POST", "email")),
        (created(), ("request ipayroll: POST", "non-empty")),
        (read(path="/accounts/1001/employees", query="first=ten"), ("request enablehr", "first")),
        (read(path="/accounts", data=b"{}"), ("request enablehr: GET /accounts", "filter")),
        (read(path="/nowhere"), ("/nowhere", "not found")),
        (read(data=json.dumps(DETAIL | {"gender": "Unknown"}).encode()), ("answer 200", "gender", "Unknown")),
        (read(data=json.dumps(DETAIL | {"surname": None}).encode()), ("answer 200", "surname")),
        (read(data=json.dumps(DETAIL | {"dateOfBirth": "3/2/1990"}).encode()), ("answer 200", "dateOfBirth")),
        (read(status_code=418), ("answer 418", "418")),
        (read(response_type="text/html", data=b"<h1>Hello</h1>"), ("answer 200", "text/html")),
        (read(status_code=404, data=b'{"detail": "gone"}'), ("answer 404", "status")),
        (created(employee(), answer={"employeeId": "E1"}), ("answer 201", "array")),
    ],
)
def test_a_bad_exchange_is_named_with_what_is_wrong(exchange: Exchange, words: tuple[str, ...]) -> None:
    found = " ".join(violations_of(exchange))
    assert all(word in found for word in words), found


def test_a_request_that_was_refused_may_be_wrong_but_its_answer_may_not() -> None:
    refusal = {"id": "E422", "messages": ["First names is required"], "status": "422"}
    assert violations_of(created({"employeeId": "E1"}, status=422, answer=refusal)) == ()
    assert violations_of(created({"employeeId": "E1"}, status=422, answer={"messages": "no list"}))


def test_a_wrong_request_over_the_wire_is_found(sandbox: Sandbox, ipayroll: Api) -> None:
    assert ipayroll("POST", "", [employee(email=None)]).status_code == 201
    assert len(sandbox.violations) == 1
    assert "email" in sandbox.violations[0]
    sandbox.forgive()


def test_a_wrong_answer_over_the_wire_is_found(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.edit("500001", gender="Unknown", dateOfBirth="3/2/1990")
    enablehr.get("/accounts/1001/employees/500001")
    assert len(sandbox.violations) == 1
    assert "answer 200 to enablehr: GET /accounts/1001/employees/500001" in sandbox.violations[0]
    sandbox.forgive()


def test_nonsense_that_a_switch_provoked_is_not_held_against_anybody(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", html_instead_of_json=True)
    assert enablehr("GET", "/accounts/self").ok
    assert sandbox.violations == []
