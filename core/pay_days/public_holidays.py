"""Public holidays of a state or region, and its business days: neither a weekend nor a holiday."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

AUSTRALIA = {
    "AU-ACT": "Australian Capital Territory",
    "AU-NSW": "New South Wales",
    "AU-NT": "Northern Territory",
    "AU-QLD": "Queensland",
    "AU-SA": "South Australia",
    "AU-TAS": "Tasmania",
    "AU-VIC": "Victoria",
    "AU-WA": "Western Australia",
}
NEW_ZEALAND = {
    "NZ": "New Zealand, national holidays only",
    "NZ-NTL": "Northland",
    "NZ-AUK": "Auckland",
    "NZ-TKI": "Taranaki",
    "NZ-HKB": "Hawke's Bay",
    "NZ-WGN": "Wellington",
    "NZ-NSN": "Nelson",
    "NZ-MBH": "Marlborough",
    "NZ-CAN": "Canterbury",
    "NZ-WTC": "West Coast",
    "NZ-OTA": "Otago",
    "NZ-STL": "Southland",
    "NZ-CIT": "Chatham Islands",
}
REGIONS = AUSTRALIA | NEW_ZEALAND
# Of each time zone with one state or country: its region, which a form proposes.
REGION_OF_ZONE = {
    "Australia/Canberra": "AU-ACT",
    "Australia/Sydney": "AU-NSW",
    "Australia/Broken_Hill": "AU-NSW",
    "Australia/Darwin": "AU-NT",
    "Australia/Brisbane": "AU-QLD",
    "Australia/Lindeman": "AU-QLD",
    "Australia/Adelaide": "AU-SA",
    "Australia/Hobart": "AU-TAS",
    "Australia/Melbourne": "AU-VIC",
    "Australia/Perth": "AU-WA",
    "Pacific/Auckland": "NZ-AUK",
    "Pacific/Chatham": "NZ-CIT",
}
# The package lists these for the whole state, but each is a holiday of a part of it only.
OF_A_PART = frozenset({"The Royal Queensland Show"})
SATURDAY = 5


def is_business_day(region: str, day: date) -> bool:
    """Say whether a day is neither on a weekend nor a public holiday of the region."""
    return day.weekday() < SATURDAY and day not in holidays_of(region, day.year)


def move(region: str, day: date, business_days: int) -> date:
    """Return the day that lies this many business days after (before, if negative) a day, which does not count."""
    step = timedelta(days=1 if business_days > 0 else -1)
    for _ in range(abs(business_days)):
        day += step
        while not is_business_day(region, day):
            day += step
    return day


@lru_cache(maxsize=256)
def holidays_of(region: str, year: int) -> frozenset[date]:
    """Return the public holidays of a region in a year: those of the whole day, for everybody in it."""
    import holidays  # takes longer to import than most commands take

    country, _, part = region.partition("-")
    listed = holidays.country_holidays(country, subdiv=part or None, years=year)
    return frozenset(day for day, name in listed.items() if name not in OF_A_PART)
