"""Codes and tokens: issue, check, exchange and rotate them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.document_store import DocumentStore

CODE_SECONDS = 5 * 60
GRACE_SECONDS = 30 * 60

Document = dict[str, Any]


class GrantError(Exception):
    """A code or refresh token that is not valid."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a system's tokens live, in seconds, and whether a refresh replaces the refresh token."""

    access: int
    refresh: int
    rotates: bool


class Tokens:
    """The codes and tokens of one system."""

    def __init__(self, store: DocumentStore, clock: Clock, system: str, lifetimes: Lifetimes) -> None:
        """Load the tokens stored by the last run of the program; codes are not stored."""
        self._documents, self._clock, self._lives = store, clock, lifetimes
        self._access_kind, self._refresh_kind = f"{system} access", f"{system} refresh"
        self._access = store.read(self._access_kind)
        self._refresh = store.read(self._refresh_kind)
        self._codes: dict[str, Document] = {}

    def new_code(self, scopes: Iterable[str], redirect_uri: str, challenge: str | None) -> str:
        """Return a code for a consent."""
        code = secrets.token_urlsafe(24)
        expires = self._clock.seconds() + CODE_SECONDS
        self._codes[code] = {
            "scopes": sorted(scopes),
            "uri": redirect_uri,
            "challenge": challenge,
            "expires": expires,
        }
        return code

    def redeem(self, code: str) -> Document:
        """Exchange a code, which works once. Raises GrantError."""
        entry = self._codes.pop(code, None)
        if entry is None or entry["expires"] < self._clock.seconds():
            raise GrantError("Invalid authorization code")
        return entry

    def issue(self, scopes: list[str], *, refreshable: bool, family: str | None = None) -> Document:
        """Return a new access token and, if refreshable, a refresh token."""
        family, now = family or secrets.token_hex(8), self._clock.seconds()
        entry = {"scopes": scopes, "family": family}
        answer: Document = {"access_token": secrets.token_urlsafe(32), "scope": " ".join(scopes)}
        self._store_token(
            self._access,
            self._access_kind,
            answer["access_token"],
            entry | {"expires": now + self._lives.access},
        )
        if refreshable:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            self._store_token(
                self._refresh,
                self._refresh_kind,
                answer["refresh_token"],
                entry | {"expires": now + self._lives.refresh},
            )
        return answer

    def refresh(self, token: str, *, strict: bool) -> Document:
        """Exchange a refresh token; a used one works for 30 more minutes or, when strict, revokes its family."""
        entry, now = self._refresh.get(token), self._clock.seconds()
        if entry is None or entry["expires"] < now:
            raise GrantError("Invalid refresh token")
        if not self._lives.rotates:
            return self.issue(entry["scopes"], refreshable=False, family=entry["family"]) | {
                "refresh_token": token
            }
        if strict and "used" in entry:
            self._revoke(entry["family"])
            raise GrantError("Refresh token was used before")
        if "used" not in entry:
            grace = {"used": now, "expires": now + GRACE_SECONDS}
            self._store_token(self._refresh, self._refresh_kind, token, entry | grace)
        return self.issue(entry["scopes"], refreshable=True, family=entry["family"])

    def scopes(self, token: str) -> frozenset[str] | None:
        """Return the scopes of an access token; None when it is unknown or expired."""
        entry = self._access.get(token)
        if entry is None or entry["expires"] < self._clock.seconds():
            return None
        return frozenset(entry["scopes"])

    def expire_access(self) -> None:
        """Expire all access tokens."""
        self._access.clear()
        self._documents.clear(self._access_kind)

    def revoke_all(self) -> None:
        """Revoke all tokens, as when the consent is withdrawn."""
        self.expire_access()
        self._refresh.clear()
        self._documents.clear(self._refresh_kind)

    def revoke(self, token: str) -> bool:
        """Revoke a token and all others of the same consent; return False when it is unknown."""
        entry = self._refresh.get(token) or self._access.get(token)
        if entry is not None:
            self._revoke(entry["family"])
        return entry is not None

    def _revoke(self, family: str) -> None:
        for entries, kind in ((self._access, self._access_kind), (self._refresh, self._refresh_kind)):
            for token in [token for token, entry in entries.items() if entry["family"] == family]:
                del entries[token]
                self._documents.remove(kind, token)

    def _store_token(self, entries: dict[str, Document], kind: str, token: str, entry: Document) -> None:
        entries[token] = entry
        self._documents.put(kind, token, entry)
