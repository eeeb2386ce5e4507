"""Values that change between runs, from enableHR into each payroll of the catalogue and into a described one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from starlette.responses import JSONResponse

from connectors.contract.employee import Address
from connectors.contract.locality import Locality
from connectors.enablehr.settings import EnableHrSettings
from connectors.registry import connector_of
from core.db import reading
from core.models import Action, Connection, Record, RunStatus, Trigger
from core.runs import request
from core.sides.credentials import GivenAuthoriser
from core.sides.system_pair import SystemPair
from core.sync import engine
from core.sync.compare import taken_away
from harness.sandbox import Sandbox
from harness.world import active_connection
from tests.connectors.catalogue.test_keypay import KEY
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.test_sandbox import Bearer

pytestmark = pytest.mark.slow

LOCALITY = Locality(ZoneInfo("Australia/Brisbane"), date(2026, 11, 30), "AU")
HOME = {"line1": "1 High Street", "line2": "Unit 4", "suburb": "Ryde", "state": "NSW", "postcode": "2112"}


class World:
    """A run from enableHR into one payroll, and what that payroll has afterwards."""

    def __init__(self, sandbox: Sandbox, kind: str) -> None:
        self.control, self.kind, self._sandbox = sandbox.control, kind, sandbox
        self.connection_id = active_connection()
        with reading() as session:
            self._pairing_id = session.get_one(Connection, self.connection_id).pairing_id or 0

    def _systems(self, _: int) -> SystemPair:
        source, target = connector_of("enablehr"), connector_of(self.kind)
        fast = {"requests_per_second": 1000.0}
        grant = {system: self.control.grant(system)["access_token"] for system in ("enablehr", "ipayroll")}
        given: dict[str, Any] = {"url": self._sandbox.ipayroll_url}
        authoriser: Any = Bearer(grant["ipayroll"])
        if self.kind == "keypay":
            given = {"url": self._sandbox.keypay_url, "business_id": "4711"}
            authoriser = GivenAuthoriser(target, {"api_key": KEY})
        from_settings = EnableHrSettings(
            api_url=self._sandbox.enablehr_url, login_url=self._sandbox.login_url, **fast
        )
        assert source.source is not None and target.target is not None
        return SystemPair(
            source.source(from_settings, Bearer(grant["enablehr"]), locality=LOCALITY),
            target.target(target.settings.model_validate(given | fast), authoriser, locality=LOCALITY),
            source,
            target,
            self._pairing_id,
        )

    def forgive(self) -> None:
        """Forget exchanges that are not as the systems describe them."""
        self._sandbox.forgive()

    def run(self) -> dict[str, Record]:
        """Carry a run out and return its records."""
        run_id = request.request(self.connection_id, Trigger.MANUAL)
        engine.execute(run_id, self._systems)
        with reading() as session:
            rows = session.scalars(select(Record).where(Record.run_id == run_id)).all()
            return {row.source_id: row for row in rows}

    def employee(self, target_id: str | None) -> dict[str, Any]:
        """Return an employee as payroll has them, addresses and contacts under one set of names."""
        if self.kind == "keypay":
            [one] = [one for one in self.control.hero() if str(one["id"]) == target_id]
            names = {"line2": "residentialAddressLine2", "state": "residentialState", "birth": "dateOfBirth"}
            names |= {
                "email": "emailAddress",
                "surname": "surname",
                "end": "endDate",
                "city": "residentialState",
            }
            return {name: one.get(field) or None for name, field in names.items()}
        [one] = [one for one in self.control.payroll() if one["employeeId"] == target_id]
        home = one.get("address", {})
        return {
            "line2": home.get("addressLine2") or None,
            "state": home.get("state") or None,
            "birth": one.get("birthDate"),
            "email": one.get("email"),
            "surname": one["surname"],
        }


@pytest.fixture(params=["ipayroll", "keypay"])
def world(request: pytest.FixtureRequest, sqlite_store: str, sandbox: Sandbox) -> World:
    return World(sandbox, request.param)


def first_australian(world: World, rows: dict[str, Record]) -> tuple[str, str | None]:
    """Return the source id and the target id of an Australian employee who was created."""
    for source_id, row in rows.items():
        person = world.control.person(source_id)
        country = (person.get("personalAddress") or {}).get("country")
        warned = {one["code"] for one in row.warnings or []} - {"INCOMPLETE"}
        if row.action is Action.CREATED and country == "Australia" and not warned:
            return source_id, row.target_id
    raise AssertionError("The sandbox has no Australian without a warning.")


@pytest.mark.sandbox(employees=40)
def test_an_address_changes_as_a_whole(world: World) -> None:
    source_id, target_id = first_australian(world, world.run())
    world.control.edit(source_id, personalAddress=HOME | {"country": "Australia"})
    world.run()
    assert world.employee(target_id)["line2"] == "Unit 4"
    moved = {"line1": "5 Cuba Street", "line2": None, "suburb": "Te Aro", "state": None, "postcode": "6011"}
    country = (
        "New Zealand" if world.kind == "keypay" else "Australia"
    )  # iPayroll would refuse the bank account there
    world.control.edit(source_id, personalAddress=moved | {"country": country})
    row = world.run()[source_id]
    assert row.action is Action.UPDATED, row.message
    now = world.employee(target_id)
    assert (now["line2"], now["state"]) == (None, None)
    assert world.run()[source_id].action is Action.SKIPPED
    world.control.edit(source_id, personalAddress=None, postalAddress=None)
    assert world.run()[source_id].action is Action.SKIPPED
    assert world.employee(target_id) == now


@pytest.mark.sandbox(employees=40)
def test_an_email_that_hr_removed_is_said_until_payroll_has_removed_it(world: World) -> None:
    source_id, target_id = first_australian(world, world.run())
    world.control.edit(source_id, contacts={"home": {"email": None}, "work": {"email": None}})
    for _ in range(3):
        row = world.run()[source_id]
        assert taken_away.CODE in {warning["code"] for warning in row.warnings or []}
        assert row.action is Action.SKIPPED
    assert world.employee(target_id)["email"]
    if world.kind == "ipayroll":
        world.control.edit_payroll(str(target_id), email="")
    else:
        world.control.edit_hero(int(str(target_id)), emailAddress=None)
    warnings = world.run()[source_id].warnings or []
    assert taken_away.CODE not in {warning["code"] for warning in warnings}


@pytest.mark.sandbox(employees=40)
def test_a_new_spelling_of_a_name_is_sent_once(world: World) -> None:
    source_id, target_id = first_australian(world, world.run())
    surname = world.control.person(source_id)["surname"]
    world.control.edit(source_id, surname=surname.upper() + "\u200b")
    assert world.run()[source_id].action is Action.UPDATED
    assert world.employee(target_id)["surname"] == surname.upper()
    assert world.run()[source_id].action is Action.SKIPPED


@pytest.mark.sandbox(employees=40)
def test_a_moment_of_birth_is_the_date_it_was_in_brisbane(world: World) -> None:
    source_id, target_id = first_australian(world, world.run())
    world.control.edit(source_id, dateOfBirth="1990-05-11T14:00:00Z")
    world.run()
    assert str(world.employee(target_id)["birth"])[:10] in {"1990-05-12", "12-May-1990"}
    world.forgive()  # enableHR's interface description has dates without times


@pytest.mark.sandbox(employees=40)
def test_a_termination_taken_back_is_taken_back_in_a_payroll_that_takes_ends(
    sqlite_store: str, sandbox: Sandbox
) -> None:
    world = World(sandbox, "keypay")
    source_id, target_id = first_australian(world, world.run())
    world.control.edit(source_id, employmentStatus="Terminated", endDate="2026-10-31")
    assert world.run()[source_id].action is Action.TERMINATED
    assert str(world.employee(target_id)["end"]).startswith("2026-10-31")
    world.control.edit(source_id, employmentStatus="Current", endDate=None)
    row = world.run()[source_id]
    assert row.action is Action.UPDATED and {each["code"] for each in row.warnings or ()} <= {"INCOMPLETE"}
    assert world.employee(target_id)["end"] is None
    assert world.run()[source_id].action is Action.SKIPPED


DESCRIPTION = roster.DESCRIPTION.replace(
    "target:\n", "target:\n  one_value: [{fields: [street, more, land]}]\n"
).replace(
    "    - {name: tfn,",
    """    - {name: street, label: Street, from: address.line1}
    - {name: more, label: Second line, from: address.line2}
    - {name: land, label: Country, format: country, from: address.country}
    - {name: tfn,""",
)


@pytest.fixture
def described(sqlite_store: str) -> DescribedHub:
    made = DescribedHub(active_connection(), description=DESCRIPTION)
    made.fill(4)
    return made


@pytest.mark.parametrize("shown", ["31.12.99", "soon", 642470400, {"ms": 1}])
def test_a_payroll_whose_dates_cannot_be_read_is_not_written_in_each_run(
    described: DescribedHub, shown: object
) -> None:
    described.set_job(full_read_days=0)
    with roster.running() as described.roster:
        assert described.run().counters.created == 4
        for one in described.roster.people.values():
            one["born"] = shown
        for _ in range(2):
            assert described.run().counters.unchanged == 4
        described.source.edit("s1", date_of_birth=date(1985, 5, 5))
        run = described.run()
        assert (run.counters.updated, run.counters.unchanged) == (1, 3)
        assert [one["born"] for one in described.roster.people.values()].count("1985-05-05") == 1


def test_a_payroll_that_shows_dates_as_milliseconds_needs_no_write(described: DescribedHub) -> None:
    described.set_job(full_read_days=0)
    with roster.running() as described.roster:
        described.run()
        for one in described.roster.people.values():
            born = date.fromisoformat(one["born"]).toordinal() - date(1970, 1, 1).toordinal()
            one["born"] = f"/Date({born * 86_400_000}+1300)/"
        assert described.run().counters.unchanged == 4


@pytest.mark.parametrize(
    "nothing", ["0001-01-01T00:00:00", "1900-01-01", "9999-12-31", "/Date(-62135596800000)/"]
)
def test_a_payroll_that_shows_a_date_for_no_end_has_ended_nobody(
    described: DescribedHub, monkeypatch: pytest.MonkeyPatch, nothing: str
) -> None:
    described.set_job(full_read_days=0)
    described.description = DESCRIPTION.replace(
        "target:\n", "target:\n  ended: {field: left, warning: {code: LEFT, message: Enter the end.}}\n"
    ).replace(
        "    - {name: tfn,", "    - {name: left, label: End, type: date, from: end_date}\n    - {name: tfn,"
    )

    def shown(roster: Roster, _: object, __: object) -> JSONResponse:
        return JSONResponse(
            {"staff": [one | {"left": one.get("left") or nothing} for one in roster.people.values()]}
        )

    monkeypatch.setattr(Roster, "_list", shown)
    with roster.running() as described.roster:
        described.run()
        for _ in range(2):
            run = described.run()
            assert run.counters.unchanged == 4 and not run.rows["s1"].warnings
        described.source.edit("s1", status="Terminated", end_date=date(2026, 11, 20))
        assert described.run().counters.terminated == 1
        described.source.edit("s1", status="Current", end_date=None)
        assert described.run().counters.updated == 1
        assert described.run().counters.unchanged == 4


def test_an_address_of_a_described_payroll_changes_as_a_whole(described: DescribedHub) -> None:
    two = Address("1 High Street", "Unit 4", country="Australia")
    described.source.edit("s1", address=two)
    with roster.running() as described.roster:
        described.run()
        [one] = [one for one in described.roster.people.values() if one["family"] == "Surname1"]
        assert one["more"] == "Unit 4"
        described.source.edit("s1", address=replace(two, line2=None))
        assert described.run().counters.updated == 1 and one["more"] is None
        described.source.edit("s1", address=None)
        assert described.run().counters.unchanged == 4 and one["street"] == "1 High Street"


def test_a_described_payroll_keeps_what_hr_removed_with_a_warning(described: DescribedHub) -> None:
    with roster.running() as described.roster:
        described.run()
        described.source.edit("s1", mobile=None)
        for _ in range(2):
            run = described.run()
            assert run.status is RunStatus.COMPLETE
            assert [one["code"] for one in run.rows["s1"].warnings or []] == [taken_away.CODE]
        next(one for one in described.roster.people.values() if one["family"] == "Surname1")["mobile"] = None
        assert run.rows["s2"].warnings is None and described.run().rows["s1"].warnings is None
