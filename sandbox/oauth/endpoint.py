"""OAuth 2 of enableHR, iPayroll and Xero: the token endpoint and the routes around it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.oauth.consent import CLIENT_ID, CLIENT_SECRET, Consent
from sandbox.oauth.tokens import GrantError
from sandbox.pages.forms import form_fields
from sandbox.responses import Json
from sandbox.world import SignInSystem, account_ids

Fields = dict[str, str]


def oauth_routes(system: SignInSystem, prefix: str) -> list[Route]:
    """Return the OAuth 2 routes of a system under a prefix."""
    consent, tokens = Consent(system), TokenEndpoint(system)
    return [
        Route(f"{prefix}/oauth/authorize", consent.authorize, methods=["GET", "POST"]),
        Route(f"{prefix}/oauth/consent", consent.decide, methods=["POST"]),
        Route(f"{prefix}/oauth/token", tokens.answer, methods=["POST"]),
        Route(f"{prefix}/oauth/revoke", tokens.revoke, methods=["POST"]),
        Route(f"{prefix}/oauth/check_token", tokens.check, methods=["GET", "POST"]),
    ]


def xero_oauth_routes(system: SignInSystem, prefix: str) -> list[Route]:
    """Return the OAuth 2 routes of Xero, which has addresses of its own."""
    consent, tokens = Consent(system), TokenEndpoint(system)
    return [
        Route(f"{prefix}/identity/connect/authorize", consent.authorize, methods=["GET", "POST"]),
        Route(f"{prefix}/identity/connect/consent", consent.decide, methods=["POST"]),
        Route(f"{prefix}/connect/token", tokens.answer, methods=["POST"]),
    ]


def token_response(system: SignInSystem, issued: dict[str, Any]) -> dict[str, Any]:
    """Return a token response in the system's form; enableHR's expires_in is a string."""
    if system.name == "ipayroll":
        return issued | {"token_type": "bearer", "expires_in": 3600}
    if system.name == "xero":
        return issued | {"token_type": "Bearer", "expires_in": 1800}
    about = {"accountIds": ",".join(account_ids(system)), "userId": "u-1", "jti": issued["access_token"][:12]}
    return issued | {"token_type": "bearer", "expires_in": "1799"} | about


def grant(system: SignInSystem, scopes: list[str]) -> dict[str, Any]:
    """Return tokens as if a person had just consented to the scopes."""
    system.counters.tokens_issued += 1
    refreshable = system.name == "ipayroll" or "offline_access" in scopes
    return token_response(system, system.tokens.issue(sorted(scopes), refreshable=refreshable))


class TokenEndpoint:
    """Exchanges codes and refresh tokens of one system."""

    def __init__(self, system: SignInSystem) -> None:
        """Serve one system."""
        self._system = system

    async def answer(self, request: Request) -> Response:
        """Exchange a code or a refresh token for tokens."""
        fields = dict(await form_fields(request))
        if not self._knows_client(request, fields):
            return Json({"error": "invalid_client", "error_description": "Bad client credentials"}, 401)
        try:
            if fields.get("grant_type") == "authorization_code":
                return Json(self._exchange(fields))
            if fields.get("grant_type") == "refresh_token":
                return Json(self._refresh(fields))
        except GrantError as error:
            return Json({"error": "invalid_grant", "error_description": str(error)}, 400)
        return Json({"error": "unsupported_grant_type", "error_description": "Unsupported grant type"}, 400)

    async def check(self, request: Request) -> Response:
        """Return the scopes of a token."""
        fields = dict(await form_fields(request)) | dict(request.query_params)
        scopes = self._system.tokens.scopes(fields.get("token", ""))
        if scopes is None:
            return Json({"error": "invalid_token", "error_description": "Token was not recognised"}, 400)
        return Json({"active": True, "client_id": CLIENT_ID, "scope": sorted(scopes)})

    async def revoke(self, request: Request) -> Response:
        """Revoke a token (RFC 7009); an unknown token is not an error."""
        fields = dict(await form_fields(request))
        if not self._knows_client(request, fields):
            return Json({"error": "invalid_client", "error_description": "Bad client credentials"}, 401)
        self._system.counters.tokens_revoked += self._system.tokens.revoke(fields.get("token", ""))
        return Response(status_code=200)

    def _knows_client(self, request: Request, fields: Fields) -> bool:
        """Check the client secret: enableHR and Xero take it by HTTP Basic, iPayroll in the body."""
        if self._system.name == "ipayroll":
            return (fields.get("client_id"), fields.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return _basic_credentials(request) == (CLIENT_ID, CLIENT_SECRET)

    def _exchange(self, fields: Fields) -> dict[str, Any]:
        entry = self._system.tokens.redeem(fields.get("code", ""))
        if fields.get("redirect_uri") != entry["uri"]:
            raise GrantError("Redirect URI mismatch")
        if entry["challenge"] and _pkce_challenge(fields.get("code_verifier", "")) != entry["challenge"]:
            raise GrantError("Code verifier mismatch")
        return grant(self._system, entry["scopes"])

    def _refresh(self, fields: Fields) -> dict[str, Any]:
        issued = self._system.tokens.refresh(
            fields.get("refresh_token", ""), strict=self._system.switches.strict_refresh
        )
        self._system.counters.tokens_refreshed += 1
        return token_response(self._system, issued)


def _basic_credentials(request: Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (unquote(name), unquote(secret)) if scheme.lower() == "basic" else ("", "")


def _pkce_challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
