"""A preview of one employee: it reads only them, writes nothing, and leaves previews of everybody as they are."""

from __future__ import annotations

from sqlalchemy import select

from core.clock import now
from core.db import reading
from core.jobs import start
from core.models import Action, Decision, Plan, PlanState, RunKind, RunStatus
from core.scope_editor import full_effect
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Ended, Hub


def preview(hub: Hub, source_id: str) -> Ended:
    run_id = start.preview_person(OPERATOR, hub.connection_id, source_id)
    hub.execute(run_id)
    return hub.ended(run_id)


def test_it_says_what_would_happen_and_writes_nothing(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    hub.source.edit("s2", mobile="0411 222 333")
    hub.source.edit("s3", mobile="0411 222 444")
    before = dict(hub.target.records)
    hub.source.steps.done = {}
    ended = preview(hub, "s2")
    assert list(ended.rows) == ["s2"] and hub.source.steps.done == {}
    row = ended.rows["s2"]
    assert (row.decision, row.action) == (Decision.UPDATE, Action.NOT_WRITTEN)
    assert row.changes and hub.target.records == before
    assert (ended.status, ended.message) == (
        RunStatus.COMPLETE,
        "Preview of 1 employee; nothing was written: 1 would be written.",
    )
    assert hub.run().counters.updated == 2


def test_it_cannot_be_applied_and_replaces_no_other_preview(hub: Hub) -> None:
    hub.fill(3)
    whole = hub.run(RunKind.PREVIEW)
    ended = preview(hub, "s1")
    with reading() as session:
        plans = {plan.run_id: plan for plan in session.scalars(select(Plan))}
    assert plans[whole.id].state is PlanState.OPEN
    assert plans[ended.id].kept_until <= now()


def test_somebody_who_is_not_at_the_source_is_said_to_be_missing(hub: Hub) -> None:
    hub.fill(1)
    run_id = start.preview_person(OPERATOR, hub.connection_id, "nobody")
    assert hub.execute(run_id) is RunStatus.ERROR
    assert "no employee with the id nobody" in (hub.row(run_id).message or "")


def test_a_waiting_preview_of_the_same_person_is_joined_and_of_another_is_not(hub: Hub) -> None:
    first = start.preview_person(OPERATOR, hub.connection_id, "s1")
    assert start.preview_person(OPERATOR, hub.connection_id, "s1") == first
    assert start.preview_person(OPERATOR, hub.connection_id, "s2") != first


def test_how_long_everybody_takes_is_not_learned_from_it(hub: Hub) -> None:
    hub.fill(1)
    preview(hub, "s0")
    assert full_effect.minutes(OPERATOR, hub.connection_id) is None
