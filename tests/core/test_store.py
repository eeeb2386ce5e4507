"""The store's own promises, on both engines."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import schema
from core.audit import trail
from core.db import MOST_SHARED, engine, many_readings, reading, transaction
from core.errors import ConflictError, InvalidError, LeaseLostError
from core.models import Account, Action, Audit, Decision, Run, RunStatus, Trigger
from core.runs import counters, request
from core.runs import lease as run_lease
from core.security.actor import OPERATOR
from harness.world import account as new_account
from harness.world import active_connection

pytestmark = pytest.mark.both_engines


def test_tables_agree_with_models(store: str) -> None:
    assert schema.differences() == []
    assert schema.is_current()


def test_audit_rows_can_be_added_but_not_changed_or_removed(store: str) -> None:
    with transaction() as session:
        trail.record(session, OPERATOR, "run.start", "connection:1")
    with reading() as session:
        row = session.scalars(select(Audit)).one()
    values = f"{row.id}, '{row.at}', 'nothing', 'nothing', 'done', '{{}}'"
    replaced = f"(id, at, action, subject, result, detail) VALUES ({values})"
    everything = "TRUNCATE audit CASCADE"
    if store.startswith("sqlite"):
        everything = f"INSERT OR REPLACE INTO audit {replaced}"
    for statement in (update(Audit).values(action="nothing"), delete(Audit), text(everything)):
        with pytest.raises(DBAPIError, match="audit rows are never changed"), transaction() as session:
            session.execute(statement)
    with transaction() as session:
        trail.record(session, OPERATOR, "run.cancel", "connection:1")
    with reading() as session:
        assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == ["run.start", "run.cancel"]


def test_a_run_cannot_end_without_accounting_for_everyone(store: str) -> None:
    run = request.request(active_connection(), Trigger.MANUAL)
    lease = run_lease.claim(run)
    assert lease is not None
    with pytest.raises(IntegrityError):
        run_lease.finish(lease, RunStatus.COMPLETE, "All done.", counters.Counters(read=3, created=2))
    run_lease.finish(
        lease, RunStatus.ERROR, "1 of 3 could not be written.", counters.Counters(read=3, created=2, errors=1)
    )
    with reading() as session:
        assert session.get_one(Run, run).written == 2


def test_a_record_holds_only_decisions_and_actions_that_there_are(store: str) -> None:
    run = request.request(active_connection(), Trigger.MANUAL)
    good = {"run": run, "decision": "Create", "action": "Created"}
    columns = "run_id, position, source_id, name, decision, action"
    insert = f"INSERT INTO record ({columns}) VALUES (:run, :at, 's', 'n', :decision, :action)"
    for wrong in ({"decision": "Perhaps"}, {"action": "Somehow"}):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(insert), good | wrong | {"at": 0})
    words = [{"decision": str(decision)} for decision in Decision] + [
        {"action": str(action)} for action in Action
    ]
    with transaction() as session:
        for at, word in enumerate(words):
            session.execute(text(insert), good | word | {"at": at})


def test_a_run_that_is_requested_again_while_it_waits_is_the_same(store: str) -> None:
    connection = active_connection()
    first = request.request(connection, Trigger.MANUAL)
    assert request.request(connection, Trigger.MANUAL) == first
    request.request(connection, Trigger.SCHEDULED)
    with pytest.raises(ConflictError, match="waiting already"):
        request.request(connection, Trigger.SCHEDULED)


def test_a_scheduled_run_waits_while_another_is_running(store: str) -> None:
    connection = active_connection()
    manual = request.request(connection, Trigger.MANUAL)
    lease = run_lease.claim(manual)
    assert lease is not None
    scheduled = request.request(connection, Trigger.SCHEDULED)
    assert run_lease.claim(scheduled) is None
    run_lease.finish(lease, RunStatus.COMPLETE, "Done.", counters.Counters())
    assert run_lease.claimable() == [scheduled]
    assert run_lease.claim(scheduled) is not None


def test_a_worker_whose_lease_has_passed_on_can_change_nothing(store: str) -> None:
    run = request.request(active_connection(), Trigger.MANUAL)
    first = run_lease.claim(run)
    assert first is not None and first.attempt == 1
    assert run_lease.claim(run) is None
    run_lease.release(first)
    second = run_lease.claim(run)
    assert second is not None and second.attempt == 2
    with pytest.raises(LeaseLostError):
        run_lease.renew_lease(first)
    run_lease.renew_lease(second)


def test_nothing_runs_for_an_account_that_is_switched_off(store: str) -> None:
    connection = active_connection()
    with transaction() as session:
        session.execute(update(Account).values(ihub_enabled=False))
    for trigger in Trigger:
        with pytest.raises(InvalidError, match="switched off"):
            request.request(connection, trigger)


def test_readings_of_one_page_share_a_connection_and_see_what_was_written_between_them(store: str) -> None:
    first, second = new_account("First"), select(Account.name).order_by(Account.id)
    with many_readings():
        with reading() as session:
            (account,) = session.scalars(select(Account))
            pool = engine().pool
            assert session.scalars(second).all() == ["First"]
        assert pool.checkedout() == 1  # type: ignore[attr-defined]
        with transaction() as session:
            session.execute(update(Account).values(name="Renamed"))
        with reading() as session:
            assert session.scalars(second).all() == ["Renamed"]
            renamed = session.get_one(Account, first)
            assert renamed.name == "Renamed" and renamed is not account
            assert session.get(Account, first) is renamed and session.get(Account, 0) is None
            with reading() as inner:  # one within another has its own connection
                assert inner is not session and inner.get_one(Account, first).name == "Renamed"
        assert account.name == "First"
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def test_many_pages_at_once_leave_connections_to_write_with(store: str) -> None:
    new_account("First")
    with ExitStack() as pages:
        for _ in range(40):
            pages.enter_context(many_readings())
            with reading() as session:
                assert session.scalars(select(Account.name)).all() == ["First"]
        assert engine().pool.checkedout() <= MOST_SHARED  # type: ignore[attr-defined]
        with transaction() as session:
            session.execute(update(Account).values(name="Renamed"))
    with reading() as session:
        assert session.scalars(select(Account.name)).all() == ["Renamed"]


def test_a_reading_that_fails_leaves_the_next_one_of_the_page_alone(store: str) -> None:
    new_account("First")
    with many_readings():
        with pytest.raises(DBAPIError), reading() as session:
            session.execute(text("SELECT nothing FROM nowhere"))
        with reading() as session:
            assert session.scalars(select(Account.name)).all() == ["First"]


def test_a_reading_of_a_page_shows_one_moment(store: str) -> None:
    if not store.startswith("sqlite"):
        return  # PostgreSQL shows each statement the latest
    new_account("First")
    with many_readings(), reading() as session:
        assert session.scalars(select(Account.name)).all() == ["First"]
        with transaction() as other:
            other.execute(update(Account).values(name="Renamed"))
        assert session.scalars(select(Account.name)).all() == ["First"]
