"""A file says that listing its employees is expensive: a run without changes asks the system nothing."""

from __future__ import annotations

import pytest

from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub

PEOPLE = 6


@pytest.mark.parametrize(("listing", "requests"), [("expensive", 0), ("cheap", 1)])
def test_an_unchanged_run_lists_the_target_only_where_that_is_cheap(
    sqlite_store: str, listing: str, requests: int
) -> None:
    text = roster.DESCRIPTION.replace("target:\n", f"target:\n  listing: {listing}\n")
    with roster.running() as running:
        hub = DescribedHub(active_connection(), roster=running, description=text)
        hub.fill(PEOPLE)
        assert hub.run().counters.created == PEOPLE and hub.everybody_once()
        running.counted.clear()
        assert hub.run().counters.unchanged == PEOPLE
        assert running.counted["requests"] == requests
        hub.source.edit("s4", mobile="0411 222 333")
        assert hub.run().counters.updated == 1
