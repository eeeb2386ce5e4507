"""What a run records is durable: stored before a request leaves, and unchanged once the run has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import SQLAlchemyError

from core import db
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.models import Action, Decision, Record, Run
from core.runs.lease import Lease
from core.sync.store import journal, links
from core.sync.store.rows import LinkRow, Result, Row
from tests.core.sync.conftest import Hub

pytestmark = pytest.mark.both_engines

FULL, NORMAL = 2, 1


def test_an_intent_is_on_disk_before_its_request_leaves(sqlite_hub: Hub) -> None:
    levels: list[int] = []

    def note(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE run SET sent_watermark"):
            levels.append(connection.connection.dbapi_connection.execute("pragma synchronous").fetchone()[0])

    event.listen(db.engine(), "before_cursor_execute", note)
    sqlite_hub.fill(5)
    sqlite_hub.run()
    assert levels == [FULL]
    with transaction(durable=True) as session:
        assert session.scalar(text("pragma synchronous")) == FULL
    with transaction() as session:
        assert session.scalar(text("pragma synchronous")) == NORMAL


def rows(run_id: int) -> list[tuple[object, ...]]:
    with reading() as session:
        found = session.execute(
            select(*Record.__table__.columns).where(Record.run_id == run_id).order_by(Record.position)
        )
        return [tuple(row) for row in found]


LATE: dict[str, Callable[[Lease], object]] = {
    "begin": journal.begin,
    "add": lambda lease: journal.add(
        lease, 1, journal.Batch([Row(99, "late", "Late", Decision.CREATE, Action.PENDING)])
    ),
    "withdraw": lambda lease: journal.withdraw(lease, 1, [], [LinkRow("late", "T9", b"", None)]),
    "start writing": journal.start_writing,
    "reserve next": lambda lease: journal.reserve_next(lease, -1, 100),
    "mark unsent": lambda lease: journal.mark_unsent(lease, [0, 1]),
    "save": lambda lease: journal.save(lease, 1, [Result(0, Action.FAILED, "T9", "REFUSED", "Late.")]),
    "drop payloads": journal.drop_payloads,
    "abort": journal.abort,
    "cancel": journal.cancel,
}


@pytest.mark.parametrize("late", LATE)
def test_the_rows_of_a_run_that_has_ended_stay_as_they_are(
    hub: Hub, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases: list[Lease] = []
    start_writing = journal.start_writing

    def noted(lease: Lease, first_run_of: int | None) -> None:
        leases.append(lease)
        start_writing(lease, first_run_of)

    monkeypatch.setattr(journal, "start_writing", noted)
    hub.fill(3)
    ended = hub.run()
    monkeypatch.setattr(journal, "start_writing", start_writing)
    before, counters, links_before = rows(ended.id), ended.counters, hub.links()
    with pytest.raises(LeaseLostError):
        LATE[late](leases[0])
    hub.run()
    assert (
        rows(ended.id) == before and hub.ended(ended.id).counters == counters and hub.links() == links_before
    )


@pytest.fixture
def cut(store: str) -> Callable[[], None]:
    """Return what ends all connections to the store that this process has."""
    address = create_engine(store)

    def end_all() -> None:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        with address.connect() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        address.dispose()

    return end_all


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["read", "list", "create", "create.done"])
def test_connections_to_postgresql_that_are_cut_between_two_transactions(
    hub: Hub, cut: Callable[[], None], step: str
) -> None:
    hub.fill(8)
    hub.target.adopt("1001", hub.source.people["s1"])

    def fault(at: str, number: int) -> None:
        if (at, number) == (step, 1):
            cut()

    hub.source.steps.fault = hub.target.steps.fault = fault
    run_id = hub.request()
    try:
        hub.execute(run_id)
    except SQLAlchemyError:
        hub.resume(run_id)
    assert hub.ended(run_id).counters.created == 7
    assert hub.everybody_once()


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_connection_to_postgresql_that_is_cut_in_mid_transaction_leaves_the_run_to_be_resumed(
    hub: Hub, cut: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.fill(6)
    save = links.save

    def cutting(*given: Any) -> set[str]:
        monkeypatch.setattr(links, "save", save)
        cut()
        return save(*given)

    run_id = hub.request()
    take = journal.reserve_next

    def armed(*given: Any) -> Any:
        monkeypatch.setattr(links, "save", cutting)
        return take(*given)

    monkeypatch.setattr(journal, "reserve_next", armed)
    with pytest.raises(SQLAlchemyError):
        hub.execute(run_id)
    monkeypatch.setattr(journal, "reserve_next", take)
    with reading() as session:
        assert not session.get_one(Run, run_id).status.ended
    assert hub.resume(run_id).counters.created == 6
    assert hub.everybody_once() and hub.target.steps.done["create"] == 6
