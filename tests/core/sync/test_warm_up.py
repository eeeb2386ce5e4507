"""The warm-up of a worker changes nothing, and compiles the statements of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from core import db
from core.sync import warm_up
from tests.conftest import forget_settings
from tests.core.sync.conftest import Hub

# What a run executes besides: SQL that is not compiled, and what opening the systems of the tests asks.
NOT_COMPILED = (
    "SELECT 1 FROM run JOIN run AS older",
    "SELECT min(position) FROM record",
    "DELETE FROM payload_batch",
    "INSERT INTO record",
    "UPDATE link SET state",
    "SELECT connection.id, connection.account_id",
)


def test_the_warm_up_changes_nothing_and_compiles_the_statements_of_a_run(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    with capture_logs() as logs, statements() as compiled:
        warm_up.warm_up()
    assert not logs
    db.drop_inherited_connections()
    run_id = hub.request()
    with statements() as executed:
        hub.execute(run_id)
    assert hub.ended(run_id).counters.unchanged == 3
    assert [one for one in executed if one not in compiled and not one.startswith(NOT_COMPILED)] == []
    assert any(one.startswith("UPDATE run SET lease_until") for one in executed)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield what is executed meanwhile."""
    executed: list[str] = []

    def note(*event_arguments: object) -> None:
        executed.append(" ".join(str(event_arguments[2]).split()))

    event.listen(db.engine(), "before_cursor_execute", note)
    yield executed
    event.remove(db.engine(), "before_cursor_execute", note)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_store_that_cannot_be_reached_is_left_to_the_first_run(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://ihub@127.0.0.1:1/nothing")
    forget_settings()
    with capture_logs() as logs:
        warm_up.warm_up()
    assert [one["event"] for one in logs] == ["warm_up.failed"]
