"""Operators list alerts and what did not arrive, send tests and set webhooks without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import settings
from core.alerts import states
from core.alerts.sending import delivery
from harness import world
from harness.receivers import HOST, Mailbox, Receiver, free_port, http_receiver, mail_server
from tests.core.cli.conftest import Command
from tests.core.reports import reported_runs
from tests.web.conftest import People, people

__all__ = ["people"]


def test_alerts_and_webhooks_on_the_command_line(
    command: Command, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, port, receiver = world.active_connection(people.account), free_port(), Receiver()
    file = tmp_path / "addresses.json"
    file.write_text(f'{{"alerts": "http://{HOST}:{port}/in"}}')
    assert "Its secret: whsec_" in command("alerts", "set-webhook", connection, "--file", file).out
    reported_runs.whole_run(connection)
    states.refresh()
    delivery.deliver_due()
    assert [
        each["text"] for each in command("alerts", "list", people.account, "--json").object["alerts"]
    ] == ["The last run could not write 1 employee."]
    assert "could not write 1 employee" in command("alerts", "list", people.account).out
    missing = command("alerts", "undelivered", people.account).out
    assert "Webhook" in missing and "The receiver could not be reached." in missing
    with http_receiver(port, receiver):
        assert command("alerts", "test-webhook", connection).out == "The receiver answered 200: OK\n"
    assert (
        command("alerts", "set-webhook", connection, "--topics", "held, failed").out
        == "The webhook is saved.\n"
    )
    wrong = command("alerts", "set-webhook", connection, "--topics", "WAITING").err
    assert wrong.startswith("A webhook does not hear of WAITING. It can hear of FAILED, HELD, ")
    refused = command("alerts", "test-webhook", connection, "--address", "success")
    assert (refused.code, refused.err) == (
        2,
        "This connection has no such webhook. Enter its address first.\n",
    )
    assert command("alerts", "remove-webhook", connection).out == "The webhook is removed.\n"
    assert command("--as", "stranger", "alerts", "list", people.account).code == 2
    send_tests(command, people, monkeypatch)


def send_tests(command: Command, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send a test without a mail server, and with one."""
    words = "alerts", "test", people.account, "--to", "ada@example.com"
    assert command(*words).err.startswith("E-mail is not set up.")
    port, mailbox = free_port(), Mailbox()
    mail = {
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "ihub@hub.example",
    }
    for name, value in mail.items():
        monkeypatch.setenv(f"IHUB_{name}", value)
    settings.settings.cache_clear()
    with mail_server(port, mailbox):
        assert command(*words).out == "The mail server answered: 250 2.0.0 queued as 4711\n"
    assert mailbox.recipients == ["ada@example.com"]
