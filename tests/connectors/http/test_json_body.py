"""One broken value spoils one object, and numbers keep all their digits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from connectors.http.json_body import DamagedObject, dump_json, load_json

GOOD = b'{"id": 2, "name": "Jo"}'
BROKEN: dict[str, bytes] = {
    "half an emoji": rb'{"id": 1, "name": "Jo \ud83d"}',
    "the other half": rb'{"id": 1, "name": "\udc00 Jo"}',
    "a NUL": rb'{"id": 1, "name": "Jo\u0000"}',
    "NaN": b'{"id": 1, "name": NaN}',
    "Infinity": b'{"id": 1, "name": -Infinity}',
    "Latin-1": b'{"id": 1, "name": "Zo\xeb"}',
    "in a list": rb'{"id": 1, "name": ["Jo", "\ud83d"]}',
    "cut UTF-8": b'{"id": 1, "name": "Jo \xf0\x9f\x98"}',
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_one_broken_value_spoils_one_object(broken: bytes) -> None:
    damaged, good = load_json(b'{"data": [%b, %b]}' % (broken, GOOD))["data"]
    assert isinstance(damaged, DamagedObject) and damaged.field == "name"
    assert damaged["id"] == 1
    assert good == {"id": 2, "name": "Jo"} and not isinstance(good, DamagedObject)
    orjson.dumps(damaged)
    assert "\0" not in str(damaged)


def test_the_path_of_what_is_broken_is_kept() -> None:
    data = load_json(rb'{"a": {"b": [{"c": "\ud83d"}]}, "\u0000": 1}')
    assert isinstance(data, DamagedObject) and data.field == "a.b.c" and set(data) == {"a", "\ufffd"}


@pytest.mark.parametrize("body", ['{"name": "Zoë 😀"}', r'{"name": "Zoë \ud83d\ude00"}'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_and_other_encodings_are_read(body: str, encoding: str) -> None:
    data = load_json(body.encode(encoding))
    assert data == {"name": "Zoë 😀"} and not isinstance(data, DamagedObject)


def test_an_escaped_backslash_is_no_nul() -> None:
    data = load_json(rb'{"name": "\\u0000"}')
    assert data == {"name": r"\u0000"} and not isinstance(data, DamagedObject)


NUMBERS: dict[bytes, Any] = {
    b"123456789012345678901234": Decimal("123456789012345678901234"),
    b"18446744073709551616": Decimal("18446744073709551616"),
    b"-9223372036854775809": Decimal("-9223372036854775809"),
    b"18446744073709551615": 18446744073709551615,
    b"9007199254740993": 9007199254740993,
    b"12345678901234567.89": Decimal("12345678901234567.89"),
    b"0.12345678901234567891": Decimal("0.12345678901234567891"),
    b"38.333333333333336": 38.333333333333336,
    b"4000.0": 4000.0,
    b"1e3": 1000.0,
}


@pytest.mark.parametrize("written", NUMBERS)
@pytest.mark.parametrize("around", [b'{"id": %b}', b'{"id":[%b]}', b'{"x": "%b", "id": %b}'])
def test_a_number_keeps_all_its_digits(written: bytes, around: bytes) -> None:
    body = around.replace(b"%b", written)
    value = load_json(body)["id"]
    [value] = value if isinstance(value, list) else [value]
    assert value == NUMBERS[written] and type(value) is type(NUMBERS[written])
    assert Decimal(dump_json(value).decode()) == Decimal(written.decode())


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"<html>", b'{"a": ', b"\xef\xbb\xbf", b"[" * 100_000, b"nul", b"{} {}"]
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        load_json(body)
