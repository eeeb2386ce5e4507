"""The OAuth 2 authorization-code flow: the address to send a person to, and tokens for a code or a refresh token."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749 import errors as oauth_errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from connectors.contract.connector import Connector, OAuthEndpoints, SideSettings
from connectors.contract.errors import AuthError, ConfigError, ConnectorError, TemporaryError
from connectors.http.loopback import plain_http
from connectors.http.read_deadline import within_time
from connectors.values.web_address import is_safe

TIMEOUT_SECONDS = 10.0
PASSING = (oauth_errors.MissingTokenError, oauth_errors.TemporarilyUnavailableError, oauth_errors.ServerError)
OURS = (oauth_errors.InvalidClientError, oauth_errors.UnauthorizedClientError)

for _name in ("requests_oauthlib", "oauthlib"):  # at DEBUG they log tokens and secrets
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Client:
    """iHUB's own registration at a system."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a person's consent gave us; ``expires_at`` is None where the system does not say."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime | None
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a token


def addresses(connector: Connector, settings: SideSettings) -> list[str]:
    """Return every address that the flow of a side uses. Raises ConfigError when credentials must not travel there."""
    place = _Place.of(connector, settings)
    return [place.authorize_url, place.token_url, *([place.revoke_url] if place.revoke_url else [])]


def authorization_url(  # noqa: PLR0917 - the words of the flow in its order
    connector: Connector,
    settings: SideSettings,
    client: Client,
    redirect_uri: str,
    state: str,
    verifier: str | None = None,
) -> str:
    """Return where to send a person's browser; ``verifier`` is used where the system takes PKCE."""
    place = _Place.of(connector, settings)
    session = OAuth2Session(client.id, redirect_uri=redirect_uri, scope=list(place.endpoints.scopes))
    extra = _challenge(client, verifier) if place.endpoints.pkce and verifier else {}
    with plain_http(place.authorize_url):
        url, _ = session.authorization_url(place.authorize_url, state=state, **extra)
    return str(url)


def exchange(  # noqa: PLR0917
    connector: Connector,
    settings: SideSettings,
    client: Client,
    code: str,
    redirect_uri: str,
    verifier: str | None = None,
) -> Tokens:
    """Return the tokens for a code. Raises AuthError, ConfigError or TemporaryError."""
    place = _Place.of(connector, settings)
    extra = {"code_verifier": verifier} if place.endpoints.pkce and verifier else {}

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        session.redirect_uri = redirect_uri
        signature = (
            {"include_client_id": True, "client_secret": client.secret}
            if place.endpoints.client_in_body
            else {"auth": HTTPBasicAuth(client.id, client.secret)}
        )
        token: Mapping[str, Any] = session.fetch_token(
            place.token_url, code=code, timeout=TIMEOUT_SECONDS, **signature, **extra
        )
        return token

    return _tokens(connector, _asked(connector, place, client, ask), None)


def refresh(connector: Connector, settings: SideSettings, client: Client, refresh_token: str) -> Tokens:
    """Return new tokens; the refresh token stays the old one where no new one comes. Raises like ``exchange``."""
    place = _Place.of(connector, settings)

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        signature = (
            {"client_id": client.id, "client_secret": client.secret}
            if place.endpoints.client_in_body
            else {"auth": HTTPBasicAuth(client.id, client.secret)}
        )
        token: Mapping[str, Any] = session.refresh_token(
            place.token_url, refresh_token=refresh_token, timeout=TIMEOUT_SECONDS, **signature
        )
        return token

    return _tokens(connector, _asked(connector, place, client, ask), refresh_token)


def revoke(connector: Connector, settings: SideSettings, client: Client, token: str) -> bool:
    """Give a refresh or access token back (RFC 7009); False where the system has no place for that. Raises TemporaryError."""
    place = _Place.of(connector, settings)
    if place.revoke_url is None:
        return False
    fields, signature = {"token": token}, None
    if place.endpoints.client_in_body:
        fields |= {"client_id": client.id, "client_secret": client.secret}
    else:
        signature = HTTPBasicAuth(client.id, client.secret)
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                place.revoke_url, data=fields, auth=signature, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TemporaryError(
                f"{connector.name} could not be reached to give the sign-in back."
            ) from error
    if not answer.ok:
        raise TemporaryError(f"{connector.name} did not take the sign-in back (status {answer.status_code}).")
    return True


def missing_scopes(connector: Connector, tokens: Tokens) -> tuple[str, ...]:
    """Return the names of the scopes asked for that the person did not grant; none where the system does not say."""
    granted = set(tokens.scope.split())
    if connector.oauth is None or not granted:
        return ()
    names = connector.oauth.scope_names
    return tuple(names.get(scope, scope) for scope in connector.oauth.scopes if scope not in granted)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a side's flow lives."""

    endpoints: OAuthEndpoints
    base: str

    @classmethod
    def of(cls, connector: Connector, settings: SideSettings) -> _Place:
        """Compose the addresses from the side's settings. Raises ConfigError when credentials must not travel there."""
        if connector.oauth is None or connector.oauth_base is None:
            raise ConfigError(f"{connector.name} is not connected by signing in there.")
        base = connector.oauth_base(settings).rstrip("/")
        if not is_safe(base):
            raise ConfigError(
                f"The address at which people sign in to {connector.name} must begin with https://."
            )
        return cls(connector.oauth, base)

    @property
    def authorize_url(self) -> str:
        """Where the browser goes."""
        return self.base + self.endpoints.authorize_path

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self.base + self.endpoints.token_path

    @property
    def revoke_url(self) -> str | None:
        """Where tokens are given back; None where the system has no place for that."""
        return None if self.endpoints.revoke_path is None else self.base + self.endpoints.revoke_path


def _challenge(client: Client, verifier: str) -> dict[str, str]:
    challenge = WebApplicationClient(client.id).create_code_challenge(verifier, "S256")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def _asked(
    connector: Connector, place: _Place, client: Client, ask: Callable[[OAuth2Session], Mapping[str, Any]]
) -> Mapping[str, Any]:
    # The session is given no scope: oauthlib would raise where a person grants fewer. missing_scopes compares.
    name = connector.name
    with OAuth2Session(client.id) as session, plain_http(place.token_url):
        session.trust_env = False  # no proxy and no .netrc from the environment
        session.max_redirects = 0  # a secret is never sent on to another address
        session.hooks["response"].append(within_time(name))
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, lambda answer: _usable(name, answer))
        try:
            return ask(session)
        except ConnectorError:
            raise
        except OURS:
            raise ConfigError(
                f"{name} does not know iHUB's client id and secret. Ask the operator of iHUB to check its registration at {name}."
            ) from None
        except requests.RequestException as error:
            raise TemporaryError(f"{name} could not be reached to sign in. Try again later.") from error
        except (*PASSING, ValueError, TypeError, AttributeError):
            raise TemporaryError(
                f"{name} answered the sign-in in a way iHUB does not understand. Try again later."
            ) from None
        except oauth_errors.OAuth2Error:
            raise AuthError(
                f"{name} did not accept the sign-in. Open Connections and connect it again."
            ) from None


def _usable(name: str, answer: requests.Response) -> requests.Response:
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TemporaryError(
            f"The sign-in of {name} does not work just now (status {answer.status_code}). Try again later."
        )
    if answer.status_code == 401 and '"error"' not in answer.text:
        raise ConfigError(
            f"{name} does not accept iHUB's client id and secret. Ask the operator of iHUB to check them."
        )
    return answer


def _tokens(connector: Connector, answer: Mapping[str, Any], old_refresh_token: str | None) -> Tokens:
    if not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise TemporaryError(f"{connector.name} answered the sign-in without a token. Try again later.")
    scope = answer.get("scope") or ""
    return Tokens(
        access_token=answer["access_token"],
        refresh_token=answer.get("refresh_token") or old_refresh_token,
        expires_at=_end(answer.get("expires_in")),
        scope=scope if isinstance(scope, str) else " ".join(scope),
        token_type=str(answer.get("token_type") or "Bearer"),
    )


def _end(seconds: Any) -> datetime | None:
    """Return when a token ends; None where that is not said, or so late that no calendar holds it."""
    try:
        return datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None
    except OverflowError:
        return None
