"""A real Redis and a store of its own for each test, with the processes a test starts on them."""

from __future__ import annotations

from tests.processes.conftest import hub, quickly

__all__ = ["hub", "quickly"]
