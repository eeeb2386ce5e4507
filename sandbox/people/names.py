"""Names of people, positions, streets and funds to draw from."""

from __future__ import annotations

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _words(name: str) -> tuple[str, ...]:
    """Return a list of words; an underscore in one stands for a space."""
    return tuple(word.replace("_", " ") for word in _LISTS[name].split())


WOMEN, MEN, NEUTRAL = _words("women"), _words("men"), _words("neutral")
SURNAMES = _words("surnames")
STREETS = _words("streets")
POSITIONS = tuple(" ".join(position.split()) for position in _LISTS["positions"].split(","))
STREET_KINDS = (
    "Street",
    "Street",
    "Street",
    "Road",
    "Road",
    "Avenue",
    "Parade",
    "Terrace",
    "Crescent",
    "Lane",
    "Place",
    "Drive",
)
FUNDS = (
    "Coastal Workers Super",
    "Southern Light Retirement Fund",
    "Bluegum Super",
    "Harvest and Hospitality Super",
    "Reef Mutual Superannuation",
    "Wattle Savings Fund",
)
