"""The systems of the generated companies, and a store for their runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.proofs.web import Web, served
from core.settings import settings


@pytest.fixture
def web(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Serve the systems; runs send one request after the other, so that a seed always tells the same story."""
    monkeypatch.setenv("IHUB_CONCURRENCY", "1")
    settings.cache_clear()
    with served() as web:
        yield web
