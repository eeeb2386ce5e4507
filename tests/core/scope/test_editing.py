"""The scope is shown, its effect is what the next run does, and it is saved as a version."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.branches import Branch, BranchTree
from connectors.contract.records import Reason
from core.db import transaction
from core.errors import InvalidError
from core.mapping import versions
from core.models import Connection, Decision
from core.people import readiness
from core.queue import task_queue
from core.scope import branches
from core.scope.rules import ScopeRules, parse_condition
from core.scope_editor import current, effect, full_effect, rows, rule_documents, saving
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

ADMIN = replace(OPERATOR, account_id=1)
PERTH = ScopeRules(condition=parse_condition({"all": [{"branch": "Perth"}]}))


@pytest.fixture
def spread(sqlite_hub: Hub) -> Hub:
    """Give four employees in Perth and two in Sydney, all written by a first run."""
    for number in range(6):
        city = "Perth" if number < 4 else "Sydney"
        sqlite_hub.source.put(f"s{number}", person(number, branch=city, branch_id=city[:1]))
    sqlite_hub.run()
    return sqlite_hub


def in_scope(reasons: dict[str, Any]) -> int:
    out = {Reason.NOT_IN_SCOPE, Reason.SCOPE_UNDECIDED, Reason.EXCLUDED, Reason.FUTURE_START}
    return sum(reason not in out for reason in reasons.values())


def test_the_number_shown_is_the_one_of_the_next_run_and_nobody_is_ended(spread: Hub) -> None:
    found = effect.estimate(ADMIN, spread.connection_id, PERTH)
    assert (found.now, found.then, len(found.leaving), found.leaving_linked) == (6, 4, 2, 2)
    assert found.by_branch == {"Perth": (4, 4), "Sydney": (2, 0)}
    saved = saving.save_scope(ADMIN, spread.connection_id, PERTH, "Perth first", based_on=0)
    ended = spread.run()
    assert in_scope(ended.reasons()) == found.then
    assert {name for name, reason in ended.reasons().items() if reason == Reason.NOT_IN_SCOPE} == {"s4", "s5"}
    assert found.reasons["s4"] == ended.rows["s4"].message
    assert Decision.TERMINATE not in ended.decisions().values()
    view = current.get_scope(ADMIN, spread.connection_id)
    assert view.version == saved.number == 1
    assert view.sentences == ["Synced: employees with: Branch is Perth."]


def test_a_branch_with_those_below_it_is_judged_by_the_branches_of_the_source(spread: Hub) -> None:
    tree = BranchTree([Branch("W", "West", "West"), Branch("P", "Perth", "West > Perth", "W")])
    with transaction() as session:
        pairing_id = session.get_one(Connection, spread.connection_id).pairing_id
        assert pairing_id is not None
        branches.save(session, pairing_id, tree)
    west = ScopeRules(condition=parse_condition({"branch": "West", "below": True}))
    assert effect.estimate(ADMIN, spread.connection_id, west).then == 4
    gone = ScopeRules(condition=parse_condition({"branch": "Wst"}))
    with pytest.raises(InvalidError, match="Did you mean `West`"):
        saving.save_scope(ADMIN, spread.connection_id, gone, based_on=0)


def test_two_people_who_edit_at_once_lose_nothing(spread: Hub) -> None:
    saving.save_scope(ADMIN, spread.connection_id, PERTH, based_on=0)
    starters = current.get_scope(ADMIN, spread.connection_id).rules.model_copy(update={"days_before": 14})
    other = ScopeRules(condition=parse_condition({"branch": "Sydney"}))
    with pytest.raises(versions.OverlapError, match="changed `scope` too"):
        saving.save_scope(ADMIN, spread.connection_id, other, based_on=0)
    saving.save_scope(ADMIN, spread.connection_id, starters, based_on=1)
    assert current.get_scope(ADMIN, spread.connection_id).rules == starters


def test_a_drop_above_the_guard_asks_for_the_number(spread: Hub) -> None:
    spread.set_job(limits={"most_fewer": 1})
    with pytest.raises(saving.NumberNeededError, match="2 employees would no longer be synced"):
        saving.save_scope(ADMIN, spread.connection_id, PERTH, based_on=0, typed_number=3)
    assert saving.save_scope(ADMIN, spread.connection_id, PERTH, based_on=0, typed_number=2).number == 1


def test_a_field_that_is_not_kept_cannot_be_estimated_and_says_so(spread: Hub) -> None:
    rules = ScopeRules(condition=parse_condition({"at": "email", "ends_with": ["@ours.test"]}))
    found = effect.estimate(ADMIN, spread.connection_id, rules)
    assert found.not_kept == ["email"] and len(found.undecided) == 6
    assert full_effect.find(ADMIN, spread.connection_id, rules) is None


def test_for_a_field_that_is_not_kept_everybody_is_read_in_the_background(
    spread: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(task_queue, "enqueue_run", queued.append)
    spread.source.edit("s1", email="ann@ours.test")
    spread.source.put("s9", person(9, email="new@ours.test"))
    rules = ScopeRules(condition=parse_condition({"at": "email", "ends_with": ["@ours.test"]}))
    assert full_effect.minutes(ADMIN, spread.connection_id) == 1
    run_id = full_effect.start(ADMIN, spread.connection_id, rules, based_on=0)
    waiting = full_effect.find(ADMIN, spread.connection_id, rules)
    assert waiting is not None and (waiting.is_waiting, waiting.effect, queued) == (True, None, [run_id])
    spread.execute(run_id)
    full = full_effect.find(ADMIN, spread.connection_id, rules)
    assert full is not None and full.effect is not None
    found = full.effect
    assert (found.now, found.then, len(found.leaving), found.leaving_linked) == (6, 2, 5, 5)
    assert [person.source_id for person in found.entering] == ["s9"]
    spread.set_job(limits={"most_fewer": 1})
    with pytest.raises(saving.NumberNeededError, match="5 employees would no longer be synced"):
        saving.save_scope(ADMIN, spread.connection_id, rules, based_on=0)
    saving.save_scope(ADMIN, spread.connection_id, rules, based_on=0, typed_number=5)
    assert in_scope(spread.run().reasons()) == found.then


def test_readiness_says_of_a_starter_what_the_next_run_says(spread: Hub) -> None:
    today = current.get_scope(ADMIN, spread.connection_id).today
    spread.source.put("s9", person(9, start_date=today + timedelta(20)))
    for days in (10, 30):
        rules = current.get_scope(ADMIN, spread.connection_id).rules.model_copy(update={"days_before": days})
        saving.save_scope(ADMIN, spread.connection_id, rules, based_on=0 if days == 10 else 1)
        if days == 10:
            assert spread.run().reasons()["s9"] == Reason.FUTURE_START
        verdicts = readiness.all_verdicts(ADMIN, spread.connection_id)
        reason = next(verdict.reason for verdict in verdicts if verdict.person.source_id == "s9")
        assert reason == (Reason.FUTURE_START if days == 10 else None)
    assert spread.run().decisions()["s9"] is Decision.CREATE


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"scope": {"at": "au_tax.tfn", "there": True}}, "is sensitive"),
        ({"scope": {"at": "nope", "is": ["1"]}}, "An employee has no `nope`"),
        ({"scope": {"at": "status"}}, "a condition has one of"),
        ({"people": {"include": ["1"], "exclude": ["1"]}}, "included and excluded"),
        ({"people": {"exclud": ["1"]}}, "`people` may hold exclude and include only"),
        ({"starters": {"days_before": -1}}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_and_nothing_is_saved(
    spread: Hub, written: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        rules = saving.parse_parts(written)
        saving.save_scope(ADMIN, spread.connection_id, rules, based_on=0)
    assert current.get_scope(ADMIN, spread.connection_id).version == 0


ROWS = st.one_of(
    st.builds(
        lambda words, below: rows.Row(rows.BRANCH, "is", words, below=below),
        st.lists(st.sampled_from(["1", "2", "Perth"]), min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(
        lambda words, blank: rows.Row("status", "is", words, or_blank=blank),
        st.lists(st.sampled_from(["Current", "Leave"]), min_size=1, max_size=2),
        st.booleans(),
    ),
    st.sampled_from(
        [
            rows.Row("email", "empty", True),
            rows.Row("start_date", "within_days", {"before": 3, "after": 14}),
            rows.Row("end_date", "between", ["2026-01-01", "2026-12-31"]),
            rows.Row("surname", "starts_with", ["O"]),
        ]
    ),
)


@given(st.lists(st.lists(ROWS, min_size=1, max_size=3), max_size=4))
def test_rows_become_a_condition_and_the_same_condition_again(groups: list[list[rows.Row]]) -> None:
    condition = rows.to_condition(groups)
    shown = rows.to_groups(condition)
    assert shown is not None and rows.to_condition(shown) == condition


def test_a_condition_with_more_levels_has_no_rows() -> None:
    deep = parse_condition({"not": {"any": [{"branch": "1"}, {"at": "status", "is": ["Leave"]}]}})
    assert rows.to_groups(deep) is None


@pytest.mark.parametrize(
    "text",
    [
        "{at: start_date, on_or_after: 2026-13-45}",
        "a: " + "[" * 5000,
        "&a [*a]",
        "\x00",
        "- 1",
        "{at: status, is: []}",
        "{at: hours_per_week, at_least: '3,5'}",
        "{at: status, like: x}",
    ],
)
def test_a_condition_as_text_is_a_condition_or_a_sentence(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        saving.parse_condition_text(text)
    assert str(refused.value).endswith((".", "?")) and "Tuple" not in str(refused.value)
    assert saving.parse_condition_text("{branch: Perth}") == parse_condition({"branch": "Perth"})


def test_rules_begun_before_somebody_saved_others_are_shown_and_counted_with_theirs(spread: Hub) -> None:
    begun = current.get_scope(ADMIN, spread.connection_id)
    saving.save_scope(ADMIN, spread.connection_id, PERTH, based_on=0)
    mine = begun.rules.model_copy(update={"exclude": ("s0",)})
    view = current.get_scope(ADMIN, spread.connection_id)
    merged = rule_documents.merge_rules(begun.saved.document, mine, view.saved.document, view.job_scope)
    assert merged == PERTH.model_copy(update={"exclude": ("s0",)})
    assert effect.estimate(ADMIN, spread.connection_id, merged).then == 3
    spread.set_job(limits={"most_fewer": 1})  # what they dropped is no drop of mine
    saving.save_scope(ADMIN, spread.connection_id, mine, based_on=0)
    assert in_scope(spread.run().reasons()) == 3


def test_who_is_meant_by_what_was_typed(spread: Hub) -> None:
    spread.source.put("s7", person(7, first_name="Zoë", surname="Ngata", employee_number="HF-7"))
    spread.source.put("s8", person(8, first_name="Zoe", surname="Ward"))
    spread.run()

    def find(typed: str) -> str:
        return current.find_source_id(ADMIN, spread.connection_id, typed)

    assert [find(each) for each in ("s7", " s7 ", "hf-7", "zoe NGATA", "Ngata", "new-1")] == [
        *("s7", "s7", "s7", "s7", "s7", "new-1")
    ]
    with pytest.raises(InvalidError, match="“zoe” fits 2 employees"):
        find("zoe")
