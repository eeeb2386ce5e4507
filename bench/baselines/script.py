"""The script of an afternoon, with requests: list both systems, compare, send what differs, one after the other.

Run as ``python -m bench.baselines.script SOURCE TARGET``; prints one JSON object.
"""

from __future__ import annotations

import sys
from typing import Any

import requests

from bench.baselines import measuring
from bench.people import payroll


def listed(session: requests.Session, url: str, records: str) -> list[dict[str, Any]]:
    """Return everybody that a system lists."""
    people: list[dict[str, Any]] = []
    page = 0
    while True:
        response = session.get(url, params={"page": page, "size": 200}, timeout=30)
        response.raise_for_status()
        body = response.json()
        people += body[records]
        page += 1
        if page >= body["pages"]:
            return people


def sync(source: str, target: str) -> None:
    """Create who is missing in payroll and update who differs."""
    with requests.Session() as session:
        session.headers["X-Key"] = "bench"
        held = {
            person["employeeNumber"]: person for person in listed(session, f"{target}/employees", "employees")
        }
        for person in listed(session, f"{source}/people", "people"):
            wanted = payroll(person)
            there = held.get(wanted["employeeNumber"])
            if there is None:
                session.post(f"{target}/employees", json=wanted, timeout=30).raise_for_status()
            elif any(there.get(name) != value for name, value in wanted.items()):
                url = f"{target}/employees/{there['id']}"
                session.patch(url, json=wanted, timeout=30).raise_for_status()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    measuring.measure(lambda: sync(*arguments))
