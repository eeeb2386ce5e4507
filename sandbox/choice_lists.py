"""The lists of payroll systems for values of their fields, such as pay schedules; the control API changes them."""

from __future__ import annotations

from typing import Any

from sandbox.document_store import DocumentStore

Document = dict[str, Any]
_KIND = "choice_lists"
_FIRST: dict[str, list[Document]] = {
    "payschedule": [
        {"id": 3, "name": "Monthly"},
        {"id": 7, "name": "Weekly"},
        {"id": 9, "name": "Fortnightly"},
    ],
    "location": [{"id": 21, "name": "Bakery"}, {"id": 22, "name": "Harbour kitchen"}],
    "paycategory": [
        {"id": 31, "name": "Permanent ordinary hours"},
        {"id": 32, "name": "Casual ordinary hours"},
    ],
    "costcentres": [
        {"costCentreId": 1, "code": "100", "description": "Operations"},
        {"costCentreId": 2, "code": "200", "description": "Kitchen"},
    ],
    "xero_calendars": [
        {
            "PayrollCalendarID": "78bb86b9-e1ea-47ac-b75d-f087a81931de",
            "Name": "Weekly",
            "CalendarType": "WEEKLY",
        },
        {
            "PayrollCalendarID": "22a05fc5-386d-4950-9842-3e7a6c812135",
            "Name": "Monthly",
            "CalendarType": "MONTHLY",
        },
    ],
    "xero_earnings_rates": [
        {
            "EarningsRateID": "ab874dfb-ab09-4c91-954e-43acf6fc23b4",
            "Name": "Ordinary Hours",
            "IsQualifyingEarnings": True,
        },
        {
            "EarningsRateID": "4b1a8a0b-4c4e-4a1e-9ed2-0e9b0f4a3a0a",
            "Name": "Casual Hours",
            "IsQualifyingEarnings": True,
        },
    ],
}


class ChoiceLists:
    """Lists by the last part of their address."""

    def __init__(self, store: DocumentStore) -> None:
        """Load the lists stored by the last run of the program."""
        self._store = store
        held = store.read(_KIND)
        self._lists = {
            name: held[name]["entries"] if name in held else first for name, first in _FIRST.items()
        }

    def reset(self) -> None:
        """Start again with the first lists."""
        self._lists = dict(_FIRST)
        self._store.clear(_KIND)

    def get(self, name: str) -> list[Document]:
        """Return a list. Raises KeyError when there is none."""
        return self._lists[name]

    def put(self, name: str, entries: list[Document]) -> None:
        """Replace a list. Raises KeyError when there is none."""
        self._lists[name]
        self._lists[name] = entries
        self._store.put(_KIND, name, {"entries": entries})
