"""Fixtures every test can use: a home folder, the store on both engines, a Redis server."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, create_engine, event, make_url, text

from connectors.http import addresses
from core import db, schema, settings, store_version
from core.security import key_files, passwords, vault
from harness import postgres
from harness.redis import redis_server

pytest_plugins = [
    "harness.sandbox",
    "harness.browser",
    "harness.markers",
    "harness.unrun",
    "tests.browser.site",
]

ENGINES = ("sqlite", "postgresql")
# At full cost, each hash takes a tenth of a second and 64 MB.
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


# A busy machine is slow; how long an example takes says nothing about the code.
hypothesis.settings.register_profile("ihub", deadline=None)
hypothesis.settings.load_profile("ihub")


# What is collected stays: looking through it for garbage takes a third of the time of collecting.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage again, but not in what was collected."""
    gc.freeze()
    gc.enable()


def forget_settings() -> None:
    """Make this process read its settings, keys and store again."""
    db.forget_engine()
    settings.settings.cache_clear()
    vault.vault.cache_clear()
    store_version.check.forget()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords with little work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP_HASHER)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_engine_for_all_stores() -> Iterator[None]:
    """Compile each statement once instead of in every test: an engine is kept, and connects to the test's own store."""
    make_engine, keep_private, engines = db.make_engine, db._keep_private, dict[str, Engine]()

    def engine_for(url: str) -> Engine:
        address = make_url(url)
        kind = address.get_backend_name()
        if kind not in engines:
            engines[kind] = make_engine(url)
            if kind == "postgresql":
                event.listen(engines[kind], "do_connect", connect_to_database)
        engines[kind].dispose(close=False)
        engines[kind].url = address
        return engines[kind]

    def connect_to_file(dialect: object, record: object, words: list[Any], options: object) -> None:
        words[0] = engines["sqlite"].url.database
        keep_private(dialect, record, words, options)

    def connect_to_database(
        _dialect: object, _record: object, _words: object, options: dict[str, Any]
    ) -> None:
        options["dbname"] = engines["postgresql"].url.database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "make_engine", engine_for)
        patch.setattr(db, "_keep_private", connect_to_file)
        yield


@pytest.fixture(scope="session", autouse=True)
def systems_on_this_machine() -> Iterator[None]:
    """Let stand-ins for systems be on this machine, in this process and in those that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IHUB_ALLOWED_NETWORKS", ",".join(map(str, addresses.LOOPBACK)))
        addresses.allow(addresses.LOOPBACK)
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an iHUB home folder of its own with fresh keys, and no address of anything real."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("IHUB_HOME", str(folder))
    for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
        monkeypatch.delenv(name, raising=False)
    forget_settings()
    key_files.write_keys([key_files.new_key()])
    yield folder
    forget_settings()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite store; tests copy the file."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IHUB_HOME", str(folder))
        patch.delenv("DATABASE_URL", raising=False)
        forget_settings()
        schema.upgrade()
        db.engine().dispose()  # the last connection to close empties the write-ahead log
    forget_settings()
    return folder / "ihub.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run PostgreSQL once and migrate a template database."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed and could not be: apt-get install postgresql")
    with postgres.server(programs) as address, pytest.MonkeyPatch.context() as patch:
        administer(address, "CREATE DATABASE template_ihub")
        patch.setenv("DATABASE_URL", f"{address}/template_ihub")
        forget_settings()
        schema.upgrade()
        db.engine().dispose()
        forget_settings()
        yield address


def administer(address: str, statement: str) -> None:
    engine = create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked both_engines on each engine, unless it names its engine."""
    marks = {
        mark.args[0] if mark.name == "parametrize" else mark.name
        for mark in metafunc.definition.iter_markers()
    }
    if "store" in metafunc.fixturenames and "both_engines" in marks and "store" not in marks:
        metafunc.parametrize("store", ENGINES, indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the test an empty, migrated store and yield its address; SQLite, unless the test is on both engines."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), home / "ihub.db")
        yield settings.settings().store_url()
        db.engine().dispose()
        return
    address: str = request.getfixturevalue("postgres_server")
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}"
    administer(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    administer(address, f"CREATE DATABASE {name} TEMPLATE template_ihub")
    monkeypatch.setenv("DATABASE_URL", f"{address}/{name}")
    forget_settings()
    yield f"{address}/{name}"
    db.engine().dispose()
    administer(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def sqlite_store(home: Path, sqlite_template: Path) -> Iterator[str]:
    """Give the test an empty, migrated SQLite store: for what does not depend on the engine."""
    shutil.copy(sqlite_template, home / "ihub.db")
    yield settings.settings().store_url()
    db.engine().dispose()


@pytest.fixture
def redis_url(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run an empty Redis-compatible server for the test and point iHUB at it."""
    with redis_server(home / "redis") as url:
        monkeypatch.setenv("REDIS_URL", url)
        settings.settings.cache_clear()
        yield url
