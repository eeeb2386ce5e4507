"""Readiness says who the target would accept today, and is right about the next run."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest

from connectors.contract.employee import NewZealandTax, SuperFund
from core.clock import now
from core.models import Decision, RunKind
from core.people.entries import Entry, to_person
from core.people.listing import PeopleFilter
from core.people.readiness import Numbers, WaitingFilter, WaitingPage, all_verdicts, readiness, waiting_people
from core.people.super_readiness import describe, super_page
from core.people.verdicts import Judge, Missing
from core.runs.outcome_codes import Fixer
from core.security.actor import OPERATOR
from tests.core.people.kept import START_DATE, TAX_NUMBER, UNREADABLE, entry, keep
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

TODAY = date(2026, 11, 30)
LATER = TODAY + timedelta(days=10)


def test_a_percentage_hides_nobody() -> None:
    shares = {(0, 0): "–", (0, 3): "0 %", (1, 500): "less than 1 %", (29, 71): "29 %", (846, 154): "84 %"}
    shares |= {(9999, 1): "99 %", (5, 0): "100 %"}
    assert {each: Numbers(*each).percent for each in shares} == shares


def verdict(kept: Entry, day: date = TODAY) -> tuple[str, str | None]:
    found = Judge(day, days_before=5).judge(to_person(orjson.loads(orjson.dumps(kept))))
    return found.state.value, found.reason


def test_those_who_lack_something_are_counted_by_branch_with_who_must_act(hub: Hub) -> None:
    keep(
        hub.connection_id,
        entry("a", person(1, branch="Perth")),
        entry("bb", person(2, branch="Perth"), problems=[START_DATE, TAX_NUMBER]),
        entry("ccc", person(3, branch="Darwin"), problems=[START_DATE]),
        entry("dddd", person(4, branch="Darwin"), reason="NOT_IN_SCOPE", problems=[START_DATE]),
        entry("eeeee", person(5), reason="UNREADABLE", problems=[UNREADABLE], is_error=True),
    )
    found = readiness(OPERATOR, hub.connection_id)
    assert (found.numbers.ready, found.numbers.waiting, found.numbers.left_out) == (1, 3, 1)
    assert found.numbers.share == 0.25 and (found.filtered, found.errors) == (3, 1)
    assert [(name, each.ready, each.waiting, each.left_out) for name, each in found.by_branch] == [
        ("Darwin", 0, 1, 1),
        ("Perth", 1, 1, 0),
        ("–", 0, 1, 0),
    ]
    assert [(each.missing.title, each.people, each.fixer) for each in found.missing] == [
        ("Missing field: Start date", 2, Fixer.HR),
        ("Masked tax number: Tax number", 1, Fixer.SUPPORT),
        ("Unreadable", 1, Fixer.SUPPORT),
    ]


def test_the_list_of_people_is_filtered_and_in_pages(hub: Hub) -> None:
    keep(
        hub.connection_id,
        *(entry(f"s{number:03}", person(number), problems=[START_DATE]) for number in range(60)),
        entry("tax", person(70, branch="Perth"), problems=[TAX_NUMBER]),
    )

    def of(only: WaitingFilter, page: int = 1) -> WaitingPage:
        return waiting_people(OPERATOR, hub.connection_id, only, page)

    assert (of(WaitingFilter()).total, of(WaitingFilter()).pages, len(of(WaitingFilter(), 2).rows)) == (
        61,
        2,
        11,
    )
    assert of(WaitingFilter(Missing("MISSING_FIELD", "Start date"))).total == 60
    assert of(WaitingFilter(fixer=Fixer.SUPPORT)).total == 1
    assert of(WaitingFilter(people=PeopleFilter(branch="Perth"))).total == 1
    assert of(WaitingFilter(Missing.parse("nonsense"))).total == 0


@pytest.mark.parametrize(
    ("kept", "today", "on_the_day"),
    [
        (
            entry(
                "a", person(1, start_date=LATER), reason="FUTURE_START", changes_on=LATER - timedelta(days=5)
            ),
            "left out",
            "ready",
        ),
        (
            entry(
                "a",
                person(1, start_date=LATER),
                reason="FUTURE_START",
                changes_on=LATER - timedelta(days=5),
                problems=[START_DATE],
            ),
            "left out",
            "waiting",
        ),
        (entry("a", person(1, status=None, end_date=LATER)), "ready", "left out"),
        (entry("a", person(1, status=None, end_date=LATER), at_target=True), "ready", "ready"),
        (entry("a", person(1, end_date=LATER)), "ready", "ready"),
        (entry("a", person(1), reason="NOT_IN_SCOPE"), "left out", "left out"),
    ],
)
def test_what_rests_on_the_date_is_judged_again_on_its_day(kept: Entry, today: str, on_the_day: str) -> None:
    assert verdict(kept)[0] == today
    assert verdict(kept, day=LATER)[0] == on_the_day
    if "FUTURE_START" in kept:
        assert verdict(kept, day=LATER - timedelta(days=6))[0] == "left out"


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_the_filtered_of_the_next_run(hub: Hub, seed: int) -> None:
    """`make proofs` checks the same in 2,000 companies (bench/proofs/readiness_check.py)."""
    chance = random.Random(seed)  # noqa: S311 - a test wants the same numbers again
    today = now().date()
    hub.set_job(scope={"future_start_days": 14, "branches": ["Perth", "7"]})
    for number in range(30):
        employee = person(
            number,
            start_date=chance.choice([None, date(2024, 2, 1), today + timedelta(chance.randint(1, 30))]),
            status=chance.choice(["Current", "Current", "Terminated", "Leave", "Strange", None]),
            end_date=chance.choice([None, today - timedelta(3), today + timedelta(3)]),
            branch=chance.choice(["Perth", "perth", "Darwin", None]),
            branch_id=chance.choice(["7", "8", None]),
        )
        employee.apply_end_date(today)
        hub.source.put(f"s{number}", employee)
    hub.source.unreadable = {"s3"}
    for kind in (RunKind.PREVIEW, RunKind.SYNC, RunKind.SYNC):
        before = {
            each.person.source_id for each in all_verdicts(OPERATOR, hub.connection_id) if each.is_filtered
        }
        ended = hub.run(kind)
        filtered = {each for each, decision in ended.decisions().items() if decision is Decision.FILTERED}
        after = {
            each.person.source_id for each in all_verdicts(OPERATOR, hub.connection_id) if each.is_filtered
        }
        assert filtered and after == filtered
        assert before == (filtered if kind is RunKind.SYNC else set())
        hub.source.edit(f"s{chance.randrange(30)}")


def test_super_lists_what_is_missing_and_leaves_leavers_out(hub: Hub) -> None:
    whole = SuperFund("REGULATED", "A", "1", "USI", "M")
    keep(
        hub.connection_id,
        entry("a", person(1, super_funds=(whole,))),
        entry("bb", person(2, super_funds=(replace(whole, member_number=None),))),
        entry("ccc", person(3), problems=[START_DATE]),
        entry("dddd", person(4), reason="NOT_IN_SCOPE"),
        entry("eeeee", person(5, unread=frozenset({"super_funds", "au_tax"}))),
        entry("ffffff", person(6, au_tax=None, nz_tax=NewZealandTax())),
    )
    page = super_page(OPERATOR, hub.connection_id)
    assert [(each.source_id, describe(each)) for each in page.rows] == [
        ("bb", "The member number"),
        ("ccc", "No fund is chosen"),
    ]
    assert (page.total, page.judged, page.not_read) == (2, 3, 1)


@pytest.mark.parametrize("number", ["000000000", "111 111 111", "", None])
def test_a_number_that_stands_for_none_is_not_quoted(hub: Hub, number: str | None) -> None:
    fund = SuperFund("REGULATED", "A", "1", "USI", "M")
    employee = person(1, super_funds=(fund,))
    assert employee.au_tax is not None
    employee.au_tax = replace(employee.au_tax, tfn=number)
    keep(hub.connection_id, entry("a", employee))
    (found,) = super_page(OPERATOR, hub.connection_id).rows
    assert describe(found) == "No tax file number is quoted"


def test_nothing_is_known_before_the_first_run(hub: Hub) -> None:
    found = readiness(OPERATOR, hub.connection_id)
    assert found.read_at is None and found.numbers.share is None and not found.missing
