"""How a match was made, in words."""

from __future__ import annotations

import pytest

from core.models import Action, Decision
from core.runs import matched_by
from core.runs.matched_by import WORDS, MatchedBy
from core.runs.outcome_catalogue import CATALOGUE, FAILURES, Fixer, fixer

TAX = MatchedBy.TAX_NUMBER | MatchedBy.BIRTH_DATE
UPDATED, CREATED, SKIPPED = Action.UPDATED, Action.CREATED, Action.SKIPPED


@pytest.mark.parametrize(
    ("outcome", "stored", "of_link", "words"),
    [
        ((Decision.UPDATE, UPDATED), TAX, None, "by tax number and birth date"),
        ((Decision.UPDATE, UPDATED), TAX | MatchedBy.NAME, None, "by tax number, name and birth date"),
        ((Decision.UPDATE, UPDATED), None, TAX.value, "by link (by tax number and birth date)"),
        (
            (Decision.NO_CHANGE, SKIPPED),
            None,
            MatchedBy.DECISION.value,
            "by link (by a person's decision)",
        ),
        ((Decision.NO_CHANGE, SKIPPED), None, MatchedBy.CREATED.value, "by link (created by iHUB)"),
        ((Decision.NO_CHANGE, SKIPPED), None, 0, "by link"),
        ((Decision.FILTERED, SKIPPED), None, None, ""),
        ((Decision.CREATE, CREATED), None, MatchedBy.CREATED.value, "created by iHUB"),
        ((Decision.CREATE, Action.PENDING), None, None, ""),
        ((Decision.CREATE, Action.FAILED), None, None, ""),
        ((Decision.FILTERED, SKIPPED), None, None, ""),
        ((Decision.AMBIGUOUS, Action.NOT_WRITTEN), TAX, None, "perhaps, by tax number and birth date"),
    ],
)
def test_a_record_says_how_its_employee_was_matched(
    outcome: tuple[Decision, Action], stored: int | None, of_link: int | None, words: str
) -> None:
    assert matched_by.describe_record(*outcome, stored, of_link) == words


def test_every_stored_number_has_words() -> None:
    assert {flag for flag in MatchedBy if flag not in WORDS} == {MatchedBy.CREATED}
    assert [flag.value for flag in MatchedBy] == [1 << place for place in range(11)]


@pytest.mark.parametrize("decision", list(Decision))
def test_somebody_must_act_on_what_was_not_written_and_can_be_fixed(decision: Decision) -> None:
    for code, why in CATALOGUE.items():
        expected = None if why.fixer is Fixer.NOBODY else why.fixer
        assert fixer(decision, Action.FAILED, code) is expected
        assert fixer(decision, Action.UPDATED, code) is (expected if decision in FAILURES else None)
    assert fixer(decision, Action.FAILED, "A_CODE_OF_LATER") is Fixer.SUPPORT
