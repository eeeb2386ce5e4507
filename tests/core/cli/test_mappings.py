"""Mappings on the command line: the same language, sentences and versions as on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.mapping import versions
from core.security.actor import OPERATOR
from harness import world
from tests.core.cli.conftest import Command


@pytest.fixture
def connection(sqlite_store: str) -> int:
    return world.active_connection()


def test_set_show_diff_and_roll_back(connection: int, command: Command) -> None:
    done = command("mapping", "set", connection, "title", "value: Dr", "--note", "doctors")
    assert (done.code, done.out) == (0, "Version 1 is saved and in force from the next run on.\n")
    shown = command("mapping", "show", connection)
    assert "doctors" in shown.out and "always Dr" in shown.out
    assert command("mapping", "show", connection, "--json").object["number"] == 1
    compared = command("mapping", "diff", connection, 0)
    assert compared.out == "Title: Title → always Dr\n  + name: title\n  + value: Dr\n"
    assert command("mapping", "rollback", connection, 0).code == 0
    listed = command("mapping", "versions", connection, "--json").object
    assert (listed["in_force"], [each["number"] for each in listed["versions"]]) == (2, [2, 1, 0])
    assert "same" in command("mapping", "diff", connection, 0).out
    assert command("mapping", "set", connection, "title", "send: false").code == 0
    assert command("mapping", "set", connection, "title", "--back").code == 0


def test_export_and_import_give_the_same_digest(connection: int, command: Command, tmp_path: Path) -> None:
    command(
        "mapping", "set", connection, "preferredName", "{from: [preferred_name, first_name], steps: [tidy]}"
    )
    file = tmp_path / "mapping.yaml"
    file.write_text(command("mapping", "export", connection).out)
    command("mapping", "rollback", connection, 0)
    assert command("mapping", "import", connection, file).code == 0
    digests = [versions.get(OPERATOR, connection, number).digest for number in (1, 2, 3)]
    assert digests[0] == digests[2] != digests[1]


def test_what_is_wrong_is_a_sentence(connection: int, command: Command, tmp_path: Path) -> None:
    for words, sentence in (
        (("set", connection, "titel", "value: Dr"), "iPayroll has no field `titel`. Did you mean `title`?"),
        (("set", connection, "title", "value: [a"), "This is not YAML"),
        (("set", connection, "title"), "Say how the field is filled"),
        (("set", connection, "surname", "from: preferred_name"), "Add --confirm."),
        (("rollback", connection, 7), "has no version 7"),
        (("import", connection, tmp_path / "none.yaml"), "cannot be read"),
        (("preview", connection, tmp_path / "none.yaml"), "cannot be read"),
        (("show", 99), "There is no connection 99."),
    ):
        refused = command("mapping", *words)
        assert refused.code == 2 and sentence in refused.err, words
    assert versions.get(OPERATOR, connection).number == 0
    assert command("mapping", "set", connection, "surname", "from: preferred_name", "--confirm").code == 0
