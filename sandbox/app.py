"""The whole sandbox as one ASGI app."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from sandbox.control import control_routes
from sandbox.enablehr.api import enablehr
from sandbox.enablehr.password import password_route
from sandbox.gateway import remember_transport
from sandbox.ipayroll.api import ipayroll
from sandbox.keypay.api import keypay
from sandbox.oauth.endpoint import oauth_routes, xero_oauth_routes
from sandbox.pages.hero_page import hero_routes
from sandbox.pages.site import page_routes
from sandbox.pages.xero_page import xero_routes
from sandbox.world import World
from sandbox.xero.api import xero


def create_app(world: World, around: Callable[[ASGIApp], ASGIApp] = lambda app: app) -> ASGIApp:
    """Return the app for a world; ``around`` may add a layer that sees every request and response."""
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
        ],
    )
    return remember_transport(around(app))
