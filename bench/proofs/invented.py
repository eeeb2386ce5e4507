"""Invented people: every value that identifies one is theirs alone, unless a case says otherwise."""

from __future__ import annotations

from random import Random

from bench.proofs.details import Details
from sandbox.people import names, numbers

FIRST_NUMBER = 1000
# Numbers of a payroll with a numbering of its own: they meet the numbers of other people now and then.
_OTHER_NUMBERS = 200


def invent(random: Random, ordinal: int) -> Details:
    """Return a person; those with different ordinals share no number, address, phone or account."""
    gender = random.choice(("Male", "Female"))
    given = random.choice(names.MEN if gender == "Male" else names.WOMEN)
    surname = random.choice(names.SURNAMES)
    return Details(
        number=str(FIRST_NUMBER + ordinal),
        given=given,
        surname=surname,
        born=f"{random.randrange(1958, 2004)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}",
        gender=gender,
        email=f"p{ordinal}.{random.randrange(1000)}@example.com",
        mobile=f"0412{ordinal:03d}{random.randrange(1000):03d}",
        tax=numbers.tfn(random),
        bsb=numbers.bsb(random, "QLD"),
        account=f"{ordinal + 100:03d}{random.randrange(10**5):05d}",
        street=f"{random.randrange(1, 200)} {random.choice(names.STREETS)} {random.choice(names.STREET_KINDS)}",
        postcode=str(random.randrange(4000, 4999)),
    )


def other_number(number: str | None) -> str | None:
    """Return the number of somebody in a payroll that has a numbering of its own."""
    if number is None or not number.isascii() or not number.isdigit():
        return number
    return str(FIRST_NUMBER + ((int(number) - FIRST_NUMBER) * 37 + 11) % _OTHER_NUMBERS)
