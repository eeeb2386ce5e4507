"""Payroll does not confirm a create: run after run, nobody is there twice and nobody counts who is not there.

One file, because each test needs the same payroll.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract.records import Reason
from core.clock import now
from core.db import reading, transaction
from core.models import Action, Candidate, Decision, RejectedMatch, RunStatus, UnansweredCreate
from core.runs.outcome_codes import Code
from core.sync.write import target_list
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.rest.roster import Roster
from tests.core.sync.conftest import Ended
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person

pytestmark = pytest.mark.slow

PEOPLE = 5
OURS = roster.DESCRIPTION.replace(
    "target:\n  fields:\n",
    "target:\n  external_id: key\n  external_id_chosen_by_us: true\n  fields:\n"
    "    - {name: key, label: Number, from: source_id, only_on_create: true}\n",
)
FAILURES: list[Any] = [
    {"success": False},
    {"key": None},
    {"status": "ERROR", "key": None},
    {"jobId": 17},
    {"errors": {"mail": ["taken"]}},
]


class Payroll(Roster):
    """A roster that answers creates as a test wants, and may carry them out at once, later or never."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.carries_out = 201, "at once"
        self.answer: Callable[[Request, dict[str, Any]], Response] = self._create
        self.body: Callable[[dict[str, Any]], Any] = lambda employee: employee
        self.waiting: list[dict[str, Any]] = []
        self.creates = 0
        self.hidden: set[str] = set()
        self.update_body: Any = None
        # Called with each request for the list, before it is answered.
        self.before_list: Callable[[], Response | None] = lambda: None

    def app(self) -> Starlette:
        """Return it with ids of any form."""
        return Starlette(
            routes=[
                Route("/staff/many", self.answering(self._create_many), methods=["POST"]),
                Route("/staff", self.answering(self._answer_create), methods=["POST"]),
                Route("/staff/{key}", self.answering(self._one), methods=["GET"]),
                Route("/staff/{key}", self.answering(self._update), methods=["PATCH"]),
                *super().app().routes,
            ]
        )

    def _find(self, request: Request) -> dict[str, Any] | None:
        key = request.path_params["key"]
        return next((one for known, one in self.people.items() if str(known) == key), None)

    def _one(self, request: Request, _: None) -> Response:
        employee = self._find(request)
        return JSONResponse(employee or {}, 200 if employee else 404)

    def _update(self, request: Request, sent: dict[str, Any]) -> Response:
        employee = self._find(request)
        if employee is None or self.update_body is not None:
            return JSONResponse(self.update_body or {}, 404 if employee is None else 200)
        employee |= sent
        return JSONResponse(employee)

    def _answer_create(self, request: Request, sent: dict[str, Any]) -> Response:
        return self.answer(request, sent)

    def _create(self, request: Request, sent: dict[str, Any]) -> Response:
        self.creates += 1
        employee = sent
        if self.carries_out == "at once":
            employee = self._add(sent)
        elif self.carries_out == "later":
            self.waiting.append(sent)
        return JSONResponse(self.body(employee), self.status)

    def _create_many(self, request: Request, sent: dict[str, Any]) -> Response:
        self.creates += len(sent["people"])
        if self.carries_out == "later":
            self.waiting += sent["people"]
        people = [self._add(one) if self.carries_out == "at once" else one for one in sent["people"]]
        results = [
            self._result(row, one, lambda done: done | {"key": done.get("key")})
            for row, one in enumerate(people)
        ]
        return JSONResponse(self.body({"results": results}), self.status)

    def _add(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.counted["created"] += 1
        key = sent.get("key") or next(self._ids)
        self.people[key] = sent | {"key": key}
        return self.people[key]

    def _list(self, request: Request, sent: None) -> Response:
        self.counted["lists"] += 1
        if (answer := self.before_list()) is not None:
            return answer
        shown = [one for one in self.people.values() if one["family"] not in self.hidden]
        return JSONResponse({"staff": shown})

    def carry_out(self) -> None:
        """Carry out what was accepted for later."""
        for sent in self.waiting:
            self._add(sent)
        self.waiting.clear()

    def answer_well(self) -> None:
        """Answer as a payroll should."""
        self.status, self.body, self.carries_out = 201, lambda employee: employee, "at once"


@pytest.fixture
def hub(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    monkeypatch.setattr(roster, "Roster", Payroll)
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=roster.DESCRIPTION)
        for number in range(PEOPLE):
            made.source.put(
                f"s{number}", replace(person(number), date_of_birth=None, email=None, au_tax=None)
            )
        yield made


def payroll(hub: DescribedHub) -> Payroll:
    assert isinstance(hub.roster, Payroll)
    return hub.roster


def count_people(hub: DescribedHub) -> Counter[str]:
    return Counter(str(one["family"]) for one in hub.roster.people.values())


def everybody_linked_once(hub: DescribedHub) -> bool:
    linked = {str(one["key"]) for one in hub.roster.people.values()} == set(hub.links().values())
    return linked and hub.everybody_once()


def marks() -> set[str]:
    with reading() as session:
        return set(session.scalars(select(UnansweredCreate.source_id)))


def unanswered(ended: Ended) -> int:
    return list(ended.reasons().values()).count(Reason.UNANSWERED)


@pytest.mark.parametrize("body", FAILURES)
@pytest.mark.parametrize(
    "description", [roster.DESCRIPTION, roster.KEYED, OURS], ids=["theirs", "keyed", "ours"]
)
def test_a_success_that_created_nobody_counts_nobody(
    hub: DescribedHub, description: str, body: object
) -> None:
    hub.description = description
    payroll(hub).carries_out, payroll(hub).status, payroll(hub).body = "never", 200, lambda _: body
    for _ in range(2):
        ended = hub.run()
        assert (ended.counters.created, unanswered(ended)) == (0, PEOPLE)
        assert not hub.links() and not any(row.target_id for row in ended.rows.values())
    payroll(hub).answer_well()
    assert hub.run().counters.created == PEOPLE
    assert everybody_linked_once(hub) and not hub.run().counters.written


def test_a_create_that_the_target_made_an_update_of_is_an_update(hub: DescribedHub) -> None:
    known = "create: {path: /staff, updated: {at: did, is: [Updated]}"
    hub.description = hub.description.replace("create: {path: /staff", known)
    assert known in hub.description
    payroll(hub).body = lambda one: one | {"did": "updated" if one["family"].endswith("0") else "Created"}
    ended = hub.run()
    assert (ended.counters.created, ended.count(Action.UPDATED)) == (PEOPLE - 1, 1)
    assert everybody_linked_once(hub) and not hub.run().counters.written


def test_the_words_of_such_an_answer_are_shown_with_what_to_do(hub: DescribedHub) -> None:
    payroll(hub).carries_out, payroll(hub).body = "never", lambda _: {"errors": {"mail": ["taken"]}}
    message = str(hub.run().rows["s0"].message)
    assert "E-mail: taken." in message and "Run the job again" in message


@pytest.mark.parametrize(
    "body",
    [lambda one: {"data": one}, lambda _: {"jobId": 17}, lambda _: {"success": False}, lambda _: None],
    ids=["wrapped", "job", "success false", "nothing"],
)
@pytest.mark.parametrize("description", [roster.DESCRIPTION, OURS], ids=["theirs", "ours"])
def test_a_create_that_happened_is_found_and_made_once(
    hub: DescribedHub, description: str, body: Any
) -> None:
    hub.description = description
    payroll(hub).status, payroll(hub).body = 200, body
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, PEOPLE)
    for _ in range(2):
        assert not hub.run().counters.written and everybody_linked_once(hub)
    assert payroll(hub).creates == PEOPLE


def test_the_place_of_the_employee_makes_the_look_up_unnecessary(hub: DescribedHub) -> None:
    hub.description = roster.DESCRIPTION.replace(
        "create: {path: /staff}", "create: {path: /staff, record: data}"
    )
    payroll(hub).body = lambda one: {"data": one}
    assert hub.run().counters.created == PEOPLE
    assert everybody_linked_once(hub) and payroll(hub).counted["lists"] == 1


def test_a_file_that_says_what_a_refusal_is_has_refusals(hub: DescribedHub) -> None:
    hub.description = roster.DESCRIPTION.replace(
        "errors: {messages: [wrong]}", "errors: {messages: [wrong], success: {at: state, is: [OK]}}"
    )
    payroll(hub).carries_out, payroll(hub).status = "never", 200
    payroll(hub).body = lambda _: {"state": "FAILED", "wrong": "No pay group"}
    ended = hub.run()
    assert ended.rows["s0"].reason == Reason.REFUSED
    assert ended.rows["s0"].message == "Roster refused this employee: No pay group." and not marks()


@pytest.mark.parametrize("description", [roster.DESCRIPTION, OURS], ids=["theirs", "ours"])
@pytest.mark.parametrize("runs_until_there", [0, 1, 2])
def test_what_is_accepted_for_later_is_made_once(
    hub: DescribedHub, description: str, runs_until_there: int
) -> None:
    hub.description = description
    payroll(hub).carries_out, payroll(hub).status = "later", 202
    payroll(hub).body = lambda _: {"jobId": 17, "key": 17}
    for _ in range(1 + runs_until_there):
        ended = hub.run()
        assert (ended.counters.created, unanswered(ended)) == (0, PEOPLE)
        assert not any(row.target_id for row in ended.rows.values())
    payroll(hub).carry_out()
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).creates == PEOPLE
    assert hub.run().status is RunStatus.COMPLETE


@pytest.mark.parametrize("numbers", [[500, 501, 502, 503, 504], [500] * PEOPLE], ids=["each", "one"])
def test_the_number_of_a_job_does_not_create_anybody_twice(hub: DescribedHub, numbers: list[int]) -> None:
    payroll(hub).status = 200
    jobs = iter(numbers)
    payroll(hub).body = lambda _: {"key": next(jobs)}
    hub.run()
    payroll(hub).answer_well()
    hub.run()
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).creates == PEOPLE


def test_many_that_are_accepted_for_later_are_no_system_that_is_down(hub: DescribedHub) -> None:
    for number in range(PEOPLE, 60):
        hub.source.put(f"s{number}", replace(person(number), date_of_birth=None))
    payroll(hub).carries_out, payroll(hub).status = "later", 202
    assert unanswered(hub.run()) == 60
    payroll(hub).carry_out()
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).counted["lists"] <= 6


def test_a_payroll_that_takes_nobody_ends_the_run_early(hub: DescribedHub) -> None:
    for number in range(PEOPLE, 90):
        hub.source.put(f"s{number}", replace(person(number), date_of_birth=None))
    payroll(hub).carries_out, payroll(hub).body = "never", lambda _: {"success": False}
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and payroll(hub).creates < 45


def test_a_job_that_never_did_its_work_is_sent_again_after_a_day(hub: DescribedHub) -> None:
    payroll(hub).carries_out, payroll(hub).status = "never", 202
    hub.run()
    payroll(hub).answer_well()
    assert hub.run().counters.created == 0
    with transaction() as session:
        session.execute(update(UnansweredCreate).values(sent_at=now() - timedelta(days=1, minutes=1)))
    assert hub.run().counters.created == PEOPLE
    assert everybody_linked_once(hub)


def lose_answers(hub: DescribedHub) -> Ended:
    """Run with all answers to creates lost, and nobody of them listed yet."""
    payroll(hub).hidden = {f"Surname{number}" for number in range(PEOPLE)}
    hub.roster.switches("", answer_lost_next=PEOPLE, only_method="POST")
    ended = hub.run()
    assert unanswered(ended) == PEOPLE == len(hub.roster.people)
    payroll(hub).hidden.clear()
    return ended


def test_a_create_whose_answer_was_lost_is_found_by_the_next_run(hub: DescribedHub) -> None:
    lose_answers(hub)
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).creates == PEOPLE
    assert not hub.run().counters.written


def test_they_are_found_by_what_was_sent_although_the_source_has_changed(hub: DescribedHub) -> None:
    lose_answers(hub)
    hub.source.edit("s1", surname="Married", mobile="0411 222 301")
    hub.source.edit("s2", mobile="0411 222 302")
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).creates == PEOPLE


def test_several_who_are_exactly_as_sent_wait_for_a_person(hub: DescribedHub) -> None:
    lose_answers(hub)
    twice = next(one for one in hub.roster.people.values() if one["family"] == "Surname0")
    payroll(hub)._add({name: value for name, value in twice.items() if name != "key"})
    ended = hub.run()
    row = ended.rows["s0"]
    assert (row.decision, row.action) == (Decision.AMBIGUOUS, Action.NOT_WRITTEN)
    assert payroll(hub).creates == PEOPLE and len(hub.links()) == PEOPLE - 1
    with reading() as session:
        query = select(Candidate.name).where(Candidate.run_id == ended.id, Candidate.position == row.position)
        assert len(session.scalars(query).all()) == 2


def test_somebody_who_may_be_the_one_waits_for_a_person_who_can_say_no(hub: DescribedHub) -> None:
    lose_answers(hub)
    mistaken = next(one for one in hub.roster.people.values() if one["family"] == "Surname0")
    mistaken["mobile"] = "0499 999 999"
    for _ in range(2):
        ended = hub.run()
        row = ended.rows["s0"]
        assert (row.decision, row.action) == (Decision.AMBIGUOUS, Action.NOT_WRITTEN)
        assert payroll(hub).creates == PEOPLE
    with reading() as session:
        pairing_id = session.scalars(select(UnansweredCreate.pairing_id)).first()
    with transaction() as session:
        session.add(RejectedMatch(pairing_id=pairing_id, source_id="s0", target_id=str(mistaken["key"])))
    assert hub.run().counters.created == 1 and count_people(hub)["Surname0"] == 2


def test_a_target_that_surely_does_not_hold_them_gets_them_at_once(hub: DescribedHub) -> None:
    lose_answers(hub)
    hub.roster.people.clear()
    assert hub.run().counters.created == PEOPLE
    assert everybody_linked_once(hub)


def test_a_run_that_ends_while_answers_are_missing_leaves_nobody_twice(hub: DescribedHub) -> None:
    payroll(hub).body = lambda one: {"data": one}
    payroll(hub).before_list = lambda: Response(status_code=500) if payroll(hub).creates else None
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and unanswered(ended) == PEOPLE
    payroll(hub).before_list = lambda: None
    hub.run()
    assert everybody_linked_once(hub) and payroll(hub).creates == PEOPLE


@pytest.mark.parametrize("doubt", ["moved", "old", "neither"])
def test_a_list_that_cannot_be_trusted_is_read_again_before_anybody_is_created(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch, doubt: str
) -> None:
    hub.run()
    hub.source.put("new", person(9))
    born = str(person(9).date_of_birth)
    known = payroll(hub)._add({"given": "Given9", "family": "Surname9", "born": born})
    tax = person(9).au_tax
    known |= {"mail": person(9).email, "tfn": tax and tax.tfn}
    numbers = count()

    def hide_once() -> None:
        payroll(hub).hidden = {"Surname9"} if next(numbers) == 0 else set()

    payroll(hub).before_list = hide_once
    if doubt == "moved":
        monkeypatch.setattr("connectors.rest.client.session.Session.list_moved", True)
    if doubt == "old":
        monkeypatch.setattr(target_list, "LIST_LASTS_SECONDS", -1)
    ended = hub.run()
    if doubt == "neither":  # nothing is asked without a reason
        assert ended.counters.created == 1 and payroll(hub).counted["lists"] == 2
        return
    row = ended.rows["new"]
    assert (row.action, row.reason) == (Action.NOT_WRITTEN, Code.SEEN_SINCE)
    hub.run()
    assert count_people(hub)["Surname9"] == 1 and hub.links()["new"] == str(known["key"])


def test_a_number_that_was_given_to_somebody_else_is_not_taken_over(hub: DescribedHub) -> None:
    hub.description = OURS
    other = payroll(hub)._add({"key": "s0", "given": "Jane", "family": "Quill", "mobile": "0400 123 456"})
    payroll(hub).hidden = {"Quill"}
    payroll(hub).carries_out, payroll(hub).body = "never", lambda _: {"success": False}
    before = dict(other)
    for _ in range(2):
        hub.run()
    assert other == before and "s0" not in hub.links()


def test_an_update_that_is_not_confirmed_is_looked_at(hub: DescribedHub) -> None:
    hub.run()
    payroll(hub).update_body = {"success": False}
    hub.source.edit("s0", mobile="0411 222 333")
    ended = hub.run()
    assert ended.counters.updated == 0 and ended.rows["s0"].reason == Reason.UNANSWERED
    payroll(hub).update_body = None
    assert hub.run().counters.updated == 1


@pytest.mark.parametrize("carries_out", ["at once", "later", "never"])
def test_creates_together_that_are_not_confirmed_are_made_once(hub: DescribedHub, carries_out: str) -> None:
    hub.description = roster.MANY
    payroll(hub).carries_out, payroll(hub).status = carries_out, 202
    payroll(hub).body = lambda _: {"jobId": 17}
    ended = hub.run()
    assert ended.counters.created == (PEOPLE if carries_out == "at once" else 0)
    assert hub.run().counters.created == 0
    payroll(hub).carry_out()
    if carries_out == "never":
        with transaction() as session:
            session.execute(update(UnansweredCreate).values(sent_at=now() - timedelta(days=2)))
    payroll(hub).answer_well()
    hub.run()
    assert everybody_linked_once(hub)


@pytest.mark.slow
def test_a_crash_at_any_step_leaves_everybody_once_although_nothing_is_confirmed(hub: DescribedHub) -> None:
    payroll(hub).body = lambda one: {"data": one}
    for source_id in list(hub.source.people)[2:]:
        del hub.source.people[source_id]
    at, happened = 1, True
    while happened:
        hub.roster.people.clear()
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        hub.run()
        assert hub.everybody_once() and len(set(hub.links().values())) == 2
        at += 1
    assert at > 12


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_answered_nobody_is_there_twice(hub: DescribedHub, seed: int) -> None:
    """Each run answers every create in a way of its own; the rule is that nobody is ever there twice."""
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    hub.description = chance.choice([roster.DESCRIPTION, OURS])
    create, odd = payroll(hub)._create, count(900)

    def answer(request: Request, sent: dict[str, Any]) -> Response:
        bodies: list[Any] = [*FAILURES, None, {}, {"data": sent}, {"key": next(odd)}, {"id": next(odd)}]
        done = create(request, sent)
        if payroll(hub).carries_out == "later":  # it says so
            return JSONResponse(chance.choice(bodies), 202)
        if chance.random() < 0.3:
            return done
        return JSONResponse(chance.choice(bodies), chance.choice([200, 200, 201, 202, 500]))

    payroll(hub).answer = answer
    for _ in range(4):
        payroll(hub).carries_out = chance.choice(["at once", "later", "never"])
        hub.run()
        number = chance.randrange(PEOPLE)
        hub.source.edit(f"s{number}", mobile=f"0411 222 3{number:02d}")
        if chance.random() < 0.5:
            payroll(hub).carry_out()
        assert set(count_people(hub).values()) <= {1}
    payroll(hub).carry_out()
    payroll(hub).answer, payroll(hub).carries_out = create, "at once"
    with transaction() as session:
        session.execute(update(UnansweredCreate).values(sent_at=now() - timedelta(days=2)))
    hub.run()
    ended = hub.run()
    assert set(count_people(hub).values()) == {1} and len(count_people(hub)) == PEOPLE
    # Somebody linked to the number of a job, and changed since, waits for a person.
    assert set(ended.decisions().values()) <= {Decision.NO_CHANGE, Decision.AMBIGUOUS}
