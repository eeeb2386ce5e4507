"""An excluded employee is read in full once, and again when there is a reason to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from connectors.contract.records import Reason
from core.clock import now
from core.db import reading, transaction
from core.mapping import document as documents
from core.mapping import versions
from core.models import Connection, Decision, Exclusion, Link, RunKind, ScopeRecheck
from core.runs.outcome_catalogue import Code
from core.scope import holds
from core.security.actor import OPERATOR
from core.sides.system_pair import SystemPair
from tests.core.sync import conftest
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, fake_systems, person

pytestmark = pytest.mark.slow

GONE = {"status": "Terminated", "end_date": date(2024, 6, 30)}


@pytest.fixture
def left(hub: Hub) -> Hub:
    """Give three employees, and three who had left before the first run; one run has dealt with them all."""
    hub.target.takes_terminations = True
    hub.fill(3)
    for number in range(10, 13):
        hub.source.put(f"s{number}", person(number, **GONE))
    ended = hub.run()
    assert (ended.counters.created, ended.counters.filtered) == (3, 3)
    hub.source.details = 0
    return hub


@pytest.mark.both_engines
def test_their_details_are_not_read_again_and_they_are_counted_all_the_same(left: Hub) -> None:
    ended = left.run()
    assert (ended.counters.unchanged, ended.counters.filtered, left.source.details) == (3, 3, 0)
    row = ended.rows["s11"]
    assert (row.decision, row.reason) == (Decision.FILTERED, Reason.NOT_IN_SCOPE)
    assert row.message is not None and "has left and is not in {target}" in row.message


def test_somebody_who_comes_back_is_created(left: Hub) -> None:
    left.source.edit("s11", status="Current", end_date=None)
    assert left.run().decisions()["s11"] is Decision.CREATE
    left.source.details = 0
    left.source.edit("s11", **GONE)
    assert left.run().decisions()["s11"] is Decision.TERMINATE


def test_a_full_read_looks_at_everybody_again(left: Hub) -> None:
    left.target.adopt("1011", person(11))
    assert left.run().decisions()["s11"] is Decision.FILTERED
    left.set_job(full_read_days=0)
    assert left.run().decisions()["s11"] is Decision.TERMINATE


def test_somebody_linked_by_a_person_is_read(left: Hub) -> None:
    left.target.adopt("1011", person(11))
    with transaction() as session:
        pairing_id = session.get_one(Connection, left.connection_id).pairing_id
        session.add(Link(pairing_id=pairing_id, source_id="s11", target_id="1011", updated_at=now()))
    assert left.run().decisions()["s11"] is Decision.TERMINATE


def test_a_preview_remembers_nobody(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.source.put("s1", person(1, **GONE))
    hub.run(RunKind.PREVIEW)
    with reading() as session:
        assert session.scalars(select(Exclusion)).all() == []


def test_an_employee_who_could_match_at_the_target_is_not_remembered(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    gone = person(1, **GONE, employee_number=None, au_tax=None, email=None)
    hub.source.put("a", gone)
    hub.target.adopt("T1", replace(gone, date_of_birth=None))
    first, second = hub.run(), hub.run()
    assert first.decisions() == second.decisions() == {"a": Decision.AMBIGUOUS}


@pytest.fixture
def unlisted(hub: Hub) -> Hub:
    """Give three employees; s1 has left, is no longer listed by payroll, and has been read since."""
    hub.target.takes_terminations = True
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", **GONE)
    assert hub.run().decisions()["s1"] is Decision.TERMINATE
    hub.target.unlisted = {"1001"}
    assert hub.run().counters.unchanged == 3
    hub.source.details = 0
    hub.target.steps.done.clear()
    return hub


def test_an_employee_who_left_payroll_too_is_not_read_in_every_run(unlisted: Hub) -> None:
    assert unlisted.run().counters.unchanged == 3
    assert (unlisted.source.details, unlisted.target.steps.done) == (0, {"list": 1})
    unlisted.set_job(full_read_days=0)
    assert unlisted.run().counters.unchanged == 3
    assert (unlisted.source.details, unlisted.target.steps.done["find"]) == (3, 1)


def test_an_employee_who_comes_back_to_payroll_is_read(unlisted: Hub) -> None:
    unlisted.source.edit("s1", status="Current", end_date=None, start_date=date(2026, 9, 1))
    assert unlisted.run().decisions()["s1"] is Decision.UPDATE


def test_a_current_employee_that_payroll_does_not_list_is_read_in_every_run(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.target.unlisted = {"1001"}
    hub.run()
    hub.source.details = 0
    assert hub.run().counters.unchanged == 3 and hub.source.details == 1


def test_a_leaver_lost_by_payroll_is_noticed_at_the_next_full_read(unlisted: Hub) -> None:
    del unlisted.target.records["1001"]
    assert unlisted.run().counters.unchanged == 3
    unlisted.set_job(full_read_days=0)
    assert unlisted.run().decisions()["s1"] is Decision.FILTERED


@pytest.fixture
def filtered(hub: Hub) -> Hub:
    """Give two employees in payroll and three who are excluded, one of them in payroll: all dealt with twice."""
    hub.fill(3)
    hub.run()
    hub.source.edit("s2", status="Transferred")
    hub.source.put("s8", person(8, start_date=None))
    hub.source.put("s9", person(9, branch="Perth"))
    hub.set_job(scope={"branches": ["Perth", ""], "statuses": ["Current"]})
    hub.source.edit("s0", branch="Perth")
    hub.source.edit("s1", branch="Perth")
    hub.source.edit("s2", branch="Perth")
    hub.source.edit("s8", branch="Perth")
    hub.source.edit("s9", branch="Sydney")
    assert hub.run().reasons() == REASONS
    hub.source.details = 0
    return hub


REASONS = {
    "s0": None,
    "s1": None,
    "s2": Reason.TRANSFERRED_AWAY,
    "s8": Reason.MISSING_FIELD,
    "s9": Reason.NOT_IN_SCOPE,
}


@pytest.mark.both_engines
def test_an_employee_excluded_by_a_filter_is_not_read_again_and_the_reason_stays(filtered: Hub) -> None:
    before, again = filtered.run(), filtered.run()
    assert filtered.source.details == 0 and before.reasons() == again.reasons() == REASONS
    assert (
        again.rows["s8"].message == "Start date is missing. Add it in enableHR."
        and again.rows["s2"].target_id == "1002"
    )
    assert (again.counters.filtered, again.counters.unchanged) == (3, 2)


@pytest.mark.both_engines
def test_a_corrected_employee_is_written_and_the_exclusion_deleted(filtered: Hub) -> None:
    filtered.source.edit("s8", start_date=date(2026, 2, 2))
    filtered.source.edit("s2", status="Current", mobile="0411 222 333")
    ended = filtered.run()
    assert (ended.decisions()["s8"], ended.decisions()["s2"]) == (Decision.CREATE, Decision.UPDATE)
    assert remembered() == {"s9"}
    filtered.source.details = 0
    assert filtered.run().counters.unchanged == 4 and filtered.source.details == 0


def remembered() -> set[str]:
    with reading() as session:
        return set(session.scalars(select(Exclusion.source_id)))


def test_another_scope_is_looked_at_at_once(filtered: Hub) -> None:
    filtered.set_job(scope={"branches": ["Perth", "Sydney"], "statuses": ["Current", "Transferred"]})
    ended = filtered.run()
    assert ended.reasons() == REASONS | {"s2": None, "s9": None} and filtered.source.details == 5
    filtered.source.details = 0
    assert filtered.run().reasons() == ended.reasons() and filtered.source.details == 0


def test_other_settings_and_another_description_are_looked_at_at_once(
    filtered: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_systems(*given: Any) -> SystemPair:
        return replace(fake_systems(*given), system_settings="another mapping")

    monkeypatch.setattr(conftest, "fake_systems", other_systems)
    assert filtered.run().reasons() == REASONS and filtered.source.details == 5
    filtered.source.details = 0
    assert filtered.run().reasons() == REASONS and filtered.source.details == 0


def test_a_preview_of_another_scope_leaves_nobody_unread_afterwards(filtered: Hub) -> None:
    filtered.set_job(scope={"branches": ["Perth", "Sydney"], "statuses": ["Current"]})
    assert filtered.run(RunKind.PREVIEW).reasons() == REASONS | {"s9": Code.PREVIEW}
    assert filtered.run().decisions()["s9"] is Decision.CREATE


def on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    monkeypatch.setattr("core.sync.runtime.context.now", lambda: moment)


def test_a_future_start_is_read_again_on_the_day_the_scope_lets_it_in(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    hub.set_job(scope={"future_start_days": 30})
    hub.source.put("s1", person(1, start_date=date(2026, 12, 31)))
    for day, details in ((date(2026, 11, 29), 1), (date(2026, 11, 30), 1)):
        on(monkeypatch, day)
        assert hub.run().reasons() == {"s1": Reason.FUTURE_START} and hub.source.details == details
    on(monkeypatch, date(2026, 12, 1))
    assert hub.run().decisions()["s1"] is Decision.CREATE and hub.source.details == 2
    assert hub.run().decisions()["s1"] is Decision.NO_CHANGE and hub.source.details == 2


def test_somebody_on_hold_is_left_as_they_are_until_released(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    actor = replace(OPERATOR, account_id=1)
    holds.put(actor, hub.connection_id, "s0", "Pay is being checked")
    hub.source.edit("s0", surname="Newname")
    for _ in range(2):
        ended = hub.run()
        assert ended.reasons()["s0"] == Reason.ON_HOLD and "Pay is being checked" in str(
            ended.rows["s0"].message
        )
    hub.source.edit("s0", status="Terminated", end_date=date(2026, 1, 1))
    assert hub.run().reasons()["s0"] == Reason.ON_HOLD
    hub.source.edit("s0", status="Current", end_date=None)
    holds.release(actor, hub.connection_id, "s0")
    assert hub.run().decisions()["s0"] is Decision.UPDATE


def test_a_hold_ends_by_itself_after_its_last_day(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = sqlite_hub
    hub.fill(1)
    hub.run()
    day = now().astimezone(ZoneInfo("Australia/Sydney")).date()
    holds.put(replace(OPERATOR, account_id=1), hub.connection_id, "s0", "Checked until today", day)
    on(monkeypatch, day)
    assert hub.run().reasons()["s0"] == Reason.ON_HOLD
    on(monkeypatch, day + timedelta(1))
    assert hub.run().decisions()["s0"] is Decision.NO_CHANGE


def test_an_excluded_employee_entered_by_hand_is_not_matched_to_a_namesake(hub: Hub) -> None:
    hub.target = FakeTarget(chosen_ids=False)
    hub.set_job(scope={"branches": ["Perth"]})
    hub.fill(1)
    hub.source.edit("s0", branch="Perth")
    elsewhere = person(5, branch="Sydney")
    hub.source.put("a", elsewhere)
    assert hub.run().reasons()["a"] == Reason.NOT_IN_SCOPE and remembered() == {"a"}
    hub.target.adopt("T50", elsewhere, tax=None)
    namesake = replace(person(6, branch="Perth"), first_name=elsewhere.first_name, surname=elsewhere.surname)
    hub.source.put("b", replace(namesake, date_of_birth=elsewhere.date_of_birth))
    ended = hub.run()
    assert ended.decisions() == {
        "s0": Decision.NO_CHANGE,
        "a": Decision.FILTERED,
        "b": Decision.AMBIGUOUS,
    }
    assert hub.links() == {"s0": "T1"} and len(hub.target.records) == 2


def test_an_excluded_employee_who_could_match_at_the_target_is_read_in_every_run(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.set_job(scope={"branches": ["Perth"]})
    hub.source.put("a", person(5, branch="Sydney"))
    hub.target.adopt("1005", person(5))
    assert hub.run().reasons() == hub.run().reasons() == {"a": Reason.NOT_IN_SCOPE}
    assert hub.source.details == 2 and remembered() == set()


def elsewhere_until_december(hub: Hub) -> None:
    """Set a scope that lets a linked employee in again on a day, although nothing changes at the source."""
    hub.source.put("s1", person(1))
    hub.source.put("s2", person(2))
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333", end_date=date(2026, 12, 1))
    ended = {"at": "end_date", "within_days": {"before": 100}}
    condition = {"any": [{"at": "end_date", "empty": True}, ended]}
    document = documents.from_json({"connector": "ipayroll", "scope": condition})
    versions.save(OPERATOR, hub.connection_id, document, based_on=0)


def test_a_run_of_that_person_leaves_no_reason_that_no_longer_holds(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    elsewhere_until_december(hub)
    on(monkeypatch, date(2026, 11, 30))
    assert hub.run().reasons()["s1"] == Reason.NOT_IN_SCOPE
    on(monkeypatch, date(2026, 12, 1))
    assert hub.sync("s1").decisions()["s1"] is Decision.UPDATE
    assert hub.run().decisions()["s1"] is Decision.NO_CHANGE


def test_somebody_who_cannot_be_read_on_their_day_is_judged_the_next_time(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = sqlite_hub
    elsewhere_until_december(hub)
    on(monkeypatch, date(2026, 11, 30))
    hub.run()
    on(monkeypatch, date(2026, 12, 1))
    hub.source.unreadable = {"s1"}
    assert hub.run().reasons()["s1"] == Reason.UNREADABLE
    with reading() as session:
        assert session.scalars(select(ScopeRecheck.source_id)).all() == ["s1"]
    hub.source.unreadable = set()
    assert hub.run().decisions()["s1"] is Decision.UPDATE
