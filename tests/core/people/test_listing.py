"""Who the source lists is searched and counted without asking the source."""

from __future__ import annotations

from datetime import date

import pytest

from core.clock import now
from core.db import reading
from core.errors import NotFoundError
from core.models import Connection
from core.people.listing import PeopleFilter, count_people, last_read, list_people
from core.security.actor import ActingRole, Actor
from harness.world import account
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


@pytest.fixture(autouse=True)
def three_people(hub: Hub) -> None:
    hub.source.put("s1", person(1, first_name="Zoë", branch_id="7", branch="Perth", employment_type="Casual"))
    hub.source.put(
        "s2", person(2, first_name="Adam", branch_id="8", branch="Darwin", employment_type="FullTime")
    )
    hub.source.put("s3", person(3, first_name="Mia", branch_id="8", branch="Darwin", status="Terminated"))
    hub.run()


def analyst(hub: Hub) -> Actor:
    with reading() as session:
        return Actor(
            "Ana", ActingRole.ANALYST, None, session.get_one(Connection, hub.connection_id).account_id
        )


@pytest.mark.parametrize(
    ("people_filter", "found"),
    [
        (PeopleFilter(), ["s2", "s3", "s1"]),
        (PeopleFilter("  ZOË "), ["s1"]),
        (PeopleFilter("1002"), ["s2"]),
        (PeopleFilter("S3"), ["s3"]),
        (PeopleFilter("100"), []),
        (PeopleFilter(branch="darwin"), ["s2", "s3"]),
        (PeopleFilter(branch="7"), ["s1"]),
        (PeopleFilter(branch="Darwin", status="Current"), ["s2"]),
        (PeopleFilter(employment_type="full time"), ["s2"]),
        (PeopleFilter(branch="Hobart"), []),
    ],
)
def test_people_are_found_by_name_number_and_what_a_filter_says(
    hub: Hub, people_filter: PeopleFilter, found: list[str]
) -> None:
    page = list_people(analyst(hub), hub.connection_id, people_filter)
    assert [each.source_id for each in page.rows] == found and page.total == len(found)


def test_people_are_counted_by_status_branch_and_type(hub: Hub) -> None:
    counts = count_people(analyst(hub), hub.connection_id)
    assert counts.total == 3
    assert counts.by_status == {"Current": 2, "Terminated": 1}
    assert counts.by_branch == {"Darwin": 2, "Perth": 1}
    assert counts.by_employment_type == {"Casual": 1, "FullTime": 1, "–": 1}


def test_it_is_known_when_everybody_was_read(hub: Hub) -> None:
    read_at = last_read(analyst(hub), hub.connection_id)
    assert read_at is not None and (now() - read_at).total_seconds() < 60


def test_another_account_finds_nobody(hub: Hub) -> None:
    stranger = Actor("Eve", ActingRole.ACCOUNT_ADMIN, None, account(name="Elsewhere"))
    for ask in (list_people, count_people, last_read):
        with pytest.raises(NotFoundError):
            ask(stranger, hub.connection_id)


def test_dates_are_dates_again(hub: Hub) -> None:
    assert list_people(analyst(hub), hub.connection_id).rows[0].start_date == date(2024, 2, 1)
