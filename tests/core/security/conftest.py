"""The table's accounts and the people's systems."""

from __future__ import annotations

import pytest

from tests.core.conftest import stand_ins
from tests.core.security import two_accounts
from tests.core.security.two_accounts import Places
from tests.core.stand_ins import Systems

__all__ = ["stand_ins"]


@pytest.fixture
def two(sqlite_store: str, stand_ins: Systems) -> Places:
    """Fill the store with two accounts."""
    return two_accounts.build(stand_ins)
