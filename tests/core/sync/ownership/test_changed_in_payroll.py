"""What a run does with a field that was changed in payroll, and with what people decide about it.

One file, because these are the ways of one decision.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract.employee import Address, BankAccount
from connectors.contract.fields import Owner
from core.errors import ConflictError, InvalidError
from core.models import (
    Action,
    ConflictState,
    Decision,
    RunKind,
    Trigger,
)
from core.review import field_conflicts, field_decisions
from core.runs import request as run_request
from core.runs.outcome_codes import Code
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.core.sync.ownership.owned import (
    ASK_HR,
    KEEP,
    USE,
    at_target,
    conflicts,
    decide,
    edit,
    owned_hub,
    problems,
    take_back,
    target,
    target_id,
)


@pytest.fixture
def asking(sqlite_store: str) -> Hub:
    """Two employees with a bank account at both ends, about which people are asked."""
    del sqlite_store
    hub = owned_hub(bank=Owner.ASK)
    for number in range(2):
        account = BankAccount("Nina", f"1122334{number}")
        hub.source.put(f"s{number}", person(number, bank_accounts=(account,)))
    hub.run()
    hub.run()
    return hub


def test_a_value_changed_in_payroll_is_overwritten_and_said(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub()
    hub.fill(2)
    hub.run()
    hub.run()
    edit(hub, postcode="9999")
    ended = hub.run()
    row = ended.rows["s0"]
    assert (row.decision, row.action, row.reason) == (
        Decision.UPDATE,
        Action.UPDATED,
        Code.CHANGED_IN_PAYROLL,
    )
    assert row.changes == [
        {
            "field": "postcode",
            "label": "Postcode",
            "before": "9999",
            "after": "4000",
            "reason": "CHANGED_IN_PAYROLL",
        }
    ]
    assert at_target(hub, "postcode") == "4000"
    assert hub.run().counters.unchanged == 2


def test_what_both_have_changed_is_said_to_be_both(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub()
    hub.fill(1)
    hub.run()
    hub.run()
    edit(hub, postcode="9999")
    hub.source.edit("s0", address=Address(postcode="4111"))
    assert hub.run().rows["s0"].reason == Code.BOTH_CHANGED
    assert at_target(hub, "postcode") == "4111"


def test_a_bank_account_changed_in_payroll_waits_while_other_fields_go_on(asking: Hub) -> None:
    edit(asking, bank="99887766", postcode="9999")
    ended = asking.run()
    row = ended.rows["s0"]
    assert (row.decision, row.action, ended.counters.updated) == (Decision.UPDATE, Action.UPDATED, 1)
    assert [change["field"] for change in row.changes or ()] == ["postcode"]
    assert (at_target(asking, "bank"), at_target(asking, "postcode")) == ("99887766", "4000")
    assert problems() == [("s0", "bank", "Account Admin")]
    again = asking.run()
    held = again.rows["s0"]
    assert (held.decision, held.action, again.counters.held) == (Decision.HELD, Action.NOT_WRITTEN, 1)
    assert held.reason == Code.CHANGED_IN_PAYROLL
    assert held.changes == [
        {
            "field": "bank",
            "label": "Bank account",
            "before": "••• 766",
            "after": "••• 340",
            "concern": "bank",
        }
    ]
    assert again.rows["s1"].decision is Decision.NO_CHANGE


def test_the_values_are_stored_encrypted_and_masked(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    (conflict,) = conflicts().values()
    stored = b"".join(value for value in vars(conflict).values() if isinstance(value, bytes))
    assert b"766" not in stored and b"340" not in stored
    (view,) = field_conflicts.conflicts_of(OPERATOR, asking.connection_id, "s0")
    (value,) = view.values
    assert (value.label, value.hr, value.payroll) == ("Bank account", "••• 340", "••• 766")


def test_the_value_in_hr_is_written_when_a_person_says_so(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(USE)
    assert problems() == []
    row = asking.run().rows["s0"]
    assert (row.decision, row.reason, at_target(asking, "bank")) == (
        Decision.UPDATE,
        Code.CHANGED_IN_PAYROLL,
        "11223340",
    )
    assert conflicts() == {}
    assert asking.run().counters.unchanged == 2
    edit(asking, bank="99887766")  # the same again is asked again
    assert asking.run().rows["s0"].decision is Decision.HELD


def test_the_value_in_payroll_is_kept_until_one_of_the_two_moves(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(KEEP)
    for _ in range(2):
        ended = asking.run()
        assert (ended.counters.unchanged, at_target(asking, "bank"), problems()) == (2, "99887766", [])
    details = asking.source.details
    asking.run()
    assert asking.source.details == details  # nobody is read again for it
    edit(asking, bank="55443322")
    assert asking.run().rows["s0"].decision is Decision.HELD
    decide(KEEP)
    asking.run()
    asking.source.edit("s0", bank_accounts=(BankAccount("Nina", "66666666"),))
    held = asking.run().rows["s0"]
    assert (held.decision, held.reason) == (Decision.HELD, Code.BOTH_CHANGED)


def test_a_decision_can_be_taken_back(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(KEEP)
    asking.run()
    take_back()
    assert problems() == [("s0", "bank", "Account Admin")]
    assert asking.run().rows["s0"].decision is Decision.HELD
    decide(USE)
    asking.run()
    assert at_target(asking, "bank") == "11223340"


def test_asking_hr_leaves_it_waiting_for_hr(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(ASK_HR)
    assert problems() == [("s0", "bank", "HR")]
    asking.run()
    assert problems() == [("s0", "bank", "HR")]
    asking.source.edit("s0", bank_accounts=(BankAccount("Nina", "99887766"),))
    assert asking.run().rows["s0"].decision is Decision.NO_CHANGE
    assert (problems(), conflicts()) == ([], {})


def test_of_two_people_who_decide_the_second_is_told(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    seen = conflicts()["s0", "bank"]
    version = field_conflicts.version_of(seen)
    field_decisions.decide(OPERATOR, seen.id, KEEP, version)
    with pytest.raises(ConflictError, match="already"):
        field_decisions.decide(OPERATOR, seen.id, USE, version)
    with pytest.raises(InvalidError):
        field_decisions.decide(OPERATOR, seen.id, ConflictState.WAITING, version)


def test_a_decision_about_values_that_have_moved_is_refused(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    seen = conflicts()["s0", "bank"]
    edit(asking, bank="55443322")
    asking.run()
    with pytest.raises(ConflictError, match="changed"):
        field_decisions.decide(OPERATOR, seen.id, USE, field_conflicts.version_of(seen))


def test_a_decision_is_carried_out_by_a_run_of_that_person(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(USE)
    assert asking.sync("s0").counters.updated == 1
    assert (at_target(asking, "bank"), conflicts()) == ("11223340", {})


def test_a_refused_write_leaves_the_decision_for_the_next_run(asking: Hub) -> None:
    edit(asking, bank="99887766")
    asking.run()
    decide(USE)
    lost = asking.target.records.pop(target_id(asking))
    asking.target.unlisted.add("1000")
    asking.run(RunKind.PREVIEW)
    asking.target.records["1000"] = lost
    asking.target.unlisted.clear()
    assert conflicts()["s0", "bank"].state is USE
    asking.run()
    assert at_target(asking, "bank") == "11223340"


def test_a_preview_stores_nothing_about_fields(asking: Hub) -> None:
    edit(asking, bank="99887766")
    assert asking.run(RunKind.PREVIEW).rows["s0"].decision is Decision.HELD
    assert (conflicts(), problems()) == ({}, [])


def test_formatting_alone_is_never_a_change_in_payroll(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(phone=Owner.ASK, email=Owner.ASK, postcode=Owner.ASK, given=Owner.ASK)
    hub.fill(1)
    hub.run()
    forms = [
        {"phone": "+61 400 000 000"},
        {"phone": "(0400) 000-000", "email": "Person0@Example.TEST"},
        {"postcode": " 4000 ", "given": "GIVEN0"},
        {"phone": "0400000000", "given": "Given0"},
    ]
    for form in forms:
        edit(hub, **form)
        assert hub.run().counters.unchanged == 1, form
    hub.source.edit("s0", mobile="0400 111 222")
    edit(hub, phone="+61 400 000 000")
    assert hub.run().rows["s0"].reason is None  # payroll shows what was sent before, in another form


def test_a_field_that_payroll_owns_is_never_sent(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(postcode=Owner.TARGET)
    hub.fill(1)
    hub.run()
    assert at_target(hub, "postcode") is None
    edit(hub, postcode="9999")
    hub.source.edit("s0", address=Address(postcode="4111"))
    assert hub.run().counters.unchanged == 1
    assert at_target(hub, "postcode") == "9999"


def test_a_field_set_once_is_filled_where_it_is_blank_at_first_sight(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(postcode=Owner.ONCE)
    hub.fill(2)
    hub.target.adopt("1000", hub.source.people["s0"], postcode=None)
    hub.target.adopt("1001", hub.source.people["s1"], postcode="9999")
    hub.run()
    assert [at_target(hub, "postcode", one) for one in ("s0", "s1")] == ["4000", "9999"]
    edit(hub, postcode=None)
    hub.source.edit("s0", address=Address(postcode="4111"))
    assert hub.run().counters.unchanged == 2
    hub.target.fields = [replace(one, also_when_blank=one.name == "postcode") for one in hub.target.fields]
    hub.source.edit("s0", mobile="0400 999 999")
    hub.run()
    assert at_target(hub, "postcode") == "4111"


def test_a_new_owner_calls_nothing_a_change_in_hindsight(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(postcode=Owner.TARGET)
    hub.fill(1)
    hub.run()
    edit(hub, postcode="9999")
    hub.run()
    hub.target.fields = target(postcode=Owner.ASK).fields
    hub.set_job(full_read_days=0)
    row = hub.run().rows["s0"]
    assert (row.decision, row.reason, at_target(hub, "postcode")) == (Decision.UPDATE, None, "4000")
    hub.target.fields = target(postcode=Owner.SOURCE).fields
    edit(hub, postcode="9999")
    assert hub.run().counters.unchanged == 1
    edit(hub, postcode="8888")
    assert hub.run().rows["s0"].reason == Code.CHANGED_IN_PAYROLL


def test_parts_of_one_value_wait_together(sqlite_store: str) -> None:
    del sqlite_store
    hub = owned_hub(bank=Owner.ASK, postcode=Owner.ASK)
    hub.target.fields = [
        replace(one, group="bank" if one.name in ("bank", "postcode") else None) for one in hub.target.fields
    ]
    hub.source.put("s0", person(0, bank_accounts=(BankAccount("Nina", "11223344"),)))
    hub.run()
    edit(hub, bank="99887766")
    hub.source.edit("s0", address=Address(postcode="4111"), mobile="0400 999 999")
    hub.run()
    assert (at_target(hub, "bank"), at_target(hub, "postcode")) == ("99887766", "4000")
    assert at_target(hub, "phone") == "0400 999 999"
    (conflict,) = conflicts().values()
    assert conflict.label == "Postcode, Bank account"
    decide(USE)
    hub.run()
    assert (at_target(hub, "bank"), at_target(hub, "postcode")) == ("11223344", "4111")


def test_a_full_compare_reads_everybody(asking: Hub) -> None:
    asking.run()
    details = asking.source.details
    run_id = run_request.request(asking.connection_id, Trigger.MANUAL, compares_all=True)
    asking.execute(run_id)
    assert asking.ended(run_id).counters.unchanged == 2
    assert asking.source.details == details + 2
