"""What has to be written comes back as it was encrypted, with the others of its batch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.employee import Gender
from connectors.contract.fields import Value
from connectors.contract.records import OngoingEmployment, Prepared, TargetRecord, Warn
from core.models import Decision
from core.security.vault import vault
from core.sync.store.codec import RecordCodec, decode, decode_record, dumps
from core.sync.store.payloads import Intent, Payload, decrypt, encrypt
from tests.core.sync.compare.test_diff import plain, texts

CURRENT = TargetRecord(
    "T1", "Anna Lee", {"tax": "865414088", "birth": None, "born": date(1990, 1, 2)}, "1001"
)
BORN = Payload(Prepared({"tax": "865414088", "birth": date(1990, 1, 2)}, "1001"), CURRENT, "mark", b"print")
PAID = Payload(
    Prepared(
        {"birth": "1990", "pay": Decimal("12.50"), "hours": 38, "full": True},
        problems=(),
        warnings=(Warn("CODE", "A sentence."),),
        create_only=frozenset({"hours"}),
        ends_employment=True,
    ),
    None,
    None,
    b"",
)


def small(values: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if not isinstance(value, int) or abs(value) < 2**53}


@given(st.lists(st.dictionaries(texts, plain), max_size=5))
def test_values_come_back_from_their_layout_as_they_were(given_values: list[dict[str, Value]]) -> None:
    wanted = [small(values) for values in given_values]
    codec = RecordCodec()
    taken = [codec.encode(values) for values in wanted]
    layouts, rows = orjson.loads(dumps([codec.layouts(), taken]))
    back = [decode(layouts, *row) for row in rows]
    assert back == wanted
    for one, values in zip(back, wanted, strict=True):
        assert [(name, type(value)) for name, value in one.items()] == [
            (name, type(value)) for name, value in values.items()
        ]


def test_a_record_of_the_target_comes_back_too() -> None:
    codec = RecordCodec()
    taken = codec.encode_record(CURRENT)
    layouts, record = orjson.loads(dumps([codec.layouts(), taken]))
    assert decode_record(layouts, record) == CURRENT


def test_those_with_the_same_fields_share_a_layout() -> None:
    codec = RecordCodec()
    numbers = [
        codec.encode(values)[0] for values in ({"a": "x"}, {"a": "y"}, {"b": "x"}, {"a": 1}, {"a": "z"})
    ]
    assert numbers == [0, 0, 1, 2, 0]


def test_a_value_of_no_known_type_is_refused() -> None:
    codec = RecordCodec()
    codec.encode({"gender": Gender.MALE})
    with pytest.raises(TypeError, match="Gender is no value"):
        codec.layouts()


def test_an_encrypted_payload_comes_back_whole_and_shows_nothing(home: object) -> None:
    warned = [{"code": "CODE", "message": "A sentence."}]
    given = [
        Intent(7, "s7", "T1", Decision.UPDATE, None, BORN),
        Intent(8, "source eight", None, Decision.CREATE, None, BORN._replace(current=None)),
        Intent(9, "s9", "T9", Decision.TERMINATE, warned, PAID),
    ]
    ciphertext = encrypt(given)
    assert b"865414088" not in ciphertext and b"source eight" not in ciphertext
    assert decrypt(ciphertext) == given


def test_the_ends_that_a_create_knows_of_come_back(home: object) -> None:
    leaver = Prepared({"end": date(2026, 6, 30)}, ends_employment=True, end_field="end")
    stayer = Prepared({"name": "Ana"}, ongoing=OngoingEmployment("end", None, False))
    given = [
        Intent(position, f"s{position}", None, Decision.CREATE, None, Payload(prepared, None, None, b""))
        for position, prepared in enumerate((leaver, stayer))
    ]
    assert decrypt(encrypt(given)) == given


def test_what_version_0_1_encrypted_can_still_be_written(home: object) -> None:
    row = [
        7,
        "s7",
        "T1",
        str(Decision.UPDATE),
        None,
        0,
        ["Ana"],
        "1001",
        [],
        [],
        False,
        "mark",
        b"state".hex(),
        None,
    ]
    ciphertext = vault().seal_json(orjson.dumps({"layouts": [[["name"], []]], "people": [row]}))
    [intent] = decrypt(ciphertext)
    assert intent == Intent(
        7,
        "s7",
        "T1",
        Decision.UPDATE,
        None,
        Payload(Prepared({"name": "Ana"}, "1001"), None, "mark", b"state"),
    )
