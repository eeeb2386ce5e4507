"""What holds for every step, whatever its arguments and the value are."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mapping.base import MOST_CHARACTERS, UNKNOWN, is_blank
from connectors.mapping.pipeline import StepsResult
from connectors.mapping.steps import Step
from tests.connectors.mapping.made import ANY_STEP, ARGUMENTS, COUNTRIES, SEEDS, TEXTS, VALUES, steps_named
from tests.connectors.mapping.test_examples import run

HUGE = ("a " * 500_000, "(" * 1_000_000, ["x" * 1_000_000])
IDEMPOTENT = ("tidy", "case", "name_case", "plain_letters", "phone", "place", "zeros", "keep")


def test_every_step_is_made() -> None:
    assert ARGUMENTS.keys() == Step.model_fields.keys()


def check_total(made: StepsResult) -> None:
    """Check that there is a value of a known type and length, blank, unknown, or a problem."""
    if made.problem is not None:
        assert made.value is None
    elif made.value is not UNKNOWN and made.value is not None:
        assert isinstance(made.value, str | bool | int | float | Decimal | date)
        assert not isinstance(made.value, str) or len(made.value) <= MOST_CHARACTERS


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_STEP, min_size=1, max_size=12), VALUES, COUNTRIES)
def test_steps_are_total(steps: list[Any], value: Any, country: str | None) -> None:
    check_total(run(steps, value, country))


@pytest.mark.timing
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_no_step_fails_or_lingers_at_a_hard_value(name: str, data: st.DataObject) -> None:
    step = {name: data.draw(ARGUMENTS[name])}
    for value in (*SEEDS, *HUGE):
        started = time.process_time()
        check_total(run([step], value, "Australia"))
        assert time.process_time() - started < 0.5


@settings(max_examples=200, deadline=None)
@given(steps_named(*IDEMPOTENT), TEXTS, COUNTRIES)
def test_cleaning_twice_is_cleaning_once(step: Any, value: str, country: str | None) -> None:
    once = run([step], value, country)
    if once.problem is None and once.value is not None:
        twice = run([step], once.value, country)
        assert (twice.value, twice.problem) == (once.value, None)


@settings(max_examples=100, deadline=None)
@given(ANY_STEP, st.sampled_from([None, UNKNOWN, "", "  ", "\u200b"]))
def test_blank_and_unknown_pass_untouched(step: Any, nothing: Any) -> None:
    made = run([step], nothing)
    assert made.problem is None and made.remarks == ()
    assert made.value is UNKNOWN if nothing is UNKNOWN else is_blank(made.value)


SECRETS = st.one_of(
    st.from_regex(r"[1-9][0-9]{8}", fullmatch=True),
    st.from_regex(r"[1-9]{3} [1-9]{3} [1-9]{3}", fullmatch=True),
    st.from_regex(r"[QWXZ]{4}[1-9]{5}", fullmatch=True),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_STEP, min_size=1, max_size=4), SECRETS, COUNTRIES)
def test_what_is_said_has_nothing_of_the_value(steps: list[Any], secret: str, country: str | None) -> None:
    for value in (secret, [secret, secret], [{"number": secret}, {"number": secret}]):
        made = run(steps, value, country)
        said = " ".join(f"{each.by} {each.text}" for each in (*made.remarks, *filter(None, [made.problem])))
        said = said.replace("4,000", "").replace("500", "").replace("1900 to 2199", "")
        assert not re.search(r"\d{3}", said)
        assert secret[:4] not in said


def test_a_step_that_makes_a_text_grow_ends_at_the_limit() -> None:
    grows = {"replace": [{"find": "a", "with": "a" * 200}] * 50}
    made = run([grows] * 12, "a" * 4000)
    assert made.problem is not None and made.problem.by == "step 1 (replace)"
    assert replace(made, problem=None) == StepsResult()
