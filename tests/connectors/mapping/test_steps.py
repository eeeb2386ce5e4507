"""What each step does besides the examples of its page: the traps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract.employee import BankAccount, SuperFund
from connectors.mapping.base import UNKNOWN
from connectors.mapping.pipeline import Pipeline
from tests.connectors.mapping.test_examples import STEPS, run


def value(step: Any, given: Any, country: str | None = None) -> Any:
    """Return what one step makes of a value, without a problem."""
    made = run([step], given, country)
    assert made.problem is None, made.problem
    return made.value


def problem(step: Any, given: Any, country: str | None = None) -> str:
    """Return what is wrong with a value for a step."""
    made = run([step], given, country)
    assert made.problem is not None, made.value
    return f"{made.problem.by} {made.problem.text}"


@pytest.mark.parametrize(
    ("step", "given", "wanted"),
    [
        ({"tidy": {"quotes": "straight"}}, "“Ann” O’Neil", '"Ann" O\'Neil'),
        ({"replace": [{"find": "ST", "with": "St"}]}, "st kilda", "St kilda"),
        ({"replace": [{"find": "ST", "with": "St", "case": True}]}, "st kilda", "st kilda"),
        ({"replace": [{"find": ".", "with": "\\1"}]}, "a.b", "a\\1b"),
        ({"keep": {"only": "digits"}}, "١٢٣ x", "123"),
        ({"keep": {"only": "letters"}}, "Zoe\u0308 2", "Zoe\u0308"),
        ({"part": {"by": "-", "take": "rest"}}, "A", None),
        ({"part": {"by": "-", "take": 2}}, "A- -C", None),
        ({"part": {"by": " ", "take": 2}}, " Ann   Lee ", "Lee"),
        ({"cut": {"first": 5}}, "Anna Lee", "Anna"),
        ({"cut": {"last": 9}}, "Lee", "Lee"),
        ({"cut": {"from": 9, "count": 2}}, "Lee", None),
        ({"cut": {"first": 3}}, "Zoe\u0308 Lee", "Zoë"),
        ({"zeros": {"to": 4}}, Decimal("42.0"), "0042"),
        ({"zeros": {"to": 4}}, "４２", "0042"),
        ({"plain_letters": {}}, "Øystein Łukasz ’t", "Oystein Lukasz 't"),
        ({"plain_letters": {}}, "Māori", "Maori"),
        ({"case": "sentence"}, '"ÉVA BAR"', '"Éva bar"'),
        ({"case": "sentence"}, "ßA", "ßa"),
        ({"case": "upper"}, date(2024, 7, 1), "2024-07-01"),
        ({"lines": {"width": 5, "take": 1, "of": 9}}, " a  bb ccc ", "a bb"),
    ],
)
def test_texts(step: Any, given: Any, wanted: Any) -> None:
    assert value(step, given) == wanted


def test_lines_that_are_left_are_reported_once() -> None:
    address = "Unit 4 12 Long Street North Ryde"
    first, second = {"width": 14, "take": 1, "of": 2}, {"width": 14, "take": 2}
    assert run([{"lines": first}], address).remarks == ()
    [remark] = run([{"lines": second}], address).remarks
    assert remark.by == "step 1 (lines)" and "the rest was left out" in remark.text
    assert run([{"lines": second}], "Unit 4 12 Long Street North").remarks == ()


NUMBERS = [
    ({}, "1,234,567.89", "1234567.89"),
    ({}, " -5 ", "-5"),
    ({}, "−5", "-5"),
    ({}, "+5", "5"),
    ({}, "０1", "1"),
    ({}, "0.00", "0"),
    ({}, "-0", "0"),
    ({}, 3.10, "3.1"),
    ({"thousands": " "}, "1 234\u00a0567", "1234567"),
    ({"thousands": "'"}, "1’234", "1234"),
    ({"places": 2}, "0.005", "0.01"),
    ({"places": 2}, "-0.005", "-0.01"),
    ({"places": 0}, "0.4", "0"),
    ({"places": 1}, "99.95", "100"),
]


@pytest.mark.parametrize(("arguments", "written", "wanted"), NUMBERS)
def test_numbers_are_read(arguments: Any, written: Any, wanted: str) -> None:
    assert value({"number": arguments}, written) == Decimal(wanted)
    assert str(value({"number": arguments}, written)) == wanted


@pytest.mark.parametrize(
    "written",
    [
        *("12,34", "1,2345", "1.234.567", "1,,234", "1,234 567", "5 5", "$5", "5-", "--5", "(5)", ".5", "5."),
        *("1e5", "0x10", "NaN", "9" * 40),
    ],
)
def test_what_is_no_number_is_a_problem(written: str) -> None:
    assert "step 1 (number)" in problem({"number": {}}, written)


def test_a_number_is_multiplied_exactly() -> None:
    steps = [{"number": {}}, {"times": {"over": "52"}}, {"number": {"places": 2}}]
    assert run(steps, "78,000.50").value == Decimal("1500.01")
    assert run([{"times": {"by": "9" * 20}}] * 2, Decimal("1e20")).problem is not None


@pytest.mark.parametrize(
    ("given", "arguments", "wanted"),
    [
        (date(2024, 2, 29), {"years": 1}, date(2025, 2, 28)),
        (date(2024, 1, 31), {"months": 1, "days": 1}, date(2024, 3, 1)),
        (date(2024, 3, 31), {"months": -1}, date(2024, 2, 29)),
        (date(2024, 1, 1), {"months": -12}, date(2023, 1, 1)),
        (date(1900, 1, 1), {"days": -1}, None),
        (date(2199, 12, 31), {"days": 1}, None),
        (date(1, 1, 1), {"years": -100}, None),
        (date(9999, 12, 31), {"days": 36600}, None),
    ],
)
def test_dates_are_shifted(given: date, arguments: Any, wanted: date | None) -> None:
    if wanted is None:
        assert "outside 1900 to 2199" in problem({"shift": arguments}, given)
    else:
        assert value({"shift": arguments}, given) == wanted


def test_a_date_is_never_guessed() -> None:
    american = {"date": {"reads": ["%m/%d/%Y"]}}
    assert value(american, "12/11/2024") == date(2024, 12, 11)
    assert problem(american, "13/11/2024")
    assert problem({"date": {"reads": ["%d.%m.%Y"]}}, "3.4.24")
    assert value({"date": {"reads": ["%d %B %Y"]}}, "3  april 2024") == date(2024, 4, 3)
    assert problem({"date": {}}, "14/06/0021")


@pytest.mark.parametrize(
    ("arguments", "written", "country", "wanted"),
    [
        ({"as": "e164"}, "0412 345 678", "Australia", "+61412345678"),
        ({"as": "e164"}, "021 123 4567", "nz", "+64211234567"),
        ({"as": "e164"}, "+61 (0)412 345 678", None, "+61412345678"),
        ({"as": "e164"}, "1300 123 456", "Australia", "+611300123456"),
        ({"as": "national"}, "1300 123 456", "Australia", "1300 123 456"),
        ({"as": "digits"}, "61 412 345 678", "Australia", "0412345678"),
        ({"as": "digits"}, "+44 20 7946 0000", "Australia", "+442079460000"),
        ({"as": "e164"}, "0412345678.0", "Australia", "+61412345678"),
        ({"as": "e164", "region": "NZ"}, "021 123 4567", "Australia", "+64211234567"),
        ({"as": "e164"}, "٠412 345 678", "Australia", "+61412345678"),
    ],
)
def test_phone_numbers(arguments: Any, written: str, country: str | None, wanted: str) -> None:
    assert value({"phone": arguments}, written, country) == wanted


def test_phone_numbers_that_cannot_be_read_are_a_problem() -> None:
    for written in ("02 9999 0000 / 0412 345 678", "none", "1800FLOWERS", "5" * 300, "+999 12345678"):
        assert "cannot read a phone number" in problem({"phone": {"as": "e164"}}, written, "Australia")
    for country in ("Atlantis", "Antarctica", None):
        assert "to which country" in problem({"phone": {"as": "e164"}}, "0412 345 678", country)


def test_an_extension_is_said() -> None:
    made = run([{"phone": {"as": "e164"}}], "(02) 9999 0000 ext. 12", "Australia")
    assert made.value == "+61299990000" and "extension" in made.remarks[0].text


FUNDS = (SuperFund("REGULATED", "Harbour", None, "U1", "1"), SuperFund("SMSF", "Own", None, None, "2"))


def test_one_entry_of_a_list_is_taken_by_what_it_has() -> None:
    assert value({"item": {"where": {"type": "smsf"}, "of": "name"}}, FUNDS) == "Own"
    assert (
        value({"item": {"where": {"type": ["SMSF", "REGULATED"]}, "take": "last", "of": "usi"}}, FUNDS)
        is None
    )
    assert value({"item": {"where": {"type": "none"}, "of": "name"}}, FUNDS) is None
    assert "several" in problem({"item": {"take": "only", "of": "name"}}, FUNDS)
    accounts = (BankAccount("A", "1"), BankAccount("B", "2", remainder=True))
    assert value({"item": {"where": {"remainder": True}, "of": "name"}}, accounts) == "B"
    assert "not one of its values" in problem({"item": {}}, FUNDS)


def test_the_entries_of_a_list_are_joined() -> None:
    assert value({"join": {"with": " / ", "of": "name", "sort": True}}, FUNDS[::-1]) == "Harbour / Own"
    made = run([{"join": {"with": ",", "most": 1}}], ["b", Decimal("1.50")])
    assert made.value == "b" and "left out" in made.remarks[0].text
    assert value({"join": {"with": ","}}, [date(2024, 7, 1), 3]) == "2024-07-01,3"
    assert problem({"join": {"with": ","}}, FUNDS)


def test_other_steps_take_each_entry_of_a_list() -> None:
    steps = [{"case": "upper"}, {"join": {"with": ";"}}]
    assert run(steps, ["a", "", "b"]).value == "A;B"
    assert run([{"case": "upper"}], ["a"]).value == "A"
    assert run([{"case": "upper"}], ["", " "]).value is None
    several = run([{"case": "upper"}], ["a", "b"]).problem
    assert several is not None and "several values" in several.text


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ({"case": "upper"}, True),
        ({"number": {}}, date(2024, 1, 1)),
        ({"times": {"by": "2"}}, "2"),
        ({"shift": {"days": 1}}, "2024-01-01"),
        ({"write_date": {"as": "%Y"}}, "2024-01-01"),
        ({"join": {"with": ","}}, "a"),
        ({"yes_no": {"yes": ["1"], "no": ["0"]}}, True),
        ({"tidy": {}}, {"a": 1}),
    ],
)
def test_a_value_of_another_kind_is_a_problem(step: Any, given: Any) -> None:
    assert "takes a" in problem(step, given)


def test_a_problem_names_its_step() -> None:
    made = run(["tidy", {"zeros": {"to": 3}}, {"cut": {"first": 2}}], "A1")
    assert made.problem is not None and made.problem.by == "step 2 (zeros)"


def test_steps_without_any_return_the_value() -> None:
    nothing = Pipeline(())
    assert nothing.run("a").value == "a"
    assert nothing.run(UNKNOWN).value is UNKNOWN
    assert nothing.run(("a", "b")).problem is not None


@pytest.mark.parametrize(
    "step",
    [
        {"part": {"by": "", "take": 1}},
        {"part": {"by": "-", "take": 0}},
        {"cut": {}},
        {"cut": {"from": 1}},
        {"cut": {"first": 0}},
        {"cut": {"first": True}},
        {"cut": {"start": 1, "count": 2}},
        {"phone": {"form": "e164"}},
        {"zeros": {}},
        {"zeros": {"to": 3, "strip": True}},
        {"zeros": {"to": 21}},
        {"lines": {"width": 5, "take": 2, "of": 1}},
        {"date": {"reads": ["%d.%m.%y"]}},
        {"date": {"reads": ["%d.%m"]}},
        {"date": {"reads": ["%d.%m.%Y %H"]}},
        {"date": {"reads": ["(%d)*.%m.%Y%d"]}},
        {"shift": {}},
        {"shift": {"years": 101}},
        {"write_date": {"as": "%y"}},
        {"number": {"decimal": ",", "thousands": ","}},
        {"number": {"places": 11}},
        {"times": {"by": "0"}},
        {"times": {"by": "1e5"}},
        {"times": {"by": "2", "over": "2"}},
        {"times": {}},
        {"phone": {"as": "e164", "region": "XX"}},
        {"yes_no": {"yes": ["Y"], "no": [" y "]}},
        {"yes_no": {"yes": [], "no": ["N"]}},
        {"name_case": {"of": "given", "exceptions": ["a b"]}},
        {"join": {"with": ""}},
        {"replace": []},
        {"replace": [{"find": "", "with": "a"}]},
        {"case": "upper", "tidy": {}},
        {"shout": {}},
        {},
        "case",
        7,
    ],
)
def test_arguments_that_cannot_work_are_refused(step: Any) -> None:
    with pytest.raises(ValidationError):
        STEPS.validate_python([step])
