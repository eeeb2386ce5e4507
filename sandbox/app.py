"""The whole sandbox as one ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from sandbox.control import control_routes
from sandbox.enablehr.api import enablehr
from sandbox.enablehr.password import password_route
from sandbox.gateway import remember_transport
from sandbox.ipayroll.api import ipayroll
from sandbox.keypay.api import keypay
from sandbox.messages.inbox import Inbox
from sandbox.messages.mail_server import mail_server
from sandbox.oauth.endpoint import oauth_routes, xero_oauth_routes
from sandbox.pages.hero_page import hero_routes
from sandbox.pages.messages_page import messages_routes
from sandbox.pages.site import page_routes
from sandbox.pages.xero_page import xero_routes
from sandbox.world import World
from sandbox.xero.api import xero


def create_app(
    world: World, around: Callable[[ASGIApp], ASGIApp] = lambda app: app, mail_port: int | None = None
) -> ASGIApp:
    """Return the app for a world; ``around`` may add a layer that sees every request and response.

    While it is served, it takes mails at ``mail_port``, if there is one.
    """
    inbox = Inbox()

    @asynccontextmanager
    async def taking_mails(_app: Starlette) -> AsyncIterator[None]:
        async with mail_server(inbox, mail_port) if mail_port is not None else nullcontext():
            yield

    app = Starlette(
        routes=[
            *oauth_routes(world.sign_ins["enablehr"], "/enablehr/login"),
            *oauth_routes(world.sign_ins["ipayroll"], "/ipayroll"),
            *xero_oauth_routes(world.sign_ins["xero"], "/xero"),
            password_route(world),
            Mount("/enablehr", enablehr(world)),
            Mount("/ipayroll", ipayroll(world)),
            Mount("/keypay", keypay(world)),
            Mount("/xero", xero(world)),
            *control_routes(world),
            *page_routes(world),
            *hero_routes(world),
            *xero_routes(world),
            *messages_routes(inbox),
        ],
        lifespan=taking_mails,
    )
    return remember_transport(around(app))
