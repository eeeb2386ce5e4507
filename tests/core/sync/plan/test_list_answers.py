"""Lists that answer oddly, from the request to the outcome: nobody is lost, duplicated or taken for gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from connectors.contract.records import Reason
from core.models import Action, RunStatus
from harness.sandbox import _served
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.described_source import NUMBERS, ONE_PAGE, People, SourceHub, employee
from tests.core.sync.fakes import person

pytestmark = pytest.mark.slow

BROKEN: dict[str, str] = {
    "half an emoji": r'"Given2 \ud83d"',
    "a NUL": r'"Given2\u0000"',
    "NaN": "NaN",
    "Latin-1": '"Zo\xeb"',
}


@pytest.fixture
def hub(store: str) -> Iterator[SourceHub]:
    people = People()
    with _served(people.app()) as port:
        people.url = f"http://127.0.0.1:{port}"
        yield SourceHub(active_connection(), people=people)


def everybody(count: int = 7) -> list[str]:
    return sorted(f"Surname{number}" for number in range(1, count + 1))


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_one_broken_name_is_one_error(hub: SourceHub, broken: str) -> None:
    def answer(query: dict[str, str], _: int) -> Response:
        body = bytes(hub.people.page(query, 0).body).replace(b'"Given2"', broken.encode("latin-1"))
        return Response(b"\xef\xbb\xbf" + body, media_type="application/json")

    hub.people.answer = answer
    ended = hub.run()
    assert (ended.counters.created, ended.counters.errors) == (6, 1)
    assert "Surname2" not in hub.payroll()
    row = ended.rows["2"]
    assert (row.reason, row.action) == (Reason.UNREADABLE, Action.FAILED)
    assert "Surname2" in row.name and "`given`" in str(row.message)


def test_two_ids_above_64_bits_are_two_people(hub: SourceHub) -> None:
    first = 123456789012345678901234567890

    def answer(query: dict[str, str], _: int) -> Response:
        body = bytes(hub.people.page(query, 0).body)
        for number in (1, 2):
            body = body.replace(b'"id":%d,' % number, b'"id":%d,' % (first + number))
        return Response(
            body.replace(b'"postcode":"here"', b'"postcode":4000.0'), media_type="application/json"
        )

    for one in hub.people.people:
        one["postcode"] = "here"
    hub.people.answer = answer
    ended = hub.run()
    assert hub.payroll() == everybody()
    assert {str(first + 1), str(first + 2)} <= ended.rows.keys()
    assert {values["postcode"] for values in hub.target.records.values()} == {"4000"}


def test_somebody_deleted_between_pages_hides_nobody(hub: SourceHub) -> None:
    def leave(number: int) -> None:
        if number == 2:
            del hub.people.people[0]

    hub.people.before_request = leave
    ended = hub.run()
    assert ended.status is RunStatus.COMPLETE
    assert hub.payroll() == everybody()


def test_a_total_that_moves_has_the_list_read_again(hub: SourceHub) -> None:
    def leave(number: int) -> None:
        if number == 2:
            del hub.people.people[0]

    hub.paging, hub.people.total = NUMBERS, True
    hub.people.before_request = leave
    hub.run()
    assert hub.payroll() == everybody()


def test_a_list_that_never_stops_moving_is_an_error(hub: SourceHub) -> None:
    def leave(number: int) -> None:
        hub.people.people = [employee(number * 100 + one) for one in range(7)]

    hub.people.before_request = leave
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and "Try again later" in ended.message
    assert not hub.payroll()


TWO_JOBS = {"status": "Terminated", "end": "2025-01-31"}


@pytest.mark.parametrize("place", [1, 3, 7], ids=["the same page", "two pages", "the last page"])
@pytest.mark.parametrize("changes", [TWO_JOBS, {"start": "2023-01-01"}], ids=["ended", "another start"])
def test_two_employments_under_one_id_are_left_alone(
    hub: SourceHub, place: int, changes: dict[str, Any]
) -> None:
    hub.run()
    before = dict(hub.target.records)
    hub.people.people.insert(place, hub.people.people[0] | changes | {"mobile": "0411 999 999"})
    ended = hub.run()
    assert hub.target.records == before
    row = ended.rows["1"]
    assert (row.reason, row.action) == (Reason.LISTED_TWICE, Action.FAILED)
    assert (ended.counters.read, ended.counters.errors, ended.counters.written) == (7, 1, 0)


@pytest.mark.parametrize("place", [1, 3, 7], ids=["the same page", "two pages", "the last page"])
def test_the_last_of_two_readings_counts_once(hub: SourceHub, place: int) -> None:
    hub.people.people.insert(place, hub.people.people[0] | {"mobile": "0411 999 999"})
    ended = hub.run()
    assert hub.payroll() == everybody()
    assert ended.status is RunStatus.COMPLETE and ended.counters.read == 7
    [values] = [one for one in hub.target.records.values() if one["surname"] == "Surname1"]
    assert str(values["phone"]).endswith("999999") or str(values["phone"]).endswith("999 999")


def test_one_person_with_two_employments_is_left_alone(hub: SourceHub) -> None:
    hub.people.people.append(hub.people.people[0] | TWO_JOBS)
    ended = hub.sync("1")
    assert ended.rows["1"].reason == Reason.LISTED_TWICE and not hub.payroll()


NOTHING: dict[str, Response] = {
    "null": Response(b"null", media_type="application/json"),
    "no content": Response(status_code=204),
    "no key": JSONResponse({"page": 0}),
    "a null list": JSONResponse({"people": None}),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_source_that_gives_no_list_is_held(hub: SourceHub, case: str) -> None:
    hub.people.answer = lambda _, __: NOTHING[case]
    ended = hub.run()
    assert ended.status is RunStatus.HELD and not hub.payroll()
    assert ended.counters.read == 0


@pytest.mark.parametrize("case", [*NOTHING, "not found"])
def test_no_list_after_the_first_page_is_the_end(hub: SourceHub, case: str) -> None:
    def answer(query: dict[str, str], number: int) -> Response:
        end = NOTHING.get(case) or Response(status_code=404)
        return hub.people.page(query, number) if int(query["page"]) < 3 else end

    hub.paging = NUMBERS
    hub.people.answer = answer
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.payroll() == everybody()


def test_the_first_page_is_not_taken_for_the_whole(hub: SourceHub) -> None:
    hub.paging = ONE_PAGE.replace("next: next", "next: links.-1.href")
    hub.people.answer = lambda _, __: JSONResponse(
        {"people": hub.people.people[:3], "links": [{"rel": "next", "href": "/people?skip=3"}], "total": 7}
    )
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and not hub.payroll()
    assert "`links.-1.href`" in ended.message and "Correct `next`" in ended.message


@pytest.mark.parametrize("case", NOTHING)
def test_an_empty_payroll_may_give_no_list_until_somebody_is_linked(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    payroll = DescribedHub(active_connection(), description=roster.DESCRIPTION)
    payroll.fill(3)
    monkeypatch.setattr(Roster, "_list", lambda _, __, ___: NOTHING[case])
    with roster.running() as payroll.roster:
        ended = payroll.run()
        assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 3)
        payroll.source.put("s9", person(9))
        ended = payroll.run()
        assert (ended.status, ended.counters.written) == (RunStatus.ERROR, 0)
        assert "gave no list" in ended.message and payroll.roster.counted["created"] == 3
