"""enableHR as a target, against the sandbox and enableHR's interface description."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest

from connectors.contract.employee import Address, Employee
from connectors.contract.errors import ConfigError, PendingError, UnansweredError
from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Prepared, Reason, Verdict
from connectors.contract.requests.pending import PendingRequest, PendingRequests
from connectors.registry import connector_of
from connectors.rest.client.target import RestTarget
from core.sync.compare.diff import compare
from harness.sandbox import Sandbox
from sandbox.world import ACCOUNT_ID
from tests.connectors.described import target_of
from tests.connectors.people import AUSTRALIAN
from tests.connectors.stand_ins import Held
from tests.connectors.suites import TargetSuite, list_all

pytestmark = pytest.mark.sandbox(employees=0)
KIND, WAREHOUSE, SHOPS = "enablehr_target", "202", "204"
EMPLOYEE = replace(AUSTRALIAN, employment_type="Permanent_FullTime")
GONE = replace(EMPLOYEE, status="Terminated", end_date=date(2026, 1, 31))
TRANSFER = "/accounts/{account}/employees/{id}/actions/transfer"
OFFLINE = "http://127.0.0.1:1"


def opened(url: str, *tokens: str, **settings: Any) -> RestTarget:
    own = {"url": url, "login_url": url, "account": ACCOUNT_ID, "branch": WAREHOUSE}
    return target_of(KIND, Held(*tokens), **(own | settings))


def in_sandbox(sandbox: Sandbox, **settings: Any) -> RestTarget:
    token = sandbox.control.grant("enablehr")["access_token"]
    return opened(sandbox.enablehr_url, token, token, **settings)


def prepared(employee: Employee, **settings: Any) -> Prepared:
    return opened(OFFLINE, **settings).prepare("1", employee)


class Remembered(PendingRequests):
    """What is remembered of one employee, without a store."""

    def __init__(self) -> None:
        self.held: dict[str, PendingRequest] = {}
        self.kept: list[str | None] = []

    def get(self, name: str) -> PendingRequest | None:
        return self.held.get(name)

    async def keep(self, name: str, address: str | None) -> None:
        self.kept.append(address)
        self.held[name] = PendingRequest(address, datetime.now(UTC))

    async def drop(self, name: str) -> None:
        self.held.pop(name, None)


class TestPromises(TargetSuite):
    """The promises of a target."""

    system = "enablehr"
    complete: Employee = EMPLOYEE
    required: ClassVar[dict[str, str]] = {"first_name": "First name", "surname": "Surname"}

    def target(self, sandbox: Sandbox, page_size: int = 100) -> Target:
        return in_sandbox(sandbox, page_size=page_size)

    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        sandbox.control.switches(self.system, refuse_employees={str(prepared.values["surname"]): words})


async def test_the_account_is_chosen_from_those_that_the_sign_in_opens(sandbox: Sandbox) -> None:
    sandbox.control.switches("enablehr", two_accounts=True)
    async with in_sandbox(sandbox) as target:
        assert (await target.check()).name == "Harbour Foods"
        branches = await target.list_choices("branches")
    assert "Warehouse" in [each.label for each in branches]
    async with in_sandbox(sandbox, account="another") as target:
        with pytest.raises(ConfigError, match="Account"):
            await target.check()
    connector = connector_of(KIND)
    assert connector.organisations is not None and connector.organisations.setting == "account"
    assert (connector.name, connector.client_kind, connector.roles()) == ("enableHR", "enablehr", ["target"])


async def created(target: RestTarget, employee: Employee = EMPLOYEE) -> str:
    made = await target.create(target.prepare("1", employee))
    assert made.target_id is not None, made.problem
    return made.target_id


async def test_an_update_keeps_what_only_enablehr_has_and_clears_what_the_source_has_cleared(
    sandbox: Sandbox,
) -> None:
    async with in_sandbox(sandbox) as target:
        made = await created(target)
        sandbox.control.edit(made, nickname="Til", postalAddress={"line1": "PO Box 1"})
        moved = replace(EMPLOYEE, position="Skipper", preferred_name=None, middle_name=None)
        assert (await target.update(made, target.prepare("1", moved), None)).problem is None
    stored = sandbox.control.person(made)
    assert (stored["positionTitle"], stored["nickname"]) == ("Skipper", "Til")
    assert stored["postalAddress"] == {"line1": "PO Box 1"} and stored["branchId"] == WAREHOUSE
    assert not {"preferredName", "middleName"} & stored.keys()


def test_what_enablehr_needs_and_the_source_lacks_is_named() -> None:
    [problem] = prepared(EMPLOYEE, branch="").problems
    assert (problem.reason, problem.field, problem.verdict) == (
        Reason.NOT_CONFIGURED,
        "Branch",
        Verdict.FILTER,
    )
    [problem] = prepared(replace(EMPLOYEE, first_name=None)).problems
    assert (problem.reason, problem.field) == (Reason.MISSING_FIELD, "First name")


def test_nobody_is_terminated_without_a_method_that_somebody_chose() -> None:
    without = prepared(GONE)
    [problem] = without.problems
    assert (problem.reason, problem.field, problem.verdict) == (
        Reason.NO_VALUE_MAP,
        "Termination method",
        Verdict.FILTER,
    )
    chosen = prepared(GONE, termination_method="By notice")
    assert chosen.problems == () and chosen.ends_employment
    assert chosen.values["terminationMethod"] == "By_Notice"
    stays = prepared(EMPLOYEE, termination_method="By notice")
    assert not {"endDate", "terminationMethod"} & stays.values.keys()
    assert stays.ongoing is not None and not stays.ongoing.can_reopen


@pytest.mark.parametrize(
    ("status", "sent"),
    [("Current", "Current"), ("Leave", "Leave"), (None, "Current"), ("Terminating", "Current")],
)
def test_a_new_employee_has_a_status_that_enablehr_knows(status: str | None, sent: str) -> None:
    made = prepared(replace(EMPLOYEE, status=status))
    assert made.values["employmentStatus"] == sent and "employmentStatus" in made.create_only


def test_words_of_other_systems_are_known_or_named() -> None:
    made = prepared(replace(EMPLOYEE, gender="f", employment_type="part time"))
    assert (made.values["gender"], made.values["employmentType"]) == ("Female", "Permanent_PartTime")
    other = prepared(replace(EMPLOYEE, gender="?", employment_type="Zero hours"))
    assert [each.code for each in other.warnings] == ["GENDER_NOT_SENT", "EMPLOYMENT_TYPE_NOT_SENT"]
    blank = prepared(replace(EMPLOYEE, address=Address(country="Australia")))
    assert not any(name.startswith("personalAddress") for name in blank.values)


async def test_a_termination_is_followed_to_its_end(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox, termination_method="Summarily") as target:
        made = await created(target)
        gone, pending = target.prepare("1", GONE), Remembered()
        with pending:
            assert (await target.update(made, gone, None)).problem is None
        found = await target.find(made)
        assert found is not None
        assert compare({field.name: field for field in target.fields}, gone, found).differences == ()
        assert (await target.update(made, gone, found)).problem is None
    stored = sandbox.control.person(made)
    assert (stored["employmentStatus"], stored["endDate"]) == ("Terminated", "2026-01-31")
    assert sandbox.control.counters("enablehr")["routes"]["POST terminate"] == 1
    [before, address] = pending.kept
    assert before is None and str(address).startswith(f"/accounts/{ACCOUNT_ID}/action-status/")
    assert pending.held == {}


async def test_a_transfer_leads_to_the_new_record_and_is_not_sent_again(sandbox: Sandbox) -> None:
    async with in_sandbox(sandbox) as target:
        made = await created(target)
    async with in_sandbox(sandbox, branch=SHOPS) as target:
        moved = target.prepare("1", EMPLOYEE)
        outcomes = [await target.update(made, moved, None) for _ in range(2)]
        listed = await list_all(target)
    assert [each.problem for each in outcomes] == [None, None]
    [new_id] = {str(each.target_id) for each in outcomes}
    assert new_id != made and sandbox.control.person(made)["employmentStatus"] == "Transferred"
    assert sandbox.control.person(new_id)["branchId"] == SHOPS
    assert list(listed) == [new_id]
    assert sandbox.control.counters("enablehr")["routes"]["POST transfer"] == 1


async def test_a_failed_action_is_a_refusal_and_is_tried_again_later(sandbox: Sandbox) -> None:
    sandbox.control.switches("enablehr", fail_actions=1)
    async with in_sandbox(sandbox, termination_method="By consent") as target:
        made = await created(target)
        with Remembered() as pending:
            refused = await target.update(made, target.prepare("1", GONE), None)
            assert refused.problem is not None and refused.problem.reason is Reason.REFUSED
            assert pending.held == {}
            assert (await target.update(made, target.prepare("1", GONE), None)).problem is None


async def paused_transfer(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, pending: Remembered
) -> tuple[str, RestTarget]:
    """Begin a transfer that does not end; return who is transferred, and the target."""
    monkeypatch.setattr("connectors.rest.client.updates.following.PAUSES", (30.0,))
    sandbox.control.switches("enablehr", action_seconds=600)
    async with in_sandbox(sandbox) as target:
        made = await created(target)
    target = in_sandbox(sandbox, branch=SHOPS)
    monkeypatch.setattr("connectors.rest.client.updates.following.asyncio.sleep", no_sleep)
    async with target:
        with pending, pytest.raises(PendingError, match="has not finished it after 60 seconds"):
            await target.update(made, target.prepare("1", EMPLOYEE), None)
    return made, in_sandbox(sandbox, branch=SHOPS)


async def no_sleep(_seconds: float) -> None:
    """Wait for nothing."""


async def test_a_pending_action_is_followed_at_its_address_by_the_next_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, target = await paused_transfer(sandbox, monkeypatch, pending := Remembered())
    assert [each.address is not None for each in pending.held.values()] == [True]
    async with target:
        with pending, pytest.raises(PendingError):
            await target.update(made, target.prepare("1", EMPLOYEE), None)
        sandbox.control.advance(600)
        with pending:
            outcome = await target.update(made, target.prepare("1", EMPLOYEE), None)
    assert outcome.problem is None and outcome.target_id not in {None, made}
    assert pending.held == {}
    assert sandbox.control.counters("enablehr")["routes"]["POST transfer"] == 1


async def test_an_action_that_may_have_arrived_is_not_sent_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ended before the address was stored: only the employee's details can say what happened to it."""
    made, target = await paused_transfer(sandbox, monkeypatch, Remembered())
    pending = Remembered()
    pending.held[TRANSFER] = PendingRequest(None, datetime.now(UTC))
    async with target:
        with pending, pytest.raises(PendingError, match="may have accepted"):
            await target.update(made, target.prepare("1", EMPLOYEE), None)
        sandbox.control.advance(600)
        with pending:
            outcome = await target.update(made, target.prepare("1", EMPLOYEE), None)
    assert outcome.problem is None and outcome.target_id not in {None, made}
    assert sandbox.control.counters("enablehr")["routes"]["POST transfer"] == 1


@pytest.mark.parametrize(("switch", "is_held"), [({"answer_lost_next": 1}, True), ({"fail_next": 1}, False)])
async def test_a_lost_response_is_remembered_and_a_server_error_is_not(
    sandbox: Sandbox, switch: dict[str, int], is_held: bool
) -> None:
    async with in_sandbox(sandbox, termination_method="By notice") as target:
        made = await created(target)
        sandbox.control.switches("enablehr", only_path="/actions/", **switch)
        with Remembered() as pending, pytest.raises(UnansweredError):
            await target.update(made, target.prepare("1", GONE), None)
        assert bool(pending.held) is is_held
        sandbox.control.advance(10)
        with pending:
            outcome: Outcome = await target.update(made, target.prepare("1", GONE), None)
    assert outcome.problem is None
    assert sandbox.control.person(made)["employmentStatus"] == "Terminated"
