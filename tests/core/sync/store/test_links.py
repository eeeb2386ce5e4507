"""Links are looked up by the page, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from core.clock import now
from core.db import driver_reading, reading, transaction
from core.models import Connection
from core.sync.compare import link_state
from core.sync.store import links
from core.sync.store.links import FreshnessCutoffs
from core.sync.store.rows import Linked, LinkRow
from harness.world import active_connection

pytestmark = pytest.mark.both_engines

WHO, LISTED = b"0123456789ab", b"0123456789abcdef"
ONLY_WHO = link_state.StoredState(WHO).pack()
STATE = link_state.StoredState(WHO, LISTED, {b"name": bytes(17)}).pack()


@pytest.fixture
def pairing_id(store: str) -> int:
    """Make a pairing with three links, of which one has no mark."""
    connection_id = active_connection()
    with reading() as session:
        found = session.get_one(Connection, connection_id).pairing_id
    assert found is not None
    rows = [
        LinkRow("a'1", "T1", STATE, 'm"1'),
        LinkRow("b", "T2", STATE, None),
        LinkRow("c", "T3", STATE, "m3"),
        LinkRow("d", "T4", ONLY_WHO, "m4"),
    ]
    with transaction() as session:
        assert links.save(session, found, None, rows) == set()  # type: ignore[arg-type]
    return found


def test_linked_employees_are_returned_in_the_order_of_the_request(pairing_id: int) -> None:
    lately, asked = now() - timedelta(hours=1), ["c", "nobody", "b", "a'1", "c"]
    target_ids, versions, listed = links.source_versions(pairing_id, asked, lately)
    assert target_ids == ["T3", None, "T2", "T1", "T3"]
    assert versions == ["m3", None, None, 'm"1', "m3"]
    assert [digest or None for digest in listed] == [
        None if target_id is None else LISTED.hex().upper() for target_id in target_ids
    ]
    assert links.source_versions(pairing_id, [], lately) == ([], [], [])
    assert links.source_versions(pairing_id + 1, ["c"], lately)[:2] == ([None], [None])


def test_a_source_version_that_is_not_fresh_is_not_returned(pairing_id: int) -> None:
    assert links.source_versions(pairing_id, ["c"], now() + timedelta(hours=1))[:2] == (["T3"], [None])


def test_a_source_version_without_a_known_write_is_not_returned(pairing_id: int) -> None:
    assert links.source_versions(pairing_id, ["d"], now() - timedelta(hours=1))[:2] == (["T4"], [None])


def test_who_links_were_made_for_is_found(pairing_id: int) -> None:
    assert {link.target_id: link.identity_digest for link in links.with_identity(pairing_id)} == {
        f"T{number}": WHO for number in range(1, 5)
    }


def test_links_and_their_owners_are_found(pairing_id: int) -> None:
    cutoffs = FreshnessCutoffs(now() - timedelta(hours=1), now() + timedelta(hours=1))
    assert links.by_source_id(pairing_id, ["c", "nobody"], cutoffs) == {
        "c": Linked("T3", STATE, "m3", True, False)
    }
    assert links.owners(pairing_id, {"T1", "T9"}) == {"T1": "a'1"}


def test_errors_of_the_driver_are_those_of_everywhere(store: str) -> None:
    with pytest.raises(DBAPIError), driver_reading() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    with driver_reading() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]
