"""What is said about how far a run is."""

from __future__ import annotations

from core.jobs.progress import Pace, Progress, measure, pace_of, planned
from core.models import Phase, Position, Side
from core.runs.counters import Counters

XERO = Pace("Xero", 60.0)
HALF = Counters(read=1300, unchanged=200, filtered=60, held=20, created=10, errors=2)


def test_reading_says_how_many_there_usually_are_and_knows_no_share() -> None:
    far = measure(5, Phase.READING, Counters(read=1240, filtered=3), usually_read=1300)
    assert far == Progress(None, "Run #5: reading and comparing. 1,240 of about 1,300 read, 3 filtered.")
    more = measure(5, Phase.READING, Counters(read=1301), usually_read=1300)
    assert more.text == "Run #5: reading and comparing. 1,301 read, 0 filtered."


def test_writing_estimates_from_the_targets_limit_until_a_rate_is_known() -> None:
    far = measure(5, Phase.WRITING, HALF, pace=XERO)
    assert planned(HALF) == 1020
    assert far.text == (
        "Run #5: writing. 1,300 read, 1,020 planned, 10 written, 2 errors. About 17 minutes at Xero's 60 a minute."
    )
    assert far.share is not None and abs(far.share - 292 / 1300) < 1e-9
    assert measure(5, Phase.WRITING, HALF, pace=XERO, per_minute=42.4).text.endswith(
        "2 errors. 42 a minute, about 24 minutes left."
    )
    assert measure(5, Phase.WRITING, HALF, pace=XERO, per_minute=2.0).text.endswith("about 8 hours left.")


def test_without_a_limit_or_anything_left_nothing_is_estimated() -> None:
    assert measure(5, Phase.WRITING, HALF).text.endswith("2 errors.")
    done = Counters(read=2, unchanged=1, created=1)
    assert measure(5, Phase.WRITING, done, pace=XERO).text.endswith("0 errors.")
    assert measure(5, Phase.WRITING, Counters(), pace=XERO).share is None
    almost = Counters(read=20, created=10)
    assert measure(5, Phase.WRITING, almost, pace=XERO).text.endswith(
        "Less than a minute at Xero's 60 a minute."
    )


def test_the_limit_is_the_one_set_for_the_side() -> None:
    assert pace_of(Side(position=Position.TARGET, kind="ipayroll", settings={})) == Pace("iPayroll", 120.0)
    faster = Side(position=Position.TARGET, kind="ipayroll", settings={"requests_per_second": 10})
    assert pace_of(faster) == Pace("iPayroll", 600.0)
    unlimited = Side(position=Position.TARGET, kind="ipayroll", settings={"requests_per_second": None})
    gone = Side(position=Position.TARGET, kind="gone", settings={})
    assert pace_of(unlimited) is pace_of(gone) is pace_of(None) is None
