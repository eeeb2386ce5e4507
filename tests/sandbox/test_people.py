"""The invented people: the same by seed, right by their check digits, special as the README says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from stdnum.au import abn, tfn
from stdnum.nz import bankaccount, ird

from sandbox.people import places
from sandbox.people.invented import Person, count_by_trait, invent_people
from sandbox.people.numbers import SPECIAL_TFNS

TODAY = date(2026, 11, 25)
README = Path(__file__).parents[2] / "sandbox" / "README.md"


@pytest.fixture(scope="module")
def everyone() -> list[Person]:
    return invent_people(1, 250, TODAY)


def test_the_same_seed_makes_the_same_people(everyone: list[Person]) -> None:
    assert invent_people(1, 250, TODAY) == everyone


def test_another_seed_makes_other_people(everyone: list[Person]) -> None:
    names = [(one["firstName"], one.get("surname")) for one in invent_people(2, 250, TODAY)]
    assert names != [(one["firstName"], one.get("surname")) for one in everyone]


def test_another_day_moves_only_what_depends_on_it(everyone: list[Person]) -> None:
    later = invent_people(1, 250, date(2026, 12, 1))
    differing = {one["trait"] for one, other in zip(everyone, later, strict=True) if one != other}
    assert differing <= {"future start", "TFN under 18", "terminated"}


def test_the_readme_counts_the_special_people(everyone: list[Person]) -> None:
    expected = {
        name: int(number)
        for name, number in re.findall(r"^\| ([^|`]+) \| (\d+) \|", README.read_text(), re.MULTILINE)
    }
    counts = count_by_trait(everyone)
    assert counts.pop("clean") == 250 - sum(expected.values())
    assert counts == expected


def test_a_small_company_has_special_people_too_and_most_are_complete() -> None:
    counts = count_by_trait(invent_people(1, 60, TODAY))
    assert counts["clean"] >= 28
    assert {"no surname", "two bank accounts", "terminated", "masked TFN", "namesake"} <= set(counts)


def test_nobody_but_the_namesakes_shares_a_name_and_birthday(everyone: list[Person]) -> None:
    seen: dict[tuple[str, ...], list[str]] = {}
    for one in everyone:
        if "surname" in one and "dateOfBirth" in one:
            seen.setdefault((one["firstName"], one["surname"], one["dateOfBirth"]), []).append(one["trait"])
    assert [traits for traits in seen.values() if len(traits) > 1] == [["namesake", "namesake"]]


def test_ids_and_employee_numbers_are_unique(everyone: list[Person]) -> None:
    assert len({one["id"] for one in everyone}) == 250
    numbers = [one["employeeNumber"] for one in everyone if "employeeNumber" in one]
    assert len(set(numbers)) == len(numbers)


def test_tax_and_business_numbers_pass_their_check_digits(everyone: list[Person]) -> None:
    for one in everyone:
        tax = one.get("tax") or {}
        if one["region"] == "NZ" and tax:
            assert ird.is_valid(tax["irdNumber"])
        elif tax and one["trait"] != "masked TFN" and tax["tfn"] not in SPECIAL_TFNS:
            assert tfn.is_valid(tax["tfn"])
        assert one["region"] == "NZ" or all(abn.is_valid(fund["abn"]) for fund in one["retirement"])


def test_nobody_shares_a_tax_number_even_among_thousands() -> None:
    taxes = [one.get("tax") or {} for one in invent_people(3, 20_000, TODAY) if one["trait"] == "clean"]
    found = [tax.get("tfn") or tax["irdNumber"] for tax in taxes]
    assert len(set(found)) == len(found)


def test_bank_accounts_have_the_shape_of_their_country_and_one_takes_the_rest(everyone: list[Person]) -> None:
    for one in everyone:
        accounts = one["bankAccounts"]
        assert [account["remainder"] for account in accounts] == [False] * (len(accounts) - 1) + [
            True
        ] * bool(accounts)
        for account in accounts:
            if one["region"] == "NZ":
                assert bankaccount.is_valid(account["number"])
            else:
                assert re.fullmatch(r"\d{3}-\d{3}", account["bsb"])
                assert re.fullmatch(r"\d{6,9}", account["number"])


def test_addresses_are_real_suburbs_with_their_postcode(everyone: list[Person]) -> None:
    known = {
        (place.suburb, place.state, place.postcode) for place in (*places.AUSTRALIA, *places.NEW_ZEALAND)
    }
    for one in everyone:
        address = one["personalAddress"]
        if one["trait"] not in {"overseas address", "free-text state"}:
            assert (address["suburb"], address["state"], address["postcode"]) in known


def test_every_email_address_is_one_nobody_can_have(everyone: list[Person]) -> None:
    for one in everyone:
        emails = (one["contacts"]["home"]["email"], one["contacts"]["work"]["email"])
        assert all(re.fullmatch(r"[a-z.0-9]+@([a-z]+\.)?example\.(com|org)", email) for email in emails)


def test_those_who_left_ended_after_they_began_and_before_today(everyone: list[Person]) -> None:
    left = [one for one in everyone if one["trait"] == "terminated"]
    assert left
    assert all(one["commencementDate"] < one["endDate"] < TODAY.isoformat() for one in left)
    assert {one["employmentStatus"] for one in left} == {"Terminated"}
