"""Links are looked up by the page, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from core.clock import now
from core.db import driver_reading, reading, transaction
from core.models import Connection
from core.sync.store import links
from core.sync.store.links import FreshnessCutoffs
from core.sync.store.rows import Linked, LinkRow
from harness.world import active_connection

pytestmark = pytest.mark.both_engines

PRINT, WHO = b"0123456789abcdef", b"0123456789ab"


@pytest.fixture
def pairing_id(store: str) -> int:
    """Make a pairing with three links, of which one has no mark."""
    connection_id = active_connection()
    with reading() as session:
        found = session.get_one(Connection, connection_id).pairing_id
    assert found is not None
    rows = [
        LinkRow("a'1", "T1", PRINT, 'm"1', None),
        LinkRow("b", "T2", PRINT, None, WHO),
        LinkRow("c", "T3", PRINT, "m3", WHO),
    ]
    with transaction() as session:
        assert links.save(session, found, None, rows) == set()  # type: ignore[arg-type]
    return found


def test_linked_employees_are_returned_in_the_order_of_the_request(pairing_id: int) -> None:
    lately, asked = now() - timedelta(hours=1), ["c", "nobody", "b", "a'1", "c"]
    assert links.source_versions(pairing_id, asked, lately) == (
        ["T3", None, "T2", "T1", "T3"],
        ["m3", None, None, 'm"1', "m3"],
    )
    assert links.source_versions(pairing_id, [], lately) == ([], [])
    assert links.source_versions(pairing_id + 1, ["c"], lately) == ([None], [None])


def test_a_source_version_that_is_not_fresh_is_not_returned(pairing_id: int) -> None:
    assert links.source_versions(pairing_id, ["c"], now() + timedelta(hours=1)) == (["T3"], [None])


def test_links_and_their_owners_are_found(pairing_id: int) -> None:
    cutoffs = FreshnessCutoffs(now() - timedelta(hours=1), now() + timedelta(hours=1))
    assert links.by_source_id(pairing_id, ["c", "nobody"], cutoffs) == {
        "c": Linked("T3", PRINT, "m3", True, False, WHO)
    }
    assert links.owners(pairing_id, {"T1", "T9"}) == {"T1": "a'1"}


def test_errors_of_the_driver_are_those_of_everywhere(store: str) -> None:
    with pytest.raises(DBAPIError), driver_reading() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    with driver_reading() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]
