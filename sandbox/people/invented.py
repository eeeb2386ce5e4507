"""The invented employees of Harbour Foods: the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sandbox.people import names, pay, places, traits

Person = dict[str, Any]

FIRST_ID = 500_001
BRANCHES: tuple[dict[str, Any], ...] = (
    {
        "id": "201",
        "name": "Harbour Foods Pty Ltd",
        "path": "Harbour Foods",
        "type": "LegalEntity",
        "region": "AU",
    },
    {
        "id": "202",
        "name": "Warehouse",
        "path": "Harbour Foods > Warehouse",
        "type": "Department",
        "region": "AU",
    },
    {
        "id": "203",
        "name": "Kitchens",
        "path": "Harbour Foods > Kitchens",
        "type": "Department",
        "region": "AU",
    },
    {"id": "204", "name": "Shops", "path": "Harbour Foods > Shops", "type": "Department", "region": "AU"},
    {
        "id": "211",
        "name": "Harbour Foods NZ Ltd",
        "path": "Harbour Foods NZ",
        "type": "LegalEntity",
        "region": "NZ",
    },
    {
        "id": "212",
        "name": "Auckland Wharf",
        "path": "Harbour Foods NZ > Auckland Wharf",
        "type": "Department",
        "region": "NZ",
    },
)
_NEW_ZEALAND_SHARE = 0.3


def invent_people(seed: int, count: int, today: date) -> list[Person]:
    """Return this number of people; only future start dates and the person under 18 depend on today."""
    random = Random(f"people {seed}")
    regions = ["NZ"] * round(count * _NEW_ZEALAND_SHARE)
    regions += ["AU"] * (count - len(regions))
    random.shuffle(regions)
    taken: set[tuple[str, str, str]] = set()
    everyone = [_person(random, number, region, taken) for number, region in enumerate(regions, start=1)]
    pay.make_tax_numbers_unique(everyone, random)
    traits.assign_traits(everyone, random, today)
    return everyone


def _person(random: Random, number: int, region: str, taken: set[tuple[str, str, str]]) -> Person:
    first, surname, gender, birthday = _identity(random, taken)
    created = datetime(2022, 1, 10, 8, 0, tzinfo=UTC) + timedelta(minutes=random.randrange(1_000_000))
    employment = random.choices(list(pay.BASIS), weights=[60, 20, 15, 5])[0]
    address = _address(random, region)
    person = {
        "id": str(FIRST_ID + number - 1),
        "region": region,
        "trait": traits.CLEAN,
        "employeeNumber": f"HF{number:04d}",
        "title": {"Male": "Mr", "Female": "Ms"}[gender],
        "firstName": first,
        "surname": surname,
        "dateOfBirth": birthday,
        "gender": gender,
        "employmentType": employment,
        "employmentStatus": "Current",
        "branchId": random.choice([branch["id"] for branch in BRANCHES if branch["region"] == region]),
        "positionTitle": random.choice(names.POSITIONS),
        "commencementDate": _day(random, date(2015, 1, 5), date(2026, 6, 29)),
        "personalAddress": address,
        "contacts": _contacts(random, first, surname, number, region),
        "dateCreatedUTC": _moment(created, number),
        "dateUpdatedUTC": _moment(created + timedelta(minutes=random.randrange(500_000)), number),
    }
    if random.random() < 0.25:
        person["middleName"] = random.choice(names.WOMEN if gender == "Female" else names.MEN)
    if random.random() < 0.1:
        person["preferredName"] = random.choice(names.NEUTRAL)
    pay.add_details(person, random)
    return person


def _identity(random: Random, taken: set[tuple[str, str, str]]) -> tuple[str, str, str, str]:
    """Draw a unique combination of name and birthday."""
    while True:
        gender = random.choice(("Male", "Female"))
        first = random.choice(names.WOMEN if gender == "Female" else names.MEN)
        surname, birthday = random.choice(names.SURNAMES), _day(random, date(1958, 1, 1), date(2005, 12, 31))
        if (first, surname, birthday) not in taken:
            taken.add((first, surname, birthday))
            return first, surname, gender, birthday


def _day(random: Random, first: date, last: date) -> str:
    return (first + timedelta(days=random.randrange((last - first).days))).isoformat()


def _moment(moment: datetime, number: int) -> str:
    """Return a time in one of the two formats that enableHR uses."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if number % 2 else moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _address(random: Random, region: str) -> dict[str, str]:
    place = random.choice(places.AUSTRALIA if region == "AU" else places.NEW_ZEALAND)
    address = {
        "line1": f"{random.randrange(1, 240)} {random.choice(names.STREETS)} {random.choice(names.STREET_KINDS)}"
    }
    if random.random() < 0.2:
        address = {"line1": f"Unit {random.randrange(1, 60)}", "line2": address["line1"]}
    country = "Australia" if region == "AU" else "New Zealand"
    return {
        **address,
        "suburb": place.suburb,
        "state": place.state,
        "postcode": place.postcode,
        "country": country,
    }


def _contacts(
    random: Random, first: str, surname: str, number: int, region: str
) -> dict[str, dict[str, str]]:
    letters = "".join(
        letter
        for letter in f"{first}.{surname}".lower()
        if letter.isascii() and (letter.isalnum() or letter == ".")
    )
    mobile = f"04{random.randrange(10**8):08d}" if region == "AU" else f"021{random.randrange(10**7):07d}"
    home = {"mobile": mobile, "email": f"{letters}{number}@{random.choice(('example.com', 'example.org'))}"}
    if random.random() < 0.2:
        home["phone"] = (
            f"07 3{random.randrange(10**3):03d} {random.randrange(10**4):04d}"
            if region == "AU"
            else f"09 3{mobile[-6:]}"
        )
    return {"home": home, "work": {"email": f"{letters}@harbourfoods.example.com"}}


def count_by_trait(people: Iterable[Person]) -> dict[str, int]:
    """Count people by trait."""
    counts: dict[str, int] = {}
    for person in people:
        counts[person["trait"]] = counts.get(person["trait"], 0) + 1
    return counts
