"""The sandbox's own pages: what it is, the people of enableHR, the employees of iPayroll."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.pages import person_form
from sandbox.pages.forms import fields_of, from_our_page
from sandbox.pages.look import STYLE, facts, masked, page, table, text
from sandbox.people.invented import Person
from sandbox.world import ORGANISATION, System, World

_ROWS = 25


def page_routes(world: World) -> list[Route]:
    """Return the routes of the pages."""
    pages = Pages(world)
    return [
        Route("/", pages.overview),
        Route("/style.css", pages.style),
        Route("/people", pages.people),
        Route("/people/{id}", pages.person, methods=["GET", "POST"]),
        Route("/payroll", pages.payroll),
        Route("/payroll/{id:path}", pages.employee),
    ]


class Pages:
    """Pages about one world."""

    def __init__(self, world: World) -> None:
        """Show this world."""
        self._world = world

    async def style(self, request: Request) -> Response:
        """Return the style sheet."""
        return PlainTextResponse(STYLE, media_type="text/css")

    async def overview(self, request: Request) -> Response:
        """Say what this is and what it was asked."""
        world = self._world
        intro = (
            '<div class="card"><p>This stands in for <b>enableHR</b>, <b>iPayroll</b> and <b>Employment Hero Payroll</b>, '
            f"so that iHUB can be tried and tested without any of them. All people are invented. They work at {ORGANISATION}.</p>"
            f'<p><a href="/people">{len(world.employees)} people in enableHR</a>: look at them and change them.<br>'
            f'<a href="/payroll">{_many(len(world.payroll), "employee")} in iPayroll</a>: what payroll holds.<br>'
            f'<a href="/hero">{_many(len(world.hero), "employee")} in Employment Hero Payroll</a>, and the key to it.</p></div>'
        )
        return page("Sandbox", intro + "".join(map(_asked, world.systems.values())), here="/")

    async def people(self, request: Request) -> Response:
        """List people, 25 a page, by name, number or what is special about them."""
        wanted = request.query_params.get("q", "").strip()
        found = [person for person in self._world.employees.everyone() if _mentions(person, wanted)]
        rows = [_person_row(person) for person in _window(request, found)]
        headings = (
            "Name",
            "Employee number",
            "Status",
            "Start date",
            "Bank account",
            "Tax number",
            "Special",
        )
        body = (
            _search(wanted, "Name, number, id or what is special")
            + _amount(len(found))
            + table(headings, rows)
        )
        return page("People in enableHR", body + _turn(request, len(found)), here="/people")

    async def person(self, request: Request) -> Response:
        """Show a person in a form, and take the form."""
        person = self._world.employees.get(request.path_params["id"])
        if person is None:
            return page("Not found", "<p>There is no such person.</p>", status=404)
        if request.method == "GET":
            saved = '<p class="good" role="status">Saved.</p>' if "saved" in request.query_params else ""
            return _person_page(person, saved)
        if not from_our_page(request):
            return page("Refused", '<p class="bad">This form was not sent from our own page.</p>', status=403)
        try:
            changes = person_form.changes(person, dict(await fields_of(request)))
        except person_form.FormError as error:
            return _person_page(person, f'<p class="bad" role="alert">{text(error)}</p>', 400)
        if changes:
            self._world.employees.edit(person["id"], changes)
        return RedirectResponse(f"/people/{person['id']}?saved", 303)

    async def payroll(self, request: Request) -> Response:
        """List what payroll holds."""
        wanted = request.query_params.get("q", "").strip()
        found = [one for one in self._world.payroll.everyone() if wanted.lower() in _payroll_words(one)]
        headings = ("Name", "Employee id", "Start date", "Finish date", "Bank account", "Tax number")
        rows = [_payroll_row(one) for one in _window(request, found)]
        body = _search(wanted, "Name or employee id") + _amount(len(found)) + table(headings, rows)
        return page("Employees in iPayroll", body + _turn(request, len(found)), here="/payroll")

    async def employee(self, request: Request) -> Response:
        """Show all payroll holds of one employee."""
        found = self._world.payroll.get(request.path_params["id"])
        if found is None:
            return page("Not found", "<p>There is no such employee in payroll.</p>", status=404)
        address = ", ".join(str(part) for part in (found.get("address") or {}).values() if part)
        pairs = [(name, address if name == "address" else value) for name, value in found.items()]
        times = self._world.payroll.creates.get(found["employeeId"], 0)
        note = f'<p class="soft">Created {_many(times, "time")}.</p>'
        return page(_payroll_name(found), f'<div class="card">{facts(pairs)}</div>{note}', here="/payroll")


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _asked(system: System) -> str:
    counters = system.counters
    pairs: list[tuple[str, object]] = [
        ("Requests", str(counters.requests)),
        ("Created", str(counters.creates)),
        ("Updated", str(counters.updates)),
        ("Refused", str(counters.rejected)),
        *((f"· {name}", number) for name, number in sorted(counters.routes.items())),
    ]
    return f'<h2>{system.title}</h2><div class="card">{facts(pairs)}</div>'


def _name(person: Person) -> str:
    return " ".join(part for part in (person.get("firstName"), person.get("surname")) if part) or person["id"]


def _mentions(person: Person, wanted: str) -> bool:
    words = f"{_name(person)} {person.get('employeeNumber', '')} {person['id']} {person['trait']}"
    return wanted.lower() in words.lower()


def _person_row(person: Person) -> tuple[str, ...]:
    accounts, tax = person.get("bankAccounts") or [], person.get("tax") or {}
    return (
        f'<a href="/people/{person["id"]}">{text(_name(person))}</a>',
        text(person.get("employeeNumber")),
        text(person.get("employmentStatus")),
        text(person.get("commencementDate")),
        " ".join(masked(account["number"]) for account in accounts),
        masked(tax.get("tfn") or tax.get("irdNumber")),
        "" if person["trait"] == "clean" else text(person["trait"]),
    )


def _person_page(person: Person, message: str, status: int = 200) -> Response:
    special = "" if person["trait"] == "clean" else f" Special: {person['trait']}."
    about = f'<p class="soft">enableHR id {person["id"]}. Last changed {text(person["dateUpdatedUTC"])}.{text(special)}</p>'
    return page(_name(person), message + about + person_form.form(person), here="/people", status=status)


def _payroll_name(one: dict[str, Any]) -> str:
    return f"{one.get('firstNames', '')} {one.get('surname', '')}"


def _payroll_words(one: dict[str, Any]) -> str:
    return f"{_payroll_name(one)} {one['employeeId']}".lower()


def _payroll_row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        f'<a href="/payroll/{quote(one["employeeId"])}">{text(_payroll_name(one))}</a>',
        text(one["employeeId"]),
        text(one.get("startDate")),
        text(one.get("finishDate")),
        masked(one.get("bankAccountNumber")),
        masked(one.get("taxNumber")),
    )


def _search(wanted: str, label: str) -> str:
    return (
        f'<form method="get" class="row"><label>{label}<input name="q" type="search" value="{text(wanted)}"></label>'
        "<button>Search</button></form>"
    )


def _amount(number: int) -> str:
    return f'<p class="soft">{number} found</p>'


def _number(request: Request) -> int:
    given = request.query_params.get("page", "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def _window(request: Request, found: list[Any]) -> list[Any]:
    begin = (_number(request) - 1) * _ROWS
    return found[begin : begin + _ROWS]


def _turn(request: Request, total: int) -> str:
    number, wanted = _number(request), request.query_params.get("q", "")
    links = [
        f'<a href="?{text(urlencode({"q": wanted, "page": there}))}">{name}</a>'
        for name, there, possible in (
            ("Previous", number - 1, number > 1),
            ("Next", number + 1, number * _ROWS < total),
        )
        if possible
    ]
    return f'<p class="row">Page {number} of {max(1, -(-total // _ROWS))} {" ".join(links)}</p>'
