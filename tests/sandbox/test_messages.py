"""Mails and webhooks that come to the sandbox are shown, and nothing that somebody sends breaks it."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import Callable
from email.message import EmailMessage

import requests

from harness.receivers import free_port
from harness.sandbox import Sandbox
from sandbox.messages.inbox import MOST_KEPT, Inbox
from sandbox.messages.mail_server import mail_server
from tests.sandbox.test_pages import page, text


def mail(to: str, subject: str, body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ihub@example.com", to, subject
    message.set_content(body)
    return message


def with_server(act: Callable[[int], object]) -> Inbox:
    """Run a mail server, act on it from elsewhere, and return what came."""
    inbox, port = Inbox(), free_port()

    async def serve() -> None:
        async with mail_server(inbox, port):
            await asyncio.to_thread(act, port)

    asyncio.run(serve())
    return inbox


def test_a_mail_is_kept_as_it_was_written() -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.send_message(mail("ann@example.com", "Ein Größenwort", "First\n.\n..dots\nlast"))
            server.send_message(mail("bob@example.com", "Second", "Other"))

    first, second = with_server(send).mails
    assert (first.to, first.title, first.text) == (
        "ann@example.com",
        "Ein Größenwort",
        "First\n.\n..dots\nlast",
    )
    assert (second.to, second.text) == ("bob@example.com", "Other")


def test_what_is_no_mail_is_refused_and_the_next_one_still_comes() -> None:
    answers: list[int] = []

    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            answers.extend(server.docmd(words)[0] for words in ("DATA", "EXPN all", "RCPT TO:nobody", "NOOP"))
            answers.append(server.rcpt("unknown@example.com")[0])
        for broken in (b"\x00\xff\r\n", b"x" * 200_000):
            with socket.create_connection(("127.0.0.1", port)) as server_socket:
                server_socket.sendall(broken)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.send_message(mail("ann@example.com", "Good", "Text"))

    inbox = with_server(send)
    assert answers == [503, 502, 501, 250, 550]
    assert [each.title for each in inbox.mails] == ["Good"]


def test_the_latest_are_kept() -> None:
    inbox = Inbox()
    for number in range(MOST_KEPT + 5):
        inbox.take_call("/webhook/a", str(number), "")
    assert [inbox.calls[0].title, len(inbox.calls)] == ["5", MOST_KEPT]


def test_webhooks_are_shown_and_can_be_refused(sandbox: Sandbox) -> None:
    assert "None came yet" in text(page(sandbox, "/mails")) and "None came yet" in text(
        page(sandbox, "/webhooks")
    )
    address = f"{sandbox.url}/webhook/alerts"
    for body in ('{"type": "alert.began", "data": {"text": "<b>7</b> employees"}}', "no json", "[1]"):
        assert requests.post(address, data=body, timeout=10).status_code == 200
    assert requests.post(f"{address}/refused", data="{}", timeout=10).status_code == 400
    shown = page(sandbox, "/webhooks").text
    assert shown.index("[\n  1\n]") < shown.index("no json") < shown.index("alert.began")
    assert "&lt;b&gt;7&lt;/b&gt; employees" in shown and "refused" not in shown.partition("<article")[2]
