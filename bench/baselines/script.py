"""The script of an afternoon, with requests: list both systems, compare, send what differs, one after the other.

Run as ``python -m bench.baselines.script SOURCE TARGET``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import requests

from bench.baselines import measuring
from bench.people import payroll

Json = dict[str, Any]


def pages(session: requests.Session, url: str, records: str) -> Iterator[list[Json]]:
    """Yield the pages of a list."""
    for page in count():
        response = session.get(url, params={"page": page, "size": 200}, timeout=30)
        response.raise_for_status()
        body = response.json()
        yield body[records]
        if page + 1 >= body["pages"]:
            return


class PayrollWriter:
    """Creates who is missing in payroll and updates who differs."""

    def __init__(self, session: requests.Session, url: str) -> None:
        """List payroll."""
        self._session, self._url = session, f"{url}/employees"
        self._held = {
            each["employeeNumber"]: each for page in pages(session, self._url, "employees") for each in page
        }

    def write(self, person: Json) -> None:
        """Send one employee of the HR system, where that is needed."""
        wanted = payroll(person)
        there = self._held.get(wanted["employeeNumber"])
        if there is None:
            self._session.post(self._url, json=wanted, timeout=30).raise_for_status()
        elif any(there.get(name) != value for name, value in wanted.items()):
            self._session.patch(f"{self._url}/{there['id']}", json=wanted, timeout=30).raise_for_status()


def sync(source: str, target: str) -> None:
    """Bring payroll up to date."""
    with requests.Session() as session:
        session.headers["X-Key"] = "bench"
        writer = PayrollWriter(session, target)
        for page in pages(session, f"{source}/people", "people"):
            for person in page:
                writer.write(person)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    measuring.measure(lambda: sync(*arguments))
