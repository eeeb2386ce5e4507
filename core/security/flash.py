"""Flash messages: shown once on the next page, carried in its address, and sealed so that nobody else can write one."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.errors import StartError
from core.security.vault import digest, vault

LIFETIME = timedelta(minutes=10)


def seal_message(recipient: str, sentence: str, *, success: bool) -> str:
    """Return a message that is valid for ten minutes and for one recipient: a session token or a browser's nonce."""
    content = {
        "recipient": digest(recipient),
        "sentence": sentence,
        "success": success,
        "expires_at": (now() + LIFETIME).timestamp(),
    }
    return vault().seal(content).decode()


def open_message(recipient: str | None, sealed: str) -> tuple[str, bool] | None:
    """Return the sentence and whether it reports a success; None when it has expired or is for another recipient."""
    try:
        content = vault().open(sealed.encode())
    except StartError:
        return None
    if (
        not isinstance(content, dict)
        or not recipient
        or content.get("recipient") != digest(recipient)
        or content["expires_at"] < now().timestamp()
    ):
        return None
    return str(content["sentence"]), bool(content["success"])
