"""Where a person signs in to a system and lets iHUB in: two pages and the way back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.pages.forms import fields_of, from_our_page
from sandbox.pages.look import page, text
from sandbox.world import SignInSystem

CLIENT_ID, CLIENT_SECRET = "ihub", "ihub-demo-secret"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asked for when it sent the browser here."""

    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None
    challenge: str | None


class Consent:
    """The sign-in and the consent page of one system."""

    def __init__(self, system: SignInSystem) -> None:
        """Ask for one system; tickets tie the two pages together and work once."""
        self._system = system
        self._tickets: dict[str, Wish] = {}

    async def authorize(self, request: Request) -> Response:
        """Show the sign-in form, and take it."""
        wish = self._wish(request)
        if isinstance(wish, str):
            return self._page("This request cannot be used", f'<p class="bad">{text(wish)}</p>', 400)
        if unknown := set(wish.scopes) - set(self._system.scopes):
            return _back(wish, error="invalid_scope", error_description=f"Unknown scope {sorted(unknown)[0]}")
        if request.method == "GET":
            return self._sign_in(request, "")
        if not from_our_page(request):
            return self._page("Refused", '<p class="bad">This form was not sent from our own page.</p>', 403)
        fields = dict(await fields_of(request))
        if (fields.get("username"), fields.get("password")) != (self._system.username, self._system.password):
            return self._sign_in(
                request, '<p class="bad" role="alert">The user name or password is not right.</p>', 401
            )
        return self._ask(wish)

    async def decide(self, request: Request) -> Response:
        """Take the answer and send the browser back."""
        if not from_our_page(request):
            return self._page("Refused", '<p class="bad">This form was not sent from our own page.</p>', 403)
        fields = await fields_of(request)
        wish = self._tickets.pop(dict(fields).get("ticket", ""), None)
        if wish is None:
            return self._page("Please begin again", '<p class="bad">This page has expired.</p>', 400)
        if dict(fields).get("decision") != "allow":
            return _back(wish, error="access_denied", error_description="User denied access")
        given = [value for name, value in fields if name == "scope" and value in wish.scopes]
        return _back(wish, code=self._system.tokens.new_code(given, wish.redirect_uri, wish.challenge))

    def _wish(self, request: Request) -> Wish | str:
        query = request.query_params
        if query.get("client_id") != CLIENT_ID:
            return "The client is not known here."
        uri = query.get("redirect_uri", "")
        if urlsplit(uri).scheme not in {"http", "https"} or urlsplit(uri).query or urlsplit(uri).fragment:
            return "The redirect_uri must be a web address without a query."
        if query.get("response_type") != "code":
            return "The response_type must be code."
        scopes = tuple(query.get("scope", "").split()) or self._system.scopes
        return Wish(scopes, uri, query.get("state"), query.get("code_challenge"))

    def _sign_in(self, request: Request, message: str, status: int = 200) -> Response:
        system = self._system
        form = (
            f'{message}<form method="post" action="?{text(request.url.query)}">'
            f'<p><label>User name<input name="username" autocomplete="username" required></label></p>'
            f'<p><label>Password<input name="password" type="password" autocomplete="current-password" required></label></p>'
            f"<button>Sign in</button></form>"
            f'<p class="soft">This is a stand-in. Sign in as <b>{system.username}</b> '
            f"with the password <b>{system.password}</b>.</p>"
        )
        return self._page(f"Sign in to {system.title}", form, status)

    def _ask(self, wish: Wish) -> Response:
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = wish
        ticks = "".join(
            f'<p><label class="tick"><input type="checkbox" name="scope" value="{scope}" checked>{scope}</label></p>'
            for scope in wish.scopes
        )
        form = (
            f"<p><b>iHUB</b> asks to use {self._system.title} for you. It asks for:</p>"
            f'<form method="post" action="consent"><input type="hidden" name="ticket" value="{ticket}">{ticks}'
            '<div class="row"><button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny" class="plain">Deny</button></div></form>'
        )
        return self._page(f"{self._system.title}: allow access?", form)

    def _page(self, title: str, body: str, status: int = 200) -> Response:
        return page(title, f'<div class="card narrow">{body}</div>', status=status, navigation=False)


def _back(wish: Wish, **answer: str) -> Response:
    if wish.state is not None:
        answer["state"] = wish.state
    return RedirectResponse(f"{wish.redirect_uri}?{urlencode(answer)}", 303)
