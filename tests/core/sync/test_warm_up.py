"""What a worker does before its first run changes nothing, and makes the statements of a run ready."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from core import db
from core.sync import warm_up
from tests.conftest import forget_settings
from tests.core.sync.conftest import Hub


def test_a_rehearsal_changes_nothing_and_what_it_made_ready_is_kept(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    with capture_logs() as logs:
        warm_up.warm_up()
    assert not logs
    ready: set[str] = set()
    made: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *given: ready.add(str(given[2])))
    db.drop_inherited_connections()
    warm_up.warm_up()
    event.listen(db.engine(), "before_cursor_execute", lambda *given: made.append(str(given[2])))
    ended = hub.run()
    assert ended.counters.unchanged == 3
    assert any(statement.startswith("UPDATE run SET lease_until") for statement in ready)
    assert len(ready & set(made)) >= 8


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_store_that_cannot_be_reached_is_left_to_the_first_run(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://ihub@127.0.0.1:1/nothing")
    forget_settings()
    with capture_logs() as logs:
        warm_up.warm_up()
    assert [one["event"] for one in logs] == ["warm_up.failed"]
