"""Everybody the target has listed comes back as listed, and is found by their id and by their keys."""

from __future__ import annotations

from connectors.contract.records import TargetRecord
from core.sync.match.target_index import RECORDS_PER_BLOCK, TargetIndex
from tests.core.sync.fakes import FIELDS, FakeTarget, person


def records(number: int) -> list[TargetRecord]:
    target = FakeTarget()
    values = [target.prepare("", person(one)).values for one in range(number)]
    return [
        TargetRecord(f"T{one}", f"Person {one}", told, str(1000 + one)) for one, told in enumerate(values)
    ]


def test_everybody_comes_back_in_any_order_and_again(home: object) -> None:
    listed, target_index = records(5 * RECORDS_PER_BLOCK + 1), TargetIndex(FIELDS)
    target_index.add(listed[:3])
    target_index.add(listed[3:])
    assert len(target_index) == len(listed)
    apart = sorted(range(len(listed)), key=lambda slot: (slot % RECORDS_PER_BLOCK, slot))
    order = [*range(len(listed)), *apart, *apart]
    assert [target_index.record(slot) for slot in order] == [listed[slot] for slot in order]


def test_they_are_found_by_their_ids_those_listed_twice_once(home: object) -> None:
    listed, target_index = records(RECORDS_PER_BLOCK + 1), TargetIndex(FIELDS)
    target_index.add([*listed[:2], *listed[:1]])
    target_index.add([*listed[1:], listed[-1]])
    wanted = {record.target_id: slot for slot, record in enumerate(listed)}
    assert target_index.find_slots([*wanted, "nobody"]) == wanted
    assert [target_index.find_slot(target_id) for target_id in wanted] == list(wanted.values())
    assert target_index.find_slot("nobody") is None and TargetIndex(FIELDS).find_slot("T1") is None


def test_those_added_after_somebody_was_looked_for_are_found_too(home: object) -> None:
    listed, target_index = records(2 * RECORDS_PER_BLOCK), TargetIndex(FIELDS)
    target_index.add(listed[:RECORDS_PER_BLOCK])
    assert target_index.find_by_external_id("1001") == [1]
    assert target_index.find_by_external_id(str(1000 + RECORDS_PER_BLOCK)) == []
    target_index.add(listed[RECORDS_PER_BLOCK:])
    for slot, record in enumerate(listed):
        keys = target_index.keys(slot)
        assert keys == target_index.key_extractor.extract(record.values)
        for key in (keys.tax_number, keys.email_and_birth_date, keys.name_and_birth_date):
            assert target_index.find_by_key(key) == [slot]
        assert target_index.find_by_external_id(f" {record.external_id} ") == [slot]
