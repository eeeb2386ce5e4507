"""The trip of a browser to enableHR's sign-in page, and back with proof of who it is.

A trip is known by a random state. It can be used once, for ten minutes, and only by the browser that began it.
The token it earns is used to ask who somebody is, and then forgotten.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import delete

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import AuthError, ConfigError, ConnectorError
from connectors.enablehr import users
from connectors.http import oauth
from connectors.registry import connector_of
from core.audit import refusals
from core.clock import now
from core.db import transaction
from core.models import SignInRequest
from core.security.vault import digest, vault
from core.settings import settings
from core.sides import oauth_clients
from core.sign_in import enablehr_users, local

log = structlog.get_logger()

LIFE = timedelta(minutes=10)
LONGEST_PAGE = 2000
SCOPES = ("read:accounts",)
STALE = "This sign-in took too long, was used already, or was begun in another browser. Sign in again."
DENIED = "enableHR was not allowed to tell iHUB who you are. Sign in again when you want to allow it."
NOT_DONE = "enableHR did not complete the sign-in. Try again."
UNDONE = "enableHR did not complete it"
NOT_SET_UP = "iHUB is not set up to sign in with enableHR. Tell the operator of iHUB."
NOT_ANSWERED = "enableHR could not be asked who you are. Try again in a few minutes."


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip that has come back: its PKCE verifier, and the page the person wanted."""

    verifier: str
    next_page: str


def begin(browser: str, next_page: str) -> str:
    """Start a trip and return the address to send the browser to. Raises SignInRefusedError."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    try:
        enablehr, addresses = place()
        client = oauth_clients.client_for(enablehr, addresses)
        address = oauth.authorization_url(enablehr, addresses, client, redirect_uri(), state, verifier)
    except ConnectorError as error:
        raise _refused(error) from error
    with transaction() as session:
        session.execute(delete(SignInRequest).where(SignInRequest.expires_at < now()))
        session.add(
            SignInRequest(
                state_hash=digest(state),
                browser_hash=digest(browser),
                verifier=vault().seal(verifier),
                next_page=next_page if len(next_page) <= LONGEST_PAGE else "/",
                expires_at=now() + LIFE,
            )
        )
    return address


def redirect_uri() -> str:
    """Return the address enableHR sends the browser back to; it is registered there exactly so."""
    return f"{settings().url}/auth/callback"


def take(browser: str, state: str, address: str | None) -> Trip:
    """Use a trip up. One of another browser is left alone. Raises SignInRefusedError."""
    with transaction() as session:
        row = session.get(SignInRequest, digest(state), with_for_update=True)
        why = _stale(row, browser)
        if why is not None:
            refusals.stray_sign_in(session, address, why)
        else:
            session.delete(row)
    if row is None or why is not None:
        raise local.SignInRefusedError(STALE)
    return Trip(str(vault().open(row.verifier)), row.next_page)


def _stale(row: SignInRequest | None, browser: str) -> str | None:
    """Say why a trip cannot go on; None when it can."""
    if row is None:
        return "the answer was used already, or iHUB never asked for it"
    if not browser or row.browser_hash != digest(browser):
        return "it was begun in another browser"
    return None if row.expires_at > now() else "it took too long"


def finish(trip: Trip, code: str | None, error: str | None, address: str | None) -> int:
    """Exchange the code, ask who it is, and return the user's id; ``error`` is enableHR's. Raises SignInRefusedError."""
    if error is not None or not code:
        denied = error == "access_denied"
        local.note(None, address, "the person did not allow it" if denied else UNDONE, refusals.ENABLEHR)
        raise local.SignInRefusedError(DENIED if denied else NOT_DONE)
    try:
        enablehr, addresses = place()
        client = oauth_clients.client_for(enablehr, addresses)
        tokens = oauth.exchange(enablehr, addresses, client, code, redirect_uri(), trip.verifier)
        person = users.by_token(settings().enablehr_url, tokens.access_token)
    except ConnectorError as problem:
        local.note(None, address, _told(problem), refusals.ENABLEHR)
        raise _refused(problem) from problem
    return enablehr_users.admit(person, address)


def place() -> tuple[Connector, SideSettings]:
    """Return enableHR as it is used for signing in: few scopes, and the addresses of the operator's settings."""
    enablehr = connector_of("enablehr")
    if enablehr.sign_in.oauth is None:
        raise ConfigError(NOT_SET_UP)
    endpoints = replace(enablehr.sign_in.oauth, scopes=SCOPES, pkce=settings().enablehr_pkce)
    addresses = {"api_url": settings().enablehr_url, "login_url": settings().enablehr_login_url}
    return enablehr.with_oauth(endpoints), enablehr.settings.model_validate(addresses)


def _refused(error: ConnectorError) -> local.SignInRefusedError:
    log.warning("sign_in.refused", problem=type(error).__name__)
    if isinstance(error, ConfigError):
        return local.SignInRefusedError(NOT_SET_UP)
    return local.SignInRefusedError(NOT_DONE if isinstance(error, AuthError) else NOT_ANSWERED)


def _told(error: ConnectorError) -> str:
    """Say in the audit what went wrong with the answer that enableHR had sent."""
    if isinstance(error, ConfigError):
        return "iHUB is not set up for it"
    return (
        "enableHR did not take its own answer back for a token"
        if isinstance(error, AuthError)
        else "enableHR did not answer"
    )
