"""The page of Employment Hero Payroll: its key, its business id and its employees."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.keypay.employees import pay_status
from sandbox.pages.forms import from_our_page
from sandbox.pages.layout import escaped, facts, masked, page, table
from sandbox.world import BUSINESSES, World

_MOST = 200


def hero_routes(world: World) -> list[Route]:
    """Return the routes of the page."""

    async def show(_request: Request) -> Response:
        employees = world.hero.everyone()
        key = facts(
            [
                ("API key", world.keypay.keys.current),
                ("Business ID", BUSINESSES[0][0]),
                ("Business", BUSINESSES[0][1]),
            ]
        )
        form = '<form method="post"><button>Create a new key</button></form>'
        about = '<p class="soft">iHUB asks for the key when it is connected. A new key replaces the previous one.</p>'
        headings = (
            "Name",
            "Number",
            "External ID",
            "Start date",
            "Status",
            "Bank account",
            "Tax file number",
        )
        people = table(headings, [_row(employee) for employee in employees[:_MOST]])
        body = f'<div class="card">{key}{about}{form}</div><p class="soft">{len(employees)} employees</p>{people}'
        return page("Employment Hero Payroll", body, here="/hero")

    async def renew(request: Request) -> Response:
        if not from_our_page(request):
            return page("Refused", '<p class="bad">This form was not sent from our own page.</p>', status=403)
        world.keypay.keys.replace()
        return RedirectResponse("/hero", 303)

    return [Route("/hero", show, methods=["GET"]), Route("/hero", renew, methods=["POST"])]


def _row(employee: dict[str, Any]) -> tuple[str, ...]:
    return (
        escaped(f"{employee.get('firstName', '')} {employee.get('surname', '')}"),
        escaped(employee["id"]),
        escaped(employee.get("externalId")),
        escaped(employee.get("startDate")),
        escaped(pay_status(employee)[0]),
        masked(employee.get("bankAccount1_AccountNumber")),
        masked(employee.get("taxFileNumber")),
    )
