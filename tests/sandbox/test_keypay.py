"""Employment Hero Payroll as the sandbox plays it: its key, what a PUT keeps, and errors that repeat what was sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from harness.sandbox import Sandbox, running_sandbox
from sandbox.keypay.keys import FIRST

pytestmark = pytest.mark.sandbox(employees=0)
PEOPLE = "/api/v2/business/4711/employee/unstructured"
ROSE: dict[str, Any] = {
    "firstName": "Rose",
    "surname": "Citizen",
    "startDate": "2024-02-01",
    "employmentType": "Full Time",
    "taxFileNumber": "865414088",
}
Call = Callable[..., requests.Response]


@pytest.fixture
def call(sandbox: Sandbox) -> Call:
    def call(method: str, path: str, body: Any = None, key: str = FIRST) -> requests.Response:
        return requests.request(method, f"{sandbox.keypay_url}{path}", json=body, auth=(key, ""), timeout=30)

    return call


def test_only_the_key_opens_it_and_only_for_its_business(call: Call, sandbox: Sandbox) -> None:
    assert call("GET", "/api/v2/business").json() == [{"id": 4711, "name": "Harbour Foods Pty Ltd"}]
    assert call("GET", "/api/v2/business", key="another").status_code == 401
    assert call("GET", PEOPLE.replace("4711", "99")).status_code == 403
    page = requests.get(f"{sandbox.url}/hero", timeout=30).text
    assert FIRST in page and "4711" in page
    requests.post(f"{sandbox.url}/hero", headers={"Sec-Fetch-Site": "cross-site"}, timeout=30)
    assert call("GET", "/api/v2/business").ok
    requests.post(f"{sandbox.url}/hero", headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)
    assert call("GET", "/api/v2/business").status_code == 401
    assert call("GET", "/api/v2/business", key=sandbox.control.hero_key()).ok


def test_a_put_keeps_what_is_not_sent_and_blanks_what_is_cleared(call: Call) -> None:
    number = call("POST", f"{PEOPLE}?matchType=None", ROSE | {"title": "Ms", "middleName": "Mary"}).json()[
        "id"
    ]
    answer = call(
        "PUT", f"{PEOPLE}/{number}", {"middleName": "(clear)", "title": None, "jobTitle": "Skipper"}
    ).json()
    assert (answer["operationType"], answer["status"]) == ("Updated", "Incomplete")
    found = call("GET", f"{PEOPLE}/{number}").json()
    assert (found["title"], found["middleName"], found["jobTitle"]) == ("Ms", None, "Skipper")
    assert (found["startDate"], found["employmentType"]) == ("2024-02-01T00:00:00", "FullTime")


def test_missing_fields_are_refused_line_by_line(call: Call, sandbox: Sandbox) -> None:
    answer = call("POST", f"{PEOPLE}?matchType=None", {"firstName": "Rose"})
    assert answer.status_code == 400
    assert answer.json()["message"].splitlines()[0] == "Surname: Surname is required"
    assert sandbox.control.counters("keypay")["rejected"] == 1 and sandbox.control.hero() == []


@pytest.mark.parametrize(("status", "kind"), [(422, "application/json"), (502, "text/html; charset=utf-8")])
def test_errors_can_repeat_what_was_sent(call: Call, sandbox: Sandbox, status: int, kind: str) -> None:
    sandbox.control.switches("keypay", repeat_next=1, fail_status=status)
    answer = call("POST", PEOPLE, ROSE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, kind)
    for spelling in (
        "865414088",
        "865 414 088",
        "865 - 414 - 088",
        base64.b64encode(f"{FIRST}:".encode()).decode(),
    ):
        assert spelling in answer.text
    assert call("POST", f"{PEOPLE}?matchType=None", ROSE).ok


def test_everything_is_there_again_after_a_restart(tmp_path: Any) -> None:
    with running_sandbox(tmp_path, employees=0) as sandbox:
        sandbox.control.switches("keypay", revoke_tokens=True)
        key = sandbox.control.hero_key()
        requests.post(
            f"{sandbox.keypay_url}{PEOPLE}?matchType=None", json=ROSE, auth=(key, ""), timeout=30
        ).raise_for_status()
    with running_sandbox(tmp_path, employees=0) as sandbox:
        assert sandbox.control.hero_key() == key
        [one] = sandbox.control.hero()
        page = requests.get(f"{sandbox.url}/hero", timeout=30).text
    assert one["surname"] == "Citizen" and "Rose Citizen" in page
    assert not re.search(r"865\W?414\W?088", page)
