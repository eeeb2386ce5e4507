"""The commands that operators script: store, accounts, people, connections, schedules, keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.db import transaction
from core.models import Connection, ConnectionStatus
from core.security import key_files, vault
from core.settings import ROOT, settings
from tests.core.cli.conftest import Command
from tests.core.stand_ins import Systems, install


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Systems:
    """Make two stand-in systems the only connectors there are."""
    return install(monkeypatch)


@pytest.fixture
def account(store: str, command: Command) -> int:
    """Add an account."""
    number: int = command("account", "create", "Harbour Foods", "--json").object["id"]
    return number


def test_the_store_is_made_checked_and_taken_back(home: Path, command: Command) -> None:
    assert command("account", "list").code == 2
    assert command("db", "check").code == 1
    assert command("db", "upgrade").code == 0
    assert command("db", "check").code == 0
    assert "add --yes" in command("db", "downgrade", "base").err
    assert command("db", "downgrade", "base", "--yes").code == 0
    assert command("db", "check").code == 1


def test_a_store_without_tables_is_a_sentence(home: Path, command: Command) -> None:
    answer = command("account", "list")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1].startswith("The store cannot be used. Run `python -m core db upgrade`")
    assert "Traceback" not in answer.err


def test_accounts_are_added_listed_and_switched(account: int, command: Command) -> None:
    assert command("account", "disable", account).code == 0
    (view,) = command("account", "list", "--json").object["accounts"]
    assert (view["id"], view["name"], view["ihub_enabled"]) == (account, "Harbour Foods", False)
    assert command("account", "enable", account).code == 0
    assert "Harbour Foods" in command("account", "list").out
    refused = command("account", "enable", 99)
    assert (refused.code, refused.out, refused.err) == (2, "", "There is no such account.\n")


def test_people_are_added_with_a_password_that_is_not_on_the_command_line(
    account: int, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("correct horse battery\n")
    role = ("--account", account, "--role", "account_admin")
    assert (
        command("user", "add", "ada", "--name", "Ada", *role, "--password-file", tmp_path / "password").code
        == 0
    )
    monkeypatch.setenv("PASSWORD_OF_SUE", "another long password")
    assert command("user", "add", "sue", "--support", "--password-env", "PASSWORD_OF_SUE").code == 0
    assert command("user", "add", "ann", "--password-file", "-", input="a third long password").code == 0
    asked = command("user", "add", "bob", "--ask-password", input="a fourth password\na fourth password\n")
    assert asked.code == 0 and "fourth" not in asked.out + asked.err
    users = {user["username"]: user for user in command("user", "list", "--json").object["users"]}
    assert users["ada"]["roles"] == [[account, "account_admin"]] and users["sue"]["support"]
    assert command("user", "revoke", "ada").code == 0
    assert command("user", "revoke", "eve").code == 2
    assert "support" in command("user", "list").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--password-env", "NOT_SET"), "is not set"),
        (("--password-file", "/nowhere/at/all"), "cannot be read"),
        (("--password-file", "x", "--password-env", "y"), "not both"),
        (("--role", "analyst"), "both or neither"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(
    account: int, command: Command, options: tuple[str, ...], words: str
) -> None:
    answer = command("user", "add", "ada", *options)
    assert (answer.code, answer.out) == (2, "") and words in answer.err


@pytest.mark.both_engines
def test_a_connection_goes_from_nothing_to_active_and_is_deleted(
    account: int, command: Command, stand_ins: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "settings.json"
    chosen.write_text(json.dumps({"source": {"page_size": 10}}))
    pair = ("--account", account, "--source", "hr", "--target", "pay")
    connection = command("connection", "create", *pair, "--settings", chosen, "--json").object["id"]
    credentials = json.dumps(stand_ins.consent("7"))
    assert (
        command("connection", "connect", connection, "source", "--credentials", "-", input=credentials).code
        == 0
    )
    monkeypatch.setenv("PAY_TOKENS", json.dumps(stand_ins.consent("8")))
    connected = command(
        "connection", "connect", connection, "target", "--credentials-env", "PAY_TOKENS", "--json"
    )
    assert connected.object["organisation_name"] == "Company 8"
    (view,) = command("connection", "list", "--json").object["connections"]
    assert (view["status"], view["source"]["settings"]) == ("ACTIVE", {"page_size": 10})
    assert "access-" not in json.dumps(view)
    assert "People First: Connected" in command("connection", "list", "--account", account).out
    assert "Add --yes" in command("connection", "delete", connection).err
    assert command("connection", "delete", connection, "--yes").code == 0
    assert command("connection", "list", "--json").object == {"connections": []}


@pytest.mark.parametrize("expires_at", ["tomorrow", "2026-01-01T00:00:00", 5, ["2026"]])
def test_a_time_that_cannot_be_read_in_credentials_is_a_sentence(
    account: int, command: Command, stand_ins: Systems, expires_at: object
) -> None:
    pair = ("--account", account, "--source", "hr", "--target", "pay")
    connection = command("connection", "create", *pair, "--json").object["id"]
    tokens = json.dumps(stand_ins.consent("7") | {"expires_at": expires_at, "refresh_at": None})
    answer = command("connection", "connect", connection, "source", "--credentials", "-", input=tokens)
    assert answer.code == 2 and "Write expires_at as a time with its zone" in answer.err


def test_wrong_settings_and_credentials_are_sentences(
    account: int, command: Command, stand_ins: Systems
) -> None:
    pair = ("--account", account, "--source", "hr", "--target", "keyed")
    for text, words in (
        ("{", "does not contain JSON"),
        ("[]", "JSON object"),
        ('{"middle": {}}', "may hold source and target"),
        ('{"source": {"colour": "canary"}}', "colour"),
    ):
        answer = command("connection", "create", *pair, "--settings", "-", input=text)
        assert answer.code == 2 and words in answer.err and "canary" not in answer.err
    connection = command("connection", "create", *pair, "--json").object["id"]
    refused = command(
        "connection", "connect", connection, "target", "--credentials", "-", input='{"api_key": "canary"}'
    )
    assert refused.code == 2 and "did not accept" in refused.err and "canary" not in refused.err
    assert "Give the credentials in a file" in command("connection", "connect", connection, "target").err
    assert (
        "connection list"
        in command("connection", "connect", 99, "target", "--credentials", "-", input='{"api_key": "x"}').err
    )


@pytest.fixture
def active(account: int, command: Command, stand_ins: Systems) -> int:
    """Add an Active connection."""
    pair = ("--account", account, "--source", "hr", "--target", "pay")
    connection: int = command("connection", "create", *pair, "--json").object["id"]
    for side in ("source", "target"):
        credentials = json.dumps(stand_ins.consent(side))
        command("connection", "connect", connection, side, "--credentials", "-", input=credentials)
    return connection


def test_a_schedule_is_created_listed_and_cancelled(active: int, command: Command) -> None:
    made = command("schedule", "create", active, "--every", "weekday", "--at", "07:30", "--json")
    assert made.object["rule"]["time_zone"] == "Australia/Brisbane"
    (listed,) = command("schedule", "list", "--json").object["schedules"]
    assert listed["sentence"] == "Every weekday at 07:30, Brisbane time"
    assert "weekday at 07:30" in command("schedule", "list").out
    for status, said in ((ConnectionStatus.ATTENTION, "No run until"), (ConnectionStatus.ACTIVE, "")):
        with transaction() as session:
            session.get_one(Connection, active).status = status
        (listed,) = command("schedule", "list", "--json").object["schedules"]
        assert bool(said) is listed["no_next_run"].startswith("No run until")
        assert said in command("schedule", "list").out
    assert command("schedule", "create", active, "--every", "hours", "--interval", 2).code == 2
    assert command("schedule", "cancel", active).code == 0
    assert command("schedule", "cancel", active).code == 2
    assert "First run" in command("schedule", "create", active, "--every", "minutes", "--interval", 5).out
    assert command("connection", "delete", active, "--yes").code == 0
    assert command("schedule", "list", "--json").object == {"schedules": []}


def test_keys_are_made_exchanged_and_forgotten(active: int, command: Command) -> None:
    printed = command("keys", "new").out.strip()
    vault.Vault([printed])
    assert "already" in command("keys", "new", "--write").err
    assert "Values encrypted again: 2." in command("keys", "rotate").out
    assert len(key_files.read_keys()) == 2
    assert "Keys deleted: 1." in command("keys", "retire").out
    assert command("connection", "list").code == 0


def test_the_first_key_is_written_where_there_is_none(home: Path, command: Command) -> None:
    key_files.key_file().unlink()
    assert str(key_files.key_file()) in command("keys", "new", "--write").out


@pytest.mark.slow
def test_the_program_itself_answers(sqlite_store: str, home: Path) -> None:
    environment = os.environ | {"IHUB_HOME": str(home)}

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "core", *words]
        return subprocess.run(
            line, cwd=ROOT, env=environment | more, capture_output=True, text=True, timeout=60, check=False
        )

    done = run("account", "create", "Harbour Foods", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"id": 1})
    refused = run("connection", "delete", "7", "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "There is no connection 7. See `python -m core connection list`.\n"
    misspelt = run("acount", "list")
    assert misspelt.returncode == 2 and "Traceback" not in misspelt.stderr
    away = run("account", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert away.returncode == 2 and "Traceback" not in away.stderr
    assert settings().home == home
