"""The days on which super cannot be due: public holidays of the whole of any state or territory of Australia.

A business day is the same for every employer (Superannuation Guarantee (Administration) Act 1992 s 6(1)). Which days
count is disputed for a few, so there are two lists: the safe one has only what nobody disputes, and the longer one
also what the Tax Office lists among its lodgment days. Weekends are in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from core.errors import InvalidError
from core.settings import settings

# The day on which the lists were checked, and the last day that they are good for.
CHECKED_ON, GOOD_UNTIL = date(2026, 11, 29), date(2028, 12, 31)
SAFE = """
    2026: 08-03 09-25 10-05 12-25 12-28
    2027: 01-01 01-26 03-01 03-08 03-26 03-29 04-26 05-03 05-31 06-07 06-14 08-02 10-04 12-27 12-28
    2028: 01-03 01-26 03-13 04-14 04-17 04-25 05-01 05-29 06-12 08-07 10-02 12-25 12-26
    """
# Melbourne Cup, King's Birthday in Western Australia, 24 and 31 December, and days that are not proclaimed yet.
LISTED_TOO = """
    2026: 09-28 11-03 12-24 12-31
    2027: 09-24 09-27 11-02 12-24 12-31
    2028: 03-06 06-05 09-25 09-29 11-07
    """
SATURDAY = 5
# In iHUB's home folder.
FILE = "national-holidays.yaml"


@dataclass(frozen=True, slots=True)
class NationalDays:
    """Both lists of days that are no business days, and until when they are known."""

    safe: frozenset[date]
    listed: frozenset[date]
    good_until: date

    def count(self, start: date, business_days: int, *, safe: bool) -> date | None:
        """Return the day that lies this many business days after a day, which does not count; before it, if negative.

        None where the lists do not go so far.
        """
        closed = self.safe if safe else self.listed
        step, day = timedelta(days=1 if business_days > 0 else -1), start
        for _ in range(abs(business_days)):
            day += step
            while day.weekday() >= SATURDAY or day in closed:
                day += step
        return day if day <= self.good_until else None


class Override(BaseModel):
    """A file with other days: what it names counts beside the shipped lists, or against them."""

    model_config = ConfigDict(extra="forbid")

    good_until: date = GOOD_UNTIL
    # Holidays that nobody disputes.
    holidays: tuple[date, ...] = ()
    # Holidays of the longer list only.
    listed_only: tuple[date, ...] = ()
    # Days of the shipped lists that are business days after all.
    business_days: tuple[date, ...] = ()


def national_days() -> NationalDays:
    """Return the lists, changed by the file in the home folder where there is one. Raises InvalidError."""
    path = settings().home / FILE
    return _load(path, path.stat().st_mtime_ns) if path.is_file() else _load(None, 0)


@lru_cache(maxsize=8)
def _load(path: Path | None, _changed: int) -> NationalDays:
    other = Override() if path is None else _read(path)
    not_closed = frozenset(other.business_days)
    safe = (_parse(SAFE) | frozenset(other.holidays)) - not_closed
    listed = (_parse(LISTED_TOO) | frozenset(other.listed_only)) - not_closed
    return NationalDays(safe, safe | listed, other.good_until)


def _read(path: Path) -> Override:
    try:
        return Override.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, YAMLError, ValidationError) as error:
        raise InvalidError(
            f"The file {path.name} in iHUB's home folder cannot be used. It has the keys good_until, holidays, "
            "listed_only and business_days, with dates such as 2029-01-01."
        ) from error


def _parse(text: str) -> frozenset[date]:
    days = set()
    for line in text.split("\n"):
        year, _, rest = line.partition(":")
        days |= {date.fromisoformat(f"{year.strip()}-{day}") for day in rest.split()}
    return frozenset(days)
