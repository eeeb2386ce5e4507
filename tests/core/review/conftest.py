"""A connection between two systems in memory, as in the tests of the engine."""

from __future__ import annotations

from tests.core.sync.conftest import either_hub, hub, sqlite_hub

__all__ = ["either_hub", "hub", "sqlite_hub"]
