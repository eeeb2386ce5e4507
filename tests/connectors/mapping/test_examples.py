"""Every example of docs/mapping-steps.md is what the step does."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from connectors.mapping.base import Kind, is_blank
from connectors.mapping.pipeline import Pipeline, StepsResult
from connectors.mapping.steps import AnyStep, Step, Steps, named
from connectors.rest.checks.yaml_lines import read_yaml

PAGE = Path(__file__).parents[3] / "docs" / "mapping-steps.md"
SYDNEY = ZoneInfo("Australia/Sydney")
STEPS: TypeAdapter[tuple[AnyStep, ...]] = TypeAdapter(Steps)
ROW = re.compile(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", re.MULTILINE)
RESULT = re.compile(r"`([^`]+)` → (`[^`]+`|\*blank\*|\*problem\*)")


class Example(NamedTuple):
    """One example of the page."""

    step: str
    value: str
    result: str


def examples() -> list[Example]:
    found = []
    for _, cell in ROW.findall(PAGE.read_text().partition("## The steps")[2]):
        for line in cell.split("<br>"):
            step, _, rest = line.partition("`: ")
            found += [Example(step.removeprefix("`"), *each) for each in RESULT.findall(rest)]
    return found


def run(steps: list[Any], value: Any, country: str | None = None) -> StepsResult:
    return Pipeline(STEPS.validate_python(steps), SYDNEY).run(value, country)


def from_yaml(written: str) -> Any:
    """Return a value as a file would hold it."""
    return read_yaml(f"value: {written}").content["value"]


def parsed(step: Any, written: str) -> Any:
    """Return the value that an example stands for."""
    [(_, arguments)] = named(STEPS.validate_python([step]))
    if Kind.LIST in arguments.takes:
        return from_yaml(written)
    if arguments.takes == {Kind.DATE}:
        return date.fromisoformat(written)
    if arguments.takes == {Kind.NUMBER}:
        return Decimal(written)
    return json.loads(written) if written.startswith('"') else written


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("example", examples(), ids=lambda each: f"{each.step} of {each.value}")
def test_an_example_of_the_page_holds(example: Example) -> None:
    step = from_yaml(example.step)
    made = run([step], parsed(step, example.value))
    if example.result == "*problem*":
        assert made.problem is not None
    elif example.result == "*blank*":
        assert made.problem is None and is_blank(made.value)
    else:
        assert (made.problem, shown(made.value)) == (None, example.result.strip("`"))


def test_every_step_has_examples() -> None:
    named_there = {next(iter(from_yaml(each.step)), "") for each in examples() if "{" in each.step}
    named_there |= {each.step for each in examples()}
    assert Step.model_fields.keys() <= named_there
    assert len(examples()) > 80
