"""Readiness says who the target would accept today, and is right about the next run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from connectors.contract.employee import FUND_ACCOUNT, NewZealandTax, SuperFund
from connectors.contract.records import Reason
from connectors.rest.employee_places import EmployeePlaces
from core.clock import now
from core.mapping import versions
from core.mapping.document import from_json
from core.models import Decision, RunKind
from core.people.entries import Entry, to_person
from core.people.kept_scope import KeptScope
from core.people.listing import PeopleFilter
from core.people.readiness import Numbers, WaitingFilter, WaitingPage, all_verdicts, readiness, waiting_people
from core.people.super_readiness import describe, super_page
from core.people.verdicts import Judge, Missing
from core.runs.outcome_codes import Fixer
from core.scope import holds
from core.scope.in_force import ScopeInForce
from core.scope.rules import ScopeRules, parse_condition
from core.security.actor import OPERATOR
from tests.core.people.kept import START_DATE, TAX_NUMBER, UNREADABLE, entry, keep
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

TODAY = date(2026, 11, 30)
LATER = TODAY + timedelta(days=10)
EMAIL = {"at": "email", "there": True}


def test_a_percentage_hides_nobody() -> None:
    shares = {(0, 0): "–", (0, 3): "0 %", (1, 500): "less than 1 %", (29, 71): "29 %", (846, 154): "84 %"}
    shares |= {(9999, 1): "99 %", (5, 0): "100 %"}
    assert {each: Numbers(*each).percent for each in shares} == shares


def verdict(
    kept: Entry, day: date = TODAY, on_hold: Sequence[str] = (), others: Sequence[Entry] = (), **rules: Any
) -> tuple[str, str | None]:
    scope = ScopeInForce(ScopeRules(**{"days_before": 5} | rules), day, dict.fromkeys(on_hold, "Checked"))
    people = [to_person(orjson.loads(orjson.dumps(each))) for each in (kept, *others)]
    judge = Judge(KeptScope(scope, scope.compile(EmployeePlaces(), None), people))
    found = judge.judge(people[0])
    return found.state.value, found.reason


def test_those_who_lack_something_are_counted_by_branch_with_who_must_act(hub: Hub) -> None:
    keep(
        hub.connection_id,
        entry("a", person(1, branch="Perth")),
        entry("bb", person(2, branch="Perth"), problems=[START_DATE, TAX_NUMBER]),
        entry("ccc", person(3, branch="Darwin"), problems=[START_DATE]),
        entry("dddd", person(4, branch="Darwin", status="Merged"), problems=[START_DATE]),
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


def test_somebody_who_was_refused_is_not_ready_until_the_target_takes_them(hub: Hub) -> None:
    hub.fill(3)
    hub.target.refuse = {"Surname1"}
    hub.run()
    found = readiness(OPERATOR, hub.connection_id)
    assert (found.numbers.ready, found.numbers.waiting, found.filtered, found.errors) == (2, 1, 0, 1)
    assert [(each.missing.title, each.fixer) for each in found.missing] == [("Refused", Fixer.PAYROLL)]
    (waiting,) = waiting_people(OPERATOR, hub.connection_id, WaitingFilter(found.missing[0].missing)).rows
    assert waiting.person.source_id == "s1"
    hub.target.refuse = set()
    hub.run()
    assert readiness(OPERATOR, hub.connection_id).numbers.ready == 3


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
        (entry("a", person(1, start_date=LATER), reason="FUTURE_START"), "left out", "ready"),
        (
            entry("a", person(1, start_date=LATER), reason="FUTURE_START", problems=[START_DATE]),
            "left out",
            "waiting",
        ),
        (entry("a", person(1, status=None, end_date=LATER)), "ready", "left out"),
        (entry("a", person(1, status=None, end_date=LATER), at_target=True), "ready", "ready"),
        (entry("a", person(1, end_date=LATER)), "ready", "ready"),
        (entry("a", person(1), reason="UNREADABLE", is_error=True), "waiting", "waiting"),
        (entry("a", person(1, status="Terminated", end_date=TODAY)), "left out", "left out"),
    ],
)
def test_what_rests_on_the_date_is_judged_again_on_its_day(kept: Entry, today: str, on_the_day: str) -> None:
    assert verdict(kept)[0] == today
    assert verdict(kept, day=LATER)[0] == on_the_day
    if "FUTURE_START" in kept:
        assert verdict(kept, day=LATER - timedelta(days=6))[0] == "left out"


@pytest.mark.parametrize(
    ("kept", "rules", "today", "later"),
    [
        (entry("a", person(1, start_date=LATER, branch="Perth")), {}, "FUTURE_START", "NOT_IN_SCOPE"),
        (entry("a", person(1), reason="NOT_IN_SCOPE"), {"condition": None}, None, None),
        (entry("a", person(1)), {"exclude": ("a",)}, "EXCLUDED", "EXCLUDED"),
        (entry("a", person(1, branch="Perth"), reason="EXCLUDED"), {"include": ("a",)}, None, None),
        (
            entry("a", person(1, status="Completed", end_date=TODAY, branch="Darwin"), at_target=True),
            {"days_after": 9},
            None,
            "LEFT_EARLIER",
        ),
        (
            entry(
                "a",
                person(1, start_date=TODAY),
                condition=((None, Reason.NOT_IN_SCOPE), (LATER, None)),
                problems=[START_DATE],
            ),
            {"condition": EMAIL},
            "NOT_IN_SCOPE",
            "MISSING_FIELD",
        ),
        (
            entry("a", person(1, status="Merged", branch="Perth"), at_target=True),
            {},
            "TRANSFERRED_AWAY",
            "TRANSFERRED_AWAY",
        ),
        (
            entry("a", person(1, branch=None, unread=frozenset({"branch", "branch_id"}))),
            {},
            "SCOPE_UNDECIDED",
            "SCOPE_UNDECIDED",
        ),
    ],
)
def test_the_scope_of_today_counts(
    kept: Entry, rules: dict[str, Any], today: str | None, later: str | None
) -> None:
    written = rules.pop("condition", {"branch": "Darwin"})
    rules = {**rules, "condition": parse_condition(written) if written else None}
    assert (verdict(kept, **rules)[1], verdict(kept, LATER, **rules)[1]) == (today, later)


def test_a_hold_counts_at_once_for_all_records_of_the_person() -> None:
    new = entry("new", person(1), records=["between"])
    between = entry("between", person(1), records=["new", "old"])
    for on_hold in ("new", "between", "old"):
        assert verdict(new, on_hold=[on_hold], others=[between]) == ("left out", "ON_HOLD")
    assert verdict(new, on_hold=["other"], others=[between])[0] == "ready"
    released = entry("new", person(1), reason="ON_HOLD", records=["between"], problems=[START_DATE])
    assert verdict(released, others=[between]) == ("waiting", "MISSING_FIELD")


def test_what_an_earlier_version_has_kept_is_judged_too() -> None:
    before = (*entry("a", person(1), reason="NOT_IN_SCOPE")[:15], LATER)
    assert len(before) == 16
    assert verdict(before, condition=parse_condition(EMAIL)) == ("left out", "NOT_IN_SCOPE")
    assert verdict(before) == ("ready", None)


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


CONDITIONS: tuple[Any, ...] = (
    {"branch": "Perth"},
    {"all": [EMAIL, {"at": "start_date", "within_days": {"before": 1000, "after": 12}}]},
    {"at": "status", "is": ["Current", "Leave"]},
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=["branch", "not kept", "status"])
def test_it_equals_the_filtered_of_the_next_run_on_later_days(
    hub: Hub, condition: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make proofs` changes the scope and holds between the runs of many companies (bench/proofs/scopes.py)."""
    chance, first = random.Random(7), now()  # noqa: S311 - a test wants the same numbers again
    named = {"include": ["s1", "s2"], "exclude": ["s3"]}
    windows = {"starters": {"days_before": 10}, "leavers": {"days_after": 7}}
    document = {"connector": "ipayroll", "scope": condition, "people": named, **windows}
    versions.save(OPERATOR, hub.connection_id, from_json(document), based_on=0)
    for number in range(24):
        start, end = (first.date() + timedelta(chance.randint(-20, 40)) for _ in range(2))
        changes: dict[str, Any] = {
            "start_date": chance.choice([date(2024, 2, 1), start, None]),
            "status": chance.choice(["Current", None, "Terminated"]),
            "end_date": chance.choice([None, end]),
            "branch": chance.choice(["Perth", "Darwin", None]),
            "email": chance.choice([None, f"p{number}@example.test"]),
        }
        hub.source.put(f"s{number}", person(number, **changes))
    holds.put(OPERATOR, hub.connection_id, "s4", "Checked", first.date() + timedelta(6))
    holds.put(OPERATOR, hub.connection_id, "s2", "Checked")
    said = set[str]()
    for days in (0, 0, 4, 8, 15, 36):
        for module in ("core.sync.runtime.context", "core.scope.holds"):
            monkeypatch.setattr(f"{module}.now", lambda day=days: first + timedelta(day))
        for source_id, employee in hub.source.people.items():
            if employee.ends_by_date:  # a source reads them in each run
                ends = replace(employee)
                ends.apply_end_date((first + timedelta(days)).date())
                hub.source.put(source_id, ends)
        verdicts = all_verdicts(OPERATOR, hub.connection_id)
        before = {each.person.source_id for each in verdicts if each.is_filtered}
        decisions = hub.run().decisions()
        filtered = {each for each, decision in decisions.items() if decision is Decision.FILTERED}
        assert not said or before == filtered, days
        said |= filtered
        assert 0 < len(filtered) < 24


def test_super_lists_what_is_missing_and_leaves_leavers_out(hub: Hub) -> None:
    whole = SuperFund("REGULATED", "A", "1", "USI", "M")
    keep(
        hub.connection_id,
        entry("a", person(1, super_funds=(whole,))),
        entry("bb", person(2, super_funds=(replace(whole, member_number=None),))),
        entry("ccc", person(3), problems=[START_DATE]),
        entry("dddd", person(4, status="Terminated")),
        entry("eeeee", person(5, unread=frozenset({"super_funds", "au_tax"}))),
        entry("ffffff", person(6, au_tax=None, nz_tax=NewZealandTax())),
    )
    page = super_page(OPERATOR, hub.connection_id)
    assert [(each.source_id, describe(each)) for each in page.rows] == [
        ("bb", "The member number"),
        ("ccc", "No fund is chosen"),
    ]
    assert (page.total, page.judged, page.not_read) == (2, 3, 1)


def test_a_fund_of_ones_own_needs_its_bank_account_where_the_source_can_have_it(hub: Hub) -> None:
    own = SuperFund("SMSF", "Own", "1", None, None, esa="SMSFDATA")
    whole = replace(own, bsb="064000", account_number="11111111")
    elsewhere = frozenset({FUND_ACCOUNT})
    keep(
        hub.connection_id,
        entry("a", person(1, super_funds=(whole,))),
        entry("bb", person(2, super_funds=(own,))),
        entry("ccc", person(3, super_funds=(own,), not_offered=elsewhere)),
        entry("dddd", person(4, super_funds=(replace(own, esa=None),), not_offered=elsewhere)),
    )
    page = super_page(OPERATOR, hub.connection_id)
    assert [(each.source_id, describe(each)) for each in page.rows] == [
        ("bb", "The bank account of the self-managed fund"),
        ("dddd", "The electronic service address of the self-managed fund"),
    ]
    assert (page.total, page.judged, page.accounts_elsewhere) == (2, 4, 2)


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
