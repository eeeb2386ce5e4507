"""The employees of the bench: each follows from its number, so that every program knows the right result."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

PAGE = 200
BATCH = 100
GIVEN = ("Aroha", "Ben", "Chloe", "Dan", "Emma", "Finn", "Grace", "Hana", "Isla", "Jack", "Kiri", "Liam")
FAMILY = ("Anderson", "Brown", "Clark", "Davies", "Edwards", "Foster", "Green", "Harris", "Ngata", "O'Brien")
MIDDLE = ("Jade", "Lee", "Mae", "Ray", "Rose", "Sam", "Tane")
# The words of the HR system, and those of payroll.
GENDERS = {"F": "Female", "M": "Male"}
CONTRACTS = {"permanent": "Full time", "part": "Part time", "casual": "Casual"}
RESIDENCIES = {"resident": "AustralianResident", "foreign": "ForeignResident"}

# How the first eight digits of a tax file number count in its check.
WEIGHTS = (1, 4, 3, 7, 5, 8, 6, 9)

Json = dict[str, Any]


@cache
def _tax_number(number: int) -> str:
    """Return a tax file number that passes its check; each number has one of its own."""
    for candidate in (10_000_000 + 2 * number, 10_000_001 + 2 * number):
        weighted = sum(int(digit) * weight for digit, weight in zip(str(candidate), WEIGHTS, strict=True))
        for last in range(10):
            if (weighted + 10 * last) % 11 == 0:
                return f"{candidate}{last}"
    raise LookupError("One of two numbers in a row always has a check digit.")


# One function, because it is a table.
def employee(number: int, version: int = 0) -> Json:
    """Return an employee of the HR system; the version changes the mobile number and the time of update."""
    return {
        "id": f"e{number:07d}",
        "updated": f"2026-01-{1 + version:02d}T00:00:00Z",
        "number": str(100_000 + number),
        "title": "Ms" if number % 2 else "Mr",
        "name": {
            "first": GIVEN[number % len(GIVEN)],
            "middle": MIDDLE[number % len(MIDDLE)],
            "last": f"{FAMILY[number % len(FAMILY)]}-{number:06d}",
            "preferred": GIVEN[number % len(GIVEN)][:3],
        },
        "born": f"{1960 + number % 40}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "sex": "F" if number % 2 else "M",
        "contact": {
            "email": f"person{number}@example.com",
            "work_email": f"p{number}@work.example.com",
            "phone": f"07 3{number:07d}",
            "mobile": f"04{version % 10} {number:07d}",
        },
        "home": {
            "line1": f"{1 + number % 300} Harbour Street",
            "line2": f"Unit {1 + number % 20}",
            "suburb": "Newstead",
            "state": "QLD",
            "postcode": str(4000 + number % 900),
            "country": "Australia",
        },
        "job": {
            "position": "Pick packer",
            "branch": "Brisbane",
            "contract": ("permanent", "part", "casual")[number % 3],
            "status": "Current",
            "start": f"{2010 + number % 15}-07-01",
            "end": None,
        },
        "tax": {
            "tfn": _tax_number(number),
            "residency": "resident" if number % 9 else "foreign",
            "threshold": bool(number % 2),
            "loan": not number % 5,
        },
        "accounts": [{"name": "Wages", "bsb": "064000", "number": str(10_000_000 + number)}],
        "super": [
            {"fund": "AustralianSuper", "usi": "STA0100AU", "member": str(7_000_000 + number)},
        ],
    }


def payroll(person: Json) -> Json:
    """Return what payroll should hold for an employee of the HR system: 32 fields, and no end date."""
    name, contact, home, job = person["name"], person["contact"], person["home"], person["job"]
    tax, account, fund = person["tax"], person["accounts"][0], person["super"][0]
    return {
        "employeeNumber": person["number"],
        "title": person["title"],
        "firstName": name["first"],
        "middleName": name["middle"],
        "surname": name["last"],
        "preferredName": name["preferred"],
        "dateOfBirth": person["born"],
        "gender": GENDERS[person["sex"]],
        "email": contact["email"],
        "workEmail": contact["work_email"],
        "phone": contact["phone"].replace(" ", ""),
        "mobile": contact["mobile"].replace(" ", ""),
        "address": {
            "line1": home["line1"],
            "line2": home["line2"],
            "suburb": home["suburb"],
            "state": home["state"],
            "postcode": home["postcode"],
            "country": home["country"],
        },
        "position": job["position"],
        "branch": job["branch"],
        "employmentType": CONTRACTS[job["contract"]],
        "startDate": job["start"],
        "tax": {
            "fileNumber": tax["tfn"],
            "residency": RESIDENCIES[tax["residency"]],
            "threshold": tax["threshold"],
            "studyLoan": tax["loan"],
        },
        "bank": {"name": account["name"], "bsb": account["bsb"], "account": account["number"]},
        "super": {"fund": fund["fund"], "usi": fund["usi"], "member": fund["member"]},
    }


def extra(person: Json) -> Json:
    """Return what payroll should hold in its further fields where a mapping changes forty."""
    name, job = person["name"], person["job"]
    started = date.fromisoformat(job["start"])
    return {
        "fullName": f"{name['first']} {name['last']} ({name['preferred']})",
        "initial": name["first"][:1],
        "site": job["branch"].upper()[:3],
        "payClass": "C" if job["contract"] == "casual" else "P",
        "started": f"{started.year + 1}01{started.day:02d}",
        "mobile": "+61" + person["contact"]["mobile"].replace(" ", "")[1:],
        "fund": person["super"][0]["fund"],
        "accounts": person["accounts"][0]["name"],
    }


def changed(number: int, every: int) -> bool:
    """Say whether an employee changes; ``every`` 100 changes one per cent, 0 changes none."""
    return bool(every) and number % every == 0
