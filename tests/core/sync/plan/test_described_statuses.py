"""A file maps the statuses of its system; a word that is not mapped makes nobody an employee."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.contract.records import Reason
from harness.sandbox import _served
from harness.world import active_connection
from tests.core.sync import described_source
from tests.core.sync.described_source import PEOPLE, People, SourceHub, employee

MAPPED = (
    "status: {at: status, map: {Employed: Current, Away: Leave, Inactive: Terminated, Moved: Transferred, 7: Leave}"
    "}"
)
STATUSES = ["EMPLOYED", "away", "active", None, 7, "Inactive", "Moved", "Gardening", False, 8]


@pytest.fixture
def hub(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceHub]:
    monkeypatch.setattr(described_source, "PEOPLE", PEOPLE.replace("status: status", MAPPED))
    people = People()
    people.people = [employee(number, status=status) for number, status in enumerate(STATUSES)]
    with _served(people.app()) as port:
        people.url = f"http://127.0.0.1:{port}"
        yield SourceHub(active_connection(), people=people)


def test_only_those_whose_status_says_so_are_employed(hub: SourceHub) -> None:
    ended = hub.run()
    assert hub.payroll() == [f"Surname{number}" for number in range(5)]
    assert {source_id: reason for source_id, reason in ended.reasons().items() if reason} == {
        "5": Reason.NOT_IN_SCOPE,
        "6": Reason.NOT_IN_SCOPE,
        **dict.fromkeys(["7", "8", "9"], Reason.UNKNOWN_STATUS),
    }
    assert "“Gardening”" in str(ended.rows["7"].message)


def test_an_employee_whose_status_becomes_unknown_is_left_as_they_are(hub: SourceHub) -> None:
    hub.run()
    hub.people.people[0] |= {"status": "Gardening", "mobile": "0411 999 999"}
    ended = hub.run()
    assert (ended.reasons()["0"], ended.counters.updated) == (Reason.UNKNOWN_STATUS, 0)
