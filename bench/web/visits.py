"""What people of each role click on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from bench.web.company import Clicker, Company
from core.security.actor import Actor, Permission

Visit = tuple[str, str, str]
# Of a page that is drawn again because somebody chooses in its filter.
FILTERED_PAGE, FILTER = "Reports: one", "Reports: a filter"
# A name that several have, so that a list is found.
SEARCHES = ("a", "mi", "an", "son", "tamati", "o'brien", "lee")
CLICKS = 60


def visits_of(clicker: Clicker, companies: Sequence[Company], chance: random.Random) -> list[Visit]:
    """Return what somebody clicks on, one after the other: a name for the figures, the page, and its query."""
    company = next(each for each in companies if each.account_id == clicker.account_id)
    actor = Actor("", clicker.role, None, clicker.account_id)
    choices = list(_choices(actor, company))
    visits: list[Visit] = []
    while len(visits) < CLICKS:
        for name, page, queries in chance.sample(choices, len(choices)):
            visits.append(_visit(clicker, name, page, chance.choice(queries)))
            if name == FILTERED_PAGE:
                visits.append((FILTER, *visits[-1][1:]))
    return visits


def _visit(clicker: Clicker, name: str, page: str, query: dict[str, object]) -> Visit:
    several = {"account": clicker.account_id} if clicker.role.value == "support" else {}
    return name, page, urlencode(query | several)


def _choices(actor: Actor, company: Company) -> Iterator[tuple[str, str, list[dict[str, object]]]]:
    by_connection: list[dict[str, object]] = [{"connection": number} for number in company.connection_ids]
    yield "Home", "", [{}]
    yield "Reports: all", "Reports", [{}]
    yield FILTERED_PAGE, "Reports", by_connection
    yield "Run details", "Reports", [{"run": run} for run in company.run_ids]
    yield "Run details: all", "Reports", [{"run": run, "show": "everyone"} for run in company.run_ids]
    yield "To fix", "To_fix", [{}, *by_connection]
    yield "People: search", "People", [{"search": text} for text in SEARCHES]
    yield (
        "People: a story",
        "People",
        [{"connection": of, "person": source_id} for of, source_id in company.people],
    )
    if actor.may(Permission.SEE_CONNECTIONS):
        yield "Connections", "Connections", [{}]
        yield "A connection", "Connections", by_connection
    if actor.may(Permission.SEE_JOBS):
        yield "Jobs", "Jobs", [{}]
    if actor.may(Permission.SEE_AUDIT):
        yield "Audit", "Audit", [{}]
    if actor.may(Permission.MANAGE_ACCESS):
        yield "Access", "Access", [{}]
        yield "Support", "Support", [{}]
