"""Rows pass to the store process whole."""

from __future__ import annotations

import pickle

import pytest

from core.models import Action, Decision
from core.sync.store.rows import LinkRow, Result, Row

LINK = LinkRow("s1", "T1", b"state", "v1")
ROWS = (
    Row(
        7,
        "s7",
        "Anna Lee",
        Decision.UPDATE,
        Action.PENDING,
        "T7",
        "R",
        "M",
        [{"field": "a"}],
        [{"code": "C"}],
        9,
    ),
    LINK,
    Result(7, Action.CREATED, "T7", "R", "M", [{"code": "C"}], LINK),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_a_row_is_the_same_after_its_way_to_the_store_process(row: object) -> None:
    came = pickle.loads(pickle.dumps(row))  # noqa: S301 - our own
    assert came == row and type(came) is type(row)
