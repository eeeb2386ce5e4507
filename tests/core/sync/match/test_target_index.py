"""Everybody the target has listed comes back as listed, and is found by their id and by their keys."""

from __future__ import annotations

from connectors.contract.records import TargetRecord
from core.sync.match.target_index import TOGETHER, TargetIndex
from tests.core.sync.fakes import FIELDS, FakeTarget, person


def records(number: int) -> list[TargetRecord]:
    target = FakeTarget()
    values = [target.prepare("", person(one)).values for one in range(number)]
    return [
        TargetRecord(f"T{one}", f"Person {one}", told, str(1000 + one)) for one, told in enumerate(values)
    ]


def test_everybody_comes_back_in_any_order_and_again(home: object) -> None:
    listed, directory = records(5 * TOGETHER + 1), TargetIndex(FIELDS)
    directory.add(listed[:3])
    directory.add(listed[3:])
    assert len(directory) == len(listed)
    apart = sorted(range(len(listed)), key=lambda place: (place % TOGETHER, place))
    order = [*range(len(listed)), *apart, *apart]
    assert [directory.record(place) for place in order] == [listed[place] for place in order]


def test_they_are_found_by_their_ids_those_listed_twice_once(home: object) -> None:
    listed, directory = records(TOGETHER + 1), TargetIndex(FIELDS)
    directory.add([*listed[:2], *listed[:1]])
    directory.add([*listed[1:], listed[-1]])
    wanted = {record.target_id: place for place, record in enumerate(listed)}
    assert directory.places([*wanted, "nobody"]) == wanted
    assert [directory.place(target_id) for target_id in wanted] == list(wanted.values())
    assert directory.place("nobody") is None and TargetIndex(FIELDS).place("T1") is None


def test_those_added_after_somebody_was_looked_for_are_found_too(home: object) -> None:
    listed, directory = records(2 * TOGETHER), TargetIndex(FIELDS)
    directory.add(listed[:TOGETHER])
    assert directory.by_external("1001") == [1] and directory.by_external(str(1000 + TOGETHER)) == []
    directory.add(listed[TOGETHER:])
    for place, record in enumerate(listed):
        keys = directory.keys(place)
        assert keys == directory.recogniser.keys(record.values)
        for key in (keys.tax, keys.mail_and_birth, keys.name_and_birth):
            assert directory.by_key(key) == [place]
        assert directory.by_external(f" {record.external_id} ") == [place]
