"""After a release each pairing is read in full at its own moment of the next day; settings take effect at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from core.db import reading, transaction
from core.models import Connection, Pairing
from core.sync.plan import config_fingerprint
from core.sync.plan.config_fingerprint import SPREAD, Config, find_change
from tests.core.sync.conftest import Hub

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
PRINT, OTHER = b"p" * 16, b"o" * 16
MINUTE = timedelta(minutes=1)


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_fingerprint, "code_version", lambda: "new")


def known(**changes: object) -> Config:
    return Config(PRINT, NOW - timedelta(days=3), "old")._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.usefixtures("release")
def test_a_release_makes_full_reads_due_that_are_spread_over_the_next_day() -> None:
    dues = []
    for pairing_id in range(1, 1001):
        change = find_change(known(), PRINT, pairing_id, NOW)
        assert change is not None and change.since == known().since and change.code_version == "old"
        assert change == find_change(known(), PRINT, pairing_id, NOW)
        assert change.code_due_at is not None and NOW <= change.code_due_at < NOW + SPREAD
        dues.append(change.code_due_at)
    for hour in range(24):
        first = NOW + timedelta(hours=hour)
        assert 20 <= sum(first <= due < first + timedelta(hours=1) for due in dues) <= 70


@pytest.mark.usefixtures("release")
def test_what_is_remembered_counts_until_the_moment_and_not_after_it() -> None:
    waiting = known(code_due_at=NOW + MINUTE)
    assert find_change(waiting, PRINT, 1, NOW) is None
    assert find_change(waiting, PRINT, 1, NOW + MINUTE) == Config(PRINT, NOW + MINUTE, "new")
    assert find_change(Config(PRINT, NOW, "new"), PRINT, 1, NOW + MINUTE) is None


@pytest.mark.usefixtures("release")
def test_a_further_release_or_the_one_before_puts_nothing_off() -> None:
    for version in ("older", "new"):
        waiting = known(code_version=version, code_due_at=NOW + MINUTE)
        assert find_change(waiting, PRINT, 1, NOW) is None
        assert find_change(waiting, PRINT, 1, NOW + MINUTE) == Config(PRINT, NOW + MINUTE, "new")


@pytest.mark.usefixtures("release")
def test_other_settings_are_looked_at_at_once() -> None:
    for waiting in (known(), known(code_due_at=NOW + MINUTE), Config()):
        assert find_change(waiting, OTHER, 1, NOW) == Config(OTHER, NOW, "new")


@pytest.mark.usefixtures("release")
def test_a_moment_stored_under_a_wrong_clock_is_not_waited_for() -> None:
    assert find_change(known(code_due_at=NOW + 2 * SPREAD), PRINT, 1, NOW) == Config(PRINT, NOW, "new")


def test_runs_read_only_changes_until_the_full_read_is_due(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fill(3)
    hub.run()
    read = hub.source.details
    monkeypatch.setattr(config_fingerprint, "code_version", lambda: "new")
    hub.source.edit("s1", mobile="0411 222 333")
    hub.run()
    assert hub.source.details == read + 1
    with transaction() as session:
        session.execute(update(Pairing).values(code_due_at=NOW))
    hub.run()
    assert hub.source.details == read + 4
    hub.run()
    assert hub.source.details == read + 4
    with reading() as session:
        pairing = session.get_one(Pairing, session.get_one(Connection, hub.connection_id).pairing_id)
    assert (pairing.code_version, pairing.code_due_at) == ("new", None)
