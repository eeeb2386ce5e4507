"""A headline adds up, runs are compared, and what goes back and forth is found, on both engines."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import product

import pytest

from core.clock import now
from core.db import transaction
from core.errors import InvalidError, NotFoundError
from core.models import (
    Action,
    Decision,
    OpenProblem,
    Plan,
    PlanState,
    ProblemKind,
    Record,
    Run,
    RunKind,
    RunStatus,
)
from core.reports import records, run_list
from core.reports.outcomes import comparison, connection_trend, headline, sums, to_do_by_hand
from core.reports.outcomes.comparison import Change
from core.reports.outcomes.endings import Ending, ending
from core.reports.outcomes.groups import Needs
from core.reports.records import RecordFilter
from core.runs.outcome_catalogue import CATALOGUE
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.reports import reported_runs

pytestmark = pytest.mark.both_engines

FINE = (Decision.NO_CHANGE, Action.SKIPPED, None)
REFUSED = (Decision.CREATE, Action.FAILED, "REFUSED")
NOT_ATTEMPTED = (Decision.CREATE, Action.FAILED, "NOT_ATTEMPTED")
OUT_OF_SCOPE = (Decision.FILTERED, Action.SKIPPED, "NOT_IN_SCOPE")
WEAK = (Decision.AMBIGUOUS, Action.SKIPPED, "WEAK_MATCH")
BANKS = (Decision.FILTERED, Action.SKIPPED, "TOO_MANY_BANK_ACCOUNTS")
PLANNED = (Decision.CREATE, Action.NOT_WRITTEN, "PREVIEW")
Outcome = tuple[Decision, Action, str | None]


@pytest.fixture
def connection(store: str) -> int:
    return world.active_connection(world.account())


@pytest.fixture
def analyst(connection: int) -> Actor:
    return Actor("Analyst", ActingRole.ANALYST, None, 1)


def run(
    connection: int,
    *outcomes: Outcome,
    kind: RunKind = RunKind.SYNC,
    aborted: bool = False,
    warned: float = 0,
) -> int:
    """Add a run with these outcomes of the employees S0, S1, … ; a share of them is ``warned``."""
    warning = [{"code": "FINISH_DATE", "message": "No."}]
    errors = sum(action is Action.FAILED for _, action, _ in outcomes)
    filtered = sum(decision is Decision.FILTERED for decision, _, _ in outcomes)
    unchanged = sum(decision is Decision.NO_CHANGE for decision, _, _ in outcomes)
    counters = {"read": len(outcomes), "errors": errors, "filtered": filtered, "unchanged": unchanged}
    counters["held"] = len(outcomes) - errors - filtered - unchanged
    status = RunStatus.ERROR if errors else RunStatus.COMPLETE
    run_id = reported_runs.run(connection, status, kind=kind, aborted=aborted, **counters)
    with transaction() as session:
        session.add_all(
            Record(run_id=run_id, position=at, source_id=f"S{at}", name=f"Name {at}", decision=decision,
                   action=action, reason=reason, warnings=warning if at % 10 < warned * 10 else None)
            for at, (decision, action, reason) in enumerate(outcomes)
        )  # fmt: skip
    return run_id


def said(analyst: Actor, run_id: int) -> headline.Headline:
    view = run_list.run_details(analyst, run_id)
    return headline.headline(sums.sums(analyst, run_id), view.kind, waits=view.waits_for_decision)


def test_a_headline_adds_up_and_names_the_reasons(connection: int, analyst: Actor) -> None:
    found = said(analyst, reported_runs.whole_run(connection))
    assert sum(part.number for part in found.parts) == 9
    assert found.text == (
        "1 created, 1 updated, 1 terminated, 1 could not be written and needs you (1 refused), "
        "1 held and needs you (1 weak match), 2 filtered and need you (2 missing field), "
        "1 filtered (1 not in scope), 1 unchanged. 1 more has something to correct or to enter by hand."
    )


def test_a_headline_asks_for_somebody_only_where_somebody_can_act(connection: int, analyst: Actor) -> None:
    text = said(analyst, run(connection, NOT_ATTEMPTED, REFUSED, REFUSED, OUT_OF_SCOPE)).text
    assert text == (
        "2 could not be written and need you (2 refused), 1 could not be written (1 not attempted), "
        "1 filtered (1 not in scope)."
    )
    assert said(analyst, run(connection, BANKS)).text == (
        "1 filtered and needs you (1 several bank accounts)."
    )
    preview = run(connection, PLANNED, PLANNED, kind=RunKind.PREVIEW)
    assert said(analyst, preview).text == "2 would be written."


def test_a_held_run_waits_only_until_somebody_has_decided(connection: int, analyst: Actor) -> None:
    held = run(connection, *[(Decision.UPDATE, Action.NOT_WRITTEN, "MANY_TERMINATIONS")] * 2)
    with transaction() as session:
        session.get_one(Run, held).status = RunStatus.HELD
        session.add(Plan(run_id=held, kept_until=now() + timedelta(days=1), breaches=[]))
    assert said(analyst, held).text == "2 wait for a decision about the run (2 terminations)."
    with transaction() as session:
        session.get_one(Plan, held).state = PlanState.REFUSED
    assert said(analyst, held).text == "2 held (2 terminations)."


@pytest.mark.parametrize("seed", range(6))
def test_each_number_of_a_headline_is_that_of_the_rows_it_leads_to(
    connection: int, analyst: Actor, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test needs the same numbers each time
    reasons = [*chance.sample(sorted(CATALOGUE), 12), None, "NOT_IN_THE_CATALOGUE"]
    possible = [pair for pair in product(Decision, Action) if pair[0] is not Decision.NO_CHANGE] + [FINE[:2]]
    outcomes = [
        (*chance.choice(possible), chance.choice(reasons)) for _ in range(chance.choice((1, 30, 150)))
    ]
    kind = chance.choice(list(RunKind))
    run_id = run(connection, *outcomes, kind=kind, warned=chance.random())
    found = said(analyst, run_id)
    parts = [*found.parts, *(reason for part in found.parts for reason in part.reasons)]
    for part in parts:
        only = RecordFilter((part.group,), reason=part.reason, outcome_needs=part.needs)
        assert records.records_page(analyst, run_id, only).total == part.number, part
        assert part.text.startswith(f"{part.number:,} ")
    assert sum(part.number for part in found.parts) == len(outcomes)
    for part in found.parts:
        assert sum(reason.number for reason in part.reasons) in (part.number, 0)
    warned = RecordFilter(warned=True, outcome_needs=Needs.NOBODY)
    assert records.records_page(analyst, run_id, warned).total == found.warned
    everybody_who_needs = records.records_page(analyst, run_id, records.NEEDS_ATTENTION).total
    assert found.needing + found.warned == everybody_who_needs


def test_a_headline_says_who_needed_somebody_last_time_as_well(connection: int, analyst: Actor) -> None:
    first = run(connection, REFUSED, WEAK, FINE)
    run(connection, NOT_ATTEMPTED, NOT_ATTEMPTED, aborted=True)
    same, other, none = (
        run(connection, *each) for each in ((REFUSED, WEAK), (FINE, WEAK, REFUSED), (FINE,) * 3)
    )
    assert headline.same_as_last_time(analyst, first) == ""
    assert headline.same_as_last_time(analyst, same) == f"The same 2 as in run #{first}."
    assert headline.same_as_last_time(analyst, other) == f"1 of them as in run #{same}, 1 new."
    assert headline.same_as_last_time(analyst, none) == f"Nobody needs you any more; 2 did in run #{other}."


@pytest.mark.parametrize(
    ("status", "aborted", "written", "words"),
    [
        (RunStatus.COMPLETE, False, 3, Ending.FINISHED),
        (RunStatus.ERROR, False, 0, Ending.FINISHED_WITH_ERRORS),
        (RunStatus.ERROR, True, 0, Ending.COULD_NOT_RUN),
        (RunStatus.ERROR, True, 3, Ending.STOPPED_PART_WAY),
        (RunStatus.HELD, False, 0, Ending.NONE),
    ],
)
def test_a_run_that_could_not_run_is_told_from_one_with_errors(
    status: RunStatus, aborted: bool, written: int, words: Ending
) -> None:
    assert ending(status, aborted=aborted, written=written) is words


def test_two_runs_are_compared_in_whichever_order(connection: int, analyst: Actor) -> None:
    earlier = run(connection, REFUSED, REFUSED, FINE, FINE, BANKS)
    later = run(connection, REFUSED, FINE, WEAK, FINE)
    found = comparison.compare(analyst, later, earlier)
    assert (found.earlier, found.later) == (earlier, later)
    assert [(each.source_id, each.change, each.before, each.after) for each in found.differences] == [
        ("S2", Change.NEWLY_FAILED, "No change", "Ambiguous match: Weak match"),
        ("S1", Change.RECOVERED, "Create, Failed: Refused", "No change"),
        ("S0", Change.STILL_FAILING, "Create, Failed: Refused", "Create, Failed: Refused"),
    ], "S4 was not in the later run, so nothing is known of them"
    assert found == comparison.compare(analyst, earlier, later)
    assert list(comparison.comparable_runs(analyst, later)) == [earlier]


def test_who_goes_back_and_forth_is_found(connection: int, analyst: Actor) -> None:
    runs = [run(connection, each, REFUSED, FINE) for each in (FINE, REFUSED, FINE, REFUSED, FINE)]
    found = comparison.compare(analyst, runs[0], runs[-1])
    assert [(each.source_id, each.changes) for each in found.flapping] == [("S0", 4)]
    assert found.flapping[0].failed == (False, True, False, True, False) and found.recent == tuple(runs)


def test_runs_that_cannot_be_compared_are_refused(connection: int, analyst: Actor) -> None:
    run_id = run(connection, FINE)
    elsewhere = run(world.active_connection(1, target="keypay"), FINE)
    going = reported_runs.run(connection, RunStatus.RUNNING)
    foreign = run(world.active_connection(world.account("Other")), FINE)
    for other, error in (
        (run_id, InvalidError),
        (elsewhere, InvalidError),
        (going, InvalidError),
        (foreign, NotFoundError),
        (2**40, NotFoundError),
    ):
        with pytest.raises(error, match=r"\.$"):
            comparison.compare(analyst, run_id, other)


def test_what_is_to_be_done_by_hand_says_for_whom_and_where(connection: int, analyst: Actor) -> None:
    run_id = reported_runs.whole_run(connection)
    [entry] = to_do_by_hand.hand_entries(analyst, run_id)
    assert (entry.name, entry.source_id, entry.target_id, entry.where, entry.fixer) == (
        *("Amelia Ngata", "S2", "T2", "iPayroll", "Payroll"),
    )
    assert entry.what == "Finish date needs to be updated in iPayroll for this employee."
    assert to_do_by_hand.hand_entries_page(analyst, run_id, 9).total == 1


def test_a_trend_has_the_last_success_the_streak_and_the_yield(connection: int, analyst: Actor) -> None:
    assert connection_trend.connection_trend(analyst, connection).first_pass_yield is None
    good = run(connection, FINE, FINE, OUT_OF_SCOPE)
    bad = [run(connection, REFUSED, FINE) for _ in range(2)]
    run(connection, PLANNED, kind=RunKind.PREVIEW)
    reported_runs.run(connection, RunStatus.HELD)
    trend = connection_trend.connection_trend(analyst, connection)
    assert trend.last_success is not None and trend.last_success[0] == good
    assert (trend.streak, trend.broken) == (2, True)
    assert [point.run_id for point in trend.points] == [good, *bad]
    assert trend.first_pass_yield == 4 / 6


def test_a_trend_lists_who_is_stuck_longest_each_once(connection: int, analyst: Actor) -> None:
    with transaction() as session:
        pairing_id = 1
        for days, source_id, code in ((9, "S1", "REFUSED"), (8, "S1", "LOCKED"), (30, "S2", "REFUSED")):
            problem = OpenProblem(pairing_id=pairing_id, kind=ProblemKind.OUTCOME, source_id=source_id)
            problem.code, problem.name, problem.message, problem.fixer = code, f"N {source_id}", "No.", "HR"
            problem.since = now() - timedelta(days=days)
            session.add(problem)
    trend = connection_trend.connection_trend(analyst, connection)
    assert [(person.source_id, person.title) for person in trend.stuck] == [
        ("S2", "Refused"),
        ("S1", "Refused"),
    ]


def test_a_stranger_learns_nothing(connection: int) -> None:
    run_id = run(connection, REFUSED)
    stranger = Actor("Stranger", ActingRole.ACCOUNT_ADMIN, None, world.account("Other"))
    with pytest.raises(NotFoundError):
        connection_trend.connection_trend(stranger, connection)
    with pytest.raises(NotFoundError):
        headline.same_as_last_time(stranger, run_id)


def test_a_search_may_find_ten_thousand_employees(connection: int, analyst: Actor) -> None:
    with transaction() as session:
        run_id = session.get_one(Run, reported_runs.run(connection)).id
        session.add_all(
            Record(run_id=run_id, position=at, source_id=f"S{at}", name=f"Tāmati{at} Ngata", decision=FINE[0],
                   action=FINE[1])
            for at in range(10_000)
        )  # fmt: skip
    number = records.records_page(analyst, run_id, RecordFilter(search="ngata tamati"), 7).total
    assert number == 10_000, "also where more match than a statement takes as parameters"
