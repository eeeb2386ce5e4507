"""The state of an OAuth flow: issued before the browser leaves for the other system, taken when it returns.

A state is random, and the store holds only its hash. It is valid once, for ten minutes, and only for its owner: the
session or the browser in which the flow began.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Generic, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.clock import now
from core.models import OAuthRequest, SignInRequest
from core.security.vault import digest, vault

LIFETIME = timedelta(minutes=10)
FlowRequest = TypeVar("FlowRequest", OAuthRequest, SignInRequest)


class InvalidState(Enum):
    """Why a state is not valid."""

    UNKNOWN = auto()
    OTHER_OWNER = auto()
    USED = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class TakenState(Generic[FlowRequest]):
    """A state that came back: the request it belongs to, and why it is not valid or its PKCE verifier."""

    request: FlowRequest | None
    reason: InvalidState | None
    verifier: str = ""


class OAuthState(Generic[FlowRequest]):
    """Issues and takes the states of one kind of flow."""

    def __init__(self, table: type[FlowRequest], owner_column: str) -> None:
        self._table: type[FlowRequest] = table
        self._owner_column = owner_column

    def issue(self, session: Session, owner: str, **columns: object) -> tuple[str, str]:
        """Return a new state and its PKCE verifier, stored in the caller's transaction with further columns."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        session.execute(delete(self._table).where(self._table.expires_at < now()))
        session.add(
            self._table(
                state_hash=digest(state),
                verifier=vault().seal(verifier),
                expires_at=now() + LIFETIME,
                **{self._owner_column: digest(owner)},
                **columns,
            )
        )
        return state, verifier

    def take(self, session: Session, owner: str, state: str) -> TakenState[FlowRequest]:
        """Use up a valid state in the caller's transaction; any other state is left as it is."""
        request = session.get(self._table, digest(state), with_for_update=True)
        reason = self.reason(request, owner)
        if request is None or request.verifier is None or reason is not None:
            return TakenState(request, reason)
        verifier = str(vault().open(request.verifier))
        if isinstance(request, OAuthRequest):
            request.verifier = None  # the request itself stays, so that a second use is recognised
        else:
            session.delete(request)
        return TakenState(request, None, verifier)

    def reason(self, request: FlowRequest | None, owner: str) -> InvalidState | None:
        """Return why the state of a request is not valid for its owner; None when it is."""
        if request is None:
            return InvalidState.UNKNOWN
        if not owner or getattr(request, self._owner_column) != digest(owner):
            return InvalidState.OTHER_OWNER
        if request.verifier is None:
            return InvalidState.USED
        return None if request.expires_at > now() else InvalidState.EXPIRED
