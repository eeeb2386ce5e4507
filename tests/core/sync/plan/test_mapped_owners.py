"""Whose value counts when a version of the mapping says so, and what is due to the mapping alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from connectors import registry
from connectors.rest import loader
from core.db import transaction
from core.mapping import previews
from core.models import Decision, Link, Pairing, Record, RunKind
from core.runs.outcome_codes import Code
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person
from tests.core.sync.plan.test_mapped import mapping, save

FIELDS = """\
    - {name: role, label: Role, from: position}
    - {name: code, label: Code, from: branch_id}
"""
CASUAL = {"at": "employment_type", "is": ["Casual"]}


@pytest.fixture
def hub(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    """One employee whose role and code are the same at both ends."""
    with roster.running() as running:
        made = DescribedHub(
            active_connection(target="roster", is_first_run=False),
            roster=running,
            description=roster.DESCRIPTION + FIELDS,
        )
        (tmp_path / "roster.yaml").write_text(made.description)
        monkeypatch.setenv(loader.FOLDERS_VARIABLE, str(tmp_path))
        registry.reload()
        made.source.put("s0", person(0, position="Cook", branch_id="B0", employment_type="Casual"))
        made.run()
        made.run()
        yield made
    monkeypatch.undo()
    registry.reload()


def at_payroll(hub: DescribedHub) -> dict[str, Any]:
    (employee,) = hub.roster.people.values()
    return employee


def ran(hub: DescribedHub) -> Record:
    return hub.run().rows["s0"]


def test_what_a_new_mapping_sends_is_said_to_be_due_to_it(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "template": "{position} {branch_id}"})
    row = ran(hub)
    assert (row.decision, row.reason) == (Decision.UPDATE, Code.MAPPING_CHANGED)
    assert [(each["field"], each["reason"]) for each in row.changes or ()] == [("role", "MAPPING_CHANGED")]
    hub.source.edit("s0", position="Chef")
    later = ran(hub)
    assert (later.decision, later.reason, at_payroll(hub)["role"]) == (Decision.UPDATE, None, "Chef B0")


def test_what_the_hr_system_has_changed_too_is_an_ordinary_update(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "template": "{position} {branch_id}"})
    hub.source.edit("s0", branch_id="B1")
    row = ran(hub)
    assert row.reason is None
    said = {each["field"]: each.get("reason") for each in row.changes or ()}
    assert said == {"role": "MAPPING_CHANGED", "code": None}


def test_what_the_mapping_sends_for_the_first_time_is_due_to_it(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "send": False})
    assert ran(hub).decision is Decision.NO_CHANGE
    at_payroll(hub)["role"] = "Baker"
    hub.run()
    save(hub, {"name": "role", "owner": "ask"})
    row = ran(hub)  # what payroll shows was known before: nobody is asked
    assert (row.decision, row.reason, at_payroll(hub)["role"]) == (
        Decision.UPDATE,
        Code.MAPPING_CHANGED,
        "Cook",
    )


def test_a_value_that_comes_back_by_coincidence_is_not_due_to_the_mapping(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "from": ["title", "position"]})
    hub.run()
    hub.source.edit("s0", title="Head")  # the mapping before would still send what was sent last
    assert ran(hub).reason is None


@pytest.mark.parametrize("owner", ["target", "once"])
def test_a_mapping_changes_nothing_in_what_payroll_owns(hub: DescribedHub, owner: str) -> None:
    save(hub, {"name": "role", "owner": owner})
    hub.run()
    save(hub, {"name": "role", "owner": owner, "template": "{position} {branch_id}"})
    assert ran(hub).decision is Decision.NO_CHANGE
    assert at_payroll(hub)["role"] == "Cook"


def test_an_owner_of_the_mapping_counts_and_calls_nothing_a_change_in_hindsight(hub: DescribedHub) -> None:
    at_payroll(hub)["role"] = "Baker"
    save(hub, {"name": "role", "owner": "ask"})
    assert ran(hub).decision is Decision.NO_CHANGE  # what payroll shows now is where it begins
    at_payroll(hub)["role"] = "Chef"
    held = ran(hub)
    assert (held.decision, held.reason) == (Decision.HELD, Code.CHANGED_IN_PAYROLL)
    save(hub, {"name": "role", "owner": "target"})
    assert ran(hub).decision is Decision.NO_CHANGE
    save(hub)
    assert ran(hub).decision is Decision.UPDATE
    assert at_payroll(hub)["role"] == "Cook"


def test_what_a_condition_leaves_to_payroll_is_forgotten(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "when": CASUAL, "owner": "ask"})
    hub.run()
    hub.source.edit("s0", employment_type="Contract")
    at_payroll(hub)["role"] = "Baker"
    assert ran(hub).decision is Decision.NO_CHANGE
    hub.source.edit("s0", employment_type="Casual")
    held = ran(hub)  # as if it had never been sent
    assert (held.decision, held.reason) == (Decision.HELD, Code.FIRST_CHANGES)


@pytest.mark.parametrize(("owner", "decision"), [("source", Decision.UPDATE), ("ask", Decision.HELD)])
def test_a_condition_that_clears_counts_as_blank(hub: DescribedHub, owner: str, decision: Decision) -> None:
    save(hub, {"name": "role", "when": CASUAL, "otherwise": "clear", "owner": owner})
    hub.run()
    hub.source.edit("s0", employment_type="Contract")
    at_payroll(hub)["role"] = "Baker"
    assert ran(hub).decision is decision
    assert at_payroll(hub)["role"] == ("Baker" if owner == "ask" else None)


def test_the_first_value_of_hr_is_no_first_sight_of_what_payroll_showed(hub: DescribedHub) -> None:
    save(hub, {"name": "code", "owner": "ask"})
    hub.source.edit("s0", branch_id=None)
    at_payroll(hub)["code"] = "B7"
    hub.run()
    hub.source.edit("s0", branch_id="B1")
    assert (ran(hub).decision, at_payroll(hub)["code"]) == (Decision.UPDATE, "B1")


def test_a_preview_of_a_draft_counts_no_first_changes_of_the_mapping_in_force(hub: DescribedHub) -> None:
    with transaction() as session:
        session.execute(delete(Link))
        session.execute(update(Pairing).values(first_changes_decided_at=None))
    at_payroll(hub).update(role="Baker", code=None)
    run_id = previews.store(OPERATOR, hub.connection_id, mapping({"name": "role", "send": False}), based_on=0)
    hub.execute(run_id)
    ended = hub.ended(run_id)
    assert (ended.rows["s0"].decision, "would be held" in ended.message) == (Decision.UPDATE, False)
    assert "would be held" in hub.run(RunKind.PREVIEW).message
