"""Whatever makes the store fail is one kind of error, says what to do, and costs no more than it must."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from core import db, schema, store_errors
from core.audit import support_visits
from core.clock import now
from core.jobs import views
from core.models import Account, Audit, Session, User
from core.security.actor import OPERATOR, ActingRole, Actor
from core.sign_in import sessions
from harness import world
from harness.launched import eventually
from tests.conftest import administer


def change_account(account_id: int) -> None:
    with db.transaction() as session:
        session.execute(update(Account).where(Account.id == account_id).values(name="Harbour Foods"))


@contextmanager
def locked_by_another(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_session_that_stays_read_only_costs_one_error_and_no_more(store: str) -> None:
    account = world.account()
    address, name = store.rsplit("/", 1)
    administer(address, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    db.engine().dispose()
    with db.reading() as session, db.reading() as other:  # two connections that were opened meanwhile
        session.execute(text("SELECT 1"))
        other.execute(text("SELECT 1"))
    administer(address, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with pytest.raises(store_errors.OUTAGES) as failure:
        change_account(account)
    assert "read-only" in (store_errors.explain(failure.value) or "")
    for _ in range(3):
        change_account(account)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_conflict_of_two_transactions_keeps_the_connection(store: str) -> None:
    for state, unusable in (
        ("40001", False),
        ("25006", True),
        ("57P01", True),
        ("57P03", True),
        ("08006", True),
    ):
        code = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
        with db.engine().connect() as connection, pytest.raises(Exception) as failure:
            connection.exec_driver_sql(code)
        assert store_errors.needs_new_connection(failure.value) is unusable, state
        assert getattr(failure.value, "connection_invalidated", False) is unusable, state


@pytest.mark.both_engines
def test_a_refusal_by_the_store_is_no_outage(store: str) -> None:
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(
            text("INSERT INTO job (connection_id, settings, created_at) VALUES (4711, '{}', NULL)")
        )


def test_pages_are_shown_while_another_program_holds_the_store(store: str) -> None:
    user = world.person(world.account(), username="ada")
    with db.transaction() as session:
        person = session.get_one(User, user)
        token = sessions.open_session(session, person, None)
        session.execute(update(Session).values(last_seen_at=now() - timedelta(minutes=5)))
    begun = time.monotonic()
    with locked_by_another(Path(store.removeprefix("sqlite:///"))):
        actor = sessions.actor_for(token)
        assert actor is not None
        assert views.list_jobs(actor) == []
    assert time.monotonic() - begun < 5
    change_account(1)


def test_support_looks_while_another_program_holds_the_store_and_the_visit_is_recorded_after_it(
    store: str,
) -> None:
    account = world.account()
    support = Actor("Sam", ActingRole.SUPPORT, world.person(None, username="sam"), account)
    begun = time.monotonic()
    with locked_by_another(Path(store.removeprefix("sqlite:///"))):
        support_visits.record_visit(support)
        support_visits.record_visit(support)
        assert views.list_jobs(support) == []
    assert time.monotonic() - begun < 5
    eventually(lambda: visits() == 1, "the visit is recorded")
    support_visits.record_visit(support)
    assert visits() == 1


def visits() -> int:
    with db.reading() as session:
        looked = select(func.count()).where(Audit.action == support_visits.ACTION)
        return session.scalar(looked) or 0


def test_a_file_damaged_in_the_middle_leads_to_the_backup(store: str) -> None:
    for _ in range(50):
        world.account("A name " * 20)
    db.engine().dispose()  # the last connection to close empties the write-ahead log
    file = Path(store.removeprefix("sqlite:///"))
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(os.urandom(file.stat().st_size - 4096))
    with pytest.raises(store_errors.OUTAGES) as failure:
        views.list_jobs(OPERATOR)
    sentence = store_errors.explain(failure.value) or ""
    assert "damaged" in sentence and str(file) in sentence and "backup" in sentence


def test_a_full_disk_is_said(store: str) -> None:
    with pytest.raises(store_errors.OUTAGES) as failure, db.engine().begin() as connection:
        connection.exec_driver_sql("pragma max_page_count=1")  # as many as there are
        connection.exec_driver_sql("create table filler (content blob)")
        connection.exec_driver_sql("insert into filler values (zeroblob(9000000))")
    assert "disk of the store is full" in (store_errors.explain(failure.value) or "")


def test_the_file_is_its_owners_alone_also_when_it_was_not(store: str) -> None:
    file = Path(store.removeprefix("sqlite:///"))
    file.chmod(0o644)
    db.engine().dispose()
    world.account()
    assert {each.stat().st_mode & 0o077 for each in file.parent.glob("ihub.db*")} == {0}


def test_a_new_file_is_its_owners_alone(home: Path) -> None:
    before = os.umask(0o022)
    try:
        with db.engine().connect() as connection:
            connection.exec_driver_sql("create table x (y)")
            connection.commit()
            files = list(home.glob("ihub.db*"))
            assert files and {each.stat().st_mode & 0o077 for each in files} == {0}
    finally:
        os.umask(before)


def test_the_doctor_finds_a_damage_before_anybody_meets_it(store: str) -> None:
    for _ in range(200):
        world.account("A name " * 20)
    assert schema.damage() is None
    db.engine().dispose()
    file = Path(store.removeprefix("sqlite:///"))
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2 // 4096 * 4096)
        opened.write(os.urandom(8 * 4096))
    assert "backup" in (schema.damage() or "")
