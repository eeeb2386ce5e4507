"""Two systems that nobody here has seen, described by the files of the page, synced field for field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors import registry
from connectors.contract.errors import ConfigError
from connectors.rest import loader
from core.mapping import views
from core.mapping.document import from_yaml
from core.models import Decision, RunStatus
from core.security.actor import OPERATOR
from core.settings import ROOT
from core.sides.system_pair import SystemPair
from core.sides.systems import load_system_pair
from harness.sandbox import _served
from harness.world import account, active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.connectors.stand_ins import Held
from tests.core.sync.conftest import Hub
from tests.core.sync.described import QUICK

FILES = re.compile(r"^`((?:crew|galley)\.yaml)`\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JO: dict[str, Any] = {
    "id": 1,
    "given": "Jo",
    "family": "Quill",
    "born": "1990-02-03",
    "since": "2024-02-01",
    "pay": {
        "rate": "31.250",
        "per": "h",
        "allowances": [{"code": "car", "amount": 8}, {"code": "Meal", "amount": 12.5}],
    },
    "extras": {"uniform": "M"},
    "award": 2,
    "ticket": {"until": "2027-03-01"},
    "locker": "LK-7788",
    "skills": ["grill", "bar"],
    "answers": [{"question": "hat", "answer": "no"}, {"question": "union", "answer": "AWU"}],
}
WRITTEN: dict[str, Any] = {
    "given": "Jo",
    "family": "Quill",
    "born": "1990-02-03",
    "rate": 31.25,
    "per": "Hourly",
    "size": "M",
    "level": "Level 2",
    "ticket": "2027-03-01",
    "locker": "LK-7788",
    "skills": "bar, grill",
    "meals": 12.5,
    "union": "Member of AWU",
}


@dataclass
class Pair(Hub):
    """Both systems of the page, over HTTP."""

    people: list[dict[str, Any]] = field(default_factory=list)
    payroll: Roster = field(default_factory=Roster)
    folder: Path = Path()
    hr_url: str = ""

    def systems(self, pairing_id: int) -> SystemPair:
        """Open both as their files describe them."""
        source, target = (loader.load_connector(self.folder / f"{kind}.yaml") for kind in ("crew", "galley"))
        assert source.source is not None and target.target is not None
        opened = source.source(source.settings.model_validate({"url": self.hr_url}), Held(), retry=QUICK)
        written = target.target(
            target.settings.model_validate({"url": self.payroll.url}), Held(), retry=QUICK
        )
        paired = super().systems(pairing_id)
        return replace(
            paired,
            source=cast(Any, opened),
            target=cast(Any, written),
            source_connector=source,
            target_connector=target,
        )

    def in_payroll(self) -> dict[str, Any]:
        """Return the one employee of payroll, without the key."""
        [employee] = self.payroll.people.values()
        return {name: value for name, value in employee.items() if name != "key"}


@pytest.fixture
def pair(sqlite_store: str, tmp_path: Path) -> Iterator[Pair]:
    """Serve the HR system and payroll of the page, with one employee in HR."""
    found = FILES.findall((ROOT / "docs" / "add-a-system.md").read_text())
    assert [name for name, _ in found] == ["crew.yaml", "galley.yaml"]
    for name, text in found:
        (tmp_path / name).write_text(text)
    people = [dict(JO)]
    hr = Starlette(
        routes=[
            Route("/me", lambda _: JSONResponse({"number": 1})),
            Route("/people", lambda _: JSONResponse({"people": people})),
        ]
    )
    with _served(hr) as port, roster.running() as payroll:
        yield Pair(
            active_connection(),
            people=people,
            payroll=payroll,
            folder=tmp_path,
            hr_url=f"http://127.0.0.1:{port}",
        )


def test_every_field_arrives_and_every_change_of_one_is_seen(pair: Pair) -> None:
    first = pair.run()
    assert first.status is RunStatus.COMPLETE and first.decisions() == {"1": Decision.CREATE}
    assert pair.in_payroll() == WRITTEN
    assert pair.run().decisions() == {"1": Decision.NO_CHANGE}, "what was written compares equal"
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"extras": {"uniform": "L"}}, {"size": "L"}),
        ({"award": 1}, {"level": "Level 1"}),
        ({"skills": ["grill"]}, {"skills": "grill"}),
        ({"pay": JO["pay"] | {"allowances": [{"code": "meal", "amount": 13}]}}, {"meals": 13}),
        ({"pay": {"rate": 32, "per": "y", "allowances": []}}, {"rate": 32, "per": "Annually"}),
        ({"extras": {"uniform": None}}, {"size": None}),
    ]
    expected = WRITTEN | {}
    for change, written in changes:
        pair.people[0].update(change)
        expected |= written
        assert pair.run().decisions() == {"1": Decision.UPDATE}, change
        assert pair.in_payroll() == expected
    pair.people[0].pop("locker")
    pair.people[0]["extras"] = {}
    pair.run()
    assert pair.in_payroll() == expected, "what HR no longer shows is unknown and clears nothing"


def test_a_value_that_payroll_takes_and_does_not_keep_is_said(pair: Pair) -> None:
    pair.payroll.unkept = {"size": "One size", "level": None}
    created = pair.run().rows["1"]
    assert created.warnings is not None
    said = {warning["field"]: warning for warning in created.warnings if warning["code"] == "NOT_KEPT"}
    assert said.keys() == {"size", "level"} and said["size"]["fixer"] == "Payroll"
    assert said["size"]["message"].startswith("Galley took Uniform and shows another value in its place.")
    assert said["level"]["message"].startswith("Galley took Award level and shows nothing in its place.")
    again = pair.run()
    assert again.decisions() == {"1": Decision.UPDATE} and "NOT_KEPT" in str(again.rows["1"].warnings)
    pair.payroll.unkept = {}
    kept = pair.run()
    assert kept.decisions() == {"1": Decision.UPDATE} and "NOT_KEPT" not in str(kept.rows["1"].warnings)
    assert pair.run().decisions() == {"1": Decision.NO_CHANGE}


def test_neither_a_code_nor_a_rate_is_shown_in_a_report(pair: Pair) -> None:
    pair.run()
    pair.people[0].update(locker="LK-9911", pay=JO["pay"] | {"rate": "45.75"})
    row = pair.run().rows["1"]
    shown = repr([row.changes, row.warnings, row.message])
    assert "Locker" in shown and "Pay rate" in shown
    for hidden in ("LK-7788", "LK-9911", "LK-", "31.25", "45.75"):
        assert hidden not in shown, hidden


def test_a_field_that_cannot_take_what_the_source_declares_stops_the_run(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_CONNECTORS", str(pair.folder))
    registry.reload()
    connection_id = active_connection(account("Other"), "crew", "galley")
    assert load_system_pair(connection_id).source_connector.kind == "crew"
    file = pair.folder / "galley.yaml"
    file.write_text(file.read_text().replace("from: custom.locker, sensitive: true", "from: custom.locker"))
    registry.reload()
    changed = load_system_pair(connection_id)
    documents = [
        from_yaml(f"connector: galley\nfields: {each}\n") for each in ("[]", "[{name: locker, send: false}]")
    ]
    faults = [
        [field.name for field in views.list_fields(OPERATOR, connection_id, document) if field.faults]
        for document in documents
    ]
    registry.reload()
    assert faults == [["locker"], []], "the Mapping tab shows it before a run does"
    with pytest.raises(ConfigError) as refusal:
        changed.require_fits(())
    assert str(refusal.value).startswith(
        "Galley cannot take some fields from Crew as they are mapped. Locker: `custom.locker` is sensitive, and the "
    )
    changed.require_fits([{"name": "locker", "send": False}])
    with pytest.raises(ConfigError, match=r"Uniform: `custom\.locker` is sensitive"):
        changed.require_fits([{"name": "locker", "send": False}, {"name": "size", "from": "custom.locker"}])
