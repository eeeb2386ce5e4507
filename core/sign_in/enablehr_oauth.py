"""Sign in with enableHR by OAuth: send the browser to enableHR's sign-in page, and find out who came back.

A flow is valid once, for ten minutes, and only in the browser that began it. The token is used once, to ask enableHR
who the person is, and is not stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import AuthError, ConfigError, ConnectorError
from connectors.enablehr import users
from connectors.http.sign_in import oauth
from connectors.registry import connector_of
from core.audit import refusals
from core.db import transaction
from core.models import SignInRequest
from core.security.oauth_state import InvalidState, OAuthState
from core.settings import settings
from core.sides import client_lookup
from core.sign_in import enablehr_users, local

log = structlog.get_logger()

STATES = OAuthState(SignInRequest, "browser_hash")
USED_OR_UNKNOWN = "the response was already used, or iHUB did not ask for it"
REASONS = {
    InvalidState.UNKNOWN: USED_OR_UNKNOWN,
    InvalidState.USED: USED_OR_UNKNOWN,
    InvalidState.OTHER_OWNER: "it was started in another browser",
    InvalidState.EXPIRED: "it took too long",
}
MAX_NEXT_PAGE = 2000
SCOPES = ("read:accounts",)
INVALID = "This sign-in took too long, was already used, or was started in another browser. Sign in again."
DENIED = "enableHR was not allowed to tell iHUB who you are. Sign in again when you want to allow it."
NOT_COMPLETED = "enableHR did not complete the sign-in. Try again."
NOT_SET_UP = "iHUB is not set up for signing in with enableHR. Contact the operator of iHUB."
NO_RESPONSE = "iHUB could not ask enableHR who you are. Try again in a few minutes."


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in whose browser has come back: its PKCE verifier, and the page that the person wanted."""

    verifier: str
    next_page: str


def begin(browser: str, next_page: str) -> str:
    """Start a sign-in and return the address to send the browser to. Raises SignInRefusedError."""
    next_page = next_page if len(next_page) <= MAX_NEXT_PAGE else "/"
    try:
        enablehr, addresses = sign_in_connector()
        client = client_lookup.client_for(enablehr, addresses)
        with transaction() as session:
            state, verifier = STATES.issue(session, browser, next_page=next_page)
            return oauth.authorization_url(enablehr, addresses, client, redirect_uri(), state, verifier)
    except ConnectorError as error:
        raise _refusal(error) from error


def redirect_uri() -> str:
    """Return the address that enableHR sends the browser back to; it is registered there exactly like this."""
    return f"{settings().url}/auth/callback"


def take(browser: str, state: str, address: str | None) -> PendingSignIn:
    """Use up the state of a sign-in; one of another browser stays valid. Raises SignInRefusedError."""
    with transaction() as session:
        taken = STATES.take(session, browser, state)
        if taken.reason is not None:
            refusals.record_anonymous_sign_in(session, address, REASONS[taken.reason])
    if taken.request is None or taken.reason is not None:
        raise local.SignInRefusedError(INVALID)
    return PendingSignIn(taken.verifier, taken.request.next_page)


def finish(pending: PendingSignIn, code: str | None, error: str | None, address: str | None) -> int:
    """Exchange the code, ask enableHR who the person is, and return the user's id. Raises SignInRefusedError.

    ``error`` is enableHR's own error code when it sent no code.
    """
    if error is not None or not code:
        denied = error == "access_denied"
        why = "the person did not allow it" if denied else "enableHR did not complete it"
        _record(address, why)
        raise local.SignInRefusedError(DENIED if denied else NOT_COMPLETED)
    try:
        enablehr, addresses = sign_in_connector()
        client = client_lookup.client_for(enablehr, addresses)
        tokens = oauth.exchange(enablehr, addresses, client, code, redirect_uri(), pending.verifier)
        person = users.by_token(settings().enablehr_url, tokens.access_token)
    except ConnectorError as problem:
        _record(address, _reason(problem))
        raise _refusal(problem) from problem
    return enablehr_users.admit(person, address)


def sign_in_connector() -> tuple[Connector, SideSettings]:
    """Return enableHR as it is used for signing in: with few scopes, at the addresses from the operator's settings."""
    enablehr = connector_of("enablehr")
    if enablehr.sign_in.oauth is None:
        raise ConfigError(NOT_SET_UP)
    endpoints = replace(enablehr.sign_in.oauth, scopes=SCOPES, pkce=settings().enablehr_pkce)
    addresses = {"api_url": settings().enablehr_url, "login_url": settings().enablehr_login_url}
    return enablehr.with_oauth(endpoints), enablehr.settings.model_validate(addresses)


def _record(address: str | None, why: str) -> None:
    """Record a refusal within the limits for anonymous requests: anyone can begin a sign-in and make up its end."""
    with transaction() as session:
        refusals.record_anonymous_sign_in(session, address, why)


def _refusal(error: ConnectorError) -> local.SignInRefusedError:
    log.warning("sign_in.refused", problem=type(error).__name__)
    if isinstance(error, ConfigError):
        return local.SignInRefusedError(NOT_SET_UP)
    return local.SignInRefusedError(NOT_COMPLETED if isinstance(error, AuthError) else NO_RESPONSE)


def _reason(error: ConnectorError) -> str:
    """Return for the audit what went wrong after enableHR had sent the browser back."""
    if isinstance(error, ConfigError):
        return "iHUB is not set up for it"
    if isinstance(error, AuthError):
        return "enableHR did not exchange its own code for a token"
    return "enableHR did not respond"
