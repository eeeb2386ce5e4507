"""A pay calendar is set, shown and removed by scripts, and what cannot be one is refused with a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.pay_days import stored
from core.security.actor import OPERATOR
from harness import world
from tests.core.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("store")
NEXT_WEEK = (now() + timedelta(days=10)).date().isoformat()


def test_a_calendar_is_set_shown_and_removed(command: Command) -> None:
    connection = world.active_connection()
    words = (
        "pay-days",
        "set",
        connection,
        "--every",
        "fortnightly",
        "--anchor",
        NEXT_WEEK,
        "--region",
        "au-vic",
    )
    assert command(*words, "--dry-run").out.endswith("Nothing was saved.\n")
    assert stored.get(OPERATOR, connection).version == 0
    found = command(*words, "--json").object
    assert found["calendar"]["region"] == "AU-VIC"
    assert len(found["next"]) == stored.SHOWN
    assert found["next"][0]["final_sweep"] < found["next"][0]["cut_off"]
    assert "Fortnightly on" in command("pay-days", "show", connection).out
    coming = command("pay-days", "upcoming", "--json").object["pays"]
    assert [pay["connection_id"] for pay in coming][:1] == [connection]
    assert "Nobody misses this pay" in command("pay-days", "forecast", connection).out
    assert command("pay-days", "remove", connection).code == 0
    assert [
        row["number"] for row in command("pay-days", "history", connection, "--json").object["versions"]
    ] == [2, 1]
    assert "no pay calendar yet" in command("pay-days", "forecast", connection).out


def test_dates_are_read_from_standard_input(command: Command) -> None:
    connection = world.active_connection()
    command("pay-days", "set", connection, "--dates", "-", input=f"{NEXT_WEEK}\n")
    calendar = stored.get(OPERATOR, connection).calendar
    assert calendar is not None
    assert [day.isoformat() for day in calendar.dates] == [NEXT_WEEK]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--every", "weekly", "--anchor", NEXT_WEEK, "--cut-off-days", "-2"),
            "cut-off would be after the pay date",
        ),
        (("--every", "weekly", "--anchor", "soon"), "as yyyy-mm-dd"),
        (("--every", "weekly"), "Enter one pay date"),
        (("--every", "monthly", "--anchor", NEXT_WEEK, "--days", "15,40"), "from 1 to 31"),
        (("--every", "weekly", "--anchor", NEXT_WEEK, "--cut-off-time", "5pm"), "such as 17:00"),
        ((), "Enter --every"),
    ],
)
def test_what_cannot_be_a_calendar_is_refused(command: Command, words: tuple[str, ...], said: str) -> None:
    connection = world.active_connection()
    answer = command("pay-days", "set", connection, *words)
    assert answer.code == 2
    assert said in answer.err
    assert stored.get(OPERATOR, connection).version == 0
    past = command("pay-days", "set", connection, "--dates", "-", input="2020-11-05\n")
    assert "None of these pay dates is in the future" in past.err
