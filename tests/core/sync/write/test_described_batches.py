"""A payroll that a file describes takes many employees a request: each has an outcome, and none stops the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.contract.records import Reason
from core.models import Action, RunStatus
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub

PEOPLE = 10


@pytest.fixture
def hub(sqlite_store: str) -> Iterator[DescribedHub]:
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=roster.MANY)
        made.fill(PEOPLE)
        yield made


def move(hub: DescribedHub) -> None:
    for number in range(PEOPLE):
        hub.source.edit(f"s{number}", mobile=f"0411 222 {number:03d}")


def test_many_are_created_and_updated_in_few_requests(hub: DescribedHub) -> None:
    assert hub.run().counters.created == PEOPLE
    assert sorted(hub.roster.whole) == [2, 4, 4]
    move(hub)
    assert hub.run().counters.updated == PEOPLE
    assert sorted(hub.roster.whole[3:]) == [2, 4, 4] and hub.everybody_once()
    assert hub.run().counters.unchanged == PEOPLE


def test_a_result_of_its_own_refuses_one_and_takes_the_others(hub: DescribedHub) -> None:
    hub.roster.refused = {"Surname3"}
    ended = hub.run()
    assert (ended.counters.created, ended.counters.errors) == (PEOPLE - 1, 1)
    row = ended.rows["s3"]
    assert (row.action, row.reason) == (Action.FAILED, Reason.REFUSED)
    assert row.message == "Roster refused this employee: No •••."
    assert len(hub.links()) == PEOPLE - 1


@pytest.mark.parametrize("status", [422, 500])
def test_a_request_that_fails_because_of_one_employee_stops_nobody_else(
    hub: DescribedHub, status: int
) -> None:
    hub.roster.tripped, hub.roster.trip_status = {"Surname1"}, status
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
    move(hub)
    ended = hub.run()
    assert (ended.counters.updated, ended.counters.errors) == (PEOPLE - 1, 1)
    assert ended.rows["s1"].reason == (Reason.REFUSED if status == 422 else Reason.SERVER_ERROR)
    assert hub.roster.counted["created"] == PEOPLE


def test_a_request_whose_answer_was_lost_is_looked_up_for_each(hub: DescribedHub) -> None:
    hub.roster.switches("", answer_lost_next=1, only_method="POST")
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
    assert hub.roster.counted["created"] == PEOPLE and hub.everybody_once()


def test_a_request_that_may_be_under_way_is_not_repeated(hub: DescribedHub) -> None:
    hub.roster.switches("", fail_next=1, fail_status=504, only_method="POST")
    ended = hub.run()
    assert list(ended.reasons().values()).count(Reason.UNANSWERED) == 4
    assert hub.run().counters.created == 4 and hub.everybody_once()


def test_an_answer_that_does_not_tell_of_everybody_counts_as_none(hub: DescribedHub) -> None:
    hub.description = roster.MANY.replace("position: row", "position: line")
    ended = hub.run()
    assert ended.counters.created == PEOPLE
    assert hub.roster.counted["created"] == PEOPLE and hub.everybody_once()
