"""Times, durations and links as people and browsers read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pages.ui.layout import links, tables, times

MOMENT = datetime(2026, 7, 3, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Australia/Brisbane", "4 Jul 2026, 07:30 AEST"),
        ("Australia/Perth", "4 Jul 2026, 05:30 AWST"),
        ("Pacific/Auckland", "4 Jul 2026, 09:30 NZST"),
        ("America/Sao_Paulo", "3 Jul 2026, 18:30 America/Sao_Paulo"),
    ],
)
def test_a_moment_names_its_zone(zone: str, said: str) -> None:
    assert times.format_time(MOMENT, ZoneInfo(zone)) == said


def test_summer_time_has_its_own_name() -> None:
    assert (
        times.format_time(datetime(2026, 1, 3, tzinfo=UTC), ZoneInfo("Australia/Sydney"))
        == "3 Jan 2026, 11:00 AEDT"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (72, "1 min 12 s"),
        (3_660, "1 h 1 min"),
        (90_000, "25 h 0 min"),
        (-1, "0 s"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert times.format_duration(timedelta(seconds=seconds)) == said
    assert times.format_duration(None) == "–"


def test_links_and_cells_never_become_markup() -> None:
    assert (
        links.anchor("<b>", '/x?"><script>')
        == '<a href="/x?&quot;&gt;&lt;script&gt;" target="_self">&lt;b&gt;</a>'
    )
    assert tables.cell_html("<script>") == "&lt;script&gt;"
    assert tables.cell_html(1250) == "1,250" and tables.cell_html(None) == "–" and tables.cell_html(0) == "0"


def test_an_address_leaves_out_what_is_empty() -> None:
    assert links.address("/Reports", run=12, status=None, search="") == "/Reports?run=12"
    assert links.address("/Reports") == "/Reports"
