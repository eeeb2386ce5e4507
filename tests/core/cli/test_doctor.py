"""The doctor finds what is wrong and says what to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from rq.utils import utcformat
from sqlalchemy import update

from connectors import registry
from connectors.enablehr import CONNECTOR
from core.clock import now
from core.connections import connections
from core.db import transaction
from core.models import Position, Side
from core.operations import doctor
from core.operations.doctor import Finding
from core.queue import health
from core.queue.redis_client import fast_client
from core.queue.task_queue import SafeJob, enqueue_choices
from core.security import key_files, vault
from core.security.actor import OPERATOR
from core.settings import settings
from tests.core.cli.conftest import Command
from tests.core.stand_ins import People, Systems, install, people, temporary

HEALTHY = health.Health(True, 2, True, {"ui": 0}, ())


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Systems:
    """Make two stand-in systems the only connectors there are."""
    return install(monkeypatch)


@pytest.fixture
def team(sqlite_store: str, stand_ins: Systems) -> People:
    """Add an account with an Active connection."""
    team = people()
    connection = connections.create(team.admin, "c", "hr", "pay")
    connections.connect_side(team.admin, connection, Position.SOURCE, stand_ins.consent("7"))
    connections.connect_side(team.admin, connection, Position.TARGET, stand_ins.consent("8"))
    return team


def found(area: str) -> Finding:
    return next(finding for finding in doctor.examine() if finding.area == area)


def test_all_is_well(team: People, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "health", lambda: HEALTHY)
    answer = command("doctor", "--json")
    assert (answer.code, answer.object["well"]) == (0, True)
    areas = [finding["area"] for finding in answer.object["findings"]]
    assert areas == [
        "store",
        "keys",
        "redis",
        "workers",
        "scheduler",
        "connection 1 source",
        "connection 1 target",
    ]


def test_nothing_runs(team: People, command: Command) -> None:
    answer = command("doctor")
    assert answer.code == 1
    assert "WRONG  redis" in answer.out and "make run" in answer.out


def test_redis_runs_and_nobody_works(team: People, redis_url: str) -> None:
    assert found("redis").well
    assert "python worker.py" in found("workers").message
    assert "python scheduler.py" in found("scheduler").message


@pytest.mark.parametrize(("minutes", "is_long"), [(14, False), (16, True)])
def test_a_queue_that_waits_for_long_is_found(
    team: People, redis_url: str, monkeypatch: pytest.MonkeyPatch, minutes: int, is_long: bool
) -> None:
    assert enqueue_choices(1)
    enqueued_at = now() - timedelta(minutes=minutes, seconds=30)
    fast_client().hset(SafeJob.key_for("choices-1"), "enqueued_at", utcformat(enqueued_at))
    queues = [finding.message for finding in doctor.examine() if finding.area == "queue"]
    sentence = (
        "The next task of the queue ui has waited for 16 minutes. Start more workers: `python worker.py ui`."
    )
    assert queues == [sentence] * is_long


def test_a_queue_without_a_worker_is_found(team: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "health", lambda: health.Health(True, 1, True, {}, ("ui",)))
    assert found("workers") == Finding(
        "workers", False, "No worker serves ui. Start `python worker.py` for it."
    )


def test_tables_that_are_not_there_are_found(home: Path) -> None:
    assert "db upgrade" in found("store").message


def test_missing_readable_and_wrong_keys_are_found(team: People) -> None:
    key_files.key_file().chmod(0o644)
    assert "chmod 600" in found("keys").message
    key_files.write_keys([key_files.new_key()])
    assert "do not fit the store" in found("keys").message
    key_files.key_file().unlink()
    vault.vault.cache_clear()
    assert "There are no encryption keys" in found("keys").message


def test_each_side_says_how_it_is(team: People, stand_ins: Systems) -> None:
    draft = connections.create(team.admin, "d", "hr", "pay")
    assert found(f"connection {draft} source") == Finding(
        f"connection {draft} source", True, "People First is not connected yet."
    )
    stand_ins.trouble = temporary()
    assert "does not respond" in found("connection 1 source").message
    stand_ins.trouble = None
    stand_ins.organisations.clear()
    stand_ins.refresh_tokens.clear()
    assert not found("connection 1 target").well
    again = found("connection 1 target")
    assert not again.well and "reconnect it" in again.message


def test_a_system_that_opens_another_organisation_is_found(team: People, stand_ins: Systems) -> None:
    other = next(iter(stand_ins.consent("9").values()))
    for token in list(stand_ins.organisations):
        stand_ins.organisations[token] = stand_ins.organisations[str(other)]
    assert "another organisation" in found("connection 1 source").message
    assert connections.list_connections(OPERATOR)[0].source.connected


def test_a_system_that_could_not_name_its_organisation_before_is_well(
    team: People, stand_ins: Systems
) -> None:
    with transaction() as session:
        session.execute(update(Side).values(organisation_id=None))
    assert found("connection 1 target").well


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"IHUB_SIGN_IN": "enablehr_password"}, "IHUB_ENABLEHR_PASSWORD_URL"),
        ({"IHUB_SIGN_IN": "enablehr_oauth"}, "IHUB_CLIENT_ENABLEHR_ID"),
        ({"IHUB_URL": "http://ihub.example"}, "https"),
    ],
)
def test_a_way_in_that_is_not_set_up_or_not_safe_is_found(
    team: People, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], words: str
) -> None:
    monkeypatch.setitem(registry._by_kind(), "enablehr", CONNECTOR)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert words in found("sign-in").message
