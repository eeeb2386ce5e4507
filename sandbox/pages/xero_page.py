"""The page of Xero: how to sign in, and the employees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.pages.layout import escaped, facts, masked, page, table
from sandbox.world import ORGANISATION, World

_MOST = 200
_HEADINGS = ("Name", "Status", "Start date", "Termination date", "Reason", "Bank account", "Tax file number")


def xero_routes(world: World) -> list[Route]:
    """Return the route of the page."""

    async def show(_request: Request) -> Response:
        employees, system = world.xero.everyone(), world.sign_ins["xero"]
        sign_in = facts(
            [("Organisation", ORGANISATION), ("User name", system.username), ("Password", system.password)]
        )
        people = table(_HEADINGS, [_row(employee) for employee in employees[:_MOST]])
        body = f'<div class="card">{sign_in}</div><p class="soft">{len(employees)} employees</p>{people}'
        return page("Xero Payroll AU", body, here="/xero-employees")

    return [Route("/xero-employees", show, methods=["GET"])]


def _row(employee: dict[str, Any]) -> tuple[str, ...]:
    account = (employee.get("BankAccounts") or [{}])[0]
    return (
        escaped(f"{employee.get('FirstName', '')} {employee.get('LastName', '')}"),
        escaped(employee.get("Status")),
        _day(employee.get("StartDate")),
        _day(employee.get("TerminationDate")),
        escaped(employee.get("TerminationReason")),
        masked(account.get("AccountNumber")),
        masked((employee.get("TaxDeclaration") or {}).get("TaxFileNumber")),
    )


def _day(written: str | None) -> str:
    """Return the day of a date as Xero writes it, such as /Date(1719792000000+0000)/."""
    digits = str(written or "").removeprefix("/Date(").partition("+")[0].rstrip(")/")
    return (
        f"{datetime.fromtimestamp(int(digits) / 1000, UTC):%Y-%m-%d}" if digits.lstrip("-").isdigit() else ""
    )
