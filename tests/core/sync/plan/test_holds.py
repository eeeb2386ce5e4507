"""A hold on any record of a person at the source holds the person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract.records import Reason
from core.models import Decision, RunKind
from core.review import approvals
from core.runs.outcome_catalogue import Code
from core.scope import holds
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.core.sync.plan.test_transfers import COPY

HELD = "Pay is being checked"


@pytest.fixture
def few(sqlite_hub: Hub) -> Hub:
    """Give three employees who are in payroll."""
    sqlite_hub.fill(3)
    sqlite_hub.run()
    return sqlite_hub


def chain(hub: Hub, *, with_link: bool) -> None:
    """Give one person the records old, between and new, of which only the first or none is linked."""
    old = "s1" if with_link else "old"
    employee = person(70, status="Transferred", later_record_id="between")
    hub.source.put(old, replace(hub.source.people.get(old, employee), status="Transferred"))
    hub.source.put("between", replace(hub.source.people[old], **COPY, earlier_record_id=old))
    hub.source.put("new", replace(hub.source.people[old], status="Current", earlier_record_id="between"))


@pytest.mark.parametrize("on_hold", ["first", "between"])
@pytest.mark.parametrize("with_link", [True, False])
def test_a_hold_on_any_record_of_a_person_holds_the_one_in_use(
    few: Hub, on_hold: str, with_link: bool
) -> None:
    chain(few, with_link=with_link)
    held = on_hold if on_hold == "between" else "s1" if with_link else "old"
    holds.put(OPERATOR, few.connection_id, held, HELD)
    before = few.target.writes
    for _ in range(2):
        ended = few.run()
        assert ended.reasons()["new"] == Reason.ON_HOLD and f"source ID {held}." in str(
            ended.rows["new"].message
        )
        assert few.target.writes == before and "new" not in few.links()
    holds.release(OPERATOR, few.connection_id, held)
    ended = few.run()
    assert ended.reasons()["new"] != Reason.ON_HOLD and "new" in few.links()
    assert len(few.target.records) == (3 if with_link else 4)


@pytest.mark.parametrize("points", ["earlier", "later"])
def test_a_hold_on_an_old_record_holds_a_person_who_is_linked_by_now(few: Hub, points: str) -> None:
    old = person(70, status="Transferred", later_record_id="s1" if points == "later" else None)
    few.source.put("old", old)
    few.source.edit("s1", earlier_record_id="old" if points == "earlier" else None)
    few.run()
    holds.put(OPERATOR, few.connection_id, "old", HELD)
    before = few.target.writes
    few.source.edit("s1", mobile="0411 999 888")
    assert [few.run().reasons().get("s1") for _ in range(2)] == [Reason.ON_HOLD] * 2
    assert few.target.writes == before
    holds.release(OPERATOR, few.connection_id, "old")
    assert few.run().decisions()["s1"] is Decision.UPDATE


def test_a_plan_leaves_out_who_is_on_hold_by_now_under_an_earlier_record(few: Hub) -> None:
    few.source.put("old", person(70, status="Transferred"))
    few.source.edit("s1", earlier_record_id="old", mobile="0411 999 888")
    preview = few.run(RunKind.PREVIEW)
    holds.put(OPERATOR, few.connection_id, "old", HELD)
    new = approvals.approve(OPERATOR, preview.id)
    assert new is not None
    few.execute(new)
    assert few.ended(new).reasons()["s1"] == Code.STALE
