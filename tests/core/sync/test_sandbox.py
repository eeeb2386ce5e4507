"""The whole way from enableHR to iPayroll over HTTP, checked against the sandbox's own counters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from connectors.contract.records import Reason
from connectors.enablehr.settings import EnableHrSettings
from connectors.registry import connector_of
from core.db import reading, transaction
from core.models import Action, Connection, Decision, Job, Record, Run, Trigger
from core.runs import request
from core.runs.outcome_catalogue import Code
from core.sides.system_pair import SystemPair
from core.sync import engine
from harness.sandbox import Sandbox
from harness.world import active_connection

pytestmark = pytest.mark.slow

Sync = Callable[[], tuple[Run, dict[str, Record]]]


@dataclass(frozen=True)
class Bearer:
    """A token that never runs out."""

    token: str

    async def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def renew(self) -> None: ...

    async def refused(self, reason: str) -> None: ...


@pytest.fixture
def sync(sqlite_store: str, sandbox: Sandbox) -> Sync:
    connection_id = active_connection()
    with reading() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id or 0
    bearers = {
        system: Bearer(sandbox.control.grant(system)["access_token"]) for system in ("enablehr", "ipayroll")
    }

    def load_systems(_: int) -> SystemPair:
        source, target = connector_of("enablehr"), connector_of("ipayroll")
        fast = {"requests_per_second": 1000.0}
        from_settings = EnableHrSettings(api_url=sandbox.enablehr_url, login_url=sandbox.login_url, **fast)
        to_settings = target.settings.model_validate({"url": sandbox.ipayroll_url, **fast})
        assert source.source is not None and target.target is not None
        return SystemPair(
            source.source(from_settings, bearers["enablehr"]),
            target.target(to_settings, bearers["ipayroll"]),
            source,
            target,
            pairing_id,
        )

    def run() -> tuple[Run, dict[str, Record]]:
        run_id = request.request(connection_id, Trigger.MANUAL)
        engine.execute(run_id, load_systems)
        with reading() as session:
            rows = session.scalars(select(Record).where(Record.run_id == run_id)).all()
            return session.get_one(Run, run_id), {row.source_id: row for row in rows}

    return run


def test_everybody_travels_once_and_the_second_run_writes_nothing(sync: Sync, sandbox: Sandbox) -> None:
    before = {entry["employeeId"] for entry in sandbox.control.payroll()}
    first, rows = sync()
    payroll = [entry["employeeId"] for entry in sandbox.control.payroll()]
    assert first.read == len(sandbox.control.people()) == len(rows)
    assert first.created == len(payroll) - len(before) > 150
    assert len(set(payroll)) == len(payroll)
    assert {row.target_id for row in rows.values() if row.action is Action.CREATED} == set(payroll) - before
    for row in rows.values():
        assert row.payload_batch_id is None
        assert row.decision is not Decision.FILTERED or (row.reason and row.message)
    written = sandbox.control.counters("ipayroll")
    second, again = sync()
    assert second.written == 0, [
        (row.decision, row.changes, row.message) for row in again.values() if row.changes
    ]
    now = sandbox.control.counters("ipayroll")
    assert (
        (now["creates"], now["updates"])
        == (written["creates"], written["updates"])
        == (first.created, first.updated)
    )
    assert second.read == first.read


def test_reading_everybody_in_full_again_finds_no_change(sync: Sync) -> None:
    first, _ = sync()
    with transaction() as session:
        session.execute(update(Job).values(settings={"full_read_days": 0}))
    second, rows = sync()
    assert second.unchanged == first.created
    assert second.written == 0, [row.changes for row in rows.values() if row.changes]


def test_three_changed_people_are_exactly_three_updates(sync: Sync, sandbox: Sandbox) -> None:
    _, rows = sync()
    chosen = [source_id for source_id, row in rows.items() if row.action is Action.CREATED][:3]
    for number, source_id in enumerate(chosen):
        sandbox.control.edit(source_id, surname=f"Married{chr(65 + number)}")
    run, changed = sync()
    updated = {source_id for source_id, row in changed.items() if row.action is Action.UPDATED}
    assert (updated, run.updated, run.created) == (set(chosen), 3, 0), (run.status, run.message)


@pytest.mark.parametrize("switch", ["create_then_500", "answer_lost_next"])
def test_a_create_that_happened_although_its_answer_says_otherwise_is_found(
    sync: Sync, sandbox: Sandbox, switch: str
) -> None:
    sandbox.control.switches("ipayroll", **{switch: 2, "only_method": "POST", "only_path": "/employees"})
    run, rows = sync()
    counters = sandbox.control.counters("ipayroll")
    assert set(counters["created_per_employee"].values()) == {1}
    assert run.created == counters["creates"]
    assert Reason.UNANSWERED not in {row.reason for row in rows.values()}


def test_incomplete_people_are_filtered_with_field_and_reason(sync: Sync) -> None:
    _, rows = sync()
    missing = [row for row in rows.values() if row.reason == Reason.MISSING_FIELD]
    assert missing
    assert all(row.decision is Decision.FILTERED and "is missing" in str(row.message) for row in missing)


def test_a_transfer_in_enablehr_is_one_person_in_payroll(sync: Sync, sandbox: Sandbox) -> None:
    _, rows = sync()
    created = [source_id for source_id, row in rows.items() if row.action is Action.CREATED]
    transferred, again, merged = created[:3]
    size, ids = len(sandbox.control.payroll()), {one: rows[one].target_id for one in created}
    new = sandbox.control.transfer(transferred, "203", employeeNumber="T-1", dateOfBirth=None)["id"]
    first, rows = sync()
    assert (rows[transferred].reason, rows[transferred].action) == (Code.TRANSFERRED, Action.SKIPPED)
    assert f"source ID {new}" in str(rows[transferred].message)
    assert rows[new].target_id == ids[transferred] and first.created == first.terminated == 0
    duplicate = sandbox.control.transfer(again, "203", employeeNumber="T-2")["id"]
    sandbox.control.edit(again, employmentStatus="Current")
    _, rows = sync()
    assert (rows[duplicate].decision, rows[duplicate].reason) == (Decision.AMBIGUOUS, Code.TWO_ACTIVE_RECORDS)
    sandbox.control.merge(again, duplicate)
    sandbox.control.merge(merged, transferred)
    last, rows = sync()
    assert (rows[again].reason, rows[duplicate].target_id) == (Code.MERGED, ids[again])
    assert rows[merged].reason == Reason.TRANSFERRED_AWAY and last.created == last.terminated == 0
    assert len(sandbox.control.payroll()) == size
