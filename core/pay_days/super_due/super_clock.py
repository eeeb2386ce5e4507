"""By when super has to be at the fund in Australia: two dates, because it is disputed which holidays count.

Facts: Superannuation Guarantee (Administration) Act 1992 ss 6(1), 17A, 18C, in force for pays since 1 July 2026. The
pay day does not count. Nobody but the fund knows when it received the money, so nothing here says that it was in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.pay_days.calendar import in_words
from core.pay_days.super_due.national_days import NationalDays

BEGINS = date(2026, 7, 1)
USUAL, LONGER = 7, 20
# Clearing takes up to three business days, and a fund up to three more to refuse: data is put right this much earlier.
REPAIR = 5
UNKNOWN = (
    "By when super has to be at the fund is not known: the national list of holidays ends on {until}. Ask enableHR "
    "Support for a newer one."
)


class Contribution(StrEnum):
    """Which period a contribution has."""

    USUAL = "usual"
    # The first one to this fund: for a new employee, one employed again, or after a change of fund.
    FIRST = "first"


class Standing(StrEnum):
    """Where a day stands between the two dates."""

    RUNNING = "running"
    BETWEEN = "between the dates"
    OVER = "both dates have passed"


@dataclass(frozen=True, slots=True)
class SuperDue:
    """The two last days, by the safe and by the longer list, and by when wrong data has to be put right."""

    pay_day: date
    contribution: Contribution
    safe: date
    listed: date
    repair_by: date

    def standing(self, today: date) -> Standing:
        """Return where a day stands."""
        if today > self.listed:
            return Standing.OVER
        return Standing.BETWEEN if today > self.safe else Standing.RUNNING

    def sentence(self, today: date) -> str:
        """Return what may be said on a day; never more than is known."""
        match self.standing(today):
            case Standing.RUNNING:
                other = (
                    ""
                    if self.listed == self.safe
                    else f" (by the longer list of holidays {in_words(self.listed)})"
                )
                return f"Plan for {in_words(self.safe)} at the fund{other}; complete the data by {self._repair(today)}."
            case Standing.BETWEEN:
                return (
                    f"The safe date, {in_words(self.safe)}, has passed; by the longer list of holidays the last day "
                    f"is {in_words(self.listed)}. Complete the data today."
                )
            case Standing.OVER:
                return (
                    f"Both dates have passed, the last was {in_words(self.listed)}: late unless the fund had received "
                    "it by then, which no system tells iHUB. Complete the data today and ask the fund."
                )

    def _repair(self, today: date) -> str:
        return "today" if self.repair_by <= today else in_words(self.repair_by)


def due(
    pay_day: date,
    days: NationalDays,
    contribution: Contribution = Contribution.USUAL,
    *,
    regular_pay_day: date | None = None,
    determined_on: date | None = None,
    earlier: SuperDue | None = None,
) -> SuperDue | None:
    """Return by when the super of a pay has to be at the fund; None before July 2026, or beyond the lists.

    ``regular_pay_day`` is the next regular pay day after a pay out of cycle that may wait for it. ``determined_on`` is
    when the Tax Office determined that exceptional circumstances cover the employer. ``earlier`` is an earlier
    contribution that still runs, was received in time and applied. The longest of these periods counts (s 18C(2)).
    """
    if pay_day < BEGINS:
        return None
    periods = [(pay_day, LONGER if contribution is Contribution.FIRST else USUAL)]
    if regular_pay_day is not None:
        periods.append((regular_pay_day, USUAL))
    if determined_on is not None:
        periods += [(pay_day, LONGER), (determined_on, LONGER)]
    safe = [days.count(start, number, safe=True) for start, number in periods]
    listed = [days.count(start, number, safe=False) for start, number in periods]
    if earlier is not None:
        safe, listed = [*safe, earlier.safe], [*listed, earlier.listed]
    if None in safe or None in listed:
        return None
    last = max(day for day in safe if day is not None)
    repair_by = days.count(last, -REPAIR, safe=True)
    return SuperDue(
        pay_day,
        contribution,
        last,
        max(day for day in listed if day is not None),
        last if repair_by is None else repair_by,
    )
