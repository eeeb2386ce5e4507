"""A connection between two systems in memory."""

from __future__ import annotations

from tests.core.sync.conftest import hub, sqlite_hub

__all__ = ["hub", "sqlite_hub"]
