"""The OAuth 2 authorization-code flow: the sign-in address, tokens for a code or a refresh token, and revocation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749 import errors as oauth_errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from connectors.contract.connector import Connector, OAuthEndpoints, SideSettings
from connectors.contract.errors import AuthError, ConfigError, ConnectorError, TemporaryError
from connectors.http.sign_in.loopback import plain_http
from connectors.http.sign_in.sign_in_session import guard
from connectors.http.sign_in.tokens import Tokens, parse_tokens
from connectors.values.web_address import is_safe

TIMEOUT_SECONDS = 10.0
TEMPORARY_ERRORS = (
    oauth_errors.MissingTokenError,
    oauth_errors.TemporarilyUnavailableError,
    oauth_errors.ServerError,
)
# What oauthlib raises for a response that holds other kinds of values, numbers too large or deep nesting.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
CLIENT_ERRORS = (oauth_errors.InvalidClientError, oauth_errors.UnauthorizedClientError)

for _name in ("requests_oauthlib", "oauthlib"):  # at DEBUG they log tokens and secrets
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Client:
    """iHUB's OAuth client at a system."""

    id: str
    secret: str = field(repr=False)


def addresses(connector: Connector, settings: SideSettings) -> list[str]:
    """Return every address in the flow of a side. Raises ConfigError when credentials must not be sent there."""
    flow = _Flow.of_side(connector, settings)
    return [flow.authorize_url, flow.token_url, *([flow.revoke_url] if flow.revoke_url else [])]


def authorization_url(  # noqa: PLR0917 - the parameters of the flow, in its order
    connector: Connector,
    settings: SideSettings,
    client: Client,
    redirect_uri: str,
    state: str,
    verifier: str | None = None,
) -> str:
    """Return the address to send a person's browser to; ``verifier`` is used where the system takes PKCE."""
    flow = _Flow.of_side(connector, settings)
    session = OAuth2Session(client.id, redirect_uri=redirect_uri, scope=list(flow.endpoints.scopes))
    extra = _challenge(client, verifier) if flow.endpoints.pkce and verifier else {}
    with plain_http(flow.authorize_url):
        url, _ = session.authorization_url(flow.authorize_url, state=state, **extra)
    return str(url)


def exchange(  # noqa: PLR0917
    connector: Connector,
    settings: SideSettings,
    client: Client,
    code: str,
    redirect_uri: str,
    verifier: str | None = None,
) -> Tokens:
    """Exchange a code for tokens. Raises AuthError, ConfigError or TemporaryError."""
    flow = _Flow.of_side(connector, settings)
    extra = {"code_verifier": verifier} if flow.endpoints.pkce and verifier else {}

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        session.redirect_uri = redirect_uri
        authentication = (
            {"include_client_id": True, "client_secret": client.secret}
            if flow.endpoints.client_in_body
            else {"auth": HTTPBasicAuth(client.id, client.secret)}
        )
        token: Mapping[str, Any] = session.fetch_token(
            flow.token_url, code=code, timeout=TIMEOUT_SECONDS, **authentication, **extra
        )
        return token

    return parse_tokens(connector.name, _request_token(connector, flow, client, ask), None)


def refresh(connector: Connector, settings: SideSettings, client: Client, refresh_token: str) -> Tokens:
    """Return new tokens, with the old refresh token where the system sends no new one. Raises like ``exchange``."""
    flow = _Flow.of_side(connector, settings)

    def ask(session: OAuth2Session) -> Mapping[str, Any]:
        authentication = (
            {"client_id": client.id, "client_secret": client.secret}
            if flow.endpoints.client_in_body
            else {"auth": HTTPBasicAuth(client.id, client.secret)}
        )
        token: Mapping[str, Any] = session.refresh_token(
            flow.token_url, refresh_token=refresh_token, timeout=TIMEOUT_SECONDS, **authentication
        )
        return token

    return parse_tokens(connector.name, _request_token(connector, flow, client, ask), refresh_token)


def revoke(connector: Connector, settings: SideSettings, client: Client, token: str) -> bool:
    """Revoke a refresh or access token (RFC 7009); False where the system cannot. Raises TemporaryError."""
    flow = _Flow.of_side(connector, settings)
    if flow.revoke_url is None:
        return False
    fields, authentication = {"token": token}, None
    if flow.endpoints.client_in_body:
        fields |= {"client_id": client.id, "client_secret": client.secret}
    else:
        authentication = HTTPBasicAuth(client.id, client.secret)
    with guard(requests.Session(), connector.name) as session:
        try:
            response = session.post(
                flow.revoke_url,
                data=fields,
                auth=authentication,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:
            raise TemporaryError(f"{connector.name} could not be reached to revoke the sign-in.") from error
    if not response.ok:
        raise TemporaryError(f"{connector.name} did not revoke the sign-in (status {response.status_code}).")
    return True


def missing_scopes(connector: Connector, tokens: Tokens) -> tuple[str, ...]:
    """Return the names of the requested scopes that the person did not grant; none where the system does not say."""
    granted, endpoints = set(tokens.scope.split()), connector.sign_in.oauth
    if endpoints is None or not granted:
        return ()
    names = endpoints.scope_names
    return tuple(names.get(scope, scope) for scope in endpoints.scopes if scope not in granted)


@dataclass(frozen=True, slots=True)
class _Flow:
    """The addresses of a side's flow; ``revoke_url`` is None where the system cannot revoke tokens."""

    endpoints: OAuthEndpoints
    authorize_url: str
    token_url: str
    revoke_url: str | None

    @classmethod
    def of_side(cls, connector: Connector, settings: SideSettings) -> _Flow:
        """Read the addresses from the side's settings. Raises ConfigError when credentials must not be sent there."""
        endpoints = connector.sign_in.oauth
        if endpoints is None:
            raise ConfigError(f"{connector.name} is not connected by signing in there.")
        base = endpoints.base_url(settings).rstrip("/")
        tokens = (endpoints.token_base_url or endpoints.base_url)(settings).rstrip("/")
        if not is_safe(base) or not is_safe(tokens):
            raise ConfigError(
                f"The address at which people sign in to {connector.name} must begin with https://."
            )
        revoke_url = None if endpoints.revoke_path is None else tokens + endpoints.revoke_path
        return cls(endpoints, base + endpoints.authorize_path, tokens + endpoints.token_path, revoke_url)


def _challenge(client: Client, verifier: str) -> dict[str, str]:
    challenge = WebApplicationClient(client.id).create_code_challenge(verifier, "S256")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def _request_token(
    connector: Connector, flow: _Flow, client: Client, ask: Callable[[OAuth2Session], Mapping[str, Any]]
) -> Mapping[str, Any]:
    # The session gets no scopes: oauthlib would raise where a person grants fewer. missing_scopes compares them.
    name = connector.name
    with guard(OAuth2Session(client.id), name) as session, plain_http(flow.token_url):
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, lambda response: _check_response(name, response))
        try:
            return ask(session)
        except ConnectorError:
            raise
        except CLIENT_ERRORS:
            raise ConfigError(
                f"{name} does not know iHUB's client id and secret. "
                f"Ask the operator of iHUB to check its registration at {name}."
            ) from None
        except requests.RequestException as error:
            raise TemporaryError(f"{name} could not be reached to sign in. Try again later.") from error
        except (*TEMPORARY_ERRORS, *UNREADABLE):
            raise TemporaryError(
                f"{name} responded to the sign-in in a way iHUB does not understand. Try again later."
            ) from None
        except oauth_errors.OAuth2Error:
            raise AuthError(
                f"{name} did not accept the sign-in. Open Connections and reconnect it."
            ) from None


def _check_response(name: str, response: requests.Response) -> requests.Response:
    if response.status_code >= 500 or response.status_code == 429:
        raise TemporaryError(
            f"The sign-in of {name} does not work just now (status {response.status_code}). Try again later."
        )
    if response.status_code == 401 and '"error"' not in response.text:
        raise ConfigError(
            f"{name} does not accept iHUB's client id and secret. Ask the operator of iHUB to check them."
        )
    return response
