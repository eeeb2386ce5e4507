"""OAuth clients are set, listed and removed on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from core.sides import client_lookup
from tests.core.cli.conftest import Command

CANARY = "canary-secret"


def secret_of(kind: str, **settings: str) -> str:
    connector = connector_of(kind)
    return client_lookup.client_for(connector, connector.settings.model_validate(settings)).secret


def test_a_secret_comes_from_standard_input_and_is_not_listed(sqlite_store: str, command: Command) -> None:
    assert (
        command("oauth-client", "set", "enablehr", "--id", "ours", "--secret", "-", input=f"{CANARY}\n").code
        == 0
    )
    assert secret_of("enablehr") == CANARY
    listed = command("oauth-client", "list", "--json")
    ours = next(each for each in listed.object["clients"] if each["kind"] == "enablehr")
    assert (ours["client_id"], ours["place"], ours["has_secret"]) == ("ours", "store", True)
    assert CANARY not in listed.out + command("oauth-client", "list").out
    assert command("oauth-client", "remove", "enablehr").code == 0
    assert "holds no registration" in command("oauth-client", "remove", "enablehr").err


def test_a_secret_comes_from_a_file_or_the_environment(
    sqlite_store: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("of a file\n")
    assert (
        command("oauth-client", "set", "ipayroll", "--id", "ours", "--secret", tmp_path / "secret").code == 0
    )
    assert secret_of("ipayroll") == "of a file"
    monkeypatch.setenv("GIVEN", "of the environment")
    assert command("oauth-client", "set", "ipayroll", "--id", "ours", "--secret-env", "GIVEN").code == 0
    assert secret_of("ipayroll") == "of the environment"


def test_wrong_use_is_a_sentence(sqlite_store: str, command: Command) -> None:
    assert "Give the secret in a file" in command("oauth-client", "set", "enablehr", "--id", "ours").err
    assert (
        "There is no connector"
        in command("oauth-client", "set", "nothing", "--id", "x", "--secret", "-", input="y").err
    )


def test_addresses_are_named_with_the_registration_or_alone(sqlite_store: str, command: Command) -> None:
    one, two = "https://one.example", "https://two.example"
    given = ("--id", "ours", "--secret", "-", "--address", one, "--address", two)
    assert command("oauth-client", "set", "enablehr", *given, input=CANARY).code == 0
    assert secret_of("enablehr", login_url=one) == secret_of("enablehr", login_url=two) == CANARY
    assert one in command("oauth-client", "list").out
    assert command("oauth-client", "set", "enablehr", "--address", two).code == 0
    assert secret_of("enablehr", login_url=two) == CANARY
    with pytest.raises(ConfigError, match="does not cover"):
        secret_of("enablehr", login_url=one)
    assert command("oauth-client", "set", "enablehr", "--address", "").code == 0
    with pytest.raises(ConfigError, match="does not cover"):
        secret_of("enablehr", login_url=two)
    assert "Give the client id" in command("oauth-client", "set", "enablehr", "--secret", "-", input="x").err
    assert (
        "is not a sign-in address"
        in command("oauth-client", "set", "enablehr", "--address", "http://one.example").err
    )
    assert "holds no registration" in command("oauth-client", "set", "ipayroll", "--address", one).err
