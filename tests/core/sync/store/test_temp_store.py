"""What a run remembers of everybody lies on disk and takes no memory to speak of."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.records import TargetRecord
from core.sync.match.duplicate_numbers import DuplicateNumbers
from core.sync.match.target_index import TargetIndex
from core.sync.store.temp_store import IdSet, TempTable
from tests.core.sync.fakes import FIELDS, FakeTarget, person

MANY = 20_000


def test_texts_tell_who_is_new() -> None:
    texts = IdSet()
    assert texts.add(["a", "b"]) == {"a", "b"}
    assert texts.add(["b", "c", "O'Brien"]) == {"c", "O'Brien"}
    assert len(texts) == 4


@given(st.lists(st.lists(st.sampled_from([f"{number:02d}" for number in range(30)]), max_size=6), max_size=8))
def test_texts_are_new_once_in_whatever_order_they_come(pages: list[list[str]]) -> None:
    texts, seen = IdSet(), set[str]()
    for page in (["00", "01"], ["02"], *pages):
        assert texts.add(page) == set(page) - seen
        seen |= set(page)
        assert len(texts) == len(seen)


def test_rows_are_found_whether_or_not_they_have_been_put_in_yet() -> None:
    rows = TempTable("number INTEGER, name TEXT", index="number")
    for number in range(1201):
        rows.add(number % 600, str(number))
    assert list(rows.query("SELECT name FROM kept WHERE number = ? ORDER BY name", (0,))) == [
        ("0",),
        ("1200",),
        ("600",),
    ]


def test_a_directory_gives_back_what_was_listed(home: object) -> None:
    target_index, target = TargetIndex(FIELDS), FakeTarget()
    record = TargetRecord("T1", "Anna Lee", target.prepare("", person(1)).values, " E-1 ")
    target_index.add([record])
    target_index.add([record])
    assert target_index.record(0) == record and len(target_index) == 1
    assert target_index.find_by_external_id("e-1") == [target_index.find_slot("T1")] == [0]
    assert target_index.external_id(0) == "e-1" and target_index.find_by_external_id("e-2") == []
    assert target_index.find_by_tax_number(target_index.key_extractor.person(record.values)) == [0]


def test_memory_does_not_grow_with_the_people(home: object) -> None:
    target_index, texts, shared = TargetIndex(FIELDS), IdSet(), DuplicateNumbers()
    tracemalloc.start()
    for number in range(MANY):
        texts.add([f"source-{number}"])
        shared.add(number, str(number), str(MANY + number))
        if not number % 20:
            target_index.add(
                [TargetRecord(f"T{number}", "Anna Lee", {"surname": f"Lee {number}"}, str(number))]
            )
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 200_000
