"""Namesakes with one birth date: neither is matched to the other, none is created while a candidate is left."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.models import Decision
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person

NAMESAKES: dict[str, Any] = {"first_name": "Jo", "surname": "Bloggs", "date_of_birth": date(1990, 3, 4)}


@pytest.fixture
def payroll(hub: Hub) -> Hub:
    """Give a connection to a payroll that chooses ids, and two namesakes at the source."""
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("one", person(6, **NAMESAKES))
    hub.source.put("two", person(7, **NAMESAKES))
    return hub


def test_nobody_is_created_while_a_candidate_is_left_after_the_namesake(payroll: Hub) -> None:
    payroll.target.adopt("X", payroll.source.people["one"], tax=None, email=None)
    payroll.target.external["X"] = "1006"
    payroll.target.adopt(
        "Y", payroll.source.people["two"], tax=None, email=None
    )  # entered by hand, without a number
    ended = payroll.run()
    assert len(payroll.target.records) == 2
    assert (ended.rows["two"].decision, ended.rows["two"].reason) == (Decision.AMBIGUOUS, Code.WEAK_MATCH)


def test_nobody_is_taken_for_a_namesake_who_cannot_be_read(payroll: Hub) -> None:
    payroll.source.unreadable = {"one"}
    payroll.target.adopt("X", payroll.source.people["one"], tax=None, email=None)
    row = payroll.run().rows["two"]
    assert (row.decision, row.reason) == (Decision.AMBIGUOUS, Code.WEAK_MATCH)
    assert "two" not in payroll.links() and len(payroll.target.records) == 1


def test_somebody_else_who_cannot_be_read_is_no_reason_to_wait(payroll: Hub) -> None:
    del payroll.source.people["one"]
    payroll.source.put("other", person(8))
    payroll.source.unreadable = {"other"}
    payroll.target.adopt("X", payroll.source.people["two"], tax=None, email=None)
    payroll.run()
    assert payroll.links()["two"] == "X"
