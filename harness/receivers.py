"""What receives alerts in tests: a real mail server, and a real HTTP server, which can both be stopped."""

from __future__ import annotations

import asyncio
import email.policy
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Mailbox:
    """The mails that a server has taken, and the addresses it refuses."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    # How many seconds it takes to answer after it has taken a mail.
    slow: float = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take an address, or refuse it as a server does that does not know it."""
        if address in self.refused:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        await asyncio.sleep(self.slow)
        return "250 2.0.0 queued as 4711"


@contextmanager
def mail_server(
    port: int,
    mailbox: Mailbox,
    *,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
) -> Iterator[None]:
    """Run a mail server: with STARTTLS where there is a context, and with a sign-in where there is a login."""

    def is_known(*given: Any) -> AuthResult:
        data = given[-1]
        assert login is not None and isinstance(data, LoginPassword)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

    options: dict[str, Any] = {"tls_context": tls}
    if login is not None:
        options |= {"authenticator": is_known, "auth_required": True, "auth_require_tls": tls is not None}
    controller = Controller(mailbox, hostname=HOST, port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@dataclass
class Received:
    """One request: its path, headers by their lower-case names, and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """Return the JSON of the body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """What was received, and how it is answered: by a status, or by a status with headers and a body."""

    requests: list[Received] = field(default_factory=list)
    answer: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda _: (200, {}, b"OK")


@contextmanager
def http_receiver(port: int, receiver: Receiver) -> Iterator[None]:
    """Run an HTTP server that keeps what it gets by POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Received(self.path, headers, body))
            status, more, answer = receiver.answer(self.path)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer((HOST, port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def silent_server(first: bytes = b"") -> Iterator[int]:
    """Take connections at a port, say ``first``, and never anything else."""
    open_sockets: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as listener:
        ended = threading.Event()

        def accept() -> None:
            listener.settimeout(0.05)
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                open_sockets.append(connection)
                connection.sendall(first)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(10)
            for each in open_sockets:
                each.close()
