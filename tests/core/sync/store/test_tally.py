"""A run's counters are what its rows say, on both engines."""

from __future__ import annotations

import pytest

from core.db import transaction
from core.models import Action, Decision, Record, Trigger
from core.runs import request
from core.runs.counters import Counters
from core.sync.store import tally
from harness.world import active_connection

pytestmark = pytest.mark.both_engines

ROWS = (
    (Decision.NO_CHANGE, Action.SKIPPED, 3),
    (Decision.CREATE, Action.CREATED, 2),
    (Decision.CREATE, Action.FAILED, 1),
    (Decision.UPDATE, Action.UPDATED, 1),
    (Decision.UPDATE, Action.NOT_WRITTEN, 2),
    (Decision.TERMINATE, Action.TERMINATED, 1),
    (Decision.FILTERED, Action.SKIPPED, 1),
    (Decision.AMBIGUOUS, Action.NOT_WRITTEN, 1),
    (Decision.ERROR, Action.SKIPPED, 1),
)


def put(run_id: int, first: int, decision: Decision, action: Action, number: int) -> int:
    """Put rows of one kind on record; return the position after them."""
    with transaction() as session:
        for position in range(first, first + number):
            values = {"source_id": f"s{position}", "name": "Anna Lee", "decision": decision, "action": action}
            session.add(Record(run_id=run_id, position=position, **values))
    return first + number


def test_every_row_is_counted_once(store: str) -> None:
    run_id = request.request(active_connection(), Trigger.MANUAL)
    assert tally.count(run_id) == Counters()
    position = 0
    for decision, action, number in ROWS:
        position = put(run_id, position, decision, action, number)
    counted = tally.count(run_id)
    assert counted == Counters(
        read=13, unchanged=3, filtered=1, held=3, created=2, updated=1, terminated=1, errors=2
    )
    assert counted.balanced
    put(run_id, position, Decision.UPDATE, Action.PENDING, 1)
    assert not tally.count(run_id).balanced
