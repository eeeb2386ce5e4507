"""A payroll does its work but answers oddly: nobody is created twice, and one refusal stops nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from core.models import RunStatus
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.described import DescribedHub

PEOPLE = 4
# Updates of many whose results stand in the order of the request.
PLAIN = roster.MANY.replace(f"numeric_ids: true, {roster.RESULTS}", "numeric_ids: true")


@pytest.fixture
def hub(sqlite_store: str) -> DescribedHub:
    made = DescribedHub(active_connection(), description=roster.DESCRIPTION)
    made.fill(PEOPLE)
    return made


@contextmanager
def answering(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch, method: str, answer: Callable[..., Response]
) -> Iterator[None]:
    """Run a roster that answers like this."""
    monkeypatch.setattr(Roster, method, answer)
    with roster.running() as hub.roster:
        yield


def move(hub: DescribedHub) -> None:
    for number in range(PEOPLE):
        hub.source.edit(f"s{number}", mobile=f"0411 222 5{number:02d}")


def test_a_create_answered_with_see_other_is_made_once(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(self: Roster, request: Request, sent: dict[str, Any]) -> Response:
        return RedirectResponse(f"/staff/{self._add(sent)['key']}", 303)

    with answering(hub, monkeypatch, "_create", create):
        ended = hub.run()
        assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
        assert hub.roster.counted["created"] == PEOPLE and hub.everybody_once()


def test_an_object_for_each_in_a_refusal_is_no_success(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Roster, _: Request, sent: list[dict[str, Any]]) -> Response:
        """Refuse the request for the sake of one, with an empty object for each of the others."""
        return JSONResponse(
            [{"mobile": ["Not valid."]} if not number else {} for number, _ in enumerate(sent)], 400
        )

    hub.description = PLAIN
    with answering(hub, monkeypatch, "_update_many", refuse):
        hub.run()
        move(hub)
        ended = hub.run()
        assert (ended.status, ended.counters.updated) == (RunStatus.COMPLETE, PEOPLE)
        assert hub.everybody_once()


def test_an_update_that_is_answered_with_another_id_keeps_the_link(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, update = count(500), Roster._update

    def queue(self: Roster, request: Request, sent: dict[str, Any]) -> Response:
        update(self, request, sent)
        return JSONResponse({"key": next(jobs), "state": "queued"}, 202)

    with answering(hub, monkeypatch, "_update", queue):
        hub.run()
        before = hub.links()
        move(hub)
        assert hub.run().counters.updated == PEOPLE
        assert hub.links() == before


def test_results_in_another_order_leave_each_their_link(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(self: Roster, _: Request, sent: list[dict[str, Any]]) -> Response:
        for one in sent:
            self.people[one["key"]] |= one
        return JSONResponse([{"key": one["key"]} for one in sent[::-1]])

    hub.description = PLAIN
    with answering(hub, monkeypatch, "_update_many", change):
        hub.run()
        before = hub.links()
        move(hub)
        assert hub.run().counters.updated == PEOPLE
        assert hub.links() == before and hub.everybody_once()


@pytest.mark.parametrize("method", ["_create", "_update"])
def test_one_refused_in_plain_text_stops_nobody_else(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    take = getattr(Roster, method)

    def refuse(self: Roster, request: Request, sent: dict[str, Any]) -> Response:
        return (
            PlainTextResponse("Not valid", 400) if sent["family"] == "Surname0" else take(self, request, sent)
        )

    with answering(hub, monkeypatch, method, refuse):
        ended = hub.run()
        if method == "_update":
            move(hub)
            ended = hub.run()
        assert (ended.counters.errors, ended.counters.written) == (1, PEOPLE - 1)
        assert ended.rows["s0"].message == "Roster refused this employee: No reason was given (status 400)."
