"""The steps of one field as one function, prepared once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Any

from connectors.mapping.base import (
    LISTS,
    MOST_CHARACTERS,
    MOST_ENTRIES,
    TOO_LONG,
    UNKNOWN,
    Failure,
    Kind,
    Noted,
    StepFunction,
    is_blank,
)
from connectors.mapping.dates import ReadDate
from connectors.mapping.phones import Phone
from connectors.mapping.steps import AnyStep, named


@dataclass(frozen=True, slots=True)
class StepMessage:
    """What is said about a value: by what, such as *step 2 (zeros)*, and the rest of the sentence."""

    by: str
    text: str


@dataclass(slots=True)
class StepsResult:
    """What the steps made of a value: another one, None for blank or UNKNOWN; or a problem. Remarks are no problems.

    Nothing changes it. It is not frozen, because one is made for each value (``contract/records.py``).
    """

    value: Any = None
    problem: StepMessage | None = None
    remarks: tuple[StepMessage, ...] = ()


_LONG_TEXT = Failure(f"takes a text of at most {MOST_CHARACTERS:,} characters")
_LONG_LIST = Failure(f"takes a list of at most {MOST_ENTRIES} entries")
_SEVERAL = StepMessage("the last step", "leaves several values where one is needed")
SINGLE_VALUES = (str, bool, int, float, Decimal, date)
_NO_VALUE = StepMessage("the last step", "leaves an entry of a list, not one of its values")


class Pipeline:
    """The steps of one field, prepared once."""

    __slots__ = ("_steps", "needs_country")

    def __init__(self, steps: Iterable[AnyStep], time_zone: tzinfo = UTC) -> None:
        """Take the steps in their order, and the time zone of the account."""
        self._steps: list[tuple[str, bool, StepFunction]] = []
        all_steps = named(steps)
        for number, (name, arguments) in enumerate(all_steps, start=1):
            step = arguments.compile(time_zone) if isinstance(arguments, ReadDate) else arguments.compile()
            self._steps.append((f"step {number} ({name})", Kind.LIST in arguments.takes, step))
        self.needs_country = any(isinstance(arguments, Phone) for _, arguments in all_steps)

    def run(self, value: Any, country: str | None = None) -> StepsResult:
        """Return what the steps make of a value."""
        remarks: list[StepMessage] = []
        for by, takes_list, step in self._steps:
            if value is UNKNOWN or is_blank(value):
                break
            if isinstance(value, LISTS) and not takes_list:
                value = _for_each(step, value, country)
            else:
                value = _apply(step, value, country)
            if type(value) is str:  # by far the most
                continue
            if isinstance(value, Noted):
                remarks.append(StepMessage(by, value.remark))
                value = value.value
            if isinstance(value, Failure):
                return StepsResult(None, StepMessage(by, value.reason), tuple(remarks))
        return _single(value, tuple(remarks))

    def trace(self, value: Any, country: str | None = None) -> list[tuple[str, Any]]:
        """Return the name of each step with what it makes of the value before it; None where a step cannot take it.

        A list counts as it is. The steps after a blank value, or after one that could not be taken, are left out.
        """
        made: list[tuple[str, Any]] = []
        for by, takes_list, step in self._steps:
            if value is UNKNOWN or is_blank(value):
                break
            is_list = isinstance(value, LISTS) and not takes_list
            value = _for_each(step, value, country) if is_list else _apply(step, value, country)
            value = value.value if isinstance(value, Noted) else value
            name = by[by.index("(") + 1 : -1]
            if isinstance(value, Failure):
                return [*made, (name, None)]
            made.append((name, value))
        return made


def _apply(step: StepFunction, value: Any, country: str | None) -> Any:
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return _LONG_TEXT
    result = step(value, country)
    if isinstance(result, str) and len(result) > MOST_CHARACTERS:
        return TOO_LONG
    return result


def _for_each(step: StepFunction, values: tuple[Any, ...] | list[Any], country: str | None) -> Any:
    """Return what a step makes of each entry of a list, without the blank ones."""
    if len(values) > MOST_ENTRIES:
        return _LONG_LIST
    made: list[Any] = []
    remark: str | None = None
    for value in values:
        result = None if is_blank(value) else _apply(step, value, country)
        if isinstance(result, Failure):
            return result
        if isinstance(result, Noted):
            remark, result = result.remark, result.value
        if not is_blank(result):
            made.append(result)
    return made if remark is None else Noted(made, remark)


def _single(value: Any, remarks: tuple[StepMessage, ...]) -> StepsResult:
    """Return one value: a list of one is that one."""
    if type(value) is str:  # by far the most
        return StepsResult(None if is_blank(value) else value, None, remarks)
    if value is UNKNOWN:
        return StepsResult(UNKNOWN, None, remarks)
    if isinstance(value, LISTS):
        entries = [entry for entry in value if not is_blank(entry)]
        if len(entries) > 1:
            return StepsResult(None, _SEVERAL, remarks)
        value = entries[0] if entries else None
    if is_blank(value):
        return StepsResult(None, None, remarks)
    if not isinstance(value, SINGLE_VALUES):
        return StepsResult(None, _NO_VALUE, remarks)
    return StepsResult(value, None, remarks)
