"""A create that failed with a server error is looked up, and sent again when the employee is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Reason
from core.db import reading, transaction
from core.models import Action, Link, RunStatus, UnansweredCreate
from core.sync.write import deferred
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.batched import BatchTarget
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import FakeTarget, Fault, person, raises

SENDS = len(deferred.PAUSES)
PEOPLE = 60


def failed(status: int = 500) -> UnansweredError:
    return UnansweredError(f"Payroll failed (status {status}).", status=status)


def every(step: str, nth: int, status: int = 500) -> Fault:
    def fault(at: str, count: int) -> None:
        if at == step and count % nth == 0:
            raise failed(status)

    return fault


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("step", ["create", "create.done"])
def test_nobody_is_left_out_and_nobody_is_there_twice(either_hub: Hub, step: str, status: int) -> None:
    hub = either_hub
    hub.fill(30)
    hub.target.steps.fault = every(step, 7, status)
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 30)
    assert hub.everybody_once() and len(hub.links()) == 30


@pytest.mark.parametrize("status", [504, 522, 524, 598, 599, 408, None])
def test_after_silence_nothing_is_sent_again(either_hub: Hub, status: int | None) -> None:
    hub = either_hub
    hub.fill(6)
    hub.target.steps.fault = raises("create", 3, UnansweredError("Payroll did not respond.", status=status))
    ended = hub.run()
    assert list(ended.reasons().values()).count(Reason.UNANSWERED) == 1
    assert hub.target.steps.done["create"] == 6


def test_an_update_that_was_not_sent_says_why(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    hub.target.steps.fault = raises("update", 1, TemporaryError("Payroll is closed for stocktaking."))
    row = hub.run().rows["s1"]
    assert (row.action, row.reason) == (Action.FAILED, Reason.UNANSWERED)
    assert str(row.message).startswith("Payroll is closed for stocktaking. Run the job again")


def test_what_fails_each_time_is_an_error_and_is_remembered(either_hub: Hub) -> None:
    hub, tries = either_hub, 0
    hub.fill(6)
    create = hub.target.create

    async def failing(prepared: Any) -> Any:
        nonlocal tries
        if prepared.values["surname"] != "Surname2":
            return await create(prepared)
        tries += 1
        raise failed()

    hub.target.create = failing  # type: ignore[method-assign]
    ended = hub.run()
    assert (ended.counters.created, ended.counters.errors, tries) == (5, 1, SENDS)
    row = ended.rows["s2"]
    assert (row.action, row.reason) == (Action.FAILED, Reason.SERVER_ERROR)
    with reading() as session:
        assert session.scalars(select(UnansweredCreate.source_id)).all() == ["s2"]
    hub.target.create = create  # type: ignore[method-assign]
    assert hub.run().status is RunStatus.COMPLETE and hub.everybody_once()


def test_a_repeated_request_that_is_refused_is_remembered_too(sqlite_hub: Hub) -> None:
    """The first one may have been carried out, and is shown late."""
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.fill(1)

    def fault(step: str, number: int) -> None:
        if step == "create.done":
            hub.target.unlisted = set(hub.target.records)
            hub.target.refuse = {"Surname0"}
            raise failed()

    hub.target.steps.fault = fault
    assert hub.run().rows["s0"].reason == Reason.REFUSED
    hub.target.unlisted, hub.target.refuse = set(), set()
    hub.target.steps.fault = lambda _step, _number: None
    assert hub.run().counters.errors == 0
    assert hub.everybody_once() and hub.links() == {"s0": "T1"}


def test_a_target_that_is_down_ends_the_run_early(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(80)
    hub.target.steps.fault = every("create", 1)
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and " 20 requests in a row" in ended.message
    assert hub.target.steps.done["create"] < 40 * SENDS
    hub.target.steps.fault = lambda _step, _number: None
    assert hub.run().status is RunStatus.COMPLETE and hub.everybody_once()


def test_a_target_that_is_down_for_a_moment_costs_no_run(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(80)

    def fault(step: str, number: int) -> None:
        if step == "create" and 10 <= number < 45:
            raise failed()

    hub.target.steps.fault = fault
    assert hub.run().status is RunStatus.COMPLETE and hub.everybody_once()


def test_many_scattered_failures_do_not_count_as_failures_in_a_row(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(80)
    hub.target.steps.fault = every("create", 3, 504)
    ended = hub.run()
    unanswered = list(ended.reasons().values()).count(Reason.UNANSWERED)
    assert (ended.counters.created, unanswered) == (80 - 26, 26)
    assert " in a row" not in ended.message


def test_a_create_that_the_connector_has_repeated_stops_nobody_else(either_hub: Hub) -> None:
    hub = either_hub
    hub.fill(6)
    hub.target.steps.fault = raises("create", 3, TemporaryError("Payroll failed.", status=500))
    assert hub.run().counters.created == 6 and hub.everybody_once()


@pytest.mark.parametrize("chosen_ids", [True, False])
@pytest.mark.parametrize("step", ["request", "request.done", "create.done"])
def test_a_request_of_many_is_looked_up_and_each_sent_alone(
    sqlite_hub: Hub, step: str, chosen_ids: bool
) -> None:
    hub = sqlite_hub
    hub.target = BatchTarget(chosen_ids=chosen_ids)
    hub.fill(10)
    hub.target.steps.fault = raises(step, 2, failed())
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 10)
    assert hub.everybody_once()


class Failing(Crash):
    """Dies at one step, and until then every third create fails, before or after it is carried out."""

    def step(self, *reached: Any) -> None:
        super().step()
        if reached and reached[0] in {"create", "create.done"} and reached[1] % 3 == 0:
            raise failed()


def forget_links() -> None:
    with transaction() as session:
        session.execute(delete(Link))


@pytest.mark.slow
@pytest.mark.parametrize("chosen_ids", [True, False])
def test_a_crash_at_any_step_leaves_everybody_exactly_once(sqlite_store: str, chosen_ids: bool) -> None:
    """Also between a failure, the lookup that follows, and the request that is sent again."""
    at, happened = 1, True
    hub = Hub(active_connection())
    while happened:
        hub.source.people.clear()
        hub.source.marks.clear()
        hub.target = FakeTarget(chosen_ids=chosen_ids)
        for number in range(6):
            hub.source.put(f"{at}-{number}", person(10 * at + number))
        crash = Failing(at)
        run_id = hub.request()
        happened = run_into(hub, crash, run_id)
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        assert hub.ended(run_id).counters.created == 6
        assert hub.everybody_once()
        forget_links()
        at += 1
    assert at > 40


class Late(Roster):
    """A payroll that shows a new employee late, and fails before or after it has carried a create out."""

    def __init__(self) -> None:
        super().__init__()
        self.shown_after, self.shown_at = 0.0, dict[int, float]()
        # Whether to fail before or after a create of this number.
        self.fails: Callable[[int], str] = lambda _number: ""
        self.creates = 0

    def _list(self, _: Request, __: None) -> Response:
        self.counted["lists"] += 1
        now = time.monotonic()
        return JSONResponse({"staff": [one for key, one in self.people.items() if self.shown_at[key] <= now]})

    def _create(self, request: Request, sent: dict[str, Any]) -> Response:
        self.creates += 1
        fails = self.fails(self.creates)
        response = Response(status_code=500) if fails == "before" else super()._create(request, sent)
        return Response(status_code=500) if fails == "after" else response

    def _add(self, sent: dict[str, Any]) -> dict[str, Any]:
        employee = super()._add(sent)
        self.shown_at[employee["key"]] = time.monotonic() + self.shown_after
        return employee


@pytest.fixture
def late(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    monkeypatch.setattr(roster, "Roster", Late)
    with roster.running() as running:
        yield DescribedHub(active_connection(), roster=running, description=roster.DESCRIPTION)


def fails_often(number: int) -> str:
    """Fail in a third of the creates, in turns before and after they are carried out."""
    return {3: "before", 6: "after"}.get(number % 9, "")


@pytest.mark.parametrize("description", [roster.DESCRIPTION, roster.KEYED], ids=["list only", "keyed"])
def test_one_listing_serves_all_that_failed(late: DescribedHub, description: str) -> None:
    payroll: Any = late.roster
    late.description = description
    late.fill(PEOPLE)
    payroll.fails = fails_often
    ended = late.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
    assert late.everybody_once() and payroll.counted["created"] == PEOPLE
    # One for the plan, and one for each round.
    assert payroll.counted["lists"] <= 1 + SENDS


def test_a_new_employee_may_be_shown_late(late: DescribedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    payroll: Any = late.roster
    monkeypatch.setattr(deferred, "PAUSES", (0.6,) * SENDS)
    payroll.shown_after = 0.4
    late.fill(9)
    payroll.fails = fails_often
    assert late.run().counters.created == 9
    assert late.everybody_once() and payroll.counted["created"] == 9


def test_a_target_is_not_asked_again_before_it_wants_to_be(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.target.steps.fault = raises("create", 1, UnansweredError("Payroll failed.", 0.5, status=503))
    began = time.monotonic()
    assert hub.run().counters.created == 2
    assert time.monotonic() - began >= 0.5
