"""``person``: employees are found and their story is printed, for people and for programs."""

from __future__ import annotations

import pytest

from core.db import reading
from core.models import Connection
from harness import world
from tests.core.cli.conftest import Command
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


@pytest.fixture
def hub(sqlite_store: str) -> Hub:
    hub = Hub(world.active_connection())
    hub.source.put("s0", person(0, first_name="Wiremu", surname="Tāmati", start_date=None))
    hub.source.put("s1", person(1))
    hub.run()
    return hub


def test_somebody_is_found_and_shown(hub: Hub, command: Command) -> None:
    found = command("person", "find", "tamati wiremu", "--json").object
    assert (found["total"], found["people"][0]["source_id"]) == (1, "s0")
    assert "Wiremu Tāmati" in command("person", "find", "s0", "--connection", hub.connection_id).out
    shown = command("person", "show", hub.connection_id, "s0", "--json").object
    assert shown["stops"][0]["who_must_act"] == "HR" and shown["target_id"] is None
    assert [step["ended"] for step in shown["events"][0]["steps"]][-2:] == ["stopped", "not reached"]
    assert "They could not be sent: Missing field." in command("person", "show", hub.connection_id, "s0").out


def test_wrong_use_is_a_sentence(hub: Hub, command: Command) -> None:
    for words in (
        ("find", " "),
        ("find", "x" * 401),
        ("show", hub.connection_id, "nobody"),
        ("show", 99, "s0"),
    ):
        answer = command("person", *words)
        assert (answer.code, answer.out) == (2, "") and len(answer.err.splitlines()) == 1, words
    assert command("person", "find", "nobody").out == "Nobody is found.\n"


def test_a_person_sees_their_own_account_only(hub: Hub, command: Command) -> None:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    world.person(account_id, username="mia")
    world.person(world.account("Other"), username="eve")
    assert command("--as", "mia", "person", "find", "tamati", "--json").object["total"] == 1
    assert command("--as", "eve", "person", "find", "tamati", "--json").object["total"] == 0
    refused = command("--as", "eve", "person", "show", hub.connection_id, "s0")
    assert refused.code == 2 and "Tāmati" not in refused.out + refused.err


def test_somebody_is_shown_what_is_kept_and_erased(hub: Hub, command: Command) -> None:
    assert command("person", "kept", hub.connection_id, "s0").object["person"]["source id"] == "s0"
    answer = command("person", "erase", hub.connection_id, "s0", "--yes")
    assert "still lists this person" in answer.out and "Reports call them “erased 1”" in answer.out
    assert command("person", "kept", hub.connection_id, "s0").code == 2
