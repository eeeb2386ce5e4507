"""A create at which payroll itself says that it failed is looked up, and sent again when the employee is not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.contract.records import Reason
from core.models import Action, RunStatus
from core.sync.write import deferred
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.described import DescribedHub

PEOPLE = 12


class Payroll(roster.Roster):
    """Fails before or after it has created somebody, by chance or always for some surnames."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(1)  # noqa: S311 - a test that can be repeated
        self.before = self.after = 0.0
        self.never: set[str] = set()
        self.status = 500
        self.lists = 0

    def _list(self, request: Request, sent: None) -> Response:
        self.lists += 1
        return super()._list(request, sent)

    def _create(self, request: Request, sent: dict[str, Any]) -> Response:
        failed = JSONResponse({"wrong": "Something broke"}, self.status)
        if sent["family"] in self.never or self.chance.random() < self.before:
            return failed
        response = super()._create(request, sent)
        return failed if self.chance.random() < self.after else response


@pytest.fixture
def hub(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    monkeypatch.setattr(roster, "Roster", Payroll)
    monkeypatch.setattr(deferred, "PAUSES", (0.01, 0.01, 0.01))
    with roster.running() as running:
        made = DescribedHub(
            active_connection(), roster=running, folder=tmp_path, description=roster.DESCRIPTION
        )
        made.fill(PEOPLE)
        yield made


def payroll(hub: DescribedHub) -> Payroll:
    assert isinstance(hub.roster, Payroll)
    return hub.roster


@pytest.mark.parametrize("description", [roster.DESCRIPTION, roster.MANY], ids=["alone", "together"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_creates_at_which_payroll_failed_are_sent_again_in_the_same_run(
    hub: DescribedHub, status: int, description: str
) -> None:
    hub.description = description
    hub.roster.switches("", fail_next=3, fail_status=status, only_method="POST")
    ended = hub.run()
    assert (ended.status, ended.counters.created, ended.counters.errors) == (RunStatus.COMPLETE, PEOPLE, 0)
    assert hub.everybody_once()


@pytest.mark.parametrize("description", [roster.DESCRIPTION, roster.MANY], ids=["alone", "together"])
@pytest.mark.parametrize("status", [504, 524])
def test_after_a_proxy_has_waited_in_vain_nobody_is_sent_again(
    hub: DescribedHub, status: int, description: str
) -> None:
    hub.description = description
    hub.roster.switches("", fail_next=1, fail_status=status, only_method="POST")
    reasons = list(hub.run().reasons().values())
    assert reasons.count(Reason.UNANSWERED) == len(hub.source.people) - hub.roster.counted["created"] > 0
    assert hub.run().counters.errors == 0 and hub.everybody_once()


@pytest.mark.parametrize("seed", range(5))
def test_failures_before_and_after_writing_create_everybody_once(hub: DescribedHub, seed: int) -> None:
    hub.fill(60)
    payroll(hub).chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    payroll(hub).before, payroll(hub).after = 0.2, 0.1
    ended = hub.run()
    if ended.counters.errors:  # who failed four times
        payroll(hub).before = payroll(hub).after = 0.0
        ended = hub.run()
    assert (ended.status, ended.counters.errors) == (RunStatus.COMPLETE, 0)
    assert hub.everybody_once() and len(hub.links()) == len(hub.source.people)


def test_all_of_them_are_looked_up_in_one_list(hub: DescribedHub) -> None:
    hub.fill(60)
    hub.roster.switches("", fail_next=15, only_method="POST")
    assert hub.run().counters.created == 60
    assert payroll(hub).lists == 2  # to match, and to look them up


def test_one_at_whom_payroll_always_fails_is_an_error_and_stops_nobody(hub: DescribedHub) -> None:
    hub.fill(600)
    payroll(hub).never = {f"Surname{number}" for number in range(30, 180, 6)}
    ended = hub.run()
    assert (ended.counters.created, ended.counters.errors) == (575, 25)
    row = ended.rows["s30"]
    assert (row.action, row.reason) == (Action.FAILED, Reason.UNANSWERED)
    assert "failed (status 500)" in str(row.message)
    payroll(hub).never = set()
    assert hub.run().counters.created == 25 and hub.everybody_once()


def test_a_payroll_that_fails_at_everybody_is_down_and_hardly_asked(hub: DescribedHub) -> None:
    hub.fill(300)
    payroll(hub).before = 1.0
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and "has not responded to 20 requests in a row" in ended.message
    assert len(payroll(hub).keys) == 0 and hub.roster.counted["requests"] < 500
    payroll(hub).before = 0.0
    assert hub.run().counters.created == 300 and hub.everybody_once()


def test_the_same_key_is_sent_again(hub: DescribedHub) -> None:
    hub.description = roster.KEYED
    hub.roster.switches("", fail_next=2, only_method="POST")
    assert hub.run().counters.created == PEOPLE
    assert len(set(hub.roster.keys)) == PEOPLE and hub.everybody_once()


@pytest.mark.slow
def test_a_crash_at_any_step_leaves_everybody_once(hub: DescribedHub) -> None:
    for source_id in list(hub.source.people)[2:]:
        del hub.source.people[source_id]
    at, happened = 1, True
    while happened:
        hub.roster.people.clear()
        payroll(hub).chance.seed(at)
        payroll(hub).before = payroll(hub).after = 0.3
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        payroll(hub).before = payroll(hub).after = 0.0
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        hub.run()
        assert hub.everybody_once() and len(set(hub.links().values())) == 2
        at += 1
    assert at > 12
