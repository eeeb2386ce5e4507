"""What the sandbox keeps over a restart, and how it starts over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from harness.postgres import free_port
from harness.sandbox import Control, Sandbox, running_sandbox
from sandbox.enablehr.moves import MOVE, NO_TRACE
from tests.sandbox.conftest import Api
from tests.sandbox.test_ipayroll import employee


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, employees=30) as first:
        tokens = first.control.grant("ipayroll")
        api = Api(f"{first.ipayroll_url}/api/v1/employees", tokens["access_token"])
        assert api("POST", "", [employee()]).ok
        api.session.close()
        first.control.edit("500003", firstName="Renamed")
    with running_sandbox(tmp_path) as second:
        assert second.control.state()["people"] == 30
        assert second.control.person("500003")["firstName"] == "Renamed"
        assert second.control.payroll() == [employee()]
        assert second.control.counters("ipayroll")["created_per_employee"] == {"E1": 1}
        api = Api(f"{second.ipayroll_url}/api/v1/employees", tokens["access_token"])
        assert api.get("/E1")["surname"] == "Walker"
        api.session.close()


def test_a_killed_sandbox_has_lost_nothing(tmp_path: Path) -> None:
    port, state = free_port(), tmp_path / "state" / "sandbox.db"
    control = Control(f"http://127.0.0.1:{port}")
    process = start(port, state)
    try:
        control.edit("500001", surname="Changed")
    finally:
        process.kill()
        process.wait()
    process = start(port, state)
    try:
        assert control.person("500001")["surname"] == "Changed"
        assert state.stat().st_mode & 0o077 == 0
    finally:
        control.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) is not None


def start(port: int, state: Path) -> subprocess.Popen[bytes]:
    """Run the program as an operator would; return when it answers."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        str(port),
        "--state",
        str(state),
        "--employees",
        "20",
    ]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(f"http://127.0.0.1:{port}/enablehr/ping", timeout=1).ok:
                return process
        except requests.ConnectionError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the sandbox did not start")


def test_a_reset_starts_over_and_tokens_stay_good(sandbox: Sandbox, ipayroll: Api) -> None:
    sandbox.control.switches("ipayroll", latency_ms=1)
    ipayroll("POST", "", [employee()])
    before = sandbox.control.people()
    state = sandbox.control.reset(seed=2, employees=40)
    assert (state["people"], state["payroll"], state["seed"]) == (40, 0, 2)
    assert state["switches"]["ipayroll"]["latency_ms"] == 0
    assert state["counters"]["ipayroll"]["requests"] == 0
    assert sandbox.control.people() != before[:40]
    assert ipayroll.get("")["content"] == []
    sandbox.control.reset(seed=1, employees=250)
    assert sandbox.control.people() == before


def test_an_edit_merges_mappings_and_takes_fields_away(sandbox: Sandbox) -> None:
    before = sandbox.control.person("500005")
    after = sandbox.control.edit(
        "500005", contacts={"home": {"email": "new@example.com"}}, surname=None, id="other"
    )
    assert after["contacts"]["home"] == before["contacts"]["home"] | {"email": "new@example.com"}
    assert after["contacts"]["work"] == before["contacts"]["work"]
    assert "surname" not in after
    assert after["id"] == "500005"


def test_people_can_be_added_with_any_fields(sandbox: Sandbox) -> None:
    number = len(sandbox.control.people())
    answer = requests.post(
        f"{sandbox.url}/control/people", json={"people": [{"firstName": "Nia", "surname": "New"}]}, timeout=30
    )
    (added,) = answer.json()
    assert answer.status_code == 201 and len(sandbox.control.people()) == number + 1
    assert sandbox.control.person(added["id"])["surname"] == "New"
    refused = requests.post(f"{sandbox.url}/control/people", json={"people": ["Nia"]}, timeout=30)
    assert refused.status_code == 400 and "list" in refused.json()["error"]


def test_somebody_at_payroll_can_change_an_employee(sandbox: Sandbox, ipayroll: Api) -> None:
    ipayroll("POST", "", [employee()])
    sandbox.control.edit_payroll("E1", surname="Changed", finishDate="2020-12-31")
    assert ipayroll.get("/E1")["surname"] == "Changed"
    assert ipayroll.get("")["content"] == []


def test_requests_are_counted_by_what_they_ask_for(sandbox: Sandbox, enablehr: Api) -> None:
    one = "/accounts/1001/employees/500001"
    for path in (
        "/users/self",
        "/accounts/self",
        "/accounts/1001/employees",
        one,
        f"{one}/bank-accounts",
        f"{one}/tax-details",
    ):
        enablehr.get(path)
    enablehr.get(f"{one}/retirement-savings")
    enablehr("GET", "/accounts/1001/employees/7")
    counters = sandbox.control.counters("enablehr")
    assert counters["routes"] == {
        "users/self": 1,
        "accounts/self": 1,
        "employees": 1,
        "employee": 2,
        "bank-accounts": 1,
        "tax-details": 1,
        "retirement-savings": 1,
    }
    assert counters["statuses"] == {"200": 7, "404": 1}


def test_a_transfer_gives_a_person_a_second_record(sandbox: Sandbox, enablehr: Api) -> None:
    before = sandbox.control.person("500005")
    new = sandbox.control.transfer("500005", "203", employeeNumber="T-1")
    old = enablehr.get("/accounts/1001/employees/500005")
    copied = enablehr.get(f"/accounts/1001/employees/{new['id']}")
    assert (old["employmentStatus"], old["newEmployeeId"]) == ("Transferred", new["id"])
    assert (copied["employmentStatus"], copied["oldEmployeeId"]) == ("Current", "500005")
    assert (copied["employeeNumber"], copied["ownerBranch"]["id"]) == ("T-1", "203")
    assert new["bankAccounts"] == before["bankAccounts"] == sandbox.control.person("500005")["bankAccounts"]


def test_a_move_takes_everything_along_and_may_leave_no_trace(sandbox: Sandbox, enablehr: Api) -> None:
    sandbox.control.transfer("500005", "203", MOVE)
    assert "bankAccounts" not in sandbox.control.person("500005")
    new = sandbox.control.transfer("500006", "203", NO_TRACE)
    assert enablehr("GET", "/accounts/1001/employees/500006").status_code == 404
    assert "oldEmployeeId" not in enablehr.get(f"/accounts/1001/employees/{new['id']}")
    assert new["id"] not in ("500006", sandbox.control.transfer("500007", "203")["id"])


def test_a_merge_leaves_the_surviving_record_as_it_is(sandbox: Sandbox, enablehr: Api) -> None:
    surviving = sandbox.control.person("500006")
    assert sandbox.control.merge("500005", "500006") == surviving == sandbox.control.person("500006")
    merged = enablehr.get("/accounts/1001/employees/500005")
    assert (merged["employmentStatus"], merged["newEmployeeId"]) == ("Merged", "500006")


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("500005/transfer", {"branch": "9"}, "branchId is not a branch"),
        ("500005/transfer", {"branch": "203", "type": "Copy"}, "type must be one of"),
        ("500005/transfer", {"branch": "203", "changes": []}, "changes must be a JSON object"),
        ("1/transfer", {"branch": "203"}, "no such person"),
        ("500005/merge", {"into": "500005"}, "another person"),
        ("500005/merge", {}, "another person"),
    ],
)
def test_a_move_that_cannot_be_made_says_why(
    sandbox: Sandbox, path: str, body: dict[str, object], sentence: str
) -> None:
    answer = requests.post(f"{sandbox.url}/control/people/{path}", json=body, timeout=30)
    assert answer.status_code == 400 and sentence in answer.json()["error"]
