"""Forms of requests: lists by POST, web forms, objects instead of arrays, actions, and what is accepted for later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import UnansweredError
from connectors.contract.records import Outcome, Prepared
from connectors.rest import loader
from connectors.rest.client.target import RestTarget
from connectors.rest.loader import CatalogueError
from tests.connectors.described import QUICK
from tests.connectors.stand_ins import Held
from tests.connectors.vendor import Answer, Asked, Vendor, vendor

FILE = """\
kind: forms
name: Forms
summary: A payroll with requests of its own form.
url: https://forms.example.com
settings: {site: {title: Site, description: The site., type: number, default: 7}, note: {title: Note, description: A.}}
authorisation: {kind: none}
headers: {X-Site: "site {site}", X-Note: "{note}"}
check: {path: /me, query: {site: "{site}"}, id: id}
employees:
  id: id
  list: {LIST}
  get: {path: "/staff/{id}"}
  create: {CREATE}
  update: {path: "/staff/{id}", method: PATCH, sends: ours}
  actions: [{field: left, path: "/staff/{id}/end", json: {on: "{value}", site: "{site}"}}]
target:
  fields:
    - {name: name.last, label: Surname, from: surname, required: true, identity: surname}
    - {name: left, label: End, type: date, from: end_date}
"""
LIST, CREATE = "{path: /staff}", "{path: /staff}"
JO = Prepared({"name.last": "Citizen"})
FOLLOW = (
    "follow: {at: statusUrl, status: state, done: [Completed], failed: [Failed], id: result.id, seconds: 2}"
)


def loaded(folder: Path, listing: str = LIST, create: str = CREATE, **changes: str) -> Any:
    text = FILE.replace("{LIST}", listing).replace("{CREATE}", create)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "forms.yaml").write_text(text)
    return loader.make_connector(loader.load_system(folder / "forms.yaml"))


async def using(
    connector: Any, reply: Callable[[Asked], Answer], do: Callable[[RestTarget], Any]
) -> tuple[Any, Vendor]:
    with vendor(reply) as running:
        settings = connector.settings.model_validate({"url": running.url})
        async with connector.target(settings, Held(), retry=QUICK) as target:
            return await do(target), running


async def ids(target: RestTarget) -> list[str]:
    return [record.target_id async for page in target.list() for record in page]


async def test_a_list_is_asked_for_by_post_with_its_paging_in_what_is_sent(tmp_path: Path) -> None:
    def reply(asked: Asked) -> Answer:
        start = asked.json["page"]["start"]
        return Answer(
            200, {"rows": [{"id": n, "name": {"last": "A"}} for n in range(start, min(start + 2, 5))]}
        )

    listing = (
        '{path: "/staff/QUERY", query: {v: 2}, method: POST, json: {search: {site: "{site}", of: ["{note}", x]}},'
        " records: rows, paging: {kind: offset, parameter: page.start, size_parameter: max}}"
    )
    found, running = await using(loaded(tmp_path, listing), reply, ids)
    assert found == ["0", "1", "2", "3", "4"]
    first = running.asked[0]
    assert (first.method, first.path, first.query) == ("POST", "/staff/QUERY", {"v": "2"})
    assert first.json == {"search": {"site": 7, "of": ["", "x"]}, "max": 100, "page": {"start": 0}}
    assert first.headers["x-site"] == "site 7" and "x-note" not in first.headers


@pytest.mark.parametrize(
    ("listing", "shown", "found"),
    [
        ("{path: /s, records: all, keyed_by: id}", {"all": {"7": {"name": {}}, "9": {}}}, ["7", "9"]),
        ("{path: /s, records: all, keyed_by: id}", {"all": {}}, []),
        ("{path: /s, records: all, one_alone: true}", {"all": {"id": 3, "name": {"last": "A"}}}, ["3"]),
        ("{path: /s, records: all, record: of, one_alone: true}", {"all": {"of": {"id": 3}}}, ["3"]),
        ("{path: /s, records: all, one_alone: true}", {"all": [{"id": 3}, {"id": 4}]}, ["3", "4"]),
    ],
)
async def test_an_object_where_an_array_is_expected(
    tmp_path: Path, listing: str, shown: Any, found: list[str]
) -> None:
    assert (await using(loaded(tmp_path, listing), lambda _: Answer(200, shown), ids))[0] == found


async def test_an_employee_is_sent_as_a_web_form(tmp_path: Path) -> None:
    connector = loaded(tmp_path, create="{path: /staff, body: form, inside: employee}")
    made, running = await using(connector, lambda _: Answer(201, {"id": 5}), lambda target: target.create(JO))
    assert made.target_id == "5"
    [asked] = running.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.form == {"employee[name][last]": "Citizen"}


def later(*states: Answer) -> Callable[[Asked], Answer]:
    """Accept a create for later, and show one state after the other."""
    remaining = list(states)

    def reply(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(202, {"statusUrl": "/jobs/1?x=1"})
        assert (asked.path, asked.query) == ("/jobs/1", {"x": "1"})
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return reply


async def followed(folder: Path, monkeypatch: pytest.MonkeyPatch, *states: Answer) -> Outcome:
    monkeypatch.setattr("connectors.rest.client.updates.following.PAUSES", (0.01,))
    connector = loaded(folder, create=f"{{path: /staff, {FOLLOW}}}")
    outcome: Outcome = (await using(connector, later(*states), lambda target: target.create(JO)))[0]
    return outcome


async def test_a_create_that_is_accepted_for_later_is_followed_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending, done = (
        Answer(200, {"state": "Pending"}),
        Answer(200, {"state": "completed", "result": {"id": 8}}),
    )
    assert (await followed(tmp_path, monkeypatch, pending, Answer(503), done)).target_id == "8"
    failed = Answer(200, {"state": "Failed", "message": "Number is taken"})
    refused = await followed(tmp_path, monkeypatch, pending, failed)
    assert refused.problem is not None
    assert refused.problem.message == "Forms refused this employee: Number is taken."


async def test_one_that_does_not_end_in_time_is_looked_for_and_never_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnansweredError, match="has not finished it after") as unanswered:
        await followed(tmp_path, monkeypatch, Answer(200, {"state": "In_Progress"}))
    assert unanswered.value.is_accepted
    elsewhere = loaded(tmp_path, create=f"{{path: /staff, {FOLLOW}}}")
    for address in ("https://evil.example.com/jobs/1", "//evil.example.com/jobs", None, {"a": 1}):
        with pytest.raises(UnansweredError, match="did not say where iHUB can follow it"):
            await using(elsewhere, lambda _, a=address: Answer(202, {"statusUrl": a}), lambda t: t.create(JO))  # type: ignore[misc]


LEFT = Prepared({"name.last": "Citizen", "left": date(2026, 6, 30)})


async def test_an_action_that_is_refused_is_the_outcome_and_one_that_is_not_due_is_not_sent(
    tmp_path: Path,
) -> None:
    def reply(asked: Asked) -> Answer:
        if asked.path == "/staff/5/end":
            return Answer(409, {"message": "Still has leave"})
        return Answer(200, {"id": 5, "name": {"last": "Citizen"}, "left": None})

    async def end(target: RestTarget) -> Outcome:
        return await target.update("5", LEFT, None)

    outcome, running = await using(loaded(tmp_path), reply, end)
    assert outcome.problem is not None and "Still has leave" in outcome.problem.message
    assert running.sent("PATCH", "/staff/5")[0].json == {"name": {"last": "Citizen"}}
    assert running.sent("POST", "/staff/5/end")[0].json == {"on": "2026-06-30", "site": 7}
    shown = {"id": 5, "name": {"last": "Citizen"}, "left": "2026-06-30"}
    outcome, running = await using(loaded(tmp_path), lambda _: Answer(200, shown), end)
    assert outcome.target_id == "5" and running.sent("POST", "/staff/5/end") == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({'"site {site}"': '"{sit}"'}, "line 7: There is no setting `sit`."),
        ({"X-Note": "Host"}, "line 7: The header `Host` belongs to the request itself."),
        ({"{kind: none}": "{kind: bearer}", "X-Note": "authorization"}, "line 7: iHUB signs in with the header"),
        ({'{site: "{site}"}': '{site: "{sit}"}'}, "line 8: There is no setting `sit`."),
        ({"path: /me,": "path: /me, json: {a: 1},"}, "line 8: `json` is only sent with POST."),
        ({'{on: "{value}"': '{on: "{val}"'}, "line 15: There is no setting `val`."),
        ({'"/staff/{id}/end"': "/staff/end"}, "line 15: The path, the query or `json` has to hold {id}"),
        ({"field: left,": "field: gone,"}, "line 15: There is no field `gone` under `fields`."),
        ({"field: left,": "field: name.last,"}, "line 15: `name.last` is required for new employees"),
        ({"authorisation:": "time_zone: Mars\nauthorisation:"}, "line 6: There is no time zone `Mars`."),
        ({"from: end_date}": 'from: end_date, sent_at: "x.{sit}"}'}, "line 19: There is no setting `sit`."),
        ({"from: end_date}": "from: end_date, sent_at: name.last}"}, "line 19: `name.last` is the place of"),
        ({"sends: ours": "sends: everything", "from: end_date}": "from: end_date, shown_at: x}"}, "`leave_out`."),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_with_its_line(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        loaded(tmp_path, **changes)
    assert any(message in sentence for sentence in refused.value.sentences), refused.value.sentences
