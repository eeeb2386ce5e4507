"""Steps and values made by chance, for property tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from connectors.contract.employee import BankAccount
from connectors.mapping.base import UNKNOWN

# Values that have broken such code elsewhere.
SEEDS: list[Any] = [
    *("1e999999", "snan", "sNaN", "Infinity", "-Infinity", "NaN", "\ud800", "x\udfff", "\ufdfa" * 300),
    *(
        "\u202eabc",
        "a\u2028b",
        "(clear)",
        "###-###-123",
        "=1+1",
        "29 Feb",
        "9999-12-31",
        "0001-01-01",
        "2024-02-29",
    ),
    *("", " ", "\u200b", "\x00", "O'NEIL", "d'a'b", "mc", "MCA", "van", "DE DE", "-", "'", "''", ",", "a,"),
    *("\u0661\u0662\u0663", "²", "İ", "ß", "ŉ", "ı", "ǆ", "ﬁ", "\U0001f3f3\ufe0f\u200d\U0001f308"),
    *("0", "-0", "1,234.50", "1_000", "1" * 5000, "x" * 4001, "+61 2 9999 0000", "0412 345 678 ext 7"),
    *(
        Decimal("1e200000"),
        Decimal("1e-200000"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-0"),
        Decimal("1e30"),
    ),
    *(Decimal("0." + "3" * 200), 10**5000, -(10**31), 0, True, False, 0.1, 1e308, float("nan"), float("inf")),
    *(date.min, date.max, date(2024, 2, 29), datetime(2024, 2, 29, 23, 59, tzinfo=UTC), None, UNKNOWN),
    *(
        (),
        [],
        ("a", "b"),
        ["a", None, ""],
        ("x",) * 501,
        [[["a"]]],
        {"a": 1},
        ({"type": "home", "number": "1"},),
    ),
    *((BankAccount("A", "12345678", "012345", remainder=True), BankAccount(None, "999")), b"bytes", object()),
]
LETTERS = st.sampled_from("aAeEzZ019 -'’.,/()+@ßéÉøİǆ\u2010\u200b\u0301\u00a0李ع")
_NAMES = st.text("ABCDEMOV'- ß", max_size=20)
_PHONES = st.from_regex(r"(\+61|\+64|\+44|0|0011 61|1)[ ]?[1-9][0-9 ]{5,10}( x12)?", fullmatch=True)
_PLACES = st.sampled_from(
    ["new south wales", "VIC", "A.C.T.", "Viet Nam", "nz", "Côte d'Ivoire", "usa", "Tasmania"]
)
TEXTS = st.one_of(
    *(st.text(max_size=40), st.text(LETTERS, max_size=40), st.text("0123456789 +-.,", max_size=20)),
    *(_NAMES, _NAMES.map(str.lower), _PHONES, _PLACES),
)
SINGLES = st.one_of(
    TEXTS, st.decimals(), st.integers(), st.dates(), st.booleans(), st.none(), st.sampled_from(SEEDS)
)
VALUES = st.one_of(SINGLES, st.lists(SINGLES, max_size=4), st.tuples(SINGLES, SINGLES))
COUNTRIES = st.sampled_from([None, "Australia", "New Zealand", "nz", "Fiji", "Nowhere", ""])
_WORDS = st.text(min_size=1, max_size=8)
_POSITIONS = st.integers(1, 4000)


def _made(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return arguments of which each may be left out when it is one that may be None."""
    return st.fixed_dictionaries(arguments).map(lambda made: {k: v for k, v in made.items() if v is not None})


def _or_none(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


_FACTORS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15)
_FACTOR_TEXTS = _FACTORS.filter(bool).map(lambda number: f"{number:f}")
ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "tidy": _made(quotes=st.sampled_from(["keep", "straight"])),
    "case": st.sampled_from(["upper", "lower", "sentence"]),
    "name_case": _made(
        of=st.sampled_from(["given", "surname", "place"]),
        particles=st.sampled_from(["lower", "capital"]),
        exceptions=st.lists(st.text("abMcLISE'ß", min_size=1, max_size=4), max_size=3),
    ),
    "plain_letters": st.just({}),
    "replace": st.lists(
        st.fixed_dictionaries(
            {"find": _WORDS, "with": st.text(max_size=200), "whole": st.booleans(), "case": st.booleans()}
        ),
        min_size=1,
        max_size=4,
    ),
    "keep": _made(only=st.sampled_from(["digits", "letters", "letters_digits"]), also=st.text(max_size=5)),
    "part": _made(by=st.text(min_size=1, max_size=5), take=st.sampled_from([*range(1, 10), "last", "rest"])),
    "cut": st.one_of(
        _made(first=_POSITIONS),
        _made(last=_POSITIONS),
        st.fixed_dictionaries({"from": _POSITIONS, "count": _POSITIONS}),
    ),
    "zeros": st.one_of(_made(to=st.integers(1, 20)), st.just({"strip": True})),
    "lines": _made(width=st.integers(1, 60), take=st.integers(1, 9)),
    "name_part": _made(
        part=st.sampled_from(["given", "family"]), order=st.sampled_from(["given_first", "family_first"])
    ),
    "item": _made(
        where=st.dictionaries(
            st.sampled_from(["type", "remainder", "name"]), st.sampled_from(["home", True, 1, "A"])
        ),
        take=st.sampled_from(["first", "last", "only"]),
        of=_or_none(st.sampled_from(["number", "type", "name"])),
    ),
    "join": st.builds(
        lambda separator, rest: {"with": separator} | rest,
        st.text(min_size=1, max_size=20),
        _made(sort=st.booleans(), most=_or_none(st.integers(1, 5)), of=_or_none(st.just("number"))),
    ),
    "date": _made(
        reads=st.lists(
            st.sampled_from(["%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%Y%m%d", "%m/%d/%Y"]), max_size=3
        ),
        instant=st.sampled_from(["account", "as_written"]),
    ),
    "shift": _made(
        days=st.integers(-36600, 36600), months=st.integers(-1200, 1200), years=st.integers(-100, 100)
    ).filter(lambda made: any(made.values())),
    "write_date": st.sampled_from(["%d/%m/%Y", "%Y%m%d", "%d%m%Y", "%Y"]).map(lambda form: {"as": form}),
    "number": _made(
        decimal=st.sampled_from([".", ","]),
        thousands=_or_none(st.sampled_from([" ", "'", ""])),
        places=_or_none(st.integers(0, 10)),
        rounding=st.sampled_from(["half_up", "half_even", "down"]),
    ),
    "times": st.one_of(_made(by=_FACTOR_TEXTS), _made(over=_FACTOR_TEXTS)),
    "phone": st.builds(
        lambda form, rest: {"as": form} | rest,
        st.sampled_from(["e164", "national", "digits"]),
        _made(
            region=_or_none(st.sampled_from(["AU", "NZ", "GB"])), check=st.sampled_from(["possible", "valid"])
        ),
    ),
    "place": st.builds(
        lambda of, form: {"of": of, "as": form},
        st.sampled_from(["state", "country"]),
        st.sampled_from(["code", "name"]),
    ),
    "yes_no": st.just({"yes": ["Y", "yes", 1], "no": ["N", "no", 0]}),
}
ANY_STEP = st.sampled_from(sorted(ARGUMENTS)).flatmap(
    lambda name: ARGUMENTS[name].map(lambda arguments: {name: arguments})
)


def steps_named(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return one step with one of these names."""
    return st.sampled_from(names).flatmap(
        lambda name: ARGUMENTS[name].map(lambda arguments: {name: arguments})
    )
