"""The target index returns employees as they were listed, and finds them by id and by match keys."""

from __future__ import annotations

from connectors.contract.records import TargetRecord
from core.sync.match.target_index import RECORDS_PER_BLOCK, TargetIndex
from tests.core.sync.fakes import FIELDS, FakeTarget, person


def records(number: int) -> list[TargetRecord]:
    target = FakeTarget()
    values = [target.prepare("", person(index)).values for index in range(number)]
    return [
        TargetRecord(f"T{index}", f"Person {index}", fields, str(1000 + index))
        for index, fields in enumerate(values)
    ]


def test_records_are_returned_as_listed_in_any_order(home: object) -> None:
    listed, target_index = records(5 * RECORDS_PER_BLOCK + 1), TargetIndex(FIELDS)
    target_index.add(listed[:3])
    target_index.add(listed[3:])
    assert len(target_index) == len(listed)
    across_blocks = sorted(range(len(listed)), key=lambda slot: (slot % RECORDS_PER_BLOCK, slot))
    order = [*range(len(listed)), *across_blocks, *across_blocks]
    assert [target_index.record(slot) for slot in order] == [listed[slot] for slot in order]


def test_employees_listed_twice_are_in_the_index_once(home: object) -> None:
    listed, target_index = records(RECORDS_PER_BLOCK + 1), TargetIndex(FIELDS)
    target_index.add([*listed[:2], *listed[:1]])
    target_index.add([*listed[1:], listed[-1]])
    slots = {record.target_id: slot for slot, record in enumerate(listed)}
    assert target_index.find_slots([*slots, "nobody"]) == slots
    assert [target_index.find_slot(target_id) for target_id in slots] == list(slots.values())
    assert target_index.find_slot("nobody") is None and TargetIndex(FIELDS).find_slot("T1") is None


def test_employees_added_after_a_search_are_found_too(home: object) -> None:
    listed, target_index = records(2 * RECORDS_PER_BLOCK), TargetIndex(FIELDS)
    target_index.add(listed[:RECORDS_PER_BLOCK])
    assert target_index.find_by_external_id("1001") == [1]
    assert target_index.find_by_external_id(str(1000 + RECORDS_PER_BLOCK)) == []
    target_index.add(listed[RECORDS_PER_BLOCK:])
    for slot, record in enumerate(listed):
        person = target_index.person(slot)
        assert person == target_index.key_extractor.person(record.values)
        assert target_index.find_by_tax_number(person) == [slot]
        assert target_index.find_by_name_or_email(person) == [slot]
        assert target_index.find_by_external_id(f" {record.external_id} ") == [slot]
