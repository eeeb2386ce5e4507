"""iPayroll and Employment Hero Payroll do not confirm a create: nobody is there twice, nobody counts without reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.contract.employee import AustralianTax
from connectors.contract.records import Reason
from connectors.registry import connector_of
from core.db import reading
from core.models import Connection, RunStatus
from core.sides.credentials import GivenAuthoriser
from core.sides.system_pair import SystemPair
from core.sync import engine
from harness.sandbox import Sandbox, running_sandbox
from harness.world import active_connection
from sandbox.ipayroll.api import Api as IPayroll
from sandbox.keypay.api import Api as Hero
from tests.connectors.catalogue.test_keypay import KEY, ROSE
from tests.connectors.described import target_of
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import fake_systems
from tests.core.sync.test_sandbox import Bearer

pytestmark = pytest.mark.slow

APIS: dict[str, Any] = {"ipayroll": IPayroll, "keypay": Hero}
PEOPLE = 3
TFNS = ("123456782", "876543210", "565051603")


@dataclass
class CatalogueHub(Hub):
    """A connection whose target is a system of the catalogue, in the sandbox."""

    sandbox: Sandbox = field(default=cast(Sandbox, None))
    kind: str = "keypay"

    def execute(self, run_id: int) -> RunStatus | None:
        """Carry a run out into the sandbox."""
        return engine.execute(run_id, lambda _: self._systems())

    def _systems(self) -> SystemPair:
        entry = connector_of(self.kind)
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id
        assert pairing_id is not None
        if self.kind == "keypay":
            authoriser = GivenAuthoriser(entry, {"api_key": KEY})
            target = target_of("keypay", authoriser, url=self.sandbox.keypay_url, business_id="4711")
        else:
            bearer = Bearer(self.sandbox.control.grant("ipayroll")["access_token"])
            target = target_of("ipayroll", bearer, url=self.sandbox.ipayroll_url)
        paired = fake_systems(self.source, self.target, pairing_id)
        return replace(paired, target=cast(Any, target), target_connector=entry)

    def surnames(self) -> list[str]:
        """Return the surnames at the target."""
        control = self.sandbox.control
        people = control.hero() if self.kind == "keypay" else control.payroll()
        return sorted(str(one["surname"]) for one in people)


@pytest.fixture(params=["ipayroll", "keypay"])
def hub(request: pytest.FixtureRequest, sqlite_store: str, tmp_path: Path) -> Iterator[CatalogueHub]:
    with running_sandbox(tmp_path, employees=0, validate=False) as running:
        made = CatalogueHub(active_connection(), sandbox=running, kind=request.param)
        for number, name in enumerate(("Alpha", "Bravo", "Carlo")[:PEOPLE]):
            tax = AustralianTax(tfn=TFNS[number], basis="FULL_TIME", residency="AUSTRALIAN_RESIDENT")
            person = replace(ROSE, surname=name, employee_number=f"E{number}", date_of_birth=None, au_tax=tax)
            made.source.put(f"s{number}", replace(person, email=f"{name}@desk.example.com", bank_accounts=()))
        yield made


def answering(
    hub: CatalogueHub,
    monkeypatch: pytest.MonkeyPatch,
    *,
    does: bool,
    status: int,
    answer: Callable[[Any], object],
) -> None:
    """Have creates answered like this, carried out or not."""
    create = APIS[hub.kind]._create

    async def answered(self: object, request: Request) -> Response:
        done = await create(self, request) if does else None
        return JSONResponse(answer(json.loads(done.body) if done is not None else None), status)

    monkeypatch.setattr(APIS[hub.kind], "_create", answered)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"success": False}),
        (200, {"id": None, "employeeId": None, "status": "ERROR"}),
        (202, {"jobId": 77}),
        (200, [{"errors": [{"field": "surname", "message": "odd"}]}]),
    ],
)
def test_nobody_counts_who_is_not_there(
    hub: CatalogueHub, monkeypatch: pytest.MonkeyPatch, status: int, body: object
) -> None:
    with monkeypatch.context() as patch:
        answering(hub, patch, does=False, status=status, answer=lambda _: body)
        for _ in range(2):
            ended = hub.run()
            assert (ended.counters.created, ended.counters.errors) == (0, PEOPLE)
            assert {row.reason for row in ended.rows.values()} == {Reason.UNANSWERED}
            assert not hub.links() and not any(row.target_id for row in ended.rows.values())
    if status != 202:
        assert hub.run().counters.created == PEOPLE
        assert hub.surnames() == ["Alpha", "Bravo", "Carlo"] and len(hub.links()) == PEOPLE


@pytest.mark.parametrize("status", [200, 202])
def test_nobody_is_created_twice(hub: CatalogueHub, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answering(hub, monkeypatch, does=True, status=status, answer=lambda done: {"data": done})
    for _ in range(3):
        hub.run()
        assert hub.surnames() == ["Alpha", "Bravo", "Carlo"]
    assert len(set(hub.links().values())) == PEOPLE and not hub.run().counters.written
