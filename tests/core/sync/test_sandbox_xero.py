"""The whole way from enableHR to Xero Payroll AU over HTTP, with requests checked against Xero's own description."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from connectors.contract.records import Reason
from connectors.enablehr.settings import EnableHrSettings
from connectors.registry import connector_of
from core.clock import now
from core.db import reading, transaction
from core.models import Action, Connection, Decision, Job, Record, Run, Trigger
from core.runs import request
from core.runs.outcome_catalogue import Code
from core.sides.system_pair import SystemPair
from core.sync import engine
from harness.sandbox import Sandbox
from harness.world import active_connection
from sandbox.people.traits import CLEAN
from sandbox.world import TENANTS
from tests.connectors.stand_ins import Held

pytestmark = [pytest.mark.slow, pytest.mark.sandbox(employees=24)]


@dataclass
class Pair:
    """A connection from enableHR to Xero in the sandbox."""

    sandbox: Sandbox
    connection_id: int
    settings: dict[str, Any]

    def systems(self, _: int) -> SystemPair:
        source, target = connector_of("enablehr"), connector_of("xero_payroll_au")
        fast = {"requests_per_second": 1000.0}
        tokens = {
            system: Held(self.sandbox.control.grant(system)["access_token"])
            for system in ("enablehr", "xero")
        }
        addresses = dict.fromkeys(("url", "login_url", "token_url"), self.sandbox.xero_url)
        from_settings = EnableHrSettings(
            api_url=self.sandbox.enablehr_url, login_url=self.sandbox.login_url, **fast
        )
        to_settings = target.settings.model_validate(addresses | fast | self.settings)
        assert source.source is not None and target.target is not None
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id or 0
        return SystemPair(
            source.source(from_settings, tokens["enablehr"]),
            target.target(to_settings, tokens["xero"]),
            source,
            target,
            pairing_id,
        )

    def add(self, first: str, last: str, born: str) -> str:
        """Add somebody to Xero by hand, and return the id there."""
        headers = {
            "Authorization": f"Bearer {self.sandbox.control.grant('xero')['access_token']}",
            "Xero-Tenant-Id": TENANTS[0]["tenantId"],
        }
        moment = (date.fromisoformat(born) - date(1970, 1, 1)).days * 86_400_000
        employee = {"FirstName": first, "LastName": last, "DateOfBirth": f"/Date({moment}+0000)/"}
        url = f"{self.sandbox.xero_url}/payroll.xro/1.0/Employees"
        answer = requests.post(url, json=[employee], headers=headers, timeout=10).json()
        return str(answer["Employees"][0]["EmployeeID"])

    def sync(self) -> tuple[Run, dict[str, Record]]:
        run_id = request.request(self.connection_id, Trigger.MANUAL)
        engine.execute(run_id, self.systems)
        with reading() as session:
            rows = session.scalars(select(Record).where(Record.run_id == run_id)).all()
            return session.get_one(Run, run_id), {row.source_id: row for row in rows}

    def at_xero(self, row: Record) -> dict[str, Any]:
        return next(each for each in self.sandbox.control.xero() if each["EmployeeID"] == row.target_id)


@pytest.fixture
def pair(sqlite_store: str, sandbox: Sandbox) -> Pair:
    connection_id = active_connection(target="xero_payroll_au")
    return Pair(sandbox, connection_id, {"tenant": TENANTS[0]["tenantId"]})


def test_an_employee_of_enablehr_lives_a_whole_life_at_xero(pair: Pair, sandbox: Sandbox) -> None:
    control = sandbox.control
    refused, jo, known = [each for each in control.people(CLEAN) if each["region"] == "AU"][:3]
    found = pair.add(known["firstName"], known["surname"], known["dateOfBirth"])
    control.switches("xero", refuse_employees={refused["surname"]: "The payroll year is closed"})
    first, rows = pair.sync()
    created = [source_id for source_id, row in rows.items() if row.action is Action.CREATED]
    assert first.created == len(created) == len(control.xero()) - 1 > 12, (first.status, first.message)
    # Found by name and birth date; a person confirms before their pay goes elsewhere.
    matched = rows[known["id"]]
    assert (matched.decision, matched.reason, matched.target_id) == (
        Decision.AMBIGUOUS,
        Code.WOULD_CHANGE_PAY,
        found,
    )
    [gone] = [each["id"] for each in control.people("terminated")][:1]
    assert (rows[gone].action, rows[gone].reason) == (Action.SKIPPED, Reason.NOT_IN_SCOPE), rows[gone].message
    assert (rows[refused["id"]].action, rows[refused["id"]].reason) == (Action.FAILED, Reason.REFUSED)
    assert "The payroll year is closed" in str(rows[refused["id"]].message)
    [unborn] = [each["id"] for each in control.people("no date of birth")][:1]
    assert (rows[unborn].decision, rows[unborn].reason) == (Decision.FILTERED, Reason.MISSING_FIELD)
    control.calm("xero")

    # The round trip: with everybody read in full, only who was refused is written.
    with transaction() as session:
        session.execute(update(Job).values(settings={"full_read_days": 0}))
    second, again = pair.sync()
    changed = {each: row.changes for each, row in again.items() if row.action is Action.UPDATED}
    assert (second.created, changed, second.unchanged) == (1, {}, len(created))

    jo = jo["id"]
    there = pair.at_xero(rows[jo])
    [account] = there["BankAccounts"]
    control.edit(jo, personalAddress=control.person(jo)["personalAddress"] | {"suburb": "Elsewhere"})
    _, rows = pair.sync()
    moved = pair.at_xero(rows[jo])
    assert moved["HomeAddress"] == there["HomeAddress"] | {"City": "Elsewhere"}, rows[jo].message
    assert moved["BankAccounts"] == [account] and moved["TaxDeclaration"] == there["TaxDeclaration"]
    accounts = control.person(jo)["bankAccounts"]
    control.edit(jo, bankAccounts=[accounts[0] | {"number": "12345670"}])
    _, rows = pair.sync()
    assert pair.at_xero(rows[jo])["BankAccounts"] == [account | {"AccountNumber": "12345670"}], rows[
        jo
    ].message
    control.edit(jo, surname="Married")
    third, rows = pair.sync()
    assert (third.written, rows[jo].action, pair.at_xero(rows[jo])["LastName"]) == (
        1,
        Action.UPDATED,
        "Married",
    ), (rows[jo].message, third.message)

    today = now().date()
    left = today - timedelta(days=20)
    control.edit(jo, employmentStatus="Terminated", endDate=left.isoformat())
    fourth, rows = pair.sync()
    assert (fourth.written, rows[jo].decision, rows[jo].reason) == (0, Decision.FILTERED, Reason.NO_VALUE_MAP)
    assert "termination reason" in str(rows[jo].message)
    pair.settings["termination_reason"] = "Voluntary"
    fifth, rows = pair.sync()
    there = pair.at_xero(rows[jo])
    assert (fifth.written, there["Status"], there["TerminationReason"]) == (1, "TERMINATED", "V"), rows[
        jo
    ].message
    assert pair.sync()[0].written == 0

    again_from = (today - timedelta(days=2)).isoformat()
    control.edit(jo, employmentStatus="Current", endDate=None, commencementDate=again_from)
    sixth, rows = pair.sync()
    there = pair.at_xero(rows[jo])
    assert (sixth.written, there["Status"]) == (1, "ACTIVE"), rows[jo].message
    assert not {"TerminationDate", "TerminationReason"} & there.keys()
    assert pair.sync()[0].written == 0
    counters = control.counters("xero")
    assert counters["creates"] == len(control.xero()) == len({each["EmployeeID"] for each in control.xero()})
