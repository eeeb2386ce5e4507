"""Invented tax, business and bank numbers with valid check digits."""

from __future__ import annotations

from random import Random

from stdnum.au import abn as australian_business
from stdnum.nz import ird as new_zealand_tax

SPECIAL_TFNS = {
    "000000000": "not quoted",
    "111111111": "applied for",
    "333333333": "under 18",
    "444444444": "pensioner",
    "987654321": "unusable number",
}
_BSB_STATE = {"ACT": 2, "NSW": 2, "VIC": 3, "QLD": 4, "SA": 5, "WA": 6, "TAS": 7, "NT": 8}
_AUSTRALIAN_BANKS = ("06", "08", "03", "01")
_NEW_ZEALAND_BRANCHES = ("010902", "020100", "030123", "123011", "389000", "010137", "030502", "060493")


def _with_check_digit(random: Random, first: int, last: int, weights: tuple[int, ...], check: int) -> str:
    """Return a number whose weighted digits add up to a multiple of 11; ``check`` is the last one's weight, 1 or 10."""
    while True:
        body = str(random.randrange(first, last))
        rest = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True)) % 11
        digit = rest if check == 10 else -rest % 11
        if digit < 10:
            return f"{body}{digit}"


def tfn(random: Random) -> str:
    """Return an Australian tax file number."""
    number = _with_check_digit(random, 10_000_000, 90_000_000, (1, 4, 3, 7, 5, 8, 6, 9), check=10)
    return number if number not in SPECIAL_TFNS else tfn(random)


def ird(random: Random) -> str:
    """Return a New Zealand IRD number of nine digits."""
    while True:
        body = str(random.randrange(10_000_000, 15_000_000))
        check: str = new_zealand_tax.calc_check_digit(body)
        if len(check) == 1:
            return f"{body}{check}"


def abn(random: Random) -> str:
    """Return an Australian business number."""
    digits = f"{random.randrange(10**9):09d}"
    return f"{australian_business.calc_check_digits(digits)}{digits}"


def bsb(random: Random, state: str) -> str:
    """Return the number of a bank's branch in that state."""
    return f"{random.choice(_AUSTRALIAN_BANKS)}{_BSB_STATE[state]}-{random.randrange(1, 999):03d}"


def new_zealand_account(random: Random) -> str:
    """Return a New Zealand bank account with bank, branch, number and suffix."""
    branch = random.choice(_NEW_ZEALAND_BRANCHES)
    # From 0990000 on the branch does not count towards the check digit.
    number = _with_check_digit(random, 100_000, 1_000_000, (0, 10, 5, 8, 4, 2), check=1)
    return f"{branch[:2]}-{branch[2:]}-{number}-{random.randrange(3):03d}"
