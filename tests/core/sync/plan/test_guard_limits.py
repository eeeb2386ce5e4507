"""A plan that would change more than the job allows is held, with its numbers, and nothing is written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connectors.contract.employee import AustralianTax, BankAccount
from core.db import reading
from core.models import Action, Plan, RunKind, RunStatus
from core.runs.outcome_catalogue import Code
from core.sync.plan.impact import Impact
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import person

pytestmark = pytest.mark.slow


def plan_of(run_id: int) -> Plan:
    with reading() as session:
        return session.get_one(Plan, run_id)


def bank(number: int) -> dict[str, Any]:
    return {"bank_accounts": (BankAccount("Anna", f"1234567{number}", "064000"),)}


def held(hub: Hub, code: Code, number: int, allowed: int) -> Ended:
    """Run, and check that the run is held for one reason with nothing written."""
    writes = hub.target.writes
    ended = hub.run()
    assert ended.status is RunStatus.HELD and hub.target.writes == writes
    assert [(one["code"], one["number"], one["allowed"]) for one in plan_of(ended.id).breaches] == [
        (code, number, allowed)
    ]
    assert (
        re.search(rf"the limit is {allowed}(\.| \()", ended.message)
        and "nothing was written" in ended.message
    )
    assert {row.reason for row in ended.rows.values() if row.action is Action.NOT_WRITTEN} == {code}
    return ended


def filled(hub: Hub, **limits: object) -> Hub:
    hub.fill(6)
    hub.run()
    hub.set_job(
        limits={name: {"count": count} if isinstance(count, int) else count for name, count in limits.items()}
    )
    return hub


def test_too_many_creates_hold_the_run(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, creates=1)
    hub.source.put("new1", person(51))
    hub.source.put("new2", person(52))
    assert "2 employees would be created" in held(hub, Code.MANY_CREATES, 2, 1).message


def test_too_many_terminations_hold_the_run(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, terminations=0)
    hub.target.takes_terminations = True
    hub.source.edit("s2", status="Terminated", end_date=person(1).start_date)
    held(hub, Code.MANY_TERMINATIONS, 1, 0)


def test_too_many_bank_changes_hold_the_run(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, bank=1)
    for number in (1, 2, 3):
        hub.source.edit(f"s{number}", **bank(number))
    hub.source.edit("s4", mobile="0411 222 333")
    ended = held(hub, Code.MANY_BANK_CHANGES, 3, 1)
    concerned = plan_of(ended.id).breaches[0]["positions"]
    assert concerned == [ended.rows[source_id].position for source_id in ("s1", "s2", "s3")]


def test_too_many_tax_changes_hold_the_run(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, tax_and_super=0)
    hub.source.edit("s1", au_tax=AustralianTax(tfn="865 414 088"))
    held(hub, Code.MANY_TAX_CHANGES, 1, 0)


def test_too_many_blanked_fields_hold_the_run(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, blanked=0)
    hub.source.edit("s1", mobile="")
    held(hub, Code.MANY_BLANKED, 1, 0)


def test_a_share_counts_only_above_a_handful_of_people(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, bank={"share": 0.1}, shares_from=None)
    hub.set_job(limits={"bank": {"share": 0.1}, "shares_from": 2})
    for number in (1, 2):
        hub.source.edit(f"s{number}", **bank(number))
    assert hub.run().counters.updated == 2
    for number in (3, 4, 5):
        hub.source.edit(f"s{number}", **bank(number))
    held(hub, Code.MANY_BANK_CHANGES, 3, 2)


SHARES: dict[Code, tuple[str, dict[str, Any]]] = {
    Code.MANY_TERMINATIONS: ("terminations", {"status": "Terminated", "end_date": person(1).start_date}),
    Code.MANY_BANK_CHANGES: ("bank", bank(1)),
    Code.MANY_TAX_CHANGES: ("tax_and_super", {"au_tax": AustralianTax(tfn="865 414 088")}),
    Code.MANY_BLANKED: ("blanked", {"mobile": ""}),
}


@pytest.mark.parametrize("code", SHARES)
def test_each_limit_can_be_a_share_of_those_read(sqlite_hub: Hub, code: Code) -> None:
    hub, (name, changes) = sqlite_hub, SHARES[code]
    hub.target.takes_terminations = True
    hub.fill(10)
    hub.run()
    hub.set_job(limits={name: {"share": 0.2}, "shares_from": 0})
    for number in (1, 2):
        hub.source.edit(f"s{number}", **changes)
    assert hub.run().counters.written == 2, "a fifth of ten is allowed"
    for number in (3, 4, 5):
        hub.source.edit(f"s{number}", **changes)
    assert "the limit is 2 (20 % of 10)." in held(hub, code, 3, 2).message


@pytest.mark.parametrize("concern", ["tax", "super"])
def test_tax_and_super_are_limited_together(concern: str) -> None:
    impact = Impact()
    impact.add_changes(3, [{"concern": concern, "before": "a", "after": "b"}])
    impact.add_changes(
        4,
        [
            {"concern": "bank", "before": "a", "after": None},
            {"concern": concern, "before": None, "after": "b"},
        ],
    )
    assert (impact.tax_and_super.positions, impact.bank.positions, impact.blanked.positions) == (
        [3, 4],
        [4],
        [4],
    )


def test_creates_can_be_limited_by_a_share(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(8)
    hub.run()
    hub.set_job(limits={"creates": {"share": 0.1}, "shares_from": 0})
    for number in (20, 21):
        hub.source.put(f"s{number}", person(number))
    held(hub, Code.MANY_CREATES, 2, 1)


def test_of_a_number_and_a_share_the_smaller_one_counts(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(10)
    hub.run()
    hub.source.edit("s1", **bank(1))
    hub.source.edit("s2", **bank(2))
    for limit in ({"count": 5, "share": 0.1}, {"count": 1, "share": 0.9}):
        hub.set_job(limits={"bank": limit, "shares_from": 0})
        held(hub, Code.MANY_BANK_CHANGES, 2, 1)


def test_a_first_run_may_create_everybody_and_a_later_one_may_not(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(6)
    hub.set_job(limits={"shares_from": 0})
    assert hub.run().counters.created == 6
    hub.target.records.clear()
    held(hub, Code.MANY_CREATES, 6, 3)


def test_a_first_run_that_broke_off_is_not_held_when_it_is_repeated(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(6)
    hub.set_job(limits={"shares_from": 0})
    hub.target.refuse = {str(hub.source.people[f"s{number}"].surname) for number in range(4)}
    assert hub.run().status is RunStatus.ERROR
    hub.target.refuse = set()
    assert hub.run().counters.created == 4


def test_every_limit_exceeded_is_reported(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, creates=0, bank=0)
    hub.source.put("new", person(51))
    hub.source.edit("s1", **bank(1))
    ended = hub.run()
    assert [one["code"] for one in plan_of(ended.id).breaches] == [Code.MANY_CREATES, Code.MANY_BANK_CHANGES]
    assert ended.message.startswith(
        "1 employee would be created; the limit is 0. 1 employee would be given a new bank account"
    )


def test_a_preview_reports_exceeded_limits_and_is_not_held(sqlite_hub: Hub) -> None:
    hub = filled(sqlite_hub, creates=0)
    hub.source.put("new", person(51))
    ended = hub.run(RunKind.PREVIEW)
    assert ended.status is RunStatus.COMPLETE
    assert "A run would be held: 1 employee would be created; the limit is 0." in ended.message


@pytest.mark.parametrize("people", [1, 2])
def test_a_job_that_asks_for_others_holds_every_changed_bank_account(sqlite_hub: Hub, people: int) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    hub.set_job(limits={"people_for_bank": people})
    hub.source.edit("s1", **bank(1))
    ended = hub.run()
    assert ended.status is RunStatus.HELD
    assert ended.rows["s1"].reason == Code.SECOND_PERSON


def test_a_share_of_creates_holds_although_the_last_runs_had_many_errors(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(20)
    assert hub.run().counters.created == 20
    hub.source.unreadable = {"s0", "s1", "s2"}
    for _ in range(3):
        for one in hub.source.unreadable:
            hub.source.edit(one)
        assert hub.run().counters.errors == 3
    for number in range(100, 140):
        hub.source.put(f"s{number}", person(number))
    assert hub.run().status is RunStatus.HELD
