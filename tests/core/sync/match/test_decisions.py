"""Ambiguous matches are listed with their candidates, and what a person decides holds in later runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from connectors.contract.employee import Employee
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, Connection, Decision, Link, Role, RunKind
from core.queue import task_queue
from core.review import approvals, match_decisions, matches
from core.review.matches import WaitingView
from core.runs.outcome_catalogue import Code
from core.security.actor import ActingRole, Actor
from core.sync.compare.link_state import identity_of
from harness import world
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import FakeTarget, person

pytestmark = pytest.mark.both_engines


def actor_of(hub: Hub, acting_role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    return Actor(
        "alex",
        acting_role,
        world.person(account_id, Role.ACCOUNT_ADMIN, username=f"{acting_role}"),
        account_id,
    )


def only(actor: Actor, ended: Ended) -> WaitingView:
    (waiting,) = matches.waiting_employees(actor, ended.id)
    return waiting


def lookalike(hub: Hub, target_id: str = "T77") -> Ended:
    """Let an employee wait, because one at the target is similar but has no number, e-mail or tax number."""
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1))
    hub.target.adopt(target_id, person(1), tax=None, email=None, birth=None)
    ended = hub.run()
    assert ended.reasons() == {"a": Code.WEAK_MATCH} and hub.target.writes == 0
    return ended


def test_an_employee_who_waits_is_listed_with_their_candidates(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    ended, actor = lookalike(hub), actor_of(hub)
    waiting = only(actor, ended)
    assert (waiting.source_id, waiting.decision, waiting.settled, waiting.can_be_new) == (
        "a",
        Decision.AMBIGUOUS,
        False,
        True,
    )
    (candidate,) = waiting.candidates
    assert (candidate.target_id, candidate.name, candidate.owner_id) == ("T77", "Given1 Surname1", None)


def test_a_link_holds_in_later_runs(hub: Hub) -> None:
    ended, actor = lookalike(hub), actor_of(hub)
    match_decisions.link(actor, ended.id, only(actor, ended).position, "T77")
    assert only(actor, ended).linked_to == "T77"
    assert hub.run().decisions() == {"a": Decision.UPDATE}
    assert hub.run().decisions() == {"a": Decision.NO_CHANGE}
    assert hub.links() == {"a": "T77"} and len(hub.target.records) == 1


def test_create_new_holds_in_later_runs(hub: Hub) -> None:
    ended, actor = lookalike(hub), actor_of(hub)
    match_decisions.create_new(actor, ended.id, only(actor, ended).position)
    assert only(actor, ended).is_new
    assert hub.run().decisions() == {"a": Decision.CREATE}
    with transaction() as session:
        session.execute(delete(Link))
    assert hub.run().decisions() == {"a": Decision.NO_CHANGE}, "the new one is found, not the other"
    assert len(hub.target.records) == 2 and hub.links()["a"] != "T77"


def test_a_decision_does_not_cover_employees_who_appear_later(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    ended, actor = lookalike(hub), actor_of(hub)
    match_decisions.create_new(actor, ended.id, only(actor, ended).position)
    hub.target.adopt("T78", person(1), tax=None, email=None, birth=None)
    again = hub.run()
    assert again.reasons() == {"a": Code.WEAK_MATCH}
    assert [one.target_id for one in only(actor, again).candidates] == ["T78"]


@pytest.mark.slow
def test_create_new_survives_a_crash_at_any_step_without_taking_the_other_one(sqlite_hub: Hub) -> None:
    ended, actor = lookalike(sqlite_hub), actor_of(sqlite_hub)
    match_decisions.create_new(actor, ended.id, only(actor, ended).position)
    before, at, happened = dict(sqlite_hub.target.records), 1, True
    while happened:
        hub = Hub(sqlite_hub.connection_id, sqlite_hub.source, FakeTarget(chosen_ids=False))
        hub.target.add("T77", before["T77"])
        with transaction() as session:
            session.execute(delete(Link))
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        ended = hub.ended(run_id) if hub.row(run_id).status.ended else hub.resume(run_id)
        assert ended.counters.created == 1
        assert hub.target.records["T77"] == before["T77"] and len(hub.target.records) == 2
        at += 1
    assert at > 10


def test_unlinking_holds_in_later_runs(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    actor = actor_of(hub)
    match_decisions.unlink(actor, hub.connection_id, "s1")
    ended = hub.run()
    assert ended.reasons()["s1"] == Code.CONFLICTING_KEYS and hub.target.writes == 2
    waiting = only(actor, ended)
    assert waiting.candidates[0].ruled_out and waiting.candidates[0].same_number and not waiting.can_be_new
    with pytest.raises(InvalidError, match="already has this employee number"):
        match_decisions.create_new(actor, ended.id, waiting.position)
    match_decisions.link(actor, ended.id, waiting.position, "1001")
    assert hub.run().counters.unchanged == 2


def test_create_new_can_be_undone_until_a_run_has_acted_on_it(hub: Hub) -> None:
    ended, actor = lookalike(hub), actor_of(hub)
    position = only(actor, ended).position
    match_decisions.create_new(actor, ended.id, position)
    assert only(actor, ended).can_undo
    match_decisions.undo(actor, hub.connection_id, "a")
    assert not only(actor, ended).can_undo and not only(actor, ended).is_new
    assert hub.run().reasons() == {"a": Code.WEAK_MATCH}
    again = hub.run()
    match_decisions.create_new(actor, again.id, only(actor, again).position)
    assert hub.run().counters.created == 1
    with pytest.raises(ConflictError, match="A run has acted on this decision"):
        match_decisions.undo(actor, hub.connection_id, "a")


def test_unlinking_can_be_undone_as_long_as_nobody_else_is_linked(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    actor, before = actor_of(hub), digests()
    match_decisions.unlink(actor, hub.connection_id, "s1")
    match_decisions.undo(actor, hub.connection_id, "s1")
    assert digests() == before
    ended = hub.run()
    assert ended.counters.unchanged == 2 and hub.target.writes == 2
    match_decisions.unlink(actor, hub.connection_id, "s1")
    with transaction() as session:
        session.execute(update(Link).where(Link.source_id == "s0").values(target_id="1001"))
    with pytest.raises(ConflictError, match="belongs to another employee by now"):
        match_decisions.undo(actor, hub.connection_id, "s1")
    with pytest.raises(InvalidError, match="no decision"):
        match_decisions.undo(actor, hub.connection_id, "s0")


def test_a_doubtful_link_is_doubtful_again_when_create_new_is_undone(hub: Hub) -> None:
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1, employee_number=None))
    hub.run()
    hub.target.records["T1"] |= {"given": "Otto", "birth": date(1970, 5, 5)}
    hub.set_job(full_read_days=0)
    ended, actor = hub.run(), actor_of(hub)
    assert ended.reasons() == {"a": Code.BECAME_ANOTHER}
    match_decisions.create_new(actor, ended.id, only(actor, ended).position)
    assert hub.links() == {}
    match_decisions.undo(actor, hub.connection_id, "a")
    assert hub.links() == {"a": "T1"} and only(actor, ended).linked_to is None
    assert hub.run().reasons() == {"a": Code.BECAME_ANOTHER}


def digests() -> dict[str, tuple[str, bytes | None]]:
    with reading() as session:
        return {
            link.source_id: (link.target_id, identity_of(link.state))
            for link in session.scalars(select(Link))
        }


def lookalikes(hub: Hub) -> Ended:
    """Let four employees wait for one reason: three have one candidate each, the fourth has two."""
    hub.target = FakeTarget(chosen_ids=False)
    for number in range(4):
        hub.source.put(f"s{number}", person(number))
        hub.target.adopt(f"T{number}", person(number), tax=None, email=None, birth=None)
    hub.target.adopt("T33", person(3), tax=None, email=None, birth=None)
    return hub.run()


def test_several_employees_with_one_candidate_each_are_confirmed_at_once(hub: Hub) -> None:
    ended, actor = lookalikes(hub), actor_of(hub)
    pairs = matches.confirmable_pairs(actor, ended.id)
    assert [(pair.source_id, pair.target_id) for pair in pairs[Code.WEAK_MATCH]] == [
        (f"s{number}", f"T{number}") for number in range(3)
    ]
    positions = [pair.position for pair in pairs[Code.WEAK_MATCH]]
    confirm = match_decisions.confirm_several
    assert confirm(actor, ended.id, Code.WEAK_MATCH, positions[:2], " Checked with  payroll. ") == 2
    assert hub.links() == {"s0": "T0", "s1": "T1"}
    with reading() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "link.make"))
        notes = [(row.detail["source"], row.detail["target"], row.detail["note"]) for row in rows]
    assert notes == [("s0", "T0", "Checked with payroll."), ("s1", "T1", "Checked with payroll.")]
    assert [pair.source_id for pair in matches.confirmable_pairs(actor, ended.id)[Code.WEAK_MATCH]] == ["s2"]
    again = hub.run()
    assert {source_id: again.decisions()[source_id] for source_id in ("s0", "s1")} == dict.fromkeys(
        ("s0", "s1"), Decision.UPDATE
    )
    assert len(hub.target.records) == 5


def test_all_or_none_are_confirmed(hub: Hub) -> None:
    ended, actor = lookalikes(hub), actor_of(hub)
    confirm, rows = match_decisions.confirm_several, ended.rows
    one, several = rows["s0"].position, rows["s3"].position
    for code, positions, note in (
        (Code.WEAK_MATCH, [one], " "),
        (Code.WEAK_MATCH, [], "Checked."),
        (Code.OTHER_NUMBER, [one], "Checked."),
        (Code.WEAK_MATCH, [one, several], "Checked."),
    ):
        with pytest.raises(InvalidError):
            confirm(actor, ended.id, code, positions, note)
    with transaction() as session:
        pairing_id = session.get_one(Connection, hub.connection_id).pairing_id
        session.add(Link(pairing_id=pairing_id, source_id="other", target_id="T1"))
    with pytest.raises(ConflictError, match="linked to another"):
        confirm(actor, ended.id, Code.WEAK_MATCH, [one, rows["s1"].position], "Checked.")
    assert hub.links() == {"other": "T1"}
    with pytest.raises(ForbiddenError):
        confirm(actor_of(hub, ActingRole.SUPPORT), ended.id, Code.WEAK_MATCH, [one], "Checked.")


def test_an_employee_linked_to_somebody_else_has_to_be_unlinked_first(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1))
    hub.run()
    duplicate = replace(person(1), employee_number=None)
    hub.source.put("b", duplicate)
    ended, actor = hub.run(), actor_of(hub)
    assert ended.decisions()["b"] is Decision.AMBIGUOUS
    waiting = only(actor, ended)
    (candidate,) = waiting.candidates
    assert (candidate.owner_id, candidate.owner) == ("a", "Given1 Surname1")
    with pytest.raises(ConflictError, match="Unlink that one first"):
        match_decisions.link(actor, ended.id, waiting.position, candidate.target_id)
    match_decisions.unlink(actor, hub.connection_id, "a")
    match_decisions.link(actor, ended.id, waiting.position, candidate.target_id)
    assert hub.links() == {"b": candidate.target_id}
    assert len(hub.target.records) == 1


def test_only_admins_decide_and_decisions_are_audited(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    ended, admin = lookalike(hub), actor_of(hub)
    position = only(admin, ended).position
    for acting_role in (ActingRole.ANALYST, ActingRole.SUPPORT):
        with pytest.raises(ForbiddenError):
            match_decisions.link(actor_of(hub, acting_role), ended.id, position, "T77")
    with pytest.raises(NotFoundError):
        matches.waiting_employees(Actor("sue", ActingRole.ACCOUNT_ADMIN, 1, world.account("Other")), ended.id)
    with pytest.raises(InvalidError, match="candidates"):
        match_decisions.link(admin, ended.id, position, "somebody")
    match_decisions.create_new(admin, ended.id, position)
    match_decisions.link(admin, ended.id, position, "T77")
    match_decisions.unlink(admin, hub.connection_id, "a")
    with reading() as session:
        actions = list(
            session.scalars(select(Audit.action).where(Audit.action.startswith("link.")).order_by(Audit.id))
        )
    assert actions == ["link.refuse", "link.make", "link.break"]


def test_a_decision_after_a_preview_makes_its_plan_stale(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333")
    preview, actor = hub.run(RunKind.PREVIEW), actor_of(hub)
    match_decisions.unlink(actor, hub.connection_id, "s1")
    new = approvals.approve(actor, preview.id)
    assert new is not None
    hub.execute(new)
    assert hub.ended(new).reasons() == {"s1": Code.STALE}


BORN = date(1990, 3, 4)
FAMILY: dict[str, Employee] = {
    "twin1": person(1, first_name="Kim", surname="Lee", date_of_birth=BORN, email="lee@example.test"),
    "twin2": person(2, first_name="Sam", surname="Lee", date_of_birth=BORN, email="lee@example.test"),
    "married": person(3, surname="Newname"),
    "mail1": person(4, email="office@example.test"),
    "mail2": person(5, email="office@example.test"),
    "same1": person(6, first_name="Jo", surname="Bloggs", date_of_birth=BORN),
    "same2": person(7, first_name="Jo", surname="Bloggs", date_of_birth=BORN),
    "notax": person(8, au_tax=None),
    "rehired": person(9, status="Current"),
}


@pytest.mark.parametrize("chosen_ids", [True, False], ids=["ids of ours", "ids of theirs"])
@pytest.mark.parametrize(
    "known", [(), ("twin1", "same1"), tuple(FAMILY)], ids=["nobody known", "some known", "all known"]
)
def test_look_alikes_are_neither_linked_wrongly_nor_created_twice(
    sqlite_hub: Hub, chosen_ids: bool, known: Any
) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=chosen_ids)
    for name, employee in FAMILY.items():
        hub.source.put(name, employee)
    owner: dict[str, str] = {}
    for name in known:
        employee = FAMILY[name]
        target_id = str(employee.employee_number) if chosen_ids else f"P{employee.employee_number}"
        hub.target.adopt(target_id, employee, surname="Oldname" if name == "married" else employee.surname)
        owner[target_id] = name
    hub.run()
    for source_id, target_id in hub.links().items():
        assert owner.get(target_id, source_id) == source_id, "nobody is given somebody else's record"
        assert hub.target.records[target_id]["phone"] == FAMILY[source_id].mobile
    phones = [values["phone"] for values in hub.target.records.values()]
    assert len(phones) == len(set(phones)), "nobody is there twice"
    writes = hub.target.writes
    assert hub.run().counters.written == 0 and hub.target.writes == writes


def test_a_rehired_employee_with_a_new_source_id_finds_their_old_record(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.target.adopt("P9", person(9))
    hub.source.put("again", person(9, employee_number="2009", start_date=date(2026, 1, 5)))
    assert hub.run().decisions() == {"again": Decision.UPDATE}
    assert hub.links() == {"again": "P9"} and len(hub.target.records) == 1
