"""The page of Employment Hero Payroll: its key, its business id, and whom it holds."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.keypay.employees import standing
from sandbox.pages.forms import from_our_page
from sandbox.pages.look import facts, masked, page, table, text
from sandbox.world import BUSINESSES, World

_MOST = 200


def hero_routes(world: World) -> list[Route]:
    """Return the routes of the page."""

    async def show(request: Request) -> Response:
        found = world.hero.everyone()
        key = facts(
            [
                ("API key", world.keypay.keys.current),
                ("Business id", BUSINESSES[0][0]),
                ("Business", BUSINESSES[0][1]),
            ]
        )
        form = '<form method="post"><button>Make a new key</button></form>'
        about = (
            '<p class="soft">iHUB asks for the key when it is connected. A new key ends the one before.</p>'
        )
        headings = (
            "Name",
            "Number",
            "External id",
            "Start date",
            "Status",
            "Bank account",
            "Tax file number",
        )
        people = table(headings, [_row(one) for one in found[:_MOST]])
        body = f'<div class="card">{key}{about}{form}</div><p class="soft">{len(found)} employees</p>{people}'
        return page("Employment Hero Payroll", body, here="/hero")

    async def renew(request: Request) -> Response:
        if not from_our_page(request):
            return page("Refused", '<p class="bad">This form was not sent from our own page.</p>', status=403)
        world.keypay.keys.replace()
        return RedirectResponse("/hero", 303)

    return [Route("/hero", show, methods=["GET"]), Route("/hero", renew, methods=["POST"])]


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        text(f"{one.get('firstName', '')} {one.get('surname', '')}"),
        text(one["id"]),
        text(one.get("externalId")),
        text(one.get("startDate")),
        text(standing(one)[0]),
        masked(one.get("bankAccount1_AccountNumber")),
        masked(one.get("taxFileNumber")),
    )
