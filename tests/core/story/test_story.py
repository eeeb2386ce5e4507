"""Each sentence of a story follows from the rows, as an independent checker finds, and a false one is found."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bench.proofs import histories
from bench.proofs.histories import SYSTEMS, ZONE, History
from bench.proofs.story_check import check_story
from core.models import Action
from core.story.story import Event, Story, tell

HISTORIES = range(1, 301)


def test_every_sentence_of_random_histories_follows_from_the_rows() -> None:
    assert list(histories.check(HISTORIES)) == []


def first(told: Story) -> Event:
    return next(event for event in told.events if event.steps)


LIES = {
    "another run": lambda told: replace(first(told), headline="Run #999, 1 Mar 2026, 17:00 AEDT."),
    "another outcome": lambda told: replace(
        first(told),
        steps=(
            *first(told).steps[:4],
            first(told).steps[4]._replace(sentence="They were created in iPayroll."),
        ),
    ),
    "a step less": lambda told: replace(first(told), steps=first(told).steps[:4]),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_checker_finds_a_lie(lie: str) -> None:
    for seed in HISTORIES:
        rows = History(seed).make()
        told = tell(rows, SYSTEMS, ZONE)
        if len(rows.records) > 2 and rows.records[-1].action is Action.UPDATED:
            break
    false = replace(
        told, events=tuple(LIES[lie](told) if each is first(told) else each for each in told.events)
    )
    assert list(check_story(rows, false))


def test_the_checker_misses_nothing_that_is_left_out() -> None:
    rows = next(
        rows for seed in HISTORIES if len((rows := History(seed).make()).records) > 2 and rows.decisions
    )
    told = tell(rows, SYSTEMS, ZONE)
    for number in range(len(told.events)):
        assert list(check_story(rows, replace(told, events=told.events[:number] + told.events[number + 1 :])))
    assert list(check_story(rows, replace(told, link=("They are linked with 999 in iPayroll.",))))


def test_times_are_those_of_the_account_with_their_zone() -> None:
    rows = next(rows for seed in HISTORIES if (rows := History(seed).make()).records)
    assert "AEDT" in tell(rows, SYSTEMS, ZONE).events[-1].headline
    assert "AEST" in tell(rows, SYSTEMS, ZoneInfo("Australia/Brisbane")).events[-1].headline
