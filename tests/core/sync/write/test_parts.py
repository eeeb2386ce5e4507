"""A payroll that a file describes takes one employee in several requests: each is a part with its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract.employee import BankAccount, SuperFund
from connectors.contract.records import Reason
from core.exports import files
from core.exports.record_table import RecordsFilter
from core.models import Action, RunStatus
from core.problems.open_problems import ProblemFilter, problems_page
from core.reports import records
from core.reports.outcomes.record_parts import PartView
from core.reports.records import RecordFilter
from core.security.actor import OPERATOR
from core.story.person import read_person
from core.sync.store import journal
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.conftest import Ended
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person

ACCOUNT = (BankAccount("Given1", "12345678", "064000"),)
OTHER = (BankAccount("Given1", "87654321", "064000"),)


@pytest.fixture
def hub(store: str) -> Iterator[DescribedHub]:
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=roster.PARTS)
        made.source.put("s0", person(0))
        funds = (SuperFund("REGULATED", "Host", None, "HOS0100AU", "M1"),)
        made.source.put("s1", person(1, bank_accounts=ACCOUNT, super_funds=funds))
        yield made


def shown(hub: DescribedHub, ended: Ended, source_id: str = "s1") -> list[tuple[str, Action, str | None]]:
    actor = OPERATOR.within(hub.row(ended.id).account_id)
    rows = {row.source_id: row for row in records.records_page(actor, ended.id, RecordFilter()).rows}
    return [(part.label, part.action, part.message) for part in rows[source_id].parts]


def test_each_part_has_an_outcome_and_the_employee_counts_once(hub: DescribedHub) -> None:
    ended = hub.run()
    assert (ended.counters.read, ended.counters.created, ended.status) == (2, 2, RunStatus.COMPLETE)
    assert hub.roster.written_parts == [("Surname1", "bank"), ("Surname1", "fund")]
    created = next(each for each in hub.roster.people.values() if each["family"] == "Surname1")
    assert created["bank"] == {"bsb": "064000", "number": "12345678"} and created["fund"] == {
        "usi": "HOS0100AU"
    }
    names = ("Employee", "Bank account", "Super")
    assert shown(hub, ended) == [(name, Action.CREATED, None) for name in names]
    assert shown(hub, ended, "s0") == [], "with nothing but the employee there are no parts"
    assert hub.run().counters.unchanged == 2 and len(hub.roster.written_parts) == 2


@pytest.mark.parametrize("shows", [True, False], ids=["shown", "hidden"])
def test_a_part_that_is_refused_is_the_outcome_and_comes_again(hub: DescribedHub, shows: bool) -> None:
    hub.roster.shows_parts, hub.roster.part_status = shows, {"bank": 422}
    ended = hub.run()
    row = ended.rows["s1"]
    assert (row.action, row.reason, ended.counters.created, ended.counters.errors) == (
        Action.FAILED,
        Reason.REFUSED,
        1,
        1,
    )
    assert row.message == (
        "Bank account: Roster refused this employee: Not •••. Everything else was written."
    )
    assert [action for _, action, _ in shown(hub, ended)] == [Action.CREATED, Action.FAILED, Action.CREATED]
    assert hub.links()["s1"] == row.target_id, "the employee is there, and linked"
    again = hub.run()
    assert (again.rows["s1"].action, again.counters.errors) == (Action.FAILED, 1)
    hub.roster.part_status, creates = {}, hub.roster.counted["created"]
    fixed = hub.run()
    assert (fixed.rows["s1"].action, hub.roster.counted["created"]) == (Action.UPDATED, creates)
    assert ("Surname1", "bank") in hub.roster.written_parts
    assert hub.run().counters.unchanged == 2
    actor = OPERATOR.within(hub.row(ended.id).account_id)
    assert problems_page(actor, ProblemFilter()).total == 0


def test_only_what_differs_is_written(hub: DescribedHub) -> None:
    hub.run()
    hub.roster.written_parts.clear()
    requests = hub.roster.counted["requests"]
    hub.source.edit("s1", bank_accounts=OTHER)
    ended = hub.run()
    assert hub.roster.written_parts == [("Surname1", "bank")] and ended.counters.updated == 1
    assert hub.roster.counted["requests"] - requests == 2, "the list, and the part"
    hub.source.edit("s1", mobile="0411 222 333")
    assert hub.run().counters.updated == 1 and len(hub.roster.written_parts) == 1


@pytest.mark.both_engines
def test_after_a_crash_no_finished_part_is_written_again(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    save = journal.save_parts

    def killed(lease: Any, rows: Any) -> None:
        save(lease, rows)
        if rows[0].label == "Bank account":
            raise Killed

    run_id = hub.request()
    monkeypatch.setattr(journal, "save_parts", killed)
    with pytest.raises(Killed):
        hub.execute(run_id)
    monkeypatch.setattr(journal, "save_parts", save)
    assert hub.roster.written_parts == [("Surname1", "bank")]
    ended = hub.resume(run_id)
    assert (ended.counters.created, hub.roster.counted["created"]) == (2, 2)
    assert hub.roster.written_parts == [("Surname1", "bank"), ("Surname1", "fund")]
    assert [action for _, action, _ in shown(hub, ended)] == [Action.CREATED] * 3
    assert hub.run().counters.unchanged == 2


def test_an_employee_who_is_refused_has_no_part_written(hub: DescribedHub) -> None:
    hub.roster.refused = {"Surname1"}
    ended = hub.run()
    assert hub.roster.written_parts == [] and ended.counters.errors == 1
    outcomes = [(label, action) for label, action, _ in shown(hub, ended)]
    assert outcomes == [
        ("Employee", Action.FAILED),
        ("Bank account", Action.NOT_WRITTEN),
        ("Super", Action.NOT_WRITTEN),
    ]


def test_parts_follow_employees_who_were_created_together(hub: DescribedHub) -> None:
    hub.description = roster.MANY_IN_PARTS
    hub.roster.part_status = {"fund": 422}
    ended = hub.run()
    assert hub.roster.whole == [2] and (ended.counters.created, ended.counters.errors) == (1, 1)
    assert hub.roster.written_parts == [("Surname1", "bank")] and len(hub.links()) == 2


def test_a_part_without_a_response_is_an_error_that_comes_again(hub: DescribedHub) -> None:
    hub.roster.part_status = {"bank": 503}
    ended = hub.run()
    assert (ended.rows["s1"].reason, ended.counters.errors) == (Reason.SERVER_ERROR, 1)
    hub.roster.part_status = {}
    assert hub.run().rows["s1"].action is Action.UPDATED
    assert hub.roster.counted["created"] == 2


@pytest.mark.both_engines
def test_parts_are_in_the_export_and_the_story_without_a_value(hub: DescribedHub) -> None:
    hub.roster.part_status = {"bank": 422}
    ended = hub.run()
    actor = OPERATOR.within(hub.row(ended.id).account_id)
    sheet = b"".join(files.export_records(actor, RecordsFilter(run_id=ended.id)).chunks).decode()
    assert "Employee: Created; Bank account: Failed; Super: Created" in sheet and "12345678" not in sheet
    story = read_person(actor, hub.connection_id, "s1").story
    assert story.events[0].parts == ("Employee: Created", "Bank account: Failed", "Super: Created")


def test_parts_are_said_in_words() -> None:
    part = PartView("Bank account", Action.FAILED, "No.")
    assert (part.text, replace(part, action=Action.NOT_WRITTEN).text) == (
        "Bank account: Failed",
        "Bank account: Not written",
    )
