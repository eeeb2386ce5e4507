"""Pay details that a match by name would change are written once a person has confirmed the match."""

from __future__ import annotations

from dataclasses import replace

from connectors.contract.employee import BankAccount
from core.review import match_decisions, matches
from core.runs.outcome_catalogue import Code
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person
from tests.core.sync.match.test_decisions import actor_of


def test_pay_details_are_written_once_several_have_been_confirmed(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    for number in range(2):
        known = person(number, au_tax=None, bank_accounts=(BankAccount("Old", "11112222", "064000"),))
        hub.target.adopt(f"T{number}", known)
        account = BankAccount("New", f"8765432{number}", "064000")
        hub.source.put(f"s{number}", replace(known, bank_accounts=(account,)))
    ended, actor = hub.run(), actor_of(hub)
    assert set(ended.reasons().values()) == {Code.WOULD_CHANGE_PAY} and hub.target.writes == 0
    pairs = matches.confirmable_pairs(actor, ended.id)[Code.WOULD_CHANGE_PAY]
    positions = [pair.position for pair in pairs]
    match_decisions.confirm_several(actor, ended.id, Code.WOULD_CHANGE_PAY, positions, "Asked both.")
    assert hub.run().counters.updated == 2
    assert [hub.target.records[f"T{number}"]["bank"] for number in range(2)] == ["87654320", "87654321"]
    assert hub.run().counters.unchanged == 2
