"""A payroll gives the ids of lost employees to others: no employee is written into somebody else's record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.models import Action, Decision, RunKind, RunStatus
from core.review import approvals, match_decisions
from core.runs.outcome_catalogue import Code
from core.sides.system_pair import SystemPair
from harness.world import active_connection
from tests.core.sync import conftest
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import FakeTarget, fake_systems, person
from tests.core.sync.match.test_decisions import actor_of, only

pytestmark = pytest.mark.slow


@pytest.fixture
def payroll(hub: Hub) -> Hub:
    """Give a connection to a payroll that chooses ids, with three employees in it: s0 is T1, s1 is T2, s2 is T3."""
    hub.target = FakeTarget(chosen_ids=False)
    hub.fill(3)
    assert hub.run().counters.created == 3
    return hub


@pytest.fixture
def expensive(payroll: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Let listing the payroll be expensive."""

    def expensive_systems(*given: Any) -> SystemPair:
        made = fake_systems(*given)
        return replace(made, target_connector=replace(made.target_connector, listing_is_cheap=False))

    monkeypatch.setattr(conftest, "fake_systems", expensive_systems)
    return payroll


def lose(hub: Hub, *target_ids: str, then: tuple[str, ...] = ()) -> None:
    """Let payroll forget some employees, and say which ids it gives next."""
    for target_id in target_ids:
        del hub.target.records[target_id]
    hub.target.next_ids = list(then)


def phone(hub: Hub, target_id: str) -> object:
    return hub.target.records[target_id]["phone"]


def test_employees_who_are_created_again_under_each_others_ids(payroll: Hub) -> None:
    lose(payroll, "T1", "T2", "T3", then=("T2", "T3", "T1"))
    ended = payroll.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 3)
    assert payroll.links() == {"s0": "T2", "s1": "T3", "s2": "T1"}
    payroll.source.edit("s0", mobile="0411 222 333")
    assert payroll.run().counters.updated == 1
    assert phone(payroll, "T2") == "0411 222 333" and payroll.everybody_once()


@pytest.mark.slow
def test_a_crash_at_any_step_while_ids_are_reused_leaves_everybody_once(sqlite_store: str) -> None:
    at, happened = 1, True
    while happened:
        hub = Hub(active_connection(), target=FakeTarget(chosen_ids=False))
        hub.fill(2)
        hub.run()
        lose(hub, "T1", "T2", then=("T2", "T1", "T8", "T9"))
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        ended = hub.ended(run_id) if hub.row(run_id).status.ended else hub.resume(run_id)
        assert ended.counters.created == 2 and hub.everybody_once(), at
        assert hub.run().counters.unchanged == 2, at
        at += 1
    assert at > 10


def test_the_id_of_somebody_who_could_not_be_created_again_is_free(payroll: Hub) -> None:
    lose(payroll, "T2", then=("T2",))
    payroll.target.refuse = {"Surname1"}
    payroll.source.put("s3", person(3))
    ended = payroll.run()
    assert ended.rows["s1"].action is Action.FAILED and ended.rows["s3"].action is Action.CREATED
    assert payroll.links() == {"s0": "T1", "s2": "T3", "s3": "T2"}


def test_an_employee_who_was_not_read_keeps_an_id_until_they_are(expensive: Hub) -> None:
    """Payroll has lost s1, which nothing reveals, and gives T2 to somebody new."""
    lose(expensive, "T2", then=("T2", "T7"))
    expensive.source.put("s3", person(3))
    first = expensive.run()
    assert first.decisions()["s1"] is Decision.NO_CHANGE
    assert (first.rows["s3"].action, first.rows["s3"].reason) == (Action.FAILED, Code.ALREADY_LINKED)
    second = expensive.run()
    assert second.rows["s1"].action is Action.CREATED and second.decisions()["s3"] is Decision.NO_CHANGE
    assert expensive.run().counters.unchanged == 4
    assert (
        expensive.links() == {"s0": "T1", "s1": "T7", "s2": "T3", "s3": "T2"} and expensive.everybody_once()
    )


def rotate(hub: Hub) -> None:
    """Let payroll give each of three employees the id of the next, as one that was set up again might."""
    one, two, three = (hub.target.records[target_id] for target_id in ("T1", "T2", "T3"))
    hub.target.records |= {"T2": one, "T3": two, "T1": three}


ROTATED = {"s0": "T2", "s1": "T3", "s2": "T1"}


def test_when_all_have_others_ids_each_is_found_under_their_own(payroll: Hub) -> None:
    rotate(payroll)
    payroll.source.edit("s0", mobile="0411 222 333")
    payroll.set_job(full_read_days=0)
    ended = payroll.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (1, 2)
    assert payroll.links() == ROTATED and payroll.everybody_once()
    assert phone(payroll, "T2") == "0411 222 333" and payroll.run().counters.unchanged == 3


def test_when_one_of_them_has_changed_all_are_looked_at(payroll: Hub) -> None:
    """The target's records are others than they were, so that the unchanged are compared as well."""
    rotate(payroll)
    payroll.source.edit("s0", mobile="0411 222 333")
    assert payroll.run().counters.updated == 1
    assert payroll.links() == ROTATED and payroll.everybody_once()
    assert phone(payroll, "T2") == "0411 222 333" and payroll.run().counters.unchanged == 3


def test_when_only_one_of_them_is_looked_at_the_others_follow(expensive: Hub) -> None:
    payroll = expensive
    rotate(payroll)
    payroll.source.edit("s0", mobile="0411 222 333")
    first = payroll.run()
    assert first.decisions() == {
        "s0": Decision.ALREADY_LINKED,
        "s1": Decision.NO_CHANGE,
        "s2": Decision.NO_CHANGE,
    }
    for _ in range(3):
        assert payroll.run().counters.errors == 0
    assert payroll.links() == ROTATED and payroll.everybody_once()
    assert phone(payroll, "T2") == "0411 222 333" and payroll.target.steps.done["update.done"] == 1


@pytest.mark.parametrize("kind", [RunKind.SYNC, RunKind.SELECTED])
def test_somebody_else_entered_by_hand_under_an_id_is_not_written_over(payroll: Hub, kind: RunKind) -> None:
    lose(payroll, "T2")
    payroll.target.adopt("T2", person(77))
    payroll.source.edit("s1", mobile="0411 222 333")
    payroll.target.next_ids = ["T4"]
    ended = payroll.run() if kind is RunKind.SYNC else payroll.sync("s1")
    assert ended.rows["s1"].action is Action.CREATED
    assert phone(payroll, "T2") == "0400 000077" and phone(payroll, "T4") == "0411 222 333"
    assert payroll.links()["s1"] == "T4"


def test_a_plan_that_creates_the_old_owner_of_an_id_can_be_approved(payroll: Hub) -> None:
    lose(payroll, "T2", then=("T4",))
    payroll.target.adopt("T2", person(77))
    payroll.source.edit("s1", mobile="0411 222 333")
    payroll.set_job(limits={"creates": {"count": 0}})
    held = payroll.run()
    assert held.status is RunStatus.HELD
    run_id = approvals.approve(actor_of(payroll), held.id)
    assert run_id is not None
    payroll.execute(run_id)
    assert payroll.ended(run_id).rows["s1"].action is Action.CREATED and payroll.links()["s1"] == "T4"


def test_a_correction_at_the_source_is_written(payroll: Hub) -> None:
    payroll.source.edit("s1", surname="Married", date_of_birth=date(1979, 3, 3))
    assert payroll.run().counters.updated == 1
    assert payroll.target.records["T2"]["surname"] == "Married"
    assert payroll.run().counters.unchanged == 3


def doubtful(hub: Hub) -> Ended:
    """Somebody at payroll has another name and birth date than iHUB wrote there."""
    hub.target.records["T2"] |= {"surname": "Other", "birth": date(1966, 6, 6)}
    hub.source.edit("s1", mobile="0411 222 333")
    ended, writes = hub.run(), hub.target.writes
    assert ended.decisions()["s1"] is Decision.AMBIGUOUS and ended.reasons()["s1"] == Code.BECAME_ANOTHER
    assert hub.run().decisions()["s1"] is Decision.AMBIGUOUS and hub.target.writes == writes
    return ended


def test_an_employee_with_a_doubtful_link_waits_and_can_be_linked_again(payroll: Hub) -> None:
    ended, actor = doubtful(payroll), actor_of(payroll)
    waiting = only(actor, ended)
    assert [(one.target_id, one.linked) for one in waiting.candidates] == [("T2", True)]
    assert not waiting.settled and waiting.can_be_new
    match_decisions.link(actor, ended.id, waiting.position, "T2")
    assert only(actor, ended).linked_to == "T2"
    assert payroll.run().decisions()["s1"] is Decision.UPDATE
    assert payroll.run().counters.unchanged == 3 and payroll.everybody_once()


def test_an_employee_with_a_doubtful_link_can_be_created_as_new(payroll: Hub) -> None:
    ended, actor = doubtful(payroll), actor_of(payroll)
    match_decisions.create_new(actor, ended.id, only(actor, ended).position)
    assert only(actor, ended).is_new and "s1" not in payroll.links()
    payroll.target.next_ids = ["T4"]
    assert payroll.run().decisions()["s1"] is Decision.CREATE
    assert payroll.links()["s1"] == "T4" and payroll.target.records["T2"]["surname"] == "Other"


def test_in_a_run_of_one_employee_a_broken_link_is_looked_for_before_a_create(
    payroll: Hub,
) -> None:
    rotate(payroll)
    payroll.sync("s0")
    assert payroll.everybody_once() and len(payroll.target.records) == 3


def test_where_listing_is_expensive_a_broken_link_is_looked_for_too(expensive: Hub) -> None:
    rotate(expensive)
    expensive.source.edit("s0", mobile="0411 222 333")
    expensive.run()
    assert expensive.everybody_once() and len(expensive.target.records) == 3


@pytest.fixture
def left(payroll: Hub) -> Hub:
    """Let s1 leave, and payroll delete them."""
    lose(payroll, "T2", then=("T2",))
    payroll.source.edit("s1", status="Terminated", end_date=date(2024, 6, 30))
    return payroll


def test_the_id_of_a_leaver_who_is_gone_can_be_given_to_somebody_new(left: Hub) -> None:
    left.source.put("anna", person(77))
    assert left.run().rows["anna"].action is Action.CREATED
    assert left.links()["anna"] == "T2"
    assert left.run().status is RunStatus.COMPLETE


def test_the_id_of_a_leaver_who_is_gone_can_be_given_by_hand(left: Hub) -> None:
    left.target.adopt("T2", person(77), phone="0400 999999")
    left.source.put("anna", person(77))
    writes = left.target.writes
    assert left.run().rows["anna"].action is Action.UPDATED
    assert left.run().counters.errors == 0
    assert left.links()["anna"] == "T2" and left.target.writes == writes + 1
