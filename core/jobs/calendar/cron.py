"""Cron expressions: checked, put into words, and followed on a wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from cron_descriptor import FormatError, Options, get_description
from croniter import CroniterError, croniter

from core.errors import InvalidError

LONGEST = 100
# Wall-clock times have no zone here.
SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
EXAMPLE = "It has five parts: minute, hour, day, month and weekday, such as 30 18 * * 1-5."
_TEXT = re.compile(r"[0-9A-Za-z*,/#-]+(?: [0-9A-Za-z*,/#-]+){4}")
_STEP = re.compile(r"(\*|\d+|\d+-\d+)/(\d+)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NUMBERS = {
    name: str(number)
    for names, first in ((MONTHS, 1), (WEEKDAYS, 0))
    for number, name in enumerate(names, first)
}
# A step of these counts evenly: after the last one in an hour or a day comes the first of the next.
_EVEN = {"minute": 60, "hour": 24}


def check(text: str | None) -> str:
    """Return a cron expression in its usual form. Raises InvalidError for one that is wrong or never fires."""
    expression = " ".join((text or "").upper().split())
    if expression.startswith("@"):
        raise InvalidError(f"Short names such as {expression.lower()[:20]} are not used here. {EXAMPLE}")
    if len(expression.split()) in (6, 7):
        raise InvalidError(f"A schedule has no seconds and no years. Leave out that part. {EXAMPLE}")
    if len(expression) > LONGEST or not _TEXT.fullmatch(expression) or "0" in _steps(expression):
        raise InvalidError(f"This is not a cron expression. {EXAMPLE}")
    _check_fires(expression)
    return expression


def _steps(expression: str) -> set[str]:
    return {step.lstrip("0") or "0" for step in re.findall(r"/(\d+)", expression)}


@lru_cache(maxsize=1024)
def _check_fires(expression: str) -> None:
    if re.search(r"[,-]L|L,|L-|[HRW]\d|\b[HR]\b", expression.split()[2]):
        raise InvalidError("L, the last day of the month, stands alone in its part of a cron expression.")
    try:
        next(walk(expression, SOME_DAY))
        in_words(expression)
    except (CroniterError, FormatError, ValueError, KeyError, IndexError) as error:
        if "find next date" in str(error):
            raise InvalidError("No day has this date, so the schedule would never run.") from error
        if "out of range" in str(error):
            raise InvalidError(
                "A number in this cron expression is too large or too small: minutes go from 0 to 59, hours from 0 to "
                "23, days from 1 to 31, months from 1 to 12 and weekdays from 0 (Sunday) to 7 (Sunday too)."
            ) from error
        raise InvalidError(f"This is not a cron expression. {EXAMPLE}") from error


def walk(expression: str, wall: datetime) -> Iterator[datetime]:
    """Yield the times after ``wall`` that a cron expression names, on a wall clock without a zone."""
    times = croniter(expression, wall)
    while True:
        yield times.get_next(datetime)


def names_each_hour(expression: str) -> bool:
    """Say whether an expression goes by the hour, so that it also fires in an hour that the clocks repeat."""
    return expression.split()[1].startswith("*")


@lru_cache(maxsize=1024)
def in_words(expression: str) -> str:
    """Return what an expression means: "At 18:30, Monday through Friday"."""
    parts = (_spelt_out(part, *field) for part, field in zip(expression.split(), FIELDS, strict=True))
    options = Options()
    options.use_24hour_time_format, options.locale_code = True, "en_US"
    words: str = get_description(" ".join(parts), options)
    return words


def _spelt_out(part: str, name: str, least: int, most: int) -> str:
    """Replace a step that does not count evenly with the values it stands for: "*/45" is 0 and 45 of each hour."""
    match = _STEP.fullmatch(re.sub(r"[A-Z]{3}", lambda name: _NUMBERS.get(name[0], name[0]), part))
    if match is None:
        return part
    begin, step = match[1], int(match[2])
    if begin == "*" and (step == 1 or (name in _EVEN and _EVEN[name] % step == 0)):
        return "*" if step == 1 else part
    first, _, last = begin.partition("-")
    if name == "weekday":
        most = 6
    start = least if begin == "*" else int(first)
    values = range(start, (int(last) if last else most) + 1, step)
    return ",".join(map(str, values)) or part
