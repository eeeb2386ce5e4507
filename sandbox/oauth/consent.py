"""The sign-in and consent pages of a system, and the redirect back to iHUB."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.pages.forms import form_fields, from_our_page
from sandbox.pages.layout import escaped, page
from sandbox.world import SignInSystem

CLIENT_ID, CLIENT_SECRET = "ihub", "ihub-demo-secret"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The authorization request of a client."""

    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None
    challenge: str | None


class Consent:
    """The sign-in and the consent page of one system."""

    def __init__(self, system: SignInSystem) -> None:
        """Serve one system; single-use tickets connect the two pages."""
        self._system = system
        self._tickets: dict[str, AuthorizationRequest] = {}

    async def authorize(self, request: Request) -> Response:
        """Show the sign-in form and handle it."""
        authorization = self._read_request(request)
        if isinstance(authorization, str):
            return self._page(
                "This request cannot be used", f'<p class="bad">{escaped(authorization)}</p>', 400
            )
        if unknown := set(authorization.scopes) - set(self._system.scopes):
            return _redirect(
                authorization, error="invalid_scope", error_description=f"Unknown scope {sorted(unknown)[0]}"
            )
        if request.method == "GET":
            return self._sign_in_page(request, "")
        if not from_our_page(request):
            return self._page("Refused", '<p class="bad">This form was not sent from our own page.</p>', 403)
        fields = dict(await form_fields(request))
        if (fields.get("username"), fields.get("password")) != (self._system.username, self._system.password):
            return self._sign_in_page(
                request, '<p class="bad" role="alert">The user name or password is incorrect.</p>', 401
            )
        return self._consent_page(authorization)

    async def decide(self, request: Request) -> Response:
        """Handle the decision and send the browser back."""
        if not from_our_page(request):
            return self._page("Refused", '<p class="bad">This form was not sent from our own page.</p>', 403)
        fields = await form_fields(request)
        authorization = self._tickets.pop(dict(fields).get("ticket", ""), None)
        if authorization is None:
            return self._page("Please begin again", '<p class="bad">This page has expired.</p>', 400)
        if dict(fields).get("decision") != "allow":
            return _redirect(authorization, error="access_denied", error_description="User denied access")
        granted = [value for name, value in fields if name == "scope" and value in authorization.scopes]
        return _redirect(
            authorization,
            code=self._system.tokens.new_code(granted, authorization.redirect_uri, authorization.challenge),
        )

    def _read_request(self, request: Request) -> AuthorizationRequest | str:
        query = request.query_params
        if query.get("client_id") != CLIENT_ID:
            return "The client is not known here."
        uri = query.get("redirect_uri", "")
        if urlsplit(uri).scheme not in {"http", "https"} or urlsplit(uri).query or urlsplit(uri).fragment:
            return "The redirect_uri must be a web address without a query."
        if query.get("response_type") != "code":
            return "The response_type must be code."
        scopes = tuple(query.get("scope", "").split()) or self._system.scopes
        return AuthorizationRequest(scopes, uri, query.get("state"), query.get("code_challenge"))

    def _sign_in_page(self, request: Request, message: str, status: int = 200) -> Response:
        system = self._system
        form = (
            f'{message}<form method="post" action="?{escaped(request.url.query)}">'
            f'<p><label>User name<input name="username" autocomplete="username" required></label></p>'
            f'<p><label>Password<input name="password" type="password" autocomplete="current-password" required>'
            f"</label></p>"
            f"<button>Sign in</button></form>"
            f'<p class="soft">This is a stand-in for the real page. Sign in as <b>{system.username}</b> '
            f"with the password <b>{system.password}</b>.</p>"
        )
        return self._page(f"Sign in to {system.title}", form, status)

    def _consent_page(self, authorization: AuthorizationRequest) -> Response:
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = authorization
        ticks = "".join(
            f'<p><label class="tick"><input type="checkbox" name="scope" value="{scope}" checked>{scope}</label></p>'
            for scope in authorization.scopes
        )
        form = (
            f"<p><b>iHUB</b> asks for access to {self._system.title} on your behalf. It asks for:</p>"
            f'<form method="post" action="consent"><input type="hidden" name="ticket" value="{ticket}">{ticks}'
            '<div class="row"><button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny" class="plain">Deny</button></div></form>'
        )
        return self._page(f"{self._system.title}: allow access?", form)

    def _page(self, title: str, body: str, status: int = 200) -> Response:
        return page(title, f'<div class="card narrow">{body}</div>', status=status, navigation=False)


def _redirect(authorization: AuthorizationRequest, **answer: str) -> Response:
    if authorization.state is not None:
        answer["state"] = authorization.state
    return RedirectResponse(f"{authorization.redirect_uri}?{urlencode(answer)}", 303)
