"""Every outcome stands in the catalogue, and every row belongs to exactly one counter."""

from __future__ import annotations

from itertools import product

import pytest

from connectors.contract.records import Problem, Reason, Verdict
from core.models import Action, Decision
from core.reports.records import Group
from core.runs import messages, outcome_catalogue
from core.runs.counters import Counters
from core.runs.outcome_catalogue import CATALOGUE, Code, explain
from core.runs.system_names import SystemNames
from core.sync.plan.processor import join_problems
from core.sync.store.tally import bucket


@pytest.mark.parametrize("code", [*Reason, *Code])
def test_every_code_has_cause_fixer_and_remedy(code: str) -> None:
    explanation = explain(code)
    assert explanation.title and explanation.fixer
    for sentence in (explanation.cause, explanation.remedy):
        assert sentence.startswith(("{source}", "{target}")) or sentence[0].isupper()
        assert sentence.endswith(".") and "{" not in SystemNames("enableHR", "iPayroll").fill(sentence)
    assert len(code) <= 40


def test_the_catalogue_holds_nothing_else() -> None:
    assert set(CATALOGUE) == {*Reason, *Code}


def test_processor_and_writer_name_the_reason_where_it_matters() -> None:
    assert outcome_catalogue.processor(Decision.FILTERED, Reason.MISSING_FIELD) == "Filtered: Missing field"
    assert outcome_catalogue.processor(Decision.NO_CHANGE, None) == "No change"
    assert outcome_catalogue.writer(Action.FAILED, Reason.REFUSED) == "Failed: Refused"
    assert outcome_catalogue.writer(Action.CREATED, None) == "Created"


def test_only_pending_rows_belong_to_no_counter() -> None:
    for decision, action in product(Decision, Action):
        none = bucket(decision, action) is None
        assert not none or action in (Action.PENDING, Action.SKIPPED)


def test_counters_and_groups_of_the_reports_have_the_same_names() -> None:
    assert {group.value for group in Group} - {"pending"} == set(Counters.__dataclass_fields__) - {"read"}


def test_an_error_weighs_more_than_a_filter_and_all_sentences_are_told() -> None:
    missing = Problem(Reason.MISSING_FIELD, "Start date is missing.", "Start date")
    several = Problem(
        Reason.TOO_MANY_BANK_ACCOUNTS, "There are several bank accounts.", verdict=Verdict.ERROR
    )
    joined = join_problems((missing, several))
    assert joined is not None
    assert (joined.reason, joined.verdict) == (Reason.TOO_MANY_BANK_ACCOUNTS, Verdict.ERROR)
    assert joined.message == "Start date is missing. There are several bank accounts."


@pytest.mark.parametrize(
    ("counters", "message"),
    [
        (Counters(read=1, created=1), "The only employee was processed: 1 created."),
        (
            Counters(read=5, created=2, unchanged=1, held=2),
            "All 5 employees were processed: 2 created, 1 unchanged, 2 held. 2 people are waiting for a decision.",
        ),
        (
            Counters(read=250, errors=3, unchanged=225, filtered=22),
            "3 of 250 employees could not be written; 225 unchanged, 22 filtered.",
        ),
        (Counters(read=2, errors=2), "2 of 2 employees could not be written."),
        (Counters(), "All 0 employees were processed: no employee was read."),
    ],
)
def test_a_run_ends_with_a_sentence(counters: Counters, message: str) -> None:
    assert messages.ended(counters)[1] == message


def test_the_sentence_says_how_many_need_somebody() -> None:
    counters = Counters(read=250, created=221, filtered=22, errors=7)
    assert messages.ended(counters, need_action=9)[1] == (
        "7 of 250 employees could not be written; 221 created, 22 filtered. 9 need you (see To fix)."
    )
    assert messages.ended(Counters(read=1, unchanged=1), need_action=1)[1].endswith(
        "1 needs you (see To fix)."
    )
