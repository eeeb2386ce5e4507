"""The employees of the bench: each follows from its number, so that every program knows the right result."""

from __future__ import annotations

from typing import Any

PAGE = 200
BATCH = 100
GIVEN = ("Aroha", "Ben", "Chloe", "Dan", "Emma", "Finn", "Grace", "Hana", "Isla", "Jack", "Kiri", "Liam")
FAMILY = (
    "Anderson",
    "Brown",
    "Clark",
    "Davies",
    "Edwards",
    "Foster",
    "Green",
    "Harris",
    "Ngata",
    "O'Brien",
    "Patel",
)

Json = dict[str, Any]


def source(number: int, version: int = 0) -> Json:
    """Return an employee as the source shows it; the version changes the mobile number and the time of update."""
    return {
        "id": f"e{number:07d}",
        "updated": f"2026-01-{1 + version:02d}T00:00:00Z",
        "firstName": GIVEN[number % len(GIVEN)],
        "surname": f"{FAMILY[number % len(FAMILY)]}-{number:06d}",
        "employeeNumber": str(100_000 + number),
        "dateOfBirth": f"{1960 + number % 40}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "email": f"person{number}@example.test",
        "phone": f"07 3{number % 1_000:03d} {number % 10_000:04d}",
        "mobile": f"04{version % 10}0 {number:06d}",
        "address": {
            "line1": f"{1 + number % 300} Harbour Street",
            "suburb": "Newstead",
            "state": "QLD",
            "postcode": str(4000 + number % 900),
        },
        "position": "Pick packer",
        "branch": "Brisbane",
        "type": "Full-time",
        "status": "Current",
        "start": f"{2010 + number % 15}-07-01",
        "tfn": str(865_000_000 + number),
        "bank": {"name": "Wages", "bsb": "064000", "number": str(10_000_000 + number)},
        "super": {"fund": "AustralianSuper", "usi": "STA0100AU", "member": str(7_000_000 + number)},
    }


def payroll(person: Json) -> Json:
    """Return what the target should hold for an employee of the source."""
    address, bank, fund = person["address"], person["bank"], person["super"]
    return {
        "externalId": person["employeeNumber"],
        "givenNames": person["firstName"],
        "surname": person["surname"],
        "birthDate": person["dateOfBirth"],
        "email": person["email"],
        "phone": person["phone"],
        "mobile": person["mobile"],
        "line1": address["line1"],
        "suburb": address["suburb"],
        "state": address["state"],
        "postcode": address["postcode"],
        "position": person["position"],
        "branch": person["branch"],
        "employmentType": person["type"],
        "startDate": person["start"],
        "taxNumber": person["tfn"],
        "bankName": bank["name"],
        "bankBranch": bank["bsb"],
        "bankAccount": bank["number"],
        "fund": fund["fund"],
        "fundCode": fund["usi"],
        "memberNumber": fund["member"],
    }


def changed(number: int, every: int) -> bool:
    """Say whether an employee changes; ``every`` 100 changes one per cent, 0 changes none."""
    return bool(every) and number % every == 0
