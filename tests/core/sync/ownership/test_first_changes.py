"""The first run of a pairing overwrites nothing until somebody has decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract.fields import Owner
from core.errors import ConflictError, InvalidError
from core.models import (
    Decision,
    RunStatus,
)
from core.review import approvals, first_changes
from core.review.first_changes import Choices
from core.runs.outcome_codes import Code
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.core.sync.ownership.owned import (
    KEEP,
    at_target,
    conflicts,
    edit,
    owned_hub,
    problems,
)


@pytest.fixture
def first(sqlite_store: str) -> Hub:
    """Three employees that payroll has already, two of them with other values, and one who is new."""
    del sqlite_store
    hub = owned_hub(is_first_run=True, bank=Owner.ASK)
    hub.fill(4)
    hub.target.adopt("1000", hub.source.people["s0"], postcode="9999", phone=None)
    hub.target.adopt("1001", hub.source.people["s1"], postcode="9998", email="other@example.test")
    hub.target.adopt("1002", hub.source.people["s2"])
    return hub


def test_a_first_run_that_would_overwrite_values_is_held(first: Hub) -> None:
    ended = first.run()
    assert ended.status is RunStatus.HELD
    assert "2 employees have other values in iPayroll from before the first run." in ended.message
    assert first.target.writes == 0
    assert ended.rows["s1"].reason == Code.FIRST_CHANGES
    assert first.run().status is RunStatus.HELD  # the same again, until somebody decides
    with pytest.raises(ConflictError, match="whose values count"):
        approvals.approve(OPERATOR, ended.id + 1)


def test_first_changes_are_decided_by_field_and_by_person(first: Hub) -> None:
    held = first.run()
    found = first_changes.first_changes(replace(OPERATOR, account_id=1), held.id)
    assert [(one.field, one.people) for one in found.fields] == [("postcode", 2), ("email", 1)]
    assert [(one.source_id, tuple(value.label for value in one.values)) for one in found.people] == [
        ("s0", ("Postcode",)),
        ("s1", ("E-mail", "Postcode")),
    ]
    choices = Choices(keep_fields={"postcode"}, use_hr_of={"s0"})
    run_id = first_changes.decide(OPERATOR, held.id, choices)
    first.execute(run_id)
    ended = first.ended(run_id)
    assert (ended.status, ended.counters.created, ended.counters.updated) == (RunStatus.COMPLETE, 1, 2)
    assert (at_target(first, "postcode"), at_target(first, "phone")) == ("4000", "0400 000000")
    assert at_target(first, "postcode", "s1") == "9998"
    assert at_target(first, "email", "s1") == "person1@example.test"
    assert [(key, one.state) for key, one in conflicts().items()] == [(("s1", "postcode"), KEEP)]
    assert first.run().counters.unchanged == 4
    edit(first, "s1", postcode="9997")
    assert first.run().rows["s1"].decision is Decision.HELD  # kept for that value only


def test_a_first_decision_about_others_is_refused(first: Hub) -> None:
    held = first.run()
    with pytest.raises(InvalidError, match="gender"):
        first_changes.decide(OPERATOR, held.id, Choices(keep_fields={"gender"}))
    with pytest.raises(InvalidError, match="s2"):
        first_changes.decide(OPERATOR, held.id, Choices(keep_people={"s2"}))
    run_id = first_changes.decide(OPERATOR, held.id, Choices())
    first.execute(run_id)
    with pytest.raises(ConflictError):
        first_changes.decide(OPERATOR, held.id, Choices())


def test_nothing_is_a_first_change_once_a_run_has_written(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(is_first_run=True)
    hub.fill(1)
    assert hub.run().status is RunStatus.COMPLETE
    hub.source.put("s1", person(1))
    hub.target.adopt("1001", hub.source.people["s1"], postcode="9999")
    ended = hub.run()
    assert (ended.status, at_target(hub, "postcode", "s1")) == (RunStatus.COMPLETE, "4001")


def test_a_match_that_two_people_claim_holds_no_first_run(sqlite_store: str) -> None:
    hub = owned_hub(is_first_run=True)
    hub.fill(2)
    twin = {"employee_number": None, "au_tax": None}
    hub.source.put("a", person(7, **twin))
    hub.source.put("b", person(7, **twin))
    hub.target.adopt("1007", person(7), postcode="9999")
    ended = hub.run()
    assert (ended.status, ended.counters.created, ended.counters.held) == (RunStatus.COMPLETE, 2, 2)
    assert {ended.decisions()[one] for one in ("a", "b")} == {Decision.AMBIGUOUS}
    assert conflicts() == {} and problems() == []
    assert not ended.rows["a"].warnings and not ended.rows["b"].warnings


def test_an_approved_plan_creates_people_without_the_fields_payroll_owns(sqlite_store: str) -> None:
    hub = owned_hub(postcode=Owner.TARGET)
    hub.set_job(limits={"creates": {"count": 0}})
    hub.fill(2)
    held = hub.run()
    assert held.status is RunStatus.HELD
    run_id = approvals.approve(replace(OPERATOR, account_id=1), held.id)
    assert run_id is not None
    hub.execute(run_id)
    assert hub.ended(run_id).counters.created == 2
    assert at_target(hub, "postcode") is None
