"""Nothing works with a store of another version of iHUB: it says so, waits, and continues once the store fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from starlette.applications import Starlette

from core import db, schema, store_version
from core.errors import StartError
from core.operations import doctor, health
from tests.pages.conftest import Show, show
from tests.web.asgi import ask
from tests.web.conftest import People, people
from web import server

__all__ = ["people", "show"]

APP = Starlette(routes=server.routes, middleware=server.middleware)
EARLIER, LATER = "0350", "9999"


@contextmanager
def another_version(revision: str) -> Iterator[None]:
    """Let the store belong to another version of iHUB during a block."""
    head = set_revision(revision)
    store_version.check.forget()
    yield
    set_revision(head)
    store_version.check.forget()


def set_revision(revision: str) -> str:
    """Mark the store as being at a revision; return the one it was at."""
    with db.transaction() as session:
        before = str(session.scalar(text("SELECT version_num FROM alembic_version")))
        session.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    return before


@pytest.mark.both_engines
def test_a_process_fits_its_own_store_and_says_why_it_fits_no_other(store: str) -> None:
    assert store_version.why_waiting() is None
    with another_version(EARLIER):
        assert store_version.why_waiting() == store_version.OLDER
    with another_version(LATER):
        assert store_version.why_waiting() == store_version.NEWER
    with db.transaction() as session:
        session.execute(text("DELETE FROM alembic_version"))
    assert store_version.why_waiting() == store_version.EMPTY


def test_a_store_that_does_not_respond_is_no_other_version(
    home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ihub@127.0.0.1:1/none")
    monkeypatch.setattr(store_version, "engine", lambda: create_engine("postgresql+psycopg://127.0.0.1:1/x"))
    assert store_version.why_waiting() is None


@pytest.mark.parametrize("revision", [EARLIER, LATER])
def test_routes_and_pages_wait_for_the_store(show: Show, people: People, revision: str) -> None:
    assert ask(APP, "http://localhost:8501/healthz").status == 200
    assert not show("Home", people.admin, people.account).error
    with another_version(revision):
        answer = ask(APP, "http://localhost:8501/healthz")
        assert answer.status == 503 and '"store":"other version"' in answer.text
        for path in ("/export/runs.csv", "/api/v1/runs", "/auth/start", "/oauth/callback"):
            answer = ask(APP, f"http://localhost:8501{path}")
            assert (answer.status, answer.headers["retry-after"]) == (503, "30")
            assert store_version.BEING_UPGRADED in answer.text
        assert ask(APP, "http://localhost:8501/auth/page.js").status == 200
        [store, *_] = doctor.examine()
        assert not store.well and store.message in (store_version.OLDER, store_version.NEWER)
    assert health.can_serve(health.check_services())


def test_a_page_says_that_ihub_is_being_upgraded(sqlite_store: str) -> None:
    with another_version(LATER), pytest.raises(StartError, match="being upgraded"):
        store_version.check.require()
    store_version.check.require()
    assert schema.is_current()
