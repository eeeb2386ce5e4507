"""The requests of a run are shown without any value, and counted."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.contract.exchanges import Exchange
from core.clock import now
from core.db import reading, transaction
from core.errors import NotFoundError
from core.models import RequestLog, RunStatus
from core.reports import requests
from core.retention import removal
from core.runs import request_log
from core.runs.request_log import LoggedRequest
from core.security.actor import OPERATOR
from core.sync import engine
from core.sync.write import deferred
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person


@pytest.fixture
def hub(sqlite_store: str) -> Iterator[DescribedHub]:
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=roster.DESCRIPTION)
        made.fill(3)
        yield made


def shown(hub: DescribedHub, run_id: int, source_id: str) -> list[LoggedRequest]:
    return list(requests.requests_for(OPERATOR.within(hub.row(run_id).account_id), run_id, source_id))


def test_a_refused_employee_shows_what_was_asked_and_no_value(hub: DescribedHub) -> None:
    hub.roster.refused = {"Surname1"}
    run = hub.run()
    (request,) = shown(hub, run.id, "s1")
    assert (request.method, request.path, request.status) == ("POST", "/staff", 422)
    assert dict(request.sent) == {
        "given": "text (6 characters)",
        "family": "text (8 characters)",
        "born": "text (10 characters)",
        "mail": "text (20 characters)",
        "mobile": "text (10 characters)",
        "tfn": "text (9 characters)",
    }
    assert dict(request.answer) == {"wrong": "text (12 characters)"} and request.failure is None
    (created,) = shown(hub, run.id, "s2")
    assert created.status == 201 and dict(created.answer)["key"] == "number (3 characters)"


def test_no_value_of_anybody_is_stored(hub: DescribedHub) -> None:
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    hub.run()
    with reading() as session:
        stored = b"".join(zlib.decompress(each) for each in session.scalars(select(RequestLog.entries)))
    assert b"/staff/\xe2\x80\xa6" in stored and b"PATCH" in stored
    for number in range(3):
        known = person(number)
        values = (
            known.first_name,
            known.surname,
            known.email,
            known.mobile,
            known.au_tax and known.au_tax.tfn,
        )
        for value in (*values, "0411 222 333", "1980-01", *map(str, hub.roster.people)):
            assert str(value).encode() not in stored


def test_each_try_and_lookup_of_an_unanswered_create_is_shown(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "PAUSES", (0.0, 0.0))
    hub.roster.tripped, hub.roster.trip_status = {"Surname1"}, 500
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    run = hub.run()
    found = shown(hub, run.id, "s1")
    assert [(each.method, each.status) for each in found][-1] == ("GET", 200)
    failed = [each for each in found if each.method == "PATCH"]
    assert failed and all((each.status, each.failure) == (500, "failed (status 500)") for each in failed)


def test_what_was_asked_before_the_target_went_down_is_kept(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "PAUSES", (0.0, 0.0))

    def down(*_: Any) -> Any:
        raise RuntimeError("down")

    hub.fill(30)
    monkeypatch.setattr(roster.Roster, "_add", down)
    run = hub.run()
    assert run.status is RunStatus.ERROR
    asked = [source_id for source_id in run.rows if shown(hub, run.id, source_id)]
    assert len(asked) >= deferred.MOST_IN_A_ROW


def test_a_refused_list_is_shown_with_the_run_and_what_is_only_not_found_is_not(hub: DescribedHub) -> None:
    hub.run()
    hub.roster.on.fail_next, hub.roster.on.fail_status = 99, 403
    run = hub.run()
    hub.roster.on.fail_next = 0
    assert run.status is RunStatus.ERROR
    actor = OPERATOR.within(hub.row(run.id).account_id)
    (failed,) = requests.failed_requests(actor, run.id)
    assert (failed.system, failed.path, failed.status) == ("Roster", "/staff", 403)
    hub.source.put("s9", person(9))
    assert requests.failed_requests(actor, hub.run().id) == []


def test_what_the_source_refused_is_shown_with_the_employee(hub: DescribedHub) -> None:
    hub.source.unreadable.add("s1")
    hub.source.refusals["s1"] = [Exchange("GET", "/people/…", None, 403, {"message": "No"}, 0.1, None, "HR")]
    run_id = hub.request()
    hub.execute(run_id)
    (refused,) = shown(hub, run_id, "s1")
    assert (refused.system, refused.status) == ("HR", 403) and dict(refused.answer) == {
        "message": "text (2 characters)"
    }


def test_employees_of_one_request_share_it(hub: DescribedHub) -> None:
    hub.description = roster.MANY
    run = hub.run()
    found = [shown(hub, run.id, source_id) for source_id in ("s0", "s1", "s2")]
    assert {each.path for requests_ in found for each in requests_} == {"/staff/many"}
    assert ("people", "list of 3") in found[0][0].sent


def test_the_numbers_of_a_run_are_those_of_the_system(hub: DescribedHub) -> None:
    run = hub.run()
    measures = requests.run_measures(OPERATOR.within(hub.row(run.id).account_id), run.id)
    (target,) = measures.systems
    assert target.calls == hub.roster.counted["requests"] >= 4
    assert target.refused == 0 and 0 < target.slowest < 60
    assert measures.reading is not None and measures.writing is not None


def test_a_resumed_run_counts_the_requests_of_all_its_attempts(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = roster.Roster._add

    def stopping(self: roster.Roster, sent: dict[str, Any]) -> dict[str, Any]:
        engine.request_stop()
        return add(self, sent)

    monkeypatch.setattr(roster.Roster, "_add", stopping)
    hub.fill(40)
    run_id = hub.request()
    try:
        assert hub.execute(run_id) is RunStatus.RUNNING
    finally:
        engine.stop.requested = False
    monkeypatch.setattr(roster.Roster, "_add", add)
    assert hub.resume(run_id).counters.created == 40
    (target,) = requests.run_measures(OPERATOR.within(hub.row(run_id).account_id), run_id).systems
    assert target.calls == hub.roster.counted["requests"] >= 42


def test_requests_are_deleted_after_thirty_days(hub: DescribedHub) -> None:
    run = hub.run()
    removal.remove_old()
    assert shown(hub, run.id, "s1")
    with transaction() as session:
        old = now() - request_log.KEPT - timedelta(seconds=1)
        session.execute(update(RequestLog).values(created_at=old))
    removal.remove_old()
    assert shown(hub, run.id, "s1") == []


def test_an_employee_who_is_not_in_the_run_is_not_found(hub: DescribedHub) -> None:
    run = hub.run()
    with pytest.raises(NotFoundError, match="no such employee"):
        shown(hub, run.id, "gone")


def test_bodies_of_different_forms_are_told_apart(hub: DescribedHub) -> None:
    bodies: list[tuple[Any, dict[str, str]]] = [
        ({"a": "xyz", "b": {"c": 1.25}}, {"a": "text (3 characters)", "b.c": "number (4 characters)"}),
        ({"b": "xyz", "a": None}, {"b": "text (3 characters)", "a": "blank"}),
        ({"a": True, "b": {"c": "x"}}, {"a": "yes or no", "b.c": "text (1 character)"}),
        ({"a": [], "b": {}}, {"a": "list of 0"}),
        ({}, {}),
        ([{"a": ["x", "y"]}], {"": "list of 1", "[0].a": "list of 2", "[0].a[0]": "text (1 character)"}),
        ("plain", {"": "text (5 characters)"}),
        (None, {}),
    ]
    run_id = hub.run().id
    with transaction() as session:
        asked = {
            1000 + number: [Exchange("POST", "/staff", body, 200, {"sent": body}, 0.1)] * 2
            for number, (body, _) in enumerate(bodies)
        }
        request_log.add(session, run_id, asked)
    with reading() as session:
        for position, (_, expected) in enumerate(bodies, 1000):
            first, second = request_log.of_position(session, run_id, position)
            assert dict(first.sent) == dict(second.sent) == expected
            assert len(first.answer) == len(first.sent) or first.answer == (("sent", "blank"),)
