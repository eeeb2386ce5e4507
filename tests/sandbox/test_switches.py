"""The switches that make a system misbehave."""

from __future__ import annotations

import time

import pytest
import requests

from harness.sandbox import Sandbox
from tests.sandbox.conftest import Api
from tests.sandbox.test_ipayroll import employee

EMPLOYEES = "/accounts/1001/employees"


def statuses(api: Api, path: str, count: int) -> list[int]:
    """Ask the same several times; return what came back."""
    return [api("GET", path).status_code for _ in range(count)]


def test_the_next_requests_fail_and_then_all_is_well(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", fail_next=2, fail_status=503)
    assert statuses(enablehr, EMPLOYEES, 4) == [503, 503, 200, 200]


def test_every_third_request_fails(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", fail_every=3)
    assert statuses(ipayroll, "", 6) == [200, 200, 500, 200, 200, 500]


def test_failures_can_be_kept_to_some_requests(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", fail_next=1, only_path="/tax-details", only_method="GET")
    assert statuses(enablehr, EMPLOYEES, 2) == [200, 200]
    assert statuses(enablehr, f"{EMPLOYEES}/500001/tax-details", 2) == [500, 200]


def test_a_web_page_comes_instead_of_json(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", html_instead_of_json=True)
    answer = ipayroll("GET", "")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("seconds", "header"), [(3, "3"), (0, None)])
def test_too_many_requests_are_refused(
    sandbox: Sandbox, enablehr: Api, seconds: int, header: str | None
) -> None:
    sandbox.control.switches("enablehr", rate_limit=3, retry_after=seconds)
    answers = [enablehr("GET", EMPLOYEES) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers.get("Retry-After") == header
    assert sandbox.control.counters("enablehr")["too_many_requests"] == 2


@pytest.mark.timing
def test_answers_can_be_slow(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", latency_ms=120)
    before = time.monotonic()
    ipayroll.get("")
    assert time.monotonic() - before >= 0.12


def test_an_answer_may_never_come(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", hang_seconds=30)
    with pytest.raises(requests.ReadTimeout):
        ipayroll.session.get(ipayroll.base, timeout=0.2)


def test_a_connection_is_cut_before_anything_is_done(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", reset_connection_next=1)
    with pytest.raises(requests.ConnectionError):
        ipayroll("POST", "", [employee()])
    assert sandbox.control.payroll() == []
    assert sandbox.control.counters("ipayroll")["statuses"] == {"lost": 1}


def test_an_answer_is_lost_after_the_work_is_done(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", answer_lost_next=1)
    with pytest.raises(requests.ConnectionError):
        ipayroll("POST", "", [employee()])
    assert [one["employeeId"] for one in sandbox.control.payroll()] == ["E1"]
    assert ipayroll.get("/E1")["surname"] == "Walker"


def test_a_create_is_carried_out_and_answered_with_500(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", create_then_500=1)
    assert ipayroll("POST", "", [employee()]).status_code == 500
    assert ipayroll("POST", "", [employee()]).status_code == 422
    assert sandbox.control.counters("ipayroll")["created_per_employee"] == {"E1": 1}


def test_one_employee_is_refused_with_a_sentence_of_choice(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", refuse_employees={"E2": "Employee has a pay in progress"})
    assert ipayroll("POST", "", [employee("E1")]).status_code == 201
    answer = ipayroll("POST", "", [employee("E2")])
    assert (answer.status_code, answer.json()["messages"]) == (422, ["Employee has a pay in progress"])


def test_a_locked_employee_cannot_be_updated(sandbox: Sandbox, ipayroll: Api) -> None:
    ipayroll("POST", "", [employee()])
    sandbox.control.switches("ipayroll", locked_employees=["E1"])
    assert ipayroll("PUT", "/E1", employee(surname="Parker")).status_code == 423


def test_everybody_is_unauthorised_until_the_switch_is_back(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", unauthorised=True)
    assert enablehr("GET", EMPLOYEES).status_code == 401
    sandbox.control.calm("enablehr")
    assert enablehr("GET", EMPLOYEES).status_code == 200


def test_access_tokens_can_be_made_to_expire_at_once(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", expire_access_tokens=True)
    assert enablehr("GET", EMPLOYEES).status_code == 401


def test_a_stuck_cursor_never_comes_to_an_end(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.switches("enablehr", cursor_stuck=True)
    first = enablehr.get(EMPLOYEES, first=100)
    again = enablehr.get(EMPLOYEES, first=100, after=first["pageInfo"]["endCursor"])
    assert again["pageInfo"] == first["pageInfo"]
    assert again["pageInfo"]["hasNextPage"]


def test_an_answer_can_break_off_half_way_after_the_work_was_done(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", half_answer_next=1)
    with pytest.raises(requests.RequestException):
        ipayroll("POST", "", [employee()])
    assert ipayroll.get("/E1")["surname"] == "Walker"
    assert sandbox.control.counters("ipayroll")["faults"] == {"half_answer_next": 1}


@pytest.mark.timing
def test_a_body_can_come_in_pieces(sandbox: Sandbox, enablehr: Api) -> None:
    whole = enablehr.get(EMPLOYEES, first=5)
    sandbox.control.switches("enablehr", slow_body_seconds=0.3)
    began = time.monotonic()
    assert enablehr.get(EMPLOYEES, first=5) == whole
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"enablehr": {"fail_nxet": 1}}, "fail_nxet"),
        ({"enablehr": {"fail_next": -1}}, "fail_next"),
        ({"nobody": {}}, "nobody"),
        ([], "object"),
    ],
)
def test_a_wrong_switch_is_named(sandbox: Sandbox, body: object, word: str) -> None:
    answer = requests.post(f"{sandbox.url}/control/switches", json=body, timeout=30)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_the_desk_is_closed_to_pages_of_other_sites(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/control/reset"
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert requests.post(url, data="{}", headers=header, timeout=30).status_code == 403
