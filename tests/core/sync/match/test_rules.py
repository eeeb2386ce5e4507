"""Matching: no wrong match, no duplicate, and nothing is created while a candidate is left."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from connectors.contract.employee import AustralianTax
from connectors.contract.fields import Identity, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.registry import connectors
from core.db import transaction
from core.models import Action, Decision, Link, RunStatus
from core.runs.outcome_catalogue import Code
from core.sync.match.rules import Tier, match
from core.sync.match.target_index import TargetIndex
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FIELDS, FakeTarget, person

TWIN: dict[str, Any] = {"first_name": "Kim", "surname": "Lee", "date_of_birth": date(1990, 3, 4)}


def forget_links() -> None:
    with transaction() as session:
        session.execute(delete(Link))


def test_lost_links_are_found_again_by_number(hub: Hub) -> None:
    hub.fill(5)
    hub.run()
    forget_links()
    ended = hub.run()
    assert ended.counters.unchanged == 5
    assert len(hub.links()) == 5


def test_without_numbers_lost_links_are_found_again_by_the_strong_keys(hub: Hub) -> None:
    hub.target = FakeTarget(chosen_ids=False)
    hub.fill(5)
    hub.source.edit("s3", au_tax=None)
    hub.run()
    forget_links()
    assert hub.run().counters.unchanged == 5
    assert hub.everybody_once()


def test_somebody_with_the_same_tax_number_is_the_same_person_under_another_number(sqlite_hub: Hub) -> None:
    sqlite_hub.source.put("a", person(1))
    sqlite_hub.target.adopt("LEGACY-7", person(1), phone="0299 999 999")
    ended = sqlite_hub.run()
    assert ended.decisions() == {"a": Decision.UPDATE}
    assert sqlite_hub.links() == {"a": "LEGACY-7"}


def test_name_and_birth_date_are_enough_when_nothing_speaks_against_it(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1))
    hub.target.adopt("T77", person(1), tax=None, email=None)
    assert hub.run().decisions() == {"a": Decision.UPDATE}
    assert hub.links() == {"a": "T77"}
    assert len(hub.target.records) == 1


def test_a_mistyped_tax_number_makes_no_second_employee(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1, email=None))
    hub.target.adopt("T77", person(1), tax="865414999", email=None)
    assert hub.run().reasons() == {"a": Code.CONFLICTING_KEYS}
    assert hub.target.writes == 0 and len(hub.target.records) == 1


def test_the_same_name_under_another_number_waits_for_a_person(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.source.put("a", person(1))
    hub.target.adopt("LEGACY-7", person(1), tax=None, email=None)
    ended = hub.run()
    assert (ended.decisions(), ended.reasons()) == ({"a": Decision.AMBIGUOUS}, {"a": Code.OTHER_NUMBER})
    assert ended.rows["a"].action is Action.NOT_WRITTEN
    waiting = "1 person is waiting for a decision. 1 needs you (see To fix)."
    assert ended.message == f"The only employee was processed: 1 held. {waiting}"
    assert hub.target.writes == 0 and hub.links() == {}


def test_name_and_postcode_alone_wait_for_a_person(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1))
    hub.target.adopt("T77", person(1), tax=None, email=None, birth=None)
    assert hub.run().reasons() == {"a": Code.WEAK_MATCH}
    assert hub.target.writes == 0


def test_father_and_son_in_one_house_are_two_people(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("son", person(1))
    hub.target.adopt("FATHER", person(1), tax=None, email=None, birth=date(1955, 1, 1))
    assert hub.run().decisions() == {"son": Decision.CREATE}


def test_twins_with_numbers_are_both_created(hub: Hub) -> None:
    hub.source.put("a", person(1, **TWIN))
    hub.source.put("b", person(2, **TWIN))
    assert hub.run().counters.created == 2
    forget_links()
    assert hub.run().counters.unchanged == 2
    assert hub.links() == {"a": "1001", "b": "1002"}


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_twin_of_somebody_in_payroll_is_created(sqlite_hub: Hub, first: str) -> None:
    hub = sqlite_hub
    people = {"a": person(1, **TWIN, au_tax=None), "b": person(2, **TWIN, au_tax=None)}
    for source_id in sorted(people, reverse=first == "b"):
        hub.source.put(source_id, people[source_id])
    hub.target.adopt("1001", people["a"])
    assert hub.run().decisions() == {"a": Decision.NO_CHANGE, "b": Decision.CREATE}
    assert hub.links() == {"a": "1001", "b": "1002"}


def test_two_who_fit_one_employee_of_payroll_both_wait(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1, **TWIN))
    hub.source.put("b", person(2, **TWIN))
    hub.target.adopt("T1", person(3, **TWIN), tax=None, email=None)
    ended = hub.run()
    assert ended.reasons() == {"a": Code.SHARED_MATCH, "b": Code.SHARED_MATCH}
    assert ended.counters.held == 2 and hub.target.writes == 0 and hub.links() == {}


def test_two_with_one_number_both_wait(hub: Hub) -> None:
    hub.fill(4)
    hub.source.edit("s3", employee_number="1001")
    ended = hub.run()
    assert ended.counters.created == 2
    assert {
        source_id for source_id, reason in ended.reasons().items() if reason == Code.DUPLICATE_AT_SOURCE
    } == {"s1", "s3"}


def test_two_with_one_name_and_birth_date_and_no_number_both_wait(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    for source_id in ("a", "b"):
        hub.source.put(source_id, person(1, employee_number=None, au_tax=None))
    hub.source.put("c", person(1, employee_number=None, au_tax=None, date_of_birth=date(1970, 2, 3)))
    reasons = hub.run().reasons()
    assert reasons == {"a": Code.DUPLICATE_AT_SOURCE, "b": Code.DUPLICATE_AT_SOURCE, "c": None}


def test_two_who_claim_one_number_in_payroll_both_wait_and_get_no_link(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.source.put("a", person(1))
    hub.source.put("b", person(1, mobile="0499 000 000"))
    hub.target.adopt("1001", person(1))
    ended = hub.run()
    assert ended.reasons() == {"a": Code.SHARED_MATCH, "b": Code.SHARED_MATCH}
    assert hub.links() == {} and hub.target.writes == 0


def test_an_employee_of_payroll_who_is_linked_is_not_given_to_somebody_else(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.source.put("again", person(1, employee_number="2001"))
    ended = hub.run()
    assert (ended.decisions()["again"], ended.reasons()["again"]) == (
        Decision.AMBIGUOUS,
        Code.TWO_ACTIVE_RECORDS,
    )
    assert hub.target.writes == 3


def test_the_link_moves_when_the_duplicate_is_deleted_at_the_source(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.source.put("again", person(1, employee_number="2001"))
    hub.run()
    del hub.source.people["s1"]
    assert hub.run().decisions()["again"] is Decision.NO_CHANGE
    assert hub.links()["again"] == "1001" and len(hub.target.records) == 3


def test_a_number_that_stands_for_somebody_else_in_payroll_waits(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.source.put("a", person(1))
    hub.target.adopt("1001", person(9))
    assert hub.run().reasons() == {"a": Code.CONFLICTING_KEYS}
    assert hub.target.records["1001"]["surname"] == "Surname9"


def test_a_married_name_is_the_same_person(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    forget_links()
    hub.source.edit("s1", surname="Married")
    assert hub.run().decisions()["s1"] is Decision.UPDATE
    assert hub.everybody_once()


@pytest.mark.parametrize("chosen", [True, False])
def test_twins_who_share_an_e_mail_are_two_people(sqlite_hub: Hub, chosen: bool) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=chosen)
    shared: dict[str, Any] = {
        "email": "family@example.test",
        "date_of_birth": date(1999, 9, 9),
        "au_tax": None,
        "surname": "Lee",
    }
    hub.source.put("a", person(1, **shared, first_name="Ann"))
    hub.run()
    hub.source.put("b", person(2, **shared, first_name="Ben"))
    assert hub.run().decisions()["b"] is Decision.CREATE
    assert hub.run().counters.unchanged == 2


@pytest.mark.parametrize("tax", ["111 111 111", "000000000", "###-###-123", "•••• 123"])
def test_special_and_masked_tax_numbers_identify_nobody(sqlite_hub: Hub, tax: str) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1, au_tax=AustralianTax(tfn=tax)))
    hub.source.put("b", person(2, au_tax=AustralianTax(tfn=tax)))
    hub.target.adopt("T9", person(9, au_tax=AustralianTax(tfn=tax)))
    assert hub.run().counters.created == 2


def test_several_candidates_wait(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.target = FakeTarget(chosen_ids=False)
    hub.source.put("a", person(1))
    hub.target.adopt("T1", person(1))
    hub.target.adopt("T2", person(1))
    assert hub.run().reasons() == {"a": Code.SEVERAL_CANDIDATES}
    assert hub.target.writes == 0


def test_a_target_that_answers_with_somebody_elses_id_is_reported(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    hub.source.put("new", person(7))
    create = hub.target.create

    async def answers_wrongly(prepared: Prepared) -> object:
        await create(prepared)
        return type(await hub.target.update("1000", prepared, None))(target_id="1000")

    hub.target.create = answers_wrongly  # type: ignore[assignment, method-assign]
    ended = hub.run()
    assert (ended.status, ended.reasons()["new"]) == (RunStatus.ERROR, Code.ALREADY_LINKED)
    assert hub.links() == {"s0": "1000", "s1": "1001"}


def index_of(*records: TargetRecord) -> TargetIndex:
    target_index = TargetIndex(FIELDS)
    target_index.add(records)
    return target_index


def test_names_are_matched_whatever_their_accents_case_and_middle_names(home: object) -> None:
    there: dict[str, Value] = {"given": "Zoë Anne", "surname": "O'Brien-Smith", "birth": date(1990, 1, 2)}
    ours: dict[str, Value] = {"given": "ZOE", "surname": "OBrien Smith", "birth": date(1990, 1, 2)}
    found = match(index_of(TargetRecord("T1", "Zoë", there)), Prepared(ours))
    assert (found.tier, found.likely_slot) == (Tier.NAME_BIRTH, 0)


def test_an_employee_listed_twice_is_one_candidate(home: object) -> None:
    record = TargetRecord("T1", "Anna", {"tax": "865414088"})
    found = match(index_of(record, record), Prepared({"tax": "865 414 088"}))
    assert (found.tier, found.slot) == (Tier.STRONG, 0)


def test_the_target_index_keeps_no_tax_number_readable(home: object) -> None:
    target_index = index_of(
        TargetRecord("T1", "Anna", {"tax": "865414088", "given": "Anna", "surname": "Lee"})
    )
    keys = "".join(target_index._database.iterdump())
    assert "865414088" not in keys and "anna" not in keys.casefold()


NEEDED = {"keypay": {"business_id": "1"}}


@pytest.mark.parametrize(
    "entry",
    [one for one in connectors() if one.target and not one.kind.endswith("_files")],
    ids=lambda one: one.kind,
)
def test_every_target_says_which_of_its_fields_identify_a_person(entry: Any) -> None:
    target = entry.target(entry.settings(**NEEDED.get(entry.kind, {})), None)
    identities = {field.identity for field in target.fields}
    wanted = {Identity.GIVEN_NAMES, Identity.SURNAME, Identity.BIRTH_DATE}
    # enableHR as a target takes no tax details.
    assert wanted | ({Identity.TAX_NUMBER} if entry.kind != "enablehr_target" else set()) <= identities
