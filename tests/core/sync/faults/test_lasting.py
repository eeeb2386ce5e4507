"""Faults that last: the run ends early with one clear sentence, what was done stays, and the next run completes."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract.records import Reason
from core.db import reading
from core.models import Action, Connection, ConnectionStatus, Decision, RunStatus
from core.runs.outcome_catalogue import Code
from core.settings import settings
from core.sync.plan.planner import Planner
from core.sync.write.sender import Sender
from tests.core.sync.faults.conftest import Hub, try_for

pytestmark = [pytest.mark.sandbox(employees=16), pytest.mark.slow]

LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "status 500": ({"fail_every": 1}, "failed (status 500)."),
    "status 503": ({"fail_every": 1, "fail_status": 503}, "failed (status 503)."),
    "cut connections": ({"reset_connection_next": 10_000}, "closed the connection before it responded."),
    "half answers": ({"half_answer_next": 10_000}, "closed the connection before it responded."),
    "a web page": ({"html_instead_of_json": True}, "responded with something other than JSON."),
    "too many requests": ({"fail_every": 1, "fail_status": 429}, "had too many requests."),
}
NAMES = {"enablehr": "enableHR", "ipayroll": "iPayroll"}


@pytest.fixture
def hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Give up soon: waiting for what lasts changes nothing."""
    try_for(0.5, monkeypatch)
    return hub


@pytest.mark.parametrize("system", NAMES)
@pytest.mark.parametrize("fault", LASTING)
def test_a_system_that_is_down_at_the_start_ends_the_run_in_one_sentence(
    hub: Hub, system: str, fault: str
) -> None:
    switches, sentence = LASTING[fault]
    hub.sandbox.control.switches(system, **switches)
    ended = hub.run()
    assert (ended.status, ended.run.read, ended.run.aborted) == (RunStatus.ERROR, 0, True)
    assert ended.message == f"{NAMES[system]} {sentence} Try again later."
    assert hub.sandbox.control.payroll() == []
    hub.heals()


@pytest.mark.parametrize("system", NAMES)
@pytest.mark.parametrize(
    "switches", [{"hang_seconds": 5}, {"slow_body_seconds": 20}], ids=["silence", "a body without end"]
)
def test_a_system_that_keeps_us_waiting_is_given_up(
    hub: Hub, impatient: None, system: str, switches: dict[str, float]
) -> None:
    hub.sandbox.control.switches(system, **switches)
    ended = hub.run()
    assert (ended.status, ended.run.read) == (RunStatus.ERROR, 0)
    assert ended.message == f"{NAMES[system]} did not respond in time. Try again later."


@pytest.mark.parametrize("system", NAMES)
def test_a_sign_in_that_is_no_longer_accepted_asks_for_a_reconnection(hub: Hub, system: str) -> None:
    hub.sandbox.control.switches(system, revoke_tokens=True)
    ended = hub.run()
    assert (ended.status, ended.run.written) == (RunStatus.ERROR, 0)
    assert "Open Connections and reconnect" in ended.message
    with reading() as session:
        assert session.get_one(Connection, hub.connection_id).status is ConnectionStatus.ATTENTION


def test_a_source_that_dies_in_mid_read_leaves_nothing_written(hub: Hub) -> None:
    people = sorted(person["id"] for person in hub.sandbox.control.people())
    hub.sandbox.control.switches(
        "enablehr", fail_every=1, fail_status=503, only_path=f"/employees/{people[-1][:-2]}"
    )
    ended = hub.run()
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith("enableHR failed (status 503). Try again later.")
    assert hub.sandbox.control.payroll() == []
    assert hub.unfair(ended) <= {Reason.UNREADABLE, Code.NOT_ATTEMPTED}
    hub.heals()


def test_employees_read_before_a_source_died_are_not_attempted(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = Planner._decide_page

    async def dying(planner: Planner, records: Any) -> None:
        await planned(planner, records)
        hub.sandbox.control.switches("enablehr", fail_every=1, fail_status=503)

    monkeypatch.setattr(Planner, "_decide_page", dying)
    ended = hub.run()
    monkeypatch.undo()
    assert ended.status is RunStatus.ERROR and "nothing was written" in ended.message
    assert ended.message.startswith("enableHR failed (status 503). Try again later. Of ")
    assert 0 < ended.run.read < 16
    assert Code.NOT_ATTEMPTED in ended.reasons().values()
    hub.sandbox.control.calm("enablehr")
    assert hub.run().run.created > 0


def test_a_target_that_dies_in_mid_write_keeps_what_it_took(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CONCURRENCY", "2")
    settings.cache_clear()
    sent = Sender.send
    done: list[object] = []

    async def dying(sender: Sender, intent: Any) -> Any:
        if len(done) >= 4:
            hub.sandbox.control.switches("ipayroll", fail_every=1, fail_status=503)
        result = await sent(sender, intent)
        done.append(result)
        return result

    monkeypatch.setattr(Sender, "send", dying)
    ended = hub.run()
    taken = len(hub.sandbox.control.payroll())
    assert ended.status is RunStatus.ERROR
    assert ended.message.startswith("iPayroll failed (status 503). Try again later. Of 16 employees read, ")
    assert 0 < ended.run.written == taken < len(hub.clean())
    assert hub.unfair(ended) <= {Reason.UNANSWERED, Code.NOT_ATTEMPTED}
    monkeypatch.setattr(Sender, "send", sent)
    hub.heals()
    assert len(hub.sandbox.control.payroll()) > taken


@pytest.mark.sandbox(employees=40)
@pytest.mark.parametrize("first", [True, False], ids=["in the first run ever", "later"])
def test_a_cursor_that_does_not_move_is_never_a_quiet_success(hub: Hub, first: bool) -> None:
    if not first:
        assert hub.run().run.read == 40
    hub.sandbox.control.switches("enablehr", cursor_stuck=True)
    ended = hub.run()
    assert (ended.status, ended.run.written) == (RunStatus.ERROR, 0)
    assert ended.message.startswith(
        "enableHR says that its list continues, but not where. Nothing was changed. Try again later."
    )
    assert bool(hub.sandbox.control.payroll()) is not first
    hub.heals()


def test_one_poisoned_employee_at_the_source_stops_nobody_else(hub: Hub) -> None:
    failing, malformed = hub.clean()[:2]
    hub.sandbox.control.edit(malformed, dateOfBirth="a Tuesday")
    hub.sandbox.forgive()
    hub.sandbox.control.switches("enablehr", fail_every=1, only_path=f"/employees/{failing}")
    ended = hub.run()
    hub.sandbox.forgive()
    assert ended.rows[failing].reason == Reason.UNREADABLE
    assert (
        ended.rows[failing].message
        == "enableHR did not give the details: enableHR failed (status 500). Try again later."
    )
    assert ended.rows[malformed].decision in (Decision.ERROR, Decision.FILTERED)
    assert {ended.rows[one].action for one in hub.clean()[2:]} == {Action.CREATED}
    hub.sandbox.control.edit(malformed, dateOfBirth="1980-02-01")
    hub.heals()


def test_one_poisoned_employee_at_the_target_stops_nobody_else(hub: Hub) -> None:
    hub.run()
    people = [hub.sandbox.control.person(one) for one in hub.clean()[:4]]
    for person in people:
        hub.sandbox.control.edit(person["id"], surname=f"{person['surname']}-Smith")
    poisoned = people[1]
    path = f"/employees/{poisoned['employeeNumber']}"
    hub.sandbox.control.switches("ipayroll", fail_every=1, only_method="PUT", only_path=path)
    ended = hub.run()
    assert ended.rows[poisoned["id"]].reason == Reason.SERVER_ERROR
    assert {ended.rows[one["id"]].action for one in people if one is not poisoned} == {Action.UPDATED}
    assert ended.status is RunStatus.ERROR
    assert hub.heals().run.updated == 1


def test_an_employee_the_target_refuses_or_has_locked_stops_nobody_else(hub: Hub) -> None:
    hub.run()
    people = [hub.sandbox.control.person(one) for one in hub.clean()[:4]]
    for person in people:
        hub.sandbox.control.edit(person["id"], surname=f"{person['surname']}-Smith")
    hub.sandbox.control.switches("ipayroll", locked_employees=[people[0]["employeeNumber"]])
    ended = hub.run()
    assert ended.rows[people[0]["id"]].reason == Reason.LOCKED
    assert {ended.rows[one["id"]].action for one in people[1:]} == {Action.UPDATED}
    assert hub.heals().run.updated == 1
