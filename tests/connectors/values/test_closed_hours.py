"""The closed hours of a system, as people enter them."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.values.closed_hours import parse


def wall(text: str) -> datetime:
    """Return a wall-clock time of the week that begins on Monday, 30 November 2026."""
    return datetime.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("text", "moment", "opening"),
    [
        ("22:00-06:00", "11-30T21:59", "11-30T21:59"),
        ("22:00-06:00", "11-30T22:00", "12-01T06:00"),
        ("22:00-06:00", "12-01T05:59:59", "12-01T06:00"),
        ("22:00-06:00", "12-01T06:00", "12-01T06:00"),
        ("sun 22:00-06:00", "12-07T03:00", "12-07T06:00"),  # over the end of the week
        ("sun 22:00-06:00", "12-01T03:00", "12-01T03:00"),
        ("Fri-Sun 00:00-24:00", "12-04T00:00", "12-07T00:00"),
        ("sat-mon 01:00-02:00", "12-07T01:30", "12-07T02:00"),
        ("sat-mon 01:00-02:00", "12-04T01:30", "12-04T01:30"),
        ("mon-fri 01:00 - 03:30, mon 03:30-05:00", "11-30T01:30", "11-30T05:00"),
    ],
)
def test_work_waits_for_the_end(text: str, moment: str, opening: str) -> None:
    hours = parse(text)
    assert hours is not None and hours.opening(wall(moment)) == wall(opening)
    assert hours.is_closed(wall(moment)) == (moment != opening)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("at night", "not hours of a day"),
        ("22-06", "not hours of a day"),
        ("22:00-06:00,", "not hours of a day"),
        ("someday 22:00-06:00", "not hours of a day"),
        ("25:00-06:00", "25:00 is not a time of day"),
        ("22:60-06:00", "22:60 is not a time of day"),
        ("24:00-06:00", "different times"),
        ("06:00-06:00", "A whole day is 00:00-24:00"),
        ("00:00-24:00", "never be open"),
        ("00:00-12:00, 12:00-24:00", "never be open"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse(text)


def test_a_system_without_closed_hours_is_always_open() -> None:
    assert parse("") is None and parse("  ") is None
