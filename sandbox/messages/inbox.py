"""The mails and webhooks that came, the latest ones, until the sandbox ends."""

from __future__ import annotations

import email.policy
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Received:
    """One mail or call: when it came, its title, the address that it was for, and its text."""

    at: datetime
    title: str
    to: str
    text: str


def _newest() -> deque[Received]:
    return deque(maxlen=MOST_KEPT)


@dataclass
class Inbox:
    """What came, the oldest first."""

    mails: deque[Received] = field(default_factory=_newest)
    calls: deque[Received] = field(default_factory=_newest)

    def take_mail(self, to: list[str], content: bytes) -> None:
        """Keep a mail."""
        message = message_from_bytes(content, policy=email.policy.default)
        text = ""
        if isinstance(message, EmailMessage):
            body = message.get_body(("plain", "html"))
            text = body.get_content() if body is not None else ""
        subject = str(message["Subject"] or "(no subject)")
        self.mails.append(
            Received(datetime.now(UTC), subject, ", ".join(to), text.replace("\r\n", "\n").strip())
        )

    def take_call(self, path: str, kind: str, body: str) -> None:
        """Keep a call of a webhook; ``kind`` is the type that its body says."""
        self.calls.append(Received(datetime.now(UTC), kind, path, body))
