"""Sentences carried to the next page in its address, sealed so that nobody can put words into iHUB's mouth."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.errors import StartError
from core.security.vault import digest, vault

LIFE = timedelta(minutes=10)


def seal(token: str, sentence: str, *, good: bool) -> str:
    """Return a sentence for the person behind a session, for ten minutes."""
    until = (now() + LIFE).timestamp()
    return vault().seal({"for": digest(token), "says": sentence, "good": good, "until": until}).decode()


def unseal(token: str | None, notice: str) -> tuple[str, bool] | None:
    """Return the sentence and whether it is good news; None when it is not for this person or is old."""
    try:
        value = vault().open(notice.encode())
    except StartError:
        return None
    if (
        not isinstance(value, dict)
        or not token
        or value.get("for") != digest(token)
        or value["until"] < now().timestamp()
    ):
        return None
    return str(value["says"]), bool(value["good"])
