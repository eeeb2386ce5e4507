"""What the next run knows of the last write: who ended an employment, how a name was spelled, what was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.contract.errors import UnansweredError
from connectors.contract.records import Reason
from core.clock import now
from core.models import Action, Decision, RunStatus
from core.sync.compare import taken_away
from core.sync.plan import rehires
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import TWO_ACCOUNTS, no_fault, raises

pytestmark = pytest.mark.slow

MARCH = date(2026, 3, 31)


def codes(ended: Ended, source_id: str) -> list[str]:
    return [warning["code"] for warning in ended.rows[source_id].warnings or []]


@pytest.fixture
def payroll(hub: Hub) -> Hub:
    """Give a connection to a payroll that takes terminations, with three employees in it."""
    hub.target.takes_terminations = True
    hub.fill(3)
    hub.run()
    return hub


@pytest.mark.parametrize("ended", [MARCH, now().date(), now().date() + timedelta(days=9)])
@pytest.mark.parametrize("runs", [1, 3])
def test_an_end_that_we_wrote_is_taken_away_when_the_source_takes_it_back(
    payroll: Hub, ended: date, runs: int
) -> None:
    payroll.source.edit("s1", status="Terminated", end_date=ended)
    payroll.set_job(full_read_days=0)
    for _ in range(runs):
        payroll.run()
    assert payroll.target.records["1001"]["end"] == ended
    payroll.source.edit("s1", status="Current", end_date=None)
    run = payroll.run()
    assert run.decisions()["s1"] is Decision.UPDATE and not codes(run, "s1")
    assert payroll.target.records["1001"]["end"] is None
    assert payroll.run().counters.unchanged == 3


def test_an_end_that_payroll_had_before_us_stays_with_a_warning(payroll: Hub) -> None:
    payroll.target.records["1001"]["end"] = MARCH
    payroll.source.edit("s1", status="Terminated", end_date=MARCH)
    assert payroll.run().decisions()["s1"] is Decision.NO_CHANGE
    payroll.source.edit("s1", status="Current", end_date=None)
    assert codes(payroll.run(), "s1") == [rehires.CODE]
    assert payroll.target.records["1001"]["end"] == MARCH


def test_an_end_that_payroll_changed_after_us_stays_with_a_warning(payroll: Hub) -> None:
    payroll.source.edit("s1", status="Terminated", end_date=MARCH)
    payroll.run()
    payroll.target.records["1001"]["end"] = date(2026, 4, 30)
    payroll.source.edit("s1", status="Current", end_date=None)
    assert codes(payroll.run(), "s1") == [rehires.CODE]
    assert payroll.target.records["1001"]["end"] == date(2026, 4, 30)


def test_a_new_spelling_of_a_name_is_sent_once(hub: Hub) -> None:
    hub.fill(2)
    hub.source.edit("s1", first_name="RHONA", surname="McKEEL")
    hub.run()
    hub.source.edit("s1", first_name="Rhona", surname="McKeel")
    run = hub.run()
    assert [change["after"] for change in run.rows["s1"].changes or []] == ["Rhona", "McKeel"]
    assert hub.target.records["1001"]["surname"] == "McKeel"
    assert hub.run().counters.unchanged == 2


@pytest.mark.parametrize("status", [500, None], ids=["server error", "no response"])
@pytest.mark.parametrize("step", ["update", "update.done"], ids=["not carried out", "carried out"])
def test_a_new_spelling_that_payroll_fails_at_is_sent_in_the_end(
    hub: Hub, step: str, status: int | None
) -> None:
    hub.fill(2)
    hub.source.edit("s1", surname="MCKEEL")
    hub.run()
    hub.source.edit("s1", surname="McKeel")
    done = hub.target.steps.done.get(step, 0)
    hub.target.steps.fault = raises(step, done + 1, UnansweredError("Payroll failed.", status=status))
    first = hub.run()
    is_written = hub.target.records["1001"]["surname"] == "McKeel"
    assert (first.rows["s1"].action is Action.UPDATED) is is_written is (step == "update.done")
    hub.target.steps.fault = no_fault
    assert hub.run().counters.errors == 0 and hub.target.records["1001"]["surname"] == "McKeel"
    assert hub.run().counters.unchanged == 2


def test_a_payroll_that_writes_names_in_capitals_is_not_written_in_each_run(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    for record in hub.target.records.values():
        record["surname"] = str(record["surname"]).upper()
    hub.set_job(full_read_days=0)
    assert hub.run().counters.unchanged == 2
    hub.source.edit("s1", surname="SurName1")
    assert hub.run().counters.updated == 1
    hub.target.records["1001"]["surname"] = "SURNAME1"
    hub.source.edit("s1", title="Dr")
    assert hub.run().counters.unchanged == 2


def test_the_case_in_which_a_found_employee_is_spelled_is_left_alone(hub: Hub) -> None:
    hub.fill(1)
    hub.target.adopt("1000", replace(hub.source.people["s0"], surname="SURNAME0"))
    assert hub.run().counters.unchanged == 1
    assert hub.target.records["1000"]["surname"] == "SURNAME0"


@pytest.mark.parametrize(
    ("field", "change"),
    [("email", {"email": None}), ("phone", {"mobile": None}), ("bank", {"bank_accounts": ()})],
)
def test_what_was_taken_away_is_said_until_payroll_has_removed_it(
    hub: Hub, field: str, change: dict[str, object]
) -> None:
    hub.fill(2)
    hub.source.edit("s1", bank_accounts=TWO_ACCOUNTS[:1])
    hub.run()
    sent = hub.target.records["1001"][field]
    hub.source.edit("s1", **change)
    for _ in range(3):
        run = hub.run()
        assert codes(run, "s1") == [taken_away.CODE] and run.counters.unchanged == 2
    assert hub.target.records["1001"][field] == sent is not None
    hub.target.records["1001"][field] = None
    assert not codes(hub.run(), "s1") and not codes(hub.run(), "s1")


def test_what_payroll_has_of_its_own_is_no_warning(hub: Hub) -> None:
    hub.fill(1)
    hub.source.edit("s0", email=None)
    hub.target.adopt("1000", hub.source.people["s0"], email="own@example.test")
    hub.run()
    hub.source.edit("s0", title="Dr")
    assert not codes(hub.run(), "s0")


def test_what_the_source_could_not_read_is_no_warning(hub: Hub) -> None:
    hub.fill(1)
    hub.source.edit("s0", bank_accounts=TWO_ACCOUNTS[:1])
    hub.run()
    hub.source.edit("s0", bank_accounts=(), unread=frozenset({"bank_accounts"}))
    assert not codes(hub.run(), "s0")
    hub.source.edit("s0", unread=frozenset())
    assert codes(hub.run(), "s0") == [taken_away.CODE]


def test_a_first_run_that_filters_everybody_for_one_reason_is_held(hub: Hub) -> None:
    hub.fill(3)
    for source_id in hub.source.people:
        hub.source.edit(source_id, status="INAKTIV")
    for _ in range(2):
        run = hub.run()
        assert run.status is RunStatus.HELD
        assert run.message.startswith("All 3 employees were filtered for the same reason: No matching value.")
    assert set(run.reasons().values()) == {Reason.UNKNOWN_STATUS} and not hub.target.records
    for source_id in hub.source.people:
        hub.source.edit(source_id, status="ACTIVE")
    assert hub.run().counters.created == 3


def test_a_first_run_with_two_reasons_or_a_later_one_is_not_held(hub: Hub) -> None:
    hub.fill(3)
    for source_id in ("s0", "s1"):
        hub.source.edit(source_id, status="INAKTIV")
    hub.source.edit("s2", start_date=None)
    assert hub.run().status is RunStatus.COMPLETE
    hub.source.edit("s2", status="INAKTIV")
    assert hub.run().status is RunStatus.COMPLETE
