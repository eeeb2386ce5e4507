"""Runs keep a few fields and the verdict of everybody they read, and nothing that is nobody's business."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.contract.employee import Address, BankAccount, SuperFund
from core.db import reading
from core.mapping import previews
from core.mapping.document import MappingDocument
from core.models import Connection, KeptEmployeeBatch, RunKind
from core.people.entries import Person
from core.people.listing import everybody
from core.people.super_gaps import SuperGap
from core.scope import holds
from core.security import vault
from core.security.actor import OPERATOR
from core.sync.plan import buffer
from core.sync.store import kept_employees
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

pytestmark = pytest.mark.both_engines


def kept(hub: Hub) -> dict[str, Person]:
    with reading() as session:
        pairing_id = session.get_one(Connection, hub.connection_id).pairing_id
    return {each.source_id: each for each in everybody(pairing_id)}


def batches() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(KeptEmployeeBatch)) or 0


def test_a_run_keeps_the_listed_fields_of_everybody(hub: Hub) -> None:
    listed = {
        "branch_id": "7",
        "branch": "Perth",
        "employment_type": "Casual",
        "end_date": date(2027, 1, 31),
        "address": Address(line1="1 Hay Street", state="WA", postcode="6000"),
    }
    hub.source.put("s1", person(1, **listed))
    hub.run()
    (employee,) = kept(hub).values()
    assert employee[:10] == (
        "s1",
        "Given1 Surname1",
        "1001",
        "Current",
        "7",
        "Perth",
        "Casual",
        date(2024, 2, 1),
        date(2027, 1, 31),
        "WA",
    )
    assert employee.reason is None and not employee.at_target


def test_nothing_that_is_kept_is_readable_in_the_store(sqlite_hub: Hub, tmp_path: Path) -> None:
    sqlite_hub.source.put("s1", person(1, branch="Canary branch"))
    sqlite_hub.run()
    with reading() as session:
        (ciphertext,) = session.scalars(select(KeptEmployeeBatch.ciphertext))
    assert "Canary branch" in str(vault.vault().open(ciphertext)), "it is there for who has the key"
    assert b"Canary" not in ciphertext and "Canary".encode("utf-16-le") not in ciphertext


def test_sensitive_values_are_not_even_kept_encrypted(hub: Hub) -> None:
    hub.source.put(
        "s1",
        person(
            1,
            email="canary-mail@example.test",
            mobile="0400 424 242",
            date_of_birth=date(1971, 7, 17),
            bank_accounts=(BankAccount("canary", "424242424"),),
            super_funds=(SuperFund("REGULATED", "canary", "42", "CANARY-USI", "CANARY-MEMBER"),),
            address=Address(line1="Canary street", suburb="Canary", state="WA", postcode="6424"),
        ),
    )
    hub.run()
    with reading() as session:
        text = str(vault.vault().open(session.scalars(select(KeptEmployeeBatch.ciphertext)).one()))
    assert "Given1 Surname1" in text and "WA" in text, "what is kept can be read here"
    for value in ("canary", "CANARY", "Canary", "424242", "1971", "6424", str(865_414_001)):
        assert value not in text


def test_what_is_missing_for_super_is_kept_without_a_value(hub: Hub) -> None:
    hub.source.put("none", person(1, au_tax=None))
    hub.source.put("whole", person(2, super_funds=(SuperFund("REGULATED", "A", "1", "U", "M"),)))
    hub.source.put("smsf", person(3, super_funds=(SuperFund("SMSF", "A", None, None, None),)))
    hub.run()
    assert {source_id: employee.super_gaps for source_id, employee in kept(hub).items()} == {
        "none": (SuperGap.FUND, SuperGap.TFN),
        "whole": (),
        "smsf": (SuperGap.ABN, SuperGap.ESA, SuperGap.ACCOUNT),
    }


def test_only_those_who_changed_are_stored_again(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    before, number = kept(hub), batches()
    hub.run()
    assert batches() == number and kept(hub).keys() == before.keys()
    hub.source.edit("s2", branch="Darwin")
    hub.run()
    assert batches() == number + 1
    assert {source_id: employee.branch for source_id, employee in kept(hub).items()} == {
        "s0": None,
        "s1": None,
        "s2": "Darwin",
        "s3": None,
    }


def test_a_verdict_says_what_is_missing_until_it_is_there(hub: Hub) -> None:
    hub.source.put("s1", person(1, start_date=None))
    hub.run()
    hub.run()
    waiting = kept(hub)["s1"]
    assert waiting.reason == "MISSING_FIELD" and [each.label for each in waiting.findings] == ["Start date"]
    hub.source.edit("s1", start_date=date(2024, 2, 1))
    hub.run()
    assert kept(hub)["s1"].reason is None and kept(hub)["s1"].findings == ()


def test_a_preview_keeps_people_too(hub: Hub) -> None:
    hub.fill(2)
    hub.run(RunKind.PREVIEW)
    assert kept(hub).keys() == {"s0", "s1"}


def test_people_whom_the_source_no_longer_lists_are_forgotten(hub: Hub) -> None:
    hub.fill(4)
    hub.run()
    employee = hub.source.people.pop("s2")
    hub.run()
    assert kept(hub).keys() == {"s0", "s1", "s3"}
    with reading() as session:
        opened = [vault.vault().open(each) for each in session.scalars(select(KeptEmployeeBatch.ciphertext))]
    assert "Surname2" not in str(opened)
    hub.source.people["s2"] = employee  # unchanged, so that a run could skip them
    hub.run()
    assert kept(hub).keys() == {"s0", "s1", "s2", "s3"}


def test_a_source_that_returns_far_fewer_makes_nobody_forgotten(hub: Hub) -> None:
    hub.fill(24)
    hub.run()
    hub.source.people = dict(list(hub.source.people.items())[:2])
    hub.run()
    assert len(kept(hub)) == 24


def test_a_run_of_one_person_changes_that_person_only(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    hub.source.edit("s0", branch="Darwin")
    hub.source.edit("s1", branch="Darwin")
    hub.sync("s0")
    assert {each.source_id: each.branch for each in kept(hub).values()} == {"s0": "Darwin", "s1": None}


def test_somebody_employed_again_is_said_to_be(hub: Hub) -> None:
    hub.source.put("old", person(1, status="Terminated", end_date=date(2026, 3, 31)))
    hub.source.put("new", person(1, employee_number="2001", start_date=date(2026, 9, 1)))
    hub.target.adopt("t1", person(1))
    filtered = {source_id for source_id, reason in hub.run().reasons().items() if reason == "EMPLOYED_AGAIN"}
    assert filtered == {each.source_id for each in kept(hub).values() if each.outcome == "EMPLOYED_AGAIN"}
    assert filtered == {"old"}


def test_batches_that_no_longer_count_do_not_pile_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_employees, "MOST_SMALL", 3)
    monkeypatch.setattr(buffer, "ROWS_A_TRANSACTION", 2)
    hub.fill(6)
    hub.run()
    for number in range(8):
        hub.source.edit("s1", branch=f"Branch {number}")
        hub.run()
    assert batches() <= 4
    assert len(kept(hub)) == 6 and kept(hub)["s1"].branch == "Branch 7"


def test_a_preview_of_a_draft_keeps_nothing_it_found_out(hub: Hub) -> None:
    hub.target.adopt("t1", person(1))
    hub.source.put("old", person(1, status="Terminated", end_date=date(2026, 3, 31)))
    hub.run()
    before = kept(hub)
    hub.source.put("new", person(1, employee_number="2001", start_date=date(2026, 9, 1)))
    draft = MappingDocument(connector="ipayroll")
    run_id = previews.store(OPERATOR, hub.connection_id, draft, based_on=0)
    hub.execute(run_id)
    assert hub.ended(run_id).reasons()["old"] == "EMPLOYED_AGAIN"
    assert kept(hub) == before and before["old"].outcome is None


def test_a_run_of_chosen_people_keeps_nothing_of_somebody_the_source_does_not_have(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    before = kept(hub)
    del hub.source.people["s1"]
    assert hub.sync("s0", "s1", "gone").reasons()["gone"] == "NOT_AT_SOURCE"
    assert kept(hub)["s1"] == before["s1"] and kept(hub).keys() == before.keys()


def test_somebody_released_is_no_longer_said_to_be_on_hold(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    holds.put(OPERATOR, hub.connection_id, "s0", "Pay is being checked")
    hub.run()
    assert kept(hub)["s0"].reason == "ON_HOLD"
    holds.release(OPERATOR, hub.connection_id, "s0")
    hub.source.details = 0
    for _ in range(2):
        hub.run()
        assert kept(hub)["s0"].reason is None and hub.source.details == 1
