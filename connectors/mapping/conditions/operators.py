"""What each operator asks of a value that is not blank."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.contract.employee import employment_status, fold_word
from connectors.mapping.base import Kind, as_number, as_text
from connectors.mapping.conditions.tree import DaysAround, ValueTest, Word

# Takes a value that is not blank; None says that the value cannot be compared.
Asked = Callable[[Any], bool | None]
# Compared by their letters and digits alone, because systems write them with and without spaces, hyphens and `_`.
WORD_PATHS = frozenset({"status", "employment_type", "branch", "branch_id"})
STATUS = "status"

FITTING: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "is_not", "starts_with", "ends_with", "contains", "empty", "there"),
    Kind.NUMBER: ("is", "is_not", "at_least", "at_most", "between", "empty", "there"),
    Kind.DATE: ("on_or_before", "on_or_after", "between", "within_days", "empty", "there"),
    Kind.YES_NO: ("is", "is_not", "empty", "there"),
    Kind.LIST: ("any_is", "all_are", "none_is", "empty", "there"),
}
# What they say of a blank value; all others say no.
TRUE_OF_BLANK = frozenset({"is_not", "none_is"})


def compile_operator(test: ValueTest, kind: Kind | None, today: date | None) -> Asked:
    """Return what a test other than `empty` and `there` asks. ``today`` is needed for `within_days` only."""
    operator, argument = test.operator, test.argument
    if operator in {"is", "is_not"}:
        return _compile_is(test, kind, is_wanted=operator == "is")
    if operator == "between":
        return _compile_between(argument)
    if operator == "within_days":
        if today is None:
            raise ValueError("a condition on days around today needs today's date")
        return _compile_within(argument, today)
    return _COMPILERS[operator](operator, argument)


def fold(word: Any) -> str:
    """Return a value as two are compared: capitals and spaces do not matter."""
    written = str(word) if isinstance(word, bool) else as_text(word)
    return " ".join((written if written is not None else str(word)).casefold().split())


def read_date(value: Any) -> date | None:
    """Return a date, also of a text that begins with one as yyyy-mm-dd; None of anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def read_number(value: Any) -> Decimal | None:
    """Return a number, also of a text that is one; None of anything else."""
    if not isinstance(value, str):
        return as_number(value)
    try:
        return as_number(Decimal(value.strip())) if len(value) <= 100 and "_" not in value else None
    except InvalidOperation:
        return None


def _compile_is(test: ValueTest, kind: Kind | None, *, is_wanted: bool) -> Asked:
    words: Iterable[Word] = test.argument
    if test.at in WORD_PATHS:
        return _compile_word(test, frozenset(fold_word(str(word)) for word in words), is_wanted=is_wanted)
    if kind is Kind.NUMBER:
        numbers = frozenset(map(read_number, words))
        return lambda value: (
            None if (amount := read_number(value)) is None else (amount in numbers) is is_wanted
        )
    folded = frozenset(map(fold, words))
    return lambda value: (fold(value) in folded) is is_wanted


def _compile_word(test: ValueTest, folded: frozenset[str], *, is_wanted: bool) -> Asked:
    is_status = test.at == STATUS

    def ask(value: Any) -> bool | None:
        word = str(value)
        status = employment_status(word) if is_status else None
        return (
            fold_word(word) in folded or (status is not None and fold_word(status) in folded)
        ) is is_wanted

    return ask


def _compile_text(operator: str, texts: Iterable[str]) -> Asked:
    folded = tuple(map(fold, texts))
    if operator == "contains":
        return lambda value: any(part in written for part in folded) if (written := fold(value)) else False
    if operator == "starts_with":
        return lambda value: fold(value).startswith(folded)
    return lambda value: fold(value).endswith(folded)


def _compile_number(operator: str, bound: Decimal) -> Asked:
    if operator == "at_least":
        return lambda value: None if (amount := read_number(value)) is None else amount >= bound
    return lambda value: None if (amount := read_number(value)) is None else amount <= bound


def _compile_date(operator: str, bound: date) -> Asked:
    if operator == "on_or_before":
        return lambda value: None if (day := read_date(value)) is None else day <= bound
    return lambda value: None if (day := read_date(value)) is None else day >= bound


def _compile_between(pair: tuple[Any, Any]) -> Asked:
    first, last = map(read_date, pair)
    if first is not None and last is not None:
        return lambda value: None if (day := read_date(value)) is None else first <= day <= last
    least, most = map(read_number, pair)
    if least is None or most is None:
        return lambda _value: None
    return lambda value: None if (amount := read_number(value)) is None else least <= amount <= most


def _compile_within(days: DaysAround, today: date) -> Asked:
    first, last = shifted(today, -days.before), shifted(today, days.after)
    return lambda value: None if (day := read_date(value)) is None else first <= day <= last


def changes_on(value: Any, days: DaysAround, today: date) -> date | None:
    """Return the first day after today on which `within_days` says something else; None when it never does."""
    day = read_date(value)
    if day is None or day < shifted(today, -days.before):
        return None
    return shifted(day, -days.after) if day > shifted(today, days.after) else shifted(day, days.before + 1)


def shifted(day: date, days: int) -> date:
    """Return a day some days later, or the first or last day of the calendar."""
    try:
        return day + timedelta(days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _compile_list(operator: str, words: Iterable[Word]) -> Asked:
    folded = frozenset(map(fold, words))

    def entries(value: Any) -> Iterable[str]:
        return [fold(each) for each in (value if isinstance(value, tuple | list) else (value,))]

    if operator == "any_is":
        return lambda value: any(each in folded for each in entries(value))
    if operator == "all_are":
        return lambda value: all(each in folded for each in entries(value))
    return lambda value: not any(each in folded for each in entries(value))


_COMPILERS: dict[str, Callable[[str, Any], Asked]] = {
    "starts_with": _compile_text,
    "ends_with": _compile_text,
    "contains": _compile_text,
    "at_least": _compile_number,
    "at_most": _compile_number,
    "on_or_before": _compile_date,
    "on_or_after": _compile_date,
    "any_is": _compile_list,
    "all_are": _compile_list,
    "none_is": _compile_list,
}
