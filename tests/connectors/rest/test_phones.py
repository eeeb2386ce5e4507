"""A file can say that its system has phone numbers in E.164; both spellings of a number are the same one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract.employee import Address, Employee
from connectors.contract.fields import FieldType
from connectors.rest.translation.compile import CompiledTarget, compile_system
from core.sync.compare.canonical import canonical, is_same
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER
from tests.connectors.rest.test_checks import changed
from tests.connectors.rest.test_loader import refused
from tests.connectors.rest.test_values import AUCKLAND, BRISBANE, OFFICE, loaded

E164 = OFFICE.replace("type: phone, from: mobile", "type: phone, format: e164, from: mobile")
BRITISH = replace(AUSTRALIAN, address=Address(country="United Kingdom"))


def target(text: str = E164) -> CompiledTarget:
    system = replace(loaded(text), locality=BRISBANE)
    compiled = compile_system(system, system.form.model_validate({})).target
    assert compiled is not None
    return compiled


@pytest.mark.parametrize(
    ("employee", "written", "sent"),
    [
        (AUSTRALIAN, "0412 345 678", "+61412345678"),
        (AUSTRALIAN, "+61 412 345 678", "+61412345678"),
        (AUSTRALIAN, "+61 (0)412 345 678", "+61412345678"),
        (AUSTRALIAN, "61412345678", "+61412345678"),
        (AUSTRALIAN, "(07) 3123 4567", "+61731234567"),
        (AUSTRALIAN, "1300 123 456", "+611300123456"),
        (AUSTRALIAN, "13 12 13", "+61131213"),
        (AUSTRALIAN, "0064 21 123 456", "+6421123456"),
        (AUSTRALIAN, "+1 415 555 2671", "+14155552671"),
        (NEW_ZEALANDER, "021 123 4567", "+64211234567"),
        (NEW_ZEALANDER, "0800 123 456", "+64800123456"),
        (NEW_ZEALANDER, "+61 412 345 678", "+61412345678"),
        (replace(AUSTRALIAN, address=None), "0412 345 678", "+61412345678"),
        (BRITISH, "+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_number_is_sent_with_the_code_of_its_country(employee: Employee, written: str, sent: str) -> None:
    assert target().prepare("7", replace(employee, mobile=written)).values["cell"] == sent


@pytest.mark.parametrize(
    ("employee", "written"),
    [
        (AUSTRALIAN, "3123 4567"),
        (AUSTRALIAN, "0412 345 67"),
        (BRITISH, "020 7946 0958"),
        (AUSTRALIAN, "ask Ana"),
    ],
)
def test_a_number_whose_code_nobody_can_know_is_reported(employee: Employee, written: str) -> None:
    prepared = target().prepare("7", replace(employee, mobile=written))
    assert "cell" not in prepared.values and [each.code for each in prepared.warnings] == ["BAD_PHONE"]


@pytest.mark.parametrize("shown", ["+61412345678", "0412 345 678", "61412345678", "+61 (0)412-345-678"])
@pytest.mark.parametrize("text", [E164, OFFICE], ids=["e164", "national"])
def test_each_spelling_at_the_target_is_the_same_number(text: str, shown: str) -> None:
    ours = target(text).prepare("7", AUSTRALIAN).values["cell"]
    record = target(text).read_record({"key": 1, "cell": shown})
    assert record is not None
    forms = [canonical(value, FieldType.PHONE) for value in (ours, record.values["cell"])]
    assert is_same(forms[0], forms[1], FieldType.PHONE)


def test_another_number_is_not_the_same_and_an_odd_one_is_shown() -> None:
    for shown, read in (("0412 345 679", "+61412345679"), ("3123 4567", "31234567"), ("", None)):
        record = target().read_record({"key": 1, "cell": shown})
        assert record is not None and record.values["cell"] == read


def test_the_format_is_for_phone_numbers(tmp_path: Path) -> None:
    [message] = refused(tmp_path, changed({"type: email": "format: e164"}))
    assert message == "line 19: `e164` is a format of phone numbers. Write `type: phone` at `mail`."


def test_without_a_country_the_accounts_region_counts() -> None:
    system = replace(loaded(E164), locality=AUCKLAND)
    compiled = compile_system(system, system.form.model_validate({})).target
    employee = replace(AUSTRALIAN, address=None, mobile="021 123 456")
    assert compiled is not None and compiled.prepare("7", employee).values["cell"] == "+6421123456"
