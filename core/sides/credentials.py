"""Credentials of a side: authorise requests with them, and refresh them in time."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.contract.connector import Authorisation, Connector, SideSettings
from connectors.contract.errors import AuthError
from connectors.http.sign_in import oauth, token_request
from connectors.http.sign_in.tokens import Tokens
from connectors.registry import connector_of
from core.clock import now
from core.sides import client_lookup, token_refresh

# Tokens are refreshed this long before they expire.
REFRESH_AHEAD = timedelta(seconds=60)
# A 401 within this time after a refresh was caused by the tokens before it.
RECENT_SECONDS = 5.0


def from_tokens(tokens: Tokens) -> dict[str, Any]:
    """Return the credentials to store from a token response."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None,
        "refresh_at": _refresh_at(tokens.expires_at).isoformat() if tokens.expires_at else None,
        "scope": tokens.scope,
        "token_type": tokens.token_type,
    }


def _refresh_at(expires_at: datetime) -> datetime:
    """Return when to refresh: a minute ahead, or less for tokens that live only a few minutes."""
    return expires_at - min(REFRESH_AHEAD, max(expires_at - now(), timedelta(0)) / 4)


def headers_for(connector: Connector, credentials: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that authorise a request. Raises AuthError when a credential is missing or unusable."""
    try:
        match connector.sign_in.method:
            case Authorisation.OAUTH2 | Authorisation.TOKEN:
                return _token_header(connector, credentials)
            case Authorisation.API_KEY:
                return {
                    connector.sign_in.key.header: connector.sign_in.key.prefix
                    + _clean(credentials, "api_key")
                }
            case Authorisation.BEARER:
                return {"Authorization": f"Bearer {_clean(credentials, 'api_key')}"}
            case Authorisation.BASIC:
                return {"Authorization": _basic(connector, credentials)}
            case Authorisation.FORM:  # the connector uses the entered values itself
                return {name: str(value) for name, value in credentials.items()}
            case Authorisation.NONE:
                return {}
    except KeyError as error:
        raise AuthError(
            f"The credentials of {connector.name} contain no {error.args[0]}. Reconnect it."
        ) from None
    except ValueError:
        raise AuthError(
            f"The credentials of {connector.name} contain characters that cannot be sent. "
            "Copy them again without line breaks."
        ) from None


def _token_header(connector: Connector, credentials: Mapping[str, Any]) -> dict[str, str]:
    asked = connector.sign_in.token
    if asked is None:
        return {"Authorization": f"Bearer {credentials['access_token']}"}
    return {asked.header: asked.prefix + _clean(credentials, "access_token")}


def _clean(credentials: Mapping[str, Any], name: str) -> str:
    """Return an entered credential without the spaces around it that copying adds. Raises KeyError, ValueError."""
    value = str(credentials[name]).strip()
    if not (value.isascii() and value.isprintable()):
        raise ValueError(name)
    return value


def _basic(connector: Connector, credentials: Mapping[str, Any]) -> str:
    """Return HTTP Basic with a user name and password, or with a key as the user name. Raises KeyError, ValueError."""
    if connector.sign_in.key.password is not None:
        pair = f"{_clean(credentials, 'api_key')}:{connector.sign_in.key.password}"
    else:
        pair = f"{credentials['username']}:{credentials['password']}"
        if ":" in str(credentials["username"]):
            raise ValueError("username")
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def refresh_due_at(credentials: Mapping[str, Any]) -> datetime | None:
    """Return when to refresh the access token; None when it cannot be refreshed or does not expire."""
    expires_at, refresh_at = credentials.get("expires_at"), credentials.get("refresh_at")
    if not expires_at or not (credentials.get("refresh_token") or credentials.get("entered")):
        return None
    if refresh_at:
        return datetime.fromisoformat(str(refresh_at))
    return datetime.fromisoformat(str(expires_at)) - REFRESH_AHEAD


def refresh_due(credentials: Mapping[str, Any]) -> bool:
    """Say whether the access token expires soon and can be refreshed."""
    due_at = refresh_due_at(credentials)
    return due_at is not None and due_at <= now()


def refresh_tokens(
    connector: Connector, side_settings: SideSettings, credentials: Mapping[str, Any]
) -> dict[str, Any]:
    """Return credentials with new tokens from the system; keeps the old refresh token when it sends no new one."""
    if connector.sign_in.method is Authorisation.TOKEN:
        return ask_for_token(connector, side_settings, credentials)
    token = credentials.get("refresh_token")
    if not token:
        rejected = "the sign-in" if connector.sign_in.method is Authorisation.OAUTH2 else "the credentials"
        raise AuthError(f"{connector.name} no longer accepts {rejected}. Open Connections and reconnect it.")
    tokens = oauth.refresh(
        connector, side_settings, client_lookup.client_for(connector, side_settings), str(token)
    )
    fresh = from_tokens(tokens)
    return fresh | {
        "refresh_token": fresh["refresh_token"] or token,
        "scope": fresh["scope"] or credentials.get("scope"),
    }


def ask_for_token(
    connector: Connector, side_settings: SideSettings, credentials: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was entered together with a token that the system gives for it; other credentials as they are.

    What was entered is kept under ``entered``, so that the token can be asked for again. Raises ConnectorError.
    """
    if connector.sign_in.method is not Authorisation.TOKEN:
        return dict(credentials)
    entered = dict(credentials.get("entered") or credentials)
    tokens = token_request.request_token(connector, side_settings, entered)
    return from_tokens(tokens) | {"entered": entered}


def with_token_in_force(
    connector: Connector, side_settings: SideSettings, credentials: Mapping[str, Any]
) -> dict[str, Any]:
    """Return credentials with a new token where they have none yet, or one that expires soon. Raises ConnectorError."""
    is_missing = connector.sign_in.method is Authorisation.TOKEN and not credentials.get("access_token")
    if not is_missing and not refresh_due(credentials):
        return dict(credentials)
    return refresh_tokens(connector, side_settings, credentials)


class GivenAuthoriser:
    """Authorises requests with credentials that are not in the store, for instance while a side is being connected."""

    def __init__(self, connector: Connector, credentials: Mapping[str, Any]) -> None:
        """Use these credentials; they are never refreshed."""
        self._headers = headers_for(connector, credentials)
        self._name = connector.name

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send."""
        return self._headers

    async def renew(self) -> None:
        """Refuse: these credentials were not accepted."""
        raise AuthError(f"{self._name} did not accept the credentials. Check them and try again.")

    async def refused(self, reason: str) -> None:
        """Do nothing: no side has these credentials."""


class SideAuthoriser:
    """Authorises requests of a side; refreshes its tokens before they expire, and once after a 401."""

    def __init__(self, side_id: int) -> None:
        """Remember the side; the first request reads its credentials."""
        self.side_id = side_id
        self._credentials: dict[str, Any] | None = None
        self._headers: Mapping[str, str] = {}
        self._refresh_due_at: datetime | None = None
        self._renewed_at = -RECENT_SECONDS
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send, with refreshed tokens when they are due."""
        if self._stale():
            async with self._lock:
                if self._stale():
                    await asyncio.to_thread(self._reload, None)
        return self._headers

    async def renew(self) -> None:
        """Refresh after a 401, unless another request has just done so."""
        async with self._lock:
            if time.monotonic() - self._renewed_at >= RECENT_SECONDS:
                await asyncio.to_thread(self._reload, self._credentials)
                self._renewed_at = time.monotonic()

    async def refused(self, reason: str) -> None:
        """Mark the side as needing to be reconnected, unless somebody has just done so."""
        if self._credentials is not None:
            await asyncio.to_thread(token_refresh.reject, self.side_id, self._credentials, reason)

    def _stale(self) -> bool:
        return self._credentials is None or (
            self._refresh_due_at is not None and now() >= self._refresh_due_at
        )

    def _reload(self, rejected: dict[str, Any] | None) -> None:
        """Read the credentials from the store, and refresh them when they are due or are the rejected ones."""

        def usable(credentials: dict[str, Any]) -> bool:
            return credentials != rejected and not refresh_due(credentials)

        stored = token_refresh.refresh_once(self.side_id, usable, refresh_stored)
        self._headers = headers_for(connector_of(stored.kind), stored.credentials)
        self._credentials, self._refresh_due_at = stored.credentials, refresh_due_at(stored.credentials)


def refresh_stored(stored: token_refresh.StoredCredentials) -> dict[str, Any]:
    """Return a side's credentials with new tokens from its system."""
    connector = connector_of(stored.kind)
    return refresh_tokens(connector, connector.settings.model_validate(stored.settings), stored.credentials)
