"""Pages, files, the API and SQL agree about random runs; what differs is found."""

from __future__ import annotations

import pytest

from bench.proofs import totals


@pytest.mark.both_engines
def test_the_totals_of_random_runs_agree_everywhere(store: str) -> None:
    assert list(totals.check(seed=20, runs=30, largest=12)) == []


def test_a_total_that_differs_is_found(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "_of_sql", lambda expected: {})
    found = list(totals.check(seed=1, runs=3, largest=3))
    assert found and all(", SQL: run " in each for each in found)
