"""The sandbox's pages: overview, people in enableHR, employees in iPayroll."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.enablehr import moves
from sandbox.pages import person_form
from sandbox.pages.forms import form_fields, from_our_page
from sandbox.pages.layout import STYLE, escaped, facts, masked, page, table
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
        Route("/people/{id}/move", pages.move, methods=["POST"]),
        Route("/payroll", pages.payroll),
        Route("/payroll/{id:path}", pages.employee),
    ]


class Pages:
    """Pages about one world."""

    def __init__(self, world: World) -> None:
        """Show this world."""
        self._world = world

    async def style(self, _request: Request) -> Response:
        """Return the style sheet."""
        return PlainTextResponse(STYLE, media_type="text/css")

    async def overview(self, _request: Request) -> Response:
        """Show what the sandbox is and its counters."""
        world = self._world
        intro = (
            '<div class="card"><p>This sandbox stands in for <b>enableHR</b>, <b>iPayroll</b>, '
            "<b>Employment Hero Payroll</b> and <b>Xero Payroll AU</b>, so that iHUB can be tried and tested without "
            f"them. All people are invented. They work at {ORGANISATION}.</p>"
            f'<p><a href="/people">{len(world.employees)} people in enableHR</a>: view and change them.<br>'
            f'<a href="/payroll">{_count(len(world.payroll), "employee")} in iPayroll</a>: view what payroll has.<br>'
            f'<a href="/hero">{_count(len(world.hero), "employee")} in Employment Hero Payroll</a>, '
            "and its API key.<br>"
            f'<a href="/xero-employees">{_count(len(world.xero), "employee")} in Xero</a>: view what payroll has.<br>'
            '<a href="/mails">Mails</a> and <a href="/webhooks">webhooks</a> that iHUB has sent.</p></div>'
        )
        return page("Sandbox", intro + "".join(map(_counters_card, world.systems.values())), here="/")

    async def people(self, request: Request) -> Response:
        """List people, 25 per page, filtered by name, number or trait."""
        search = request.query_params.get("q", "").strip()
        found = [person for person in self._world.employees.everyone() if _matches(person, search)]
        rows = [_person_row(person) for person in _page_of(request, found)]
        headings = (
            "Name",
            "Employee number",
            "Status",
            "Start date",
            "Bank account",
            "Tax number",
            "Trait",
        )
        body = _search_form(search, "Name, number, ID or trait") + _total(len(found)) + table(headings, rows)
        return page("People in enableHR", body + _pager(request, len(found)), here="/people")

    async def person(self, request: Request) -> Response:
        """Show a person in a form, and save the form."""
        person = self._world.employees.get(request.path_params["id"])
        if person is None:
            return page("Not found", "<p>There is no such person.</p>", status=404)
        if request.method == "GET":
            saved = '<p class="good" role="status">Saved.</p>' if "saved" in request.query_params else ""
            return _person_page(person, saved)
        if not from_our_page(request):
            return page("Refused", '<p class="bad">This form was not sent from our own page.</p>', status=403)
        try:
            changes = person_form.changes(person, dict(await form_fields(request)))
        except person_form.FormError as error:
            return _person_page(person, f'<p class="bad" role="alert">{escaped(error)}</p>', 400)
        if changes:
            self._world.employees.edit(person["id"], changes)
        return RedirectResponse(f"/people/{person['id']}?saved", 303)

    async def move(self, request: Request) -> Response:
        """Transfer a person, or merge them into another; show the record that continues."""
        people = self._world.employees
        person = people.get(request.path_params["id"])
        if person is None:
            return page("Not found", "<p>There is no such person.</p>", status=404)
        if not from_our_page(request):
            return page("Refused", '<p class="bad">This form was not sent from our own page.</p>', status=403)
        given = dict(await form_fields(request))
        try:
            if "into" in given:
                after = moves.merge(people, person, given["into"])
            else:
                after = moves.transfer(people, person, given.get("branch", ""), given.get("type", ""))
        except moves.MoveError as error:
            return _person_page(person, f'<p class="bad" role="alert">{escaped(error)}</p>', 400)
        return RedirectResponse(f"/people/{after['id']}?saved", 303)

    async def payroll(self, request: Request) -> Response:
        """List the employees in payroll."""
        search = request.query_params.get("q", "").strip()
        found = [one for one in self._world.payroll.everyone() if search.lower() in _payroll_search_text(one)]
        headings = ("Name", "Employee ID", "Start date", "Finish date", "Bank account", "Tax number")
        rows = [_payroll_row(one) for one in _page_of(request, found)]
        body = _search_form(search, "Name or employee ID") + _total(len(found)) + table(headings, rows)
        return page("Employees in iPayroll", body + _pager(request, len(found)), here="/payroll")

    async def employee(self, request: Request) -> Response:
        """Show all fields of one employee in payroll."""
        found = self._world.payroll.get(request.path_params["id"])
        if found is None:
            return page("Not found", "<p>There is no such employee in payroll.</p>", status=404)
        address = ", ".join(str(part) for part in (found.get("address") or {}).values() if part)
        pairs = [(name, address if name == "address" else value) for name, value in found.items()]
        times = self._world.payroll.creates.get(found["employeeId"], 0)
        note = f'<p class="soft">Created {_count(times, "time")}.</p>'
        return page(_payroll_name(found), f'<div class="card">{facts(pairs)}</div>{note}', here="/payroll")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _counters_card(system: System) -> str:
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


def _matches(person: Person, search: str) -> bool:
    words = f"{_name(person)} {person.get('employeeNumber', '')} {person['id']} {person['trait']}"
    return search.lower() in words.lower()


def _person_row(person: Person) -> tuple[str, ...]:
    accounts, tax = person.get("bankAccounts") or [], person.get("tax") or {}
    return (
        f'<a href="/people/{person["id"]}">{escaped(_name(person))}</a>',
        escaped(person.get("employeeNumber")),
        escaped(person.get("employmentStatus")),
        escaped(person.get("commencementDate")),
        " ".join(masked(account["number"]) for account in accounts),
        masked(tax.get("tfn") or tax.get("irdNumber")),
        "" if person["trait"] == "clean" else escaped(person["trait"]),
    )


def _person_page(person: Person, message: str, status: int = 200) -> Response:
    trait = "" if person["trait"] == "clean" else f" Trait: {person['trait']}."
    changed = escaped(person["dateUpdatedUTC"])
    about = f'<p class="soft">enableHR ID {person["id"]}. Last changed {changed}.{escaped(trait)}</p>'
    forms = person_form.form(person) + person_form.move_forms(person)
    return page(
        _name(person), message + about + _other_records(person) + forms, here="/people", status=status
    )


def _other_records(person: Person) -> str:
    links = [
        f'<p>{label} <a href="/people/{quote(person[field])}">{escaped(person[field])}</a></p>'
        for field, label in (("oldEmployeeId", "Earlier record:"), ("newEmployeeId", "Later record:"))
        if person.get(field)
    ]
    return "".join(links)


def _payroll_name(one: dict[str, Any]) -> str:
    return f"{one.get('firstNames', '')} {one.get('surname', '')}"


def _payroll_search_text(one: dict[str, Any]) -> str:
    return f"{_payroll_name(one)} {one['employeeId']}".lower()


def _payroll_row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        f'<a href="/payroll/{quote(one["employeeId"])}">{escaped(_payroll_name(one))}</a>',
        escaped(one["employeeId"]),
        escaped(one.get("startDate")),
        escaped(one.get("finishDate")),
        masked(one.get("bankAccountNumber")),
        masked(one.get("taxNumber")),
    )


def _search_form(search: str, label: str) -> str:
    return (
        f'<form method="get" class="row"><label>{label}<input name="q" type="search" value="{escaped(search)}"></label>'
        "<button>Search</button></form>"
    )


def _total(number: int) -> str:
    return f'<p class="soft">{number} found</p>'


def _page_number(request: Request) -> int:
    given = request.query_params.get("page", "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def _page_of(request: Request, found: list[Any]) -> list[Any]:
    begin = (_page_number(request) - 1) * _ROWS
    return found[begin : begin + _ROWS]


def _pager(request: Request, total: int) -> str:
    number, search = _page_number(request), request.query_params.get("q", "")
    links = [
        f'<a href="?{escaped(urlencode({"q": search, "page": there}))}">{name}</a>'
        for name, there, possible in (
            ("Previous", number - 1, number > 1),
            ("Next", number + 1, number * _ROWS < total),
        )
        if possible
    ]
    return f'<p class="row">Page {number} of {max(1, -(-total // _ROWS))} {" ".join(links)}</p>'
