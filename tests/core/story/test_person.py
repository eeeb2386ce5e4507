"""One employee's story as a page reads it: both ends, the link, each run, what stops them, what would happen now."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from connectors.contract.employee import BankAccount
from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, NotFoundError
from core.jobs import start
from core.models import Connection, ConnectionStatus, OpenProblem, RunKind
from core.problems import decisions
from core.review import match_decisions
from core.scope import holds
from core.security.actor import OPERATOR, ActingRole, Actor
from core.story.person import PersonView, read_person
from core.story.stages import Mark, Stage
from core.story.support_answer import support_answer
from harness.world import account, active_connection
from tests.core.sync.conftest import Hub, hub
from tests.core.sync.fakes import BAD_PHONE, TWO_ACCOUNTS, person

__all__ = ["hub"]


def view(hub: Hub, source_id: str = "s0") -> PersonView:
    return read_person(admin(hub), hub.connection_id, source_id)


def admin(hub: Hub, role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    return replace(OPERATOR, role=role, account_id=account_id)


def test_somebody_who_was_created_updated_and_left_alone(hub: Hub) -> None:
    hub.fill(3)
    first = hub.run()
    hub.source.edit("s0", mobile="0411 222 333")
    second = hub.run()
    hub.run()
    found = view(hub)
    assert (found.name, found.source_id, found.target_id) == ("Given0 Surname0", "s0", hub.links()["s0"])
    assert [event.run_id for event in found.story.events] == [second.id, first.id]
    made = f"The link was made in run #{first.id}, "
    assert found.story.link[0] == f"They are linked with {found.target_id} in iPayroll, created by iHUB."
    assert found.story.link[1].startswith(made)
    updated, created = found.story.events
    assert [step.mark for step in updated.steps] == [Mark.PASSED] * 5
    assert "1 field differed: Phone" in updated.steps[3].sentence
    assert updated.steps[4].sentence == "They were updated in iPayroll."
    assert created.steps[4].sentence == "They were created in iPayroll."
    assert found.obstacles == () and found.preview is None


def test_what_stops_them_says_who_must_act_and_runs_with_one_outcome_are_one_event(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    runs = [hub.run() for _ in range(3)]
    found = view(hub)
    (event,) = found.story.events
    assert (event.run_id, event.last_run_id, event.times) == (runs[0].id, runs[2].id, 3)
    assert event.headline.startswith(f"3 runs with the same outcome, from #{runs[0].id}, ")
    assert event.steps[3].sentence == "They could not be sent: Missing field."
    assert event.steps[4].mark is Mark.NOT_REACHED and event.steps[2].mark is Mark.NOT_NOTED
    (obstacle,) = found.obstacles
    assert obstacle.who == "HR" and "Start date is missing. Add it in enableHR." in obstacle.sentence
    assert re.fullmatch(r"Open since \d{1,2} [A-Z][a-z]{2} \d{4}\.", obstacle.about)
    assert obstacle.about in support_answer(found)
    with reading() as session:
        assert session.scalar(select(OpenProblem.times).where(OpenProblem.source_id == "s0")) == 3


def test_what_is_ignored_or_put_off_is_said_with_the_reason(hub: Hub) -> None:
    hub.fill(1)
    hub.source.edit("s0", start_date=None)
    hub.run()
    (problem,) = view(hub).problems
    decisions.put_off(admin(hub), problem.id, now().date() + timedelta(days=9))
    (obstacle,) = view(hub).obstacles
    assert "Put off until " in obstacle.sentence and obstacle.who == "Nobody"
    decisions.ignore(admin(hub), problem.id, "A contractor")
    found = view(hub)
    assert found.obstacles[0].sentence.endswith("Ignored: A contractor.") and found.problems == ()


def test_somebody_filtered_sees_the_cause_of_this_run(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", status="Terminated", end_date=date(2026, 6, 1))
    hub.run()
    (obstacle,) = view(hub).obstacles
    assert obstacle.who == "Nobody"
    assert "there is no employment to end" in obstacle.sentence
    assert "Scope tab" not in obstacle.sentence


def test_the_link_and_what_people_decided_about_it(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    target_id = hub.links()["s0"]
    match_decisions.unlink(admin(hub), hub.connection_id, "s0")
    found = view(hub)
    assert found.target_id is None and found.story.link == ("They are linked with nobody in iPayroll.",)
    assert found.story.events[0].headline.startswith(
        f"command line unlinked them from {target_id} in iPayroll, "
    )
    match_decisions.undo(admin(hub), hub.connection_id, "s0")
    found = view(hub)
    assert found.target_id == target_id
    assert found.story.link[1].startswith("The link is command line's decision of ")
    assert "took the last decision about their link back" in found.story.events[0].headline


def test_a_hold_is_told_and_stops_them_until_they_are_released(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    holds.put(admin(hub), hub.connection_id, "s0", "Parental leave talks")
    hub.source.edit("s0", mobile="0411 222 333")
    hub.run()
    found = view(hub)
    assert found.is_on_hold
    assert [obstacle.sentence for obstacle in found.obstacles] == ["On hold: Parental leave talks"]
    assert found.story.events[0].steps[1].sentence == "They were not in scope: On hold."
    assert found.story.events[0].steps[1].stage is Stage.IN_SCOPE
    holds.release(admin(hub), hub.connection_id, "s0")
    found = view(hub)
    assert not found.is_on_hold and "released them from hold" in found.story.events[0].headline


def test_what_would_happen_now(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    hub.source.edit("s0", mobile="0411 222 333")
    run_id = start.preview_person(admin(hub), hub.connection_id, "s0")
    waiting = view(hub).preview
    assert waiting is not None and waiting.is_waiting and waiting.steps == ()
    hub.execute(run_id)
    found = view(hub)
    assert found.preview is not None and found.preview.run_id == run_id
    assert found.preview.steps[4].sentence == "They would be updated in iPayroll."
    assert len(found.story.events) == 1, "a preview is no part of what happened"
    hub.run(RunKind.PREVIEW)
    assert view(hub).preview == found.preview


def test_a_preview_of_somebody_who_has_gone_says_so(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    del hub.source.people["s0"]
    hub.execute(start.preview_person(admin(hub), hub.connection_id, "s0"))
    found = view(hub)
    assert found.preview is not None and found.preview.steps == ()
    assert "no employee with the id s0" in (found.preview.message or "")


def test_people_who_are_not_there_and_strangers_get_nothing(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    for source_id in ("s9", "", "x" * 201, "s\0", "%", "s0 "):
        with pytest.raises(NotFoundError, match="There is no such"):
            view(hub, source_id)
    stranger = Actor("eve", ActingRole.ACCOUNT_ADMIN, account_id=account("Other"))
    for connection_id in (hub.connection_id, 2**40, -1):
        with pytest.raises(NotFoundError, match="There is no such"):
            read_person(stranger, connection_id, "s0")
    with pytest.raises(ForbiddenError):
        read_person(admin(hub, ActingRole.GUEST), hub.connection_id, "s0")
    assert read_person(admin(hub, ActingRole.ANALYST), hub.connection_id, "s0").name == "Given0 Surname0"


def test_people_of_one_id_in_two_connections_are_two(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    other = Hub(active_connection(admin(hub).account_id, target="keypay"))
    other.source.put("s0", person(7))
    other.run()
    holds.put(admin(hub), other.connection_id, "s0", "Other company")
    match_decisions.unlink(admin(hub), other.connection_id, "s0")
    found = view(hub)
    assert found.name == "Given0 Surname0" and not found.is_on_hold and len(found.story.events) == 1
    assert read_person(admin(hub), other.connection_id, "s0").name == "Given7 Surname7"


def test_a_deleted_connection_still_tells(hub: Hub) -> None:
    hub.fill(1)
    hub.run()
    with transaction() as session:
        session.execute(update(Connection).values(status=ConnectionStatus.DELETED, deleted_at=now()))
    found = view(hub)
    assert not found.is_active and "was deleted" in found.obstacles[0].sentence


TFN, ACCOUNT, BSB, MEMBER = "865414088", "12345678", "062-000", "99887766"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.canary.token"
BORN = ("1987-06-05", "05/06/1987", "5 June 1987", "June 5, 1987", "5th Jun 87")


def test_no_tax_bank_birth_or_secret_value_is_in_the_support_answer(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s0", bank_accounts=(BankAccount("Canary", ACCOUNT, BSB),))
    hub.source.edit("s1", bank_accounts=TWO_ACCOUNTS, mobile=BAD_PHONE)
    hub.run()
    said = f"TFN {TFN}, account {BSB} {ACCOUNT}, member {MEMBER}, born {' or '.join(BORN)}, token {TOKEN}"
    holds.put(admin(hub), hub.connection_id, "s0", said)
    with transaction() as session:  # as another system might say it, past its connector
        session.execute(update(OpenProblem).values(message=said, since=now() - timedelta(days=3)))
    for source_id in ("s0", "s1"):
        answer = support_answer(view(hub, source_id))
        assert "Who must act: " in answer and "enableHR id " in answer
        for canary in (TFN, ACCOUNT, BSB, MEMBER, TOKEN, "canary", "1987", "Jun", "865 414"):
            assert canary not in answer, canary


def test_the_support_answer_reads_as_text(hub: Hub) -> None:
    hub.fill(1)
    hub.source.edit("s0", start_date=None)
    ended = hub.run()
    lines = support_answer(view(hub)).splitlines()
    assert lines[1:4] == [
        f"Account: Harbour Foods. Connection: enablehr → ipayroll (#{hub.connection_id}).",
        "Person: Given0 Surname0, enableHR id s0, employee number 1000.",
        "They are linked with nobody in iPayroll.",
    ]
    assert any(line.startswith(f"- Run #{ended.id}, ") for line in lines)
    assert "  Compared: They could not be sent: Missing field." in lines
