"""``client``: registrations entered on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import registrations
from tests.cli.conftest import Command

CANARY = "canary-secret"


def test_a_secret_comes_from_standard_input_and_is_not_listed(sqlite_store: str, command: Command) -> None:
    assert command("client", "set", "enablehr", "--id", "ours", "--secret", "-", input=f"{CANARY}\n").code == 0
    assert registrations.find("enablehr").secret == CANARY
    listed = command("client", "list", "--json")
    ours = next(each for each in listed.object["clients"] if each["kind"] == "enablehr")
    assert (ours["client_id"], ours["place"], ours["has_secret"]) == ("ours", "store", True)
    assert CANARY not in listed.out + command("client", "list").out
    assert command("client", "remove", "enablehr").code == 0
    assert "holds no registration" in command("client", "remove", "enablehr").err


def test_a_secret_comes_from_a_file_or_the_environment(
    sqlite_store: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("of a file\n")
    assert command("client", "set", "ipayroll", "--id", "ours", "--secret", tmp_path / "secret").code == 0
    assert registrations.find("ipayroll").secret == "of a file"
    monkeypatch.setenv("GIVEN", "of the environment")
    assert command("client", "set", "ipayroll", "--id", "ours", "--secret-env", "GIVEN").code == 0
    assert registrations.find("ipayroll").secret == "of the environment"


def test_wrong_use_is_a_sentence(sqlite_store: str, command: Command) -> None:
    assert "Give the secret in a file" in command("client", "set", "enablehr", "--id", "ours").err
    assert "There is no connector" in command("client", "set", "nothing", "--id", "x", "--secret", "-", input="y").err
