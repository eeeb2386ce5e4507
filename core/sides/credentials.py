"""The credentials of a side: how they authorise a request and how they are kept fresh."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.contract.connector import Authorisation, Connector, SideSettings
from connectors.contract.errors import AuthError
from connectors.http import oauth
from connectors.registry import connector_of
from core.clock import now
from core.sides import oauth_clients, token_refresh

AHEAD = timedelta(seconds=60)
RECENT_SECONDS = 5.0


def from_tokens(tokens: oauth.Tokens) -> dict[str, Any]:
    """Return the credentials to keep of a token answer."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None,
        "refresh_at": _refresh_at(tokens.expires_at).isoformat() if tokens.expires_at else None,
        "scope": tokens.scope,
        "token_type": tokens.token_type,
    }


def _refresh_at(ends: datetime) -> datetime:
    """Return when to refresh: a minute ahead, later where the whole life of a token is short."""
    return ends - min(AHEAD, max(ends - now(), timedelta(0)) / 4)


def headers_of(connector: Connector, credentials: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that authorise a request. Raises AuthError when what they need is missing."""
    try:
        match connector.sign_in.method:
            case Authorisation.OAUTH2:
                return {"Authorization": f"Bearer {credentials['access_token']}"}
            case Authorisation.API_KEY:
                return {
                    connector.sign_in.key.header: connector.sign_in.key.prefix
                    + _entered(credentials, "api_key")
                }
            case Authorisation.BEARER:
                return {"Authorization": f"Bearer {_entered(credentials, 'api_key')}"}
            case Authorisation.BASIC:
                return {"Authorization": _basic(connector, credentials)}
            case Authorisation.FORM:  # the connector knows what to do with what was entered
                return {name: str(value) for name, value in credentials.items()}
            case Authorisation.NONE:
                return {}
    except KeyError as error:
        raise AuthError(
            f"The credentials of {connector.name} hold no {error.args[0]}. Connect it again."
        ) from None
    except ValueError:
        raise AuthError(
            f"What was entered for {connector.name} has characters in it that cannot be sent. Copy it again without line breaks."
        ) from None


def _entered(credentials: Mapping[str, Any], name: str) -> str:
    """Return what a person entered, without the blanks that come along when it is copied. Raises KeyError, ValueError."""
    value = str(credentials[name]).strip()
    if not (value.isascii() and value.isprintable()):
        raise ValueError(name)
    return value


def _basic(connector: Connector, credentials: Mapping[str, Any]) -> str:
    """Return HTTP Basic: a user and a password, or a key in the user's place. Raises KeyError, ValueError."""
    if connector.sign_in.key.password is not None:
        pair = f"{_entered(credentials, 'api_key')}:{connector.sign_in.key.password}"
    else:
        pair = f"{credentials['username']}:{credentials['password']}"
        if ":" in str(credentials["username"]):
            raise ValueError("username")
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def fresh_until(credentials: Mapping[str, Any]) -> datetime | None:
    """Return when the access token should be refreshed; None when it cannot be or does not end."""
    ends, moment = credentials.get("expires_at"), credentials.get("refresh_at")
    if not ends or not credentials.get("refresh_token"):
        return None
    return datetime.fromisoformat(str(moment)) if moment else datetime.fromisoformat(str(ends)) - AHEAD


def due(credentials: Mapping[str, Any]) -> bool:
    """Say whether the access token ends soon and can be refreshed."""
    moment = fresh_until(credentials)
    return moment is not None and moment <= now()


def refreshed(
    connector: Connector, side_settings: SideSettings, credentials: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask the system for new tokens; keeps the old refresh token where it sends no other."""
    token = credentials.get("refresh_token")
    if not token:
        what = (
            "the sign-in" if connector.sign_in.method is Authorisation.OAUTH2 else "what was entered for it"
        )
        raise AuthError(f"{connector.name} no longer accepts {what}. Open Connections and connect it again.")
    tokens = oauth.refresh(
        connector, side_settings, oauth_clients.client_for(connector, side_settings), str(token)
    )
    fresh = from_tokens(tokens)
    return fresh | {
        "refresh_token": fresh["refresh_token"] or token,
        "scope": fresh["scope"] or credentials.get("scope"),
    }


class HeldAuthoriser:
    """Authorises requests with credentials that are not in the store (yet), as when a side is being connected."""

    def __init__(self, connector: Connector, credentials: Mapping[str, Any]) -> None:
        """Take the credentials as they are."""
        self._headers = headers_of(connector, credentials)
        self._name = connector.name

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send."""
        return self._headers

    async def renew(self) -> None:
        """Refuse: these credentials were not accepted."""
        raise AuthError(f"{self._name} did not accept the credentials. Check them and try again.")

    async def refused(self, reason: str) -> None:
        """Note nothing: no side has these credentials."""


class SideAuthoriser:
    """Authorises requests of a side, refreshing its tokens ahead of their end and once after a 401."""

    def __init__(self, side_id: int) -> None:
        """Read nothing yet; the first request does."""
        self.side_id = side_id
        self._credentials: dict[str, Any] | None = None
        self._headers: Mapping[str, str] = {}
        self._fresh_until: datetime | None = None
        self._renewed = -RECENT_SECONDS
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send, refreshed when near their end."""
        if self._stale():
            async with self._lock:
                if self._stale():
                    await asyncio.to_thread(self._freshen, None)
        return self._headers

    async def renew(self) -> None:
        """Refresh after a 401; does nothing when that has just been done for another request."""
        async with self._lock:
            if time.monotonic() - self._renewed >= RECENT_SECONDS:
                await asyncio.to_thread(self._freshen, self._credentials)
                self._renewed = time.monotonic()

    async def refused(self, reason: str) -> None:
        """Let everybody see at once that the side has to be connected again, unless somebody has just done so."""
        if self._credentials is not None:
            await asyncio.to_thread(token_refresh.refuse, self.side_id, self._credentials, reason)

    def _stale(self) -> bool:
        return self._credentials is None or (self._fresh_until is not None and now() >= self._fresh_until)

    def _freshen(self, refused: dict[str, Any] | None) -> None:
        """Take the credentials from the store, refreshed when they are due or are those that were refused."""

        def usable(credentials: dict[str, Any]) -> bool:
            return credentials != refused and not due(credentials)

        held = token_refresh.renew(self.side_id, usable, refresh_held)
        self._headers = headers_of(connector_of(held.kind), held.credentials)
        self._credentials, self._fresh_until = held.credentials, fresh_until(held.credentials)


def refresh_held(held: token_refresh.Held) -> dict[str, Any]:
    """Ask the system of a side for new tokens."""
    connector = connector_of(held.kind)
    return refreshed(connector, connector.settings.model_validate(held.settings), held.credentials)
