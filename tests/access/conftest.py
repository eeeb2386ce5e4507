"""The table's accounts and the people's systems."""

from __future__ import annotations

import pytest

from tests.access import places
from tests.access.places import Places
from tests.unit.conftest import stand_ins
from tests.unit.stand_ins import Systems

__all__ = ["stand_ins"]


@pytest.fixture
def two(sqlite_store: str, stand_ins: Systems) -> Places:
    """Fill the store with two accounts."""
    return places.build(stand_ins)
