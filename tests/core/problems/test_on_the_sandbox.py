"""Open problems and limits from enableHR to iPayroll and to Employment Hero Payroll, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.enablehr.settings import EnableHrSettings
from connectors.registry import connector_of
from core.db import reading, transaction
from core.models import Action, Connection, Decision, Job, Record, Run, RunStatus, Trigger
from core.queue import task_queue
from core.review import approvals
from core.runs import request
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from core.sides.credentials import GivenAuthoriser
from core.sides.system_pair import SystemPair
from core.sync import engine
from harness.sandbox import Sandbox
from harness.world import active_connection
from tests.core.problems.open_problems import codes
from tests.core.sync.plan.test_guard_limits import plan_of
from tests.core.sync.test_sandbox import Bearer

pytestmark = pytest.mark.slow

KEY = "harbour-hero-key"
FAST = {"requests_per_second": 1000.0}
Result = tuple[Run, dict[str, Record]]


@pytest.fixture(params=["ipayroll", "keypay"])
def payroll(request: pytest.FixtureRequest) -> str:
    """Name the payroll."""
    return str(request.param)


@pytest.fixture
def sync(
    sqlite_store: str, sandbox: Sandbox, payroll: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    connection_id = active_connection(target=payroll)
    with reading() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id or 0
    source, target = connector_of("enablehr"), connector_of(payroll)
    assert source.source is not None and target.target is not None
    hr = EnableHrSettings(api_url=sandbox.enablehr_url, login_url=sandbox.login_url, **FAST)
    authoriser: Any
    bearer = Bearer(sandbox.control.grant("enablehr")["access_token"])
    if payroll == "ipayroll":
        settings = target.settings.model_validate({"url": sandbox.ipayroll_url, **FAST})
        authoriser = Bearer(sandbox.control.grant("ipayroll")["access_token"])
    else:
        settings = target.settings.model_validate({"url": sandbox.keypay_url, "business_id": "4711", **FAST})
        authoriser = GivenAuthoriser(target, {"api_key": KEY})

    def load_systems(_: int) -> SystemPair:
        assert source.source is not None and target.target is not None
        return SystemPair(
            source.source(hr, bearer), target.target(settings, authoriser), source, target, pairing_id
        )

    def run(run_id: int | None = None) -> Result:
        run_id = run_id or request.request(connection_id, Trigger.MANUAL)
        engine.execute(run_id, load_systems)
        with reading() as session:
            rows = session.scalars(select(Record).where(Record.run_id == run_id)).all()
            return session.get_one(Run, run_id), {row.source_id: row for row in rows}

    return run


def leave(sandbox: Sandbox, source_ids: list[str]) -> None:
    for source_id in source_ids:
        sandbox.control.edit(source_id, employmentStatus="Terminated", endDate="2026-06-30T00:00:00Z")


def warnings(rows: dict[str, Record]) -> dict[str, set[str]]:
    return {
        source_id: {warning["message"] for warning in row.warnings}
        for source_id, row in rows.items()
        if row.warnings
    }


def written(rows: dict[str, Record]) -> list[str]:
    return [source_id for source_id, row in rows.items() if row.action is Action.CREATED]


def test_the_same_people_need_somebody_in_each_run(sync: Callable[..., Result]) -> None:
    first, rows = sync()
    found = codes()
    assert first.need_action == len(found) > 5 and f"{first.need_action} need you" in str(first.message)
    assert first.read == first.unchanged + first.filtered + first.held + first.written + first.errors
    warned = warnings(rows)
    for _ in range(2):
        later, rows = sync()
        assert (later.need_action, codes()) == (first.need_action, found)
        assert warnings(rows) == warned
    with transaction() as session:
        session.execute(update(Job).values(settings={"full_read_days": 0}))
    assert (sync()[0].need_action, codes()) == (first.need_action, found)


def test_many_leavers_hold_the_run_until_they_are_approved(
    sync: Callable[..., Result], sandbox: Sandbox, payroll: str
) -> None:
    _, rows = sync()
    leavers = written(rows)[:60]
    leave(sandbox, leavers)
    for _ in range(2):
        held, _ = sync()
        (breach,) = plan_of(held.id).breaches
        assert (held.status, breach["code"], breach["number"]) == (
            *(RunStatus.HELD, Code.MANY_TERMINATIONS),
            60,
        ), held.message
    new = approvals.approve(OPERATOR, held.id)
    done, _ = sync(new)
    after, rows = sync()
    assert after.status is not RunStatus.HELD, after.message
    by_hand = {source_id for source_id, names in codes().items() if "FINISH_DATE" in names}
    if payroll == "ipayroll":
        assert (done.written, by_hand) == (0, set(leavers))
        assert {rows[source_id].decision for source_id in leavers} == {Decision.NO_CHANGE}
    else:
        assert (done.terminated, by_hand) == (60, set())


@pytest.mark.parametrize("payroll", ["ipayroll"], indirect=True)
def test_a_leaver_is_said_until_ipayroll_has_the_end(sync: Callable[..., Result], sandbox: Sandbox) -> None:
    _, rows = sync()
    one, other = written(rows)[:2]
    leave(sandbox, [one, other])
    sync()
    numbers = {source_id: str(rows[source_id].target_id) for source_id in (one, other)}
    for _ in range(2):
        _, later = sync()
        assert all("FINISH_DATE" in codes()[source_id] for source_id in (one, other))
        assert "FINISH_DATE" in {warning["code"] for warning in later[one].warnings or []}
    sandbox.control.edit_payroll(numbers[one], finishDate="2026-06-30")
    sync()
    assert "FINISH_DATE" not in codes().get(one, []) and "FINISH_DATE" in codes()[other]
