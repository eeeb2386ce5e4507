"""Where the systems of a connection show an employee, and that this makes no run read everybody again."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from core.db import reading, transaction
from core.models import Connection, Position, Side
from core.sides import employee_pages, systems
from harness import world

PATTERN = {"employee_page": "https://pay.example.test/{id}"}


@pytest.fixture
def connection(sqlite_store: str) -> int:
    return world.active_connection()


def set_target(connection_id: int, settings: dict[str, str]) -> None:
    of_target = (Side.connection_id == connection_id, Side.position == Position.TARGET)
    with transaction() as session:
        session.execute(update(Side).where(*of_target).values(settings=settings))


def pages(connection_id: int, target_id: str | None) -> tuple[str | None, str | None]:
    with reading() as session:
        return employee_pages.pages_of(session.get_one(Connection, connection_id), "7", target_id)


def test_only_a_system_with_a_pattern_and_an_employee_has_a_page(connection: int) -> None:
    assert pages(connection, "T1") == (None, None)
    set_target(connection, PATTERN)
    assert pages(connection, "T1") == (None, "https://pay.example.test/T1")
    assert pages(connection, None) == (None, None)


def test_settings_that_cannot_be_used_give_no_page(connection: int) -> None:
    set_target(connection, {"employee_page": "javascript:alert({id})"})
    assert pages(connection, "T1") == (None, None)


def test_the_pattern_is_no_reason_to_read_everybody_again(connection: int) -> None:
    before = systems.load_system_pair(connection).system_settings
    set_target(connection, PATTERN)
    assert systems.load_system_pair(connection).system_settings == before
    set_target(connection, {"pay_frequency": "Monthly"})
    assert systems.load_system_pair(connection).system_settings != before
