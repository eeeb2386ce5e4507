"""Bank accounts, tax and retirement savings of the invented people."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from sandbox.people import names, numbers

Person = dict[str, Any]

BASIS = {
    "Permanent_FullTime": "FULL_TIME",
    "Permanent_PartTime": "PART_TIME",
    "Casual": "CASUAL",
    "FixedTerm_FullTime": "FULL_TIME",
}


def add_details(person: Person, random: Random) -> None:
    """Add the details that payroll needs to a person."""
    if person["region"] == "AU":
        person["bankAccounts"] = [_australian_account(person, random)]
        person["tax"] = _australian_tax(person, random)
        person["retirement"] = [_super_fund(person, random)]
    else:
        person["bankAccounts"] = [_new_zealand_account(person, random)]
        person["tax"] = _new_zealand_tax(person, random)
        person["retirement"] = _kiwisaver(person, random)


def _holder(person: Person) -> str:
    return f"{person['firstName']} {person['surname']}"


def _australian_account(person: Person, random: Random) -> dict[str, Any]:
    state = person["personalAddress"]["state"]
    number = f"{random.randrange(10**5, 10**9)}"
    fields = {"bsb": numbers.bsb(random, state), "number": number, "name": _holder(person)}
    return {"id": f"{person['id']}1", **fields, "remainder": True, "accountOrder": 0}


def _new_zealand_account(person: Person, random: Random) -> dict[str, Any]:
    return {
        "id": f"{person['id']}1",
        "number": numbers.new_zealand_account(random),
        "name": _holder(person),
        "remainder": True,
    }


def make_tax_numbers_unique(everyone: list[Person], random: Random) -> None:
    """Draw again where two people have the same number, as happens among thousands."""
    taken: set[str] = set()
    for person in everyone:
        field, draw = ("tfn", numbers.tfn) if person["region"] == "AU" else ("irdNumber", numbers.ird)
        while person["tax"][field] in taken:
            person["tax"][field] = draw(random)
        taken.add(person["tax"][field])


def _australian_tax(person: Person, random: Random) -> dict[str, Any]:
    return {
        "tfn": numbers.tfn(random),
        "employmentBasis": BASIS[person["employmentType"]],
        "residencyStatus": random.choices(
            ["AUSTRALIAN_RESIDENT", "FOREIGN_RESIDENT", "WORKING_HOLIDAY_MAKER"], [90, 5, 5]
        )[0],
        "taxFreeThresholdClaimed": random.random() < 0.85,
        "hecsSupported": random.random() < 0.2,
        "tradeLoanSupport": False,
    }


def _super_fund(person: Person, random: Random) -> dict[str, Any]:
    """Return a membership of a fund."""
    member = {
        "id": f"{person['id']}5",
        "memberNumber": f"{random.randrange(10**6, 10**8)}",
        "type": "REGULATED",
    }
    return member | _fund(random.choice(names.FUNDS))


@cache
def _fund(name: str) -> dict[str, str]:
    """Return a fund with its numbers, which are the same for all its members."""
    random = Random(name)
    initials = "".join(word[0] for word in name.split()[:3]).upper().ljust(3, "X")
    return {"name": name, "abn": numbers.abn(random), "usi": f"{initials}{random.randrange(10**4):04d}AU"}


def _new_zealand_tax(_person: Person, random: Random) -> dict[str, Any]:
    tax = {
        "irdNumber": numbers.ird(random),
        "taxCode": random.choices(["M", "M_SL", "ME", "S", "SB"], [60, 20, 8, 8, 4])[0],
    }
    if tax["taxCode"].endswith("_SL"):
        tax["studentLoanPercentage"] = "12"
    return tax


def _kiwisaver(person: Person, random: Random) -> dict[str, Any]:
    status = random.choices(["ACTIVE", "OPT_OUT", "SAVINGS_SUSPENSION", "NOT_A_MEMBER"], [75, 8, 5, 12])[0]
    saver: dict[str, Any] = {"status": status, "esctPercentage": random.choice(("17.5", "30", "33"))}
    if status == "ACTIVE":
        saver |= {
            "employeeContributionPercentage": random.choice(("3", "4", "6", "8")),
            "employerContributionPercentage": "3",
        }
    if status == "OPT_OUT":
        saver["optOutDate"] = (
            date.fromisoformat(person["commencementDate"]) + timedelta(days=30)
        ).isoformat()
    return saver
