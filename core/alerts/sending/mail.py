"""Send mails through the operator's mail server (SMTP), and say in a sentence what it answered.

Nothing here logs or raises the password. A server that hangs, or answers byte by byte, is left after a deadline.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from connectors.values.web_address import is_loopback
from core.clock import now
from core.models.base import CONTROL
from core.settings import SmtpSecurity, settings

# Without a byte, and in all.
SILENCE_SECONDS, TOTAL_SECONDS = 10, 30
MOST_LETTERS = 300
NOT_SET_UP = "E-mail is not set up. The operator of iHUB sets IHUB_SMTP_HOST and IHUB_MAIL_FROM."
REPLY_OK = 250


class MailError(Exception):
    """A mail was not taken; the message is a sentence.

    ``of_server`` says that no other mail would be taken now, ``may_be_sent`` that this one may have been taken.
    """

    def __init__(self, sentence: str, *, of_server: bool, may_be_sent: bool = False) -> None:
        """Take the sentence, and what it means."""
        super().__init__(sentence)
        self.of_server, self.may_be_sent = of_server, may_be_sent


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; the id is the same when it is sent again."""

    to: str
    subject: str
    text: str
    message_id: str


def is_set_up() -> bool:
    """Say whether the operator has set what is needed to send mails."""
    return bool(settings().smtp_host and settings().mail_from)


def compose(to: str, subject: str, text: str, batch: str | None = None) -> Mail:
    """Return a mail in iHUB's form; ``batch`` makes its id, so that mail programs drop a repeat."""
    domain = settings().mail_from.rpartition("@")[2] or "ihub"
    message_id = f"<{batch}@{domain}>" if batch else make_msgid(domain=domain)
    line = " ".join(CONTROL.sub(" ", f"[iHUB] {subject}").split())
    footer = f"\n\n-- \niHUB. Choose your alerts: {settings().url}/Alerts\n"
    return Mail(to, line[:200], text.rstrip() + footer, message_id)


def send(mail: Mail) -> str:
    """Send a mail and return what the server answered, such as ``250 queued``. Raises MailError."""
    host = settings().smtp_host
    if not is_set_up():
        raise MailError(NOT_SET_UP, of_server=True)
    try:
        with _connected(host) as server:
            return _hand_over(server, mail)
    except smtplib.SMTPException as error:
        raise _of_server(host, f"broke off: {_shown(error)}") from error
    except ssl.SSLError as error:
        raise _of_server(
            host, "cannot be trusted: TLS failed. The operator checks its certificate and IHUB_SMTP_SECURITY"
        ) from error
    except TimeoutError as error:
        raise _of_server(host, "did not respond in time") from error
    except OSError as error:
        raise _of_server(host, "could not be reached") from error


@contextmanager
def _connected(host: str) -> Iterator[smtplib.SMTP]:
    """Yield a connection that is encrypted and signed in as the settings say; it is cut off at the deadline."""
    security, context = settings().smtp_security, ssl.create_default_context()
    # Otherwise smtplib asks a name server, which can take seconds.
    own_name = urlsplit(settings().url).hostname or "localhost"
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(local_hostname=own_name, timeout=SILENCE_SECONDS, context=context)
        if security is SmtpSecurity.TLS
        else smtplib.SMTP(local_hostname=own_name, timeout=SILENCE_SECONDS)
    )
    # Used for the name in the certificate, which is otherwise only set by the constructor that connects.
    server._host = host  # type: ignore[attr-defined]
    was_late = threading.Event()
    timer = threading.Timer(TOTAL_SECONDS, _cut_off, (server, was_late))
    timer.start()
    try:
        server.connect(host, settings().smtp_port)
        if security is SmtpSecurity.STARTTLS:
            _start_tls(server, host, context)
        _sign_in(server, host)
        yield server
    except (smtplib.SMTPException, OSError) as error:
        # smtplib makes another error of a time-out.
        if was_late.is_set() or isinstance(error.__context__, TimeoutError):
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        with suppress(smtplib.SMTPException, OSError):
            server.close()


def _cut_off(server: smtplib.SMTP, was_late: threading.Event) -> None:
    was_late.set()
    open_socket = server.sock
    if open_socket is not None:
        with suppress(OSError):
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)


def _start_tls(server: smtplib.SMTP, host: str, context: ssl.SSLContext) -> None:
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("starttls"):
        raise _of_server(host, "offers no TLS, so nothing was sent. The operator sets IHUB_SMTP_SECURITY")
    server.starttls(context=context)


def _sign_in(server: smtplib.SMTP, host: str) -> None:
    """Sign in where a user name is set. Raises MailError."""
    user, password = settings().smtp_user, settings().smtp_password
    if not user or password is None:
        server.ehlo_or_helo_if_needed()
        return
    if settings().smtp_security is SmtpSecurity.NONE and not is_loopback(f"smtp://{host}"):
        raise _of_server(host, "gets no password without TLS. The operator sets IHUB_SMTP_SECURITY")
    try:
        server.login(user, password.get_secret_value())
    except smtplib.SMTPAuthenticationError as error:
        advice = "The operator checks IHUB_SMTP_USER and IHUB_SMTP_PASSWORD"
        # What the server says of a sign-in is not repeated; it may hold what was sent.
        raise _of_server(host, f"refused the sign-in ({error.smtp_code}). {advice}") from None
    except smtplib.SMTPNotSupportedError:
        raise _of_server(host, "takes no sign-in. The operator removes IHUB_SMTP_USER") from None


def _hand_over(server: smtplib.SMTP, mail: Mail) -> str:
    host, sender = settings().smtp_host, settings().mail_from
    code, answer = server.mail(sender)
    if code != REPLY_OK:
        raise _of_server(
            host, f"refused the sender: {_reply(code, answer)}. The operator checks IHUB_MAIL_FROM"
        )
    code, answer = server.rcpt(mail.to)
    if code not in (REPLY_OK, 251):
        refusal = (
            f"The mail server takes no mail for this address: {_reply(code, answer)}. Check the address."
        )
        raise MailError(refusal, of_server=False)
    try:
        code, answer = server.data(_message(sender, mail).as_bytes(policy=SMTP_POLICY))
    except smtplib.SMTPDataError as error:
        refusal = f"The mail server refused the mail: {_shown(error)}."
        raise MailError(refusal, of_server=False) from error
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        sentence = f"The mail server {host} did not say whether it took the mail. It gets it again under the same id."
        raise MailError(sentence, of_server=True, may_be_sent=True) from error
    if code != REPLY_OK:
        raise MailError(f"The mail server refused the mail: {_reply(code, answer)}.", of_server=False)
    return _reply(code, answer)


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = f"iHUB <{sender}>", mail.to
    message["Subject"], message["Date"] = mail.subject, format_datetime(now())
    message["Message-ID"], message["Auto-Submitted"] = mail.message_id, "auto-generated"
    message.set_content(mail.text)
    return message


def _of_server(host: str, what: str) -> MailError:
    return MailError(f"The mail server {host} {what.rstrip('.')}.", of_server=True)


def _reply(code: int, answer: bytes) -> str:
    text = " ".join(CONTROL.sub(" ", answer.decode("utf-8", "replace")).split())
    return f"{code} {text}"[:MOST_LETTERS].strip().rstrip(".")


def _shown(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return _reply(error.smtp_code, reply if isinstance(reply, bytes) else str(reply).encode())
    return "it closed the connection"
