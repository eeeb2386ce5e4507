"""The whole way into enableHR over HTTP, with every exchange checked against its interface description."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from connectors.contract.employee import Employee
from connectors.contract.records import Reason
from connectors.registry import connector_of
from core.db import reading
from core.models import Action, Connection, Decision, PendingRequestRow, RunStatus
from core.sides.system_pair import SystemPair
from core.sync import engine
from core.sync.write import deferred
from harness.sandbox import Sandbox
from harness.world import active_connection
from sandbox.world import ACCOUNT_ID
from tests.connectors.people import AUSTRALIAN
from tests.connectors.stand_ins import Held
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import fake_systems

pytestmark = [pytest.mark.slow, pytest.mark.sandbox(employees=0)]
KIND, WAREHOUSE, SHOPS = "enablehr_target", "202", "204"


def somebody(number: int, **changes: Any) -> Employee:
    """Return an employee of the source."""
    own: dict[str, Any] = {
        "surname": f"Citizen {number}",
        "employee_number": f"N{number}",
        "middle_name": None,
    }
    person = replace(AUSTRALIAN, **own, date_of_birth=date(1980, 1, 1 + number % 28))
    return replace(person, email=f"n{number}@example.com", **changes)


@dataclass
class EnableHr(Hub):
    """A connection from a source in memory to enableHR in the sandbox."""

    sandbox: Sandbox | None = None
    settings: dict[str, Any] | None = None

    def execute(self, run_id: int) -> RunStatus | None:
        return engine.execute(run_id, lambda _connection_id: self._pair())

    def set(self, **settings: Any) -> None:
        """Change settings; in iHUB's own store, that lets everybody be read again."""
        self.settings = (self.settings or {}) | settings
        for source_id, person in list(self.source.people.items()):
            self.source.put(source_id, person)

    def _pair(self) -> SystemPair:
        assert self.sandbox is not None
        entry, url = connector_of(KIND), self.sandbox.enablehr_url
        own = {"url": url, "login_url": url, "account": ACCOUNT_ID, "branch": WAREHOUSE}
        settings = entry.settings.model_validate(
            own | {"requests_per_second": 1000.0} | (self.settings or {})
        )
        token = Held(self.sandbox.control.grant("enablehr")["access_token"])
        assert entry.target is not None
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id
        assert pairing_id is not None
        paired = fake_systems(self.source, self.target, pairing_id)
        return replace(paired, target=cast(Any, entry.target(settings, token)), target_connector=entry)

    def there(self) -> dict[str, list[dict[str, Any]]]:
        """Return the records in enableHR that have no other, by surname."""
        assert self.sandbox is not None
        found: dict[str, list[dict[str, Any]]] = {}
        for person in self.sandbox.control.people():
            if person["employmentStatus"] != "Transferred":
                found.setdefault(person["surname"], []).append(person)
        return found


@pytest.fixture
def hub(sqlite_store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> EnableHr:
    monkeypatch.setattr("connectors.rest.client.updates.following.PAUSES", (0.1,))
    monkeypatch.setattr(deferred, "PAUSES", (0.01,))
    sandbox.control.switches("enablehr", action_seconds=0.05)
    return EnableHr(active_connection(target=KIND), sandbox=sandbox)


def test_an_employee_of_another_system_lives_a_whole_life_in_enablehr(
    hub: EnableHr, sandbox: Sandbox
) -> None:
    for number in range(4):
        hub.source.put(f"s{number}", somebody(number))
    hub.source.put("nameless", somebody(8, first_name=None))
    hub.source.put("refused", somebody(9))
    sandbox.control.switches("enablehr", refuse_employees={"Citizen 9": "The surname is reserved"})
    first = hub.run()
    assert (first.counters.created, first.rows["nameless"].decision) == (4, Decision.FILTERED), first.message
    assert first.rows["nameless"].reason == Reason.MISSING_FIELD
    assert "First name" in str(first.rows["nameless"].message)
    assert (first.rows["refused"].action, first.rows["refused"].reason) == (Action.FAILED, Reason.REFUSED)
    assert "The surname is reserved" in str(first.rows["refused"].message)
    del hub.source.people["refused"], hub.source.people["nameless"]

    second = hub.run()
    assert (second.counters.written, second.counters.unchanged) == (0, 4), second.rows

    hub.source.put("s1", somebody(1, position="Skipper"))
    third = hub.run()
    assert (third.counters.written, third.rows["s1"].action) == (1, Action.UPDATED)
    assert hub.there()["Citizen 1"][0]["positionTitle"] == "Skipper"

    gone = somebody(2, status="Terminated", end_date=date(2026, 6, 30))
    hub.source.put("s2", gone)
    fourth = hub.run()
    assert (fourth.counters.written, fourth.rows["s2"].reason) == (0, Reason.NO_VALUE_MAP)
    assert "termination method" in str(fourth.rows["s2"].message)
    hub.set(termination_method="By notice")
    fifth = hub.run()
    assert fifth.rows["s2"].action is Action.TERMINATED, fifth.rows["s2"].message
    [left] = hub.there()["Citizen 2"]
    assert (left["employmentStatus"], left["endDate"]) == ("Terminated", "2026-06-30")
    assert hub.run().counters.written == 0

    hub.set(branch=SHOPS)
    sixth = hub.run()
    moved = [row for row in sixth.rows.values() if row.action is Action.UPDATED]
    assert len(moved) == 3, [row.message for row in sixth.rows.values()]
    for number in (0, 1, 3):
        [record] = hub.there()[f"Citizen {number}"]
        assert (record["branchId"], record["oldEmployeeId"] is not None) == (SHOPS, True)
    assert hub.run().counters.written == 0

    back = somebody(2, status="Current", start_date=date(2026, 9, 1))
    hub.source.put("s2", back)
    seventh = hub.run()
    codes = [each["code"] for each in seventh.rows["s2"].warnings or []]
    assert codes == ["ENDED_AT_TARGET"], (seventh.rows["s2"].decision, seventh.rows["s2"].message)
    assert sandbox.control.counters("enablehr")["creates"] == 4


def pending() -> list[tuple[str, bool]]:
    """Return what is stored of requests without an end: the employee, and whether the address is known."""
    with reading() as session:
        rows = session.scalars(select(PendingRequestRow).order_by(PendingRequestRow.source_id))
        return [(row.source_id, row.address is not None) for row in rows]


def test_a_transfer_that_takes_long_is_pending_and_followed_by_the_next_run(
    hub: EnableHr, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.source.put("s1", somebody(1))
    assert hub.run().counters.created == 1
    sandbox.control.switches("enablehr", action_seconds=600)
    monkeypatch.setattr("connectors.rest.client.updates.following.PAUSES", (0.05, 61.0))
    hub.set(branch=SHOPS)
    for _ in range(2):
        waits = hub.run().rows["s1"]
        assert (waits.action, waits.reason) == (Action.FAILED, Reason.PENDING), waits.message
        assert "has not finished it" in str(waits.message) and pending() == [("s1", True)]
    sandbox.control.advance(600)
    done = hub.run().rows["s1"]
    assert (done.action, pending()) == (Action.UPDATED, []), done.message
    [record] = hub.there()["Citizen 1"]
    assert record["branchId"] == SHOPS and done.target_id == record["id"]
    assert hub.run().counters.written == 0
    assert sandbox.control.counters("enablehr")["routes"]["POST transfer"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_process_that_dies_anywhere_transfers_and_ends_everybody_once(
    hub: EnableHr, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    hub.set(termination_method="By consent")
    for number in range(6):
        hub.source.put(f"s{number}", somebody(number))
    assert hub.run().counters.created == 6
    hub.set(branch=SHOPS)
    for number in range(2):
        hub.source.put(f"s{number}", somebody(number, status="Terminated", end_date=date(2026, 6, 30)))
    hub.source.put("s6", somebody(6))
    run_id = hub.request()
    for attempt in range(8):
        if not run_into(hub, Crash(at=7 + 13 * seed + 5 * attempt), run_id):
            break
        hub.expire(run_id)
    # Of an action that may have been sent, only time tells that it was not.
    monkeypatch.setattr("connectors.contract.requests.pending.WAITS", timedelta(0))
    ended = hub.resume(run_id)
    hub.run()
    last = hub.run()
    assert last.counters.written == 0, [row.message for row in ended.rows.values()]
    there = hub.there()
    assert sorted(there) == [f"Citizen {number}" for number in range(7)]
    assert {surname: len(records) for surname, records in there.items()} == dict.fromkeys(there, 1)
    # The leavers are not transferred as well.
    assert [there[f"Citizen {number}"][0]["branchId"] for number in range(2, 7)] == [SHOPS] * 5
    assert [there[f"Citizen {number}"][0]["employmentStatus"] for number in range(2)] == ["Terminated"] * 2
    hub.source.put("s7", somebody(7))
    assert (hub.run().counters.written, pending()) == (1, [])
