"""A described payroll pages its list in a way its file does not say: the first run creates no duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.models import RunStatus
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.described import DescribedHub

PEOPLE = 6
PAGING = {
    "the address is in an object": "{kind: link, next: next}",
    "the marker is elsewhere": "{kind: cursor, parameter: after, cursor: next, more: more}",
    "a page comes empty": "{kind: page, pages: pages}",
}


def page(case: str, people: list[dict[str, Any]], asked: dict[str, str]) -> dict[str, Any]:
    """Return what the payroll lists: two employees."""
    if case == "a page comes empty":
        number = int(asked.get("page", 0))
        return {"staff": [] if number == 1 else people[number * 2 : number * 2 + 2], "pages": PEOPLE // 2}
    end = int(asked.get("after", 0)) + 2
    shown, more = people[end - 2 : end], end < len(people)
    if case == "the marker is elsewhere":
        return {"staff": shown, "more": more, "cursors": {"next": str(end)}}
    return {"staff": shown, "next": {"href": f"/staff?after={end}"} if more else None}


@pytest.fixture(params=PAGING)
def hub(
    request: pytest.FixtureRequest, sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DescribedHub]:
    def listed(payroll: Roster, asked: Request, _: None) -> Response:
        return JSONResponse(page(request.param, list(payroll.people.values()), dict(asked.query_params)))

    monkeypatch.setattr(Roster, "_list", listed)
    text = roster.DESCRIPTION.replace("records: staff}", f"records: staff, paging: {PAGING[request.param]}}}")
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=text)
        made.fill(PEOPLE)
        yield made


def test_an_employee_that_payroll_has_already_is_not_created_again(hub: DescribedHub) -> None:
    for key, one in enumerate(hub.source.people.values(), 1):
        held = {
            "given": one.first_name,
            "family": one.surname,
            "born": str(one.date_of_birth),
            "mail": one.email,
        }
        hub.roster.people[key] = held | {"key": key, "mobile": one.mobile}
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.ERROR, 0)
    assert hub.everybody_once()
