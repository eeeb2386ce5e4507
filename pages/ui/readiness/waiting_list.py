"""The employees who lack something: what, and who must act."""

from __future__ import annotations

import streamlit as st

from core.people import readiness
from core.people.listing import PeopleFilter, branch_of, status_of
from core.people.readiness import Readiness, WaitingFilter
from core.people.verdicts import Missing, PersonVerdict
from core.runs.outcome_codes import Fixer
from pages.ui.layout import links, tables, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column
from pages.ui.layout.url_filters import UrlFilters

FILTERS = UrlFilters("readiness")
COLUMNS = (
    Column("Employee"),
    Column("Source ID", "The employee's unique ID in the source system."),
    Column("Branch"),
    Column("Status"),
    Column("Missing", wide=True),
    Column("Who must act"),
)


def render(user: CurrentUser, connection_id: int, found: Readiness) -> None:
    """Show the filters, one page of the list, and the link to its export."""
    if not found.numbers.waiting:
        return
    st.header("Employees who lack something", anchor=False)
    only = _choose(found)
    key = f"readiness page {connection_id} {only}"
    page = readiness.waiting_people(user.actor, connection_id, only, st.session_state.get(key, 1))
    if not page.total:
        st.info("Nobody matches. Choose other filters to see more.")
        return
    st.caption(f"{page.total:,} employee{'s' if page.total != 1 else ''}")
    tables.render(COLUMNS, [_cells(verdict) for verdict in page.rows])
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        if page.pages > 1:
            st.pagination(page.pages, key=key)
    with right:
        links.render_link("Export this list (CSV)", _export(connection_id, only), align_right=True)


def _choose(found: Readiness) -> WaitingFilter:
    first, second, third, fourth = st.columns([1.6, 1, 1, 1.2])
    titles = {each.missing.key: each.missing.title for each in found.missing}
    fixers = {each.fixer.value: each.fixer.value for each in found.missing}
    with first:
        missing = FILTERS.select("Missing", titles, "missing", "Anything")
    with second:
        fixer = FILTERS.select("Who must act", fixers, "who", "Anyone")
    with third:
        branch = FILTERS.select("Branch", {name: name for name, _ in found.by_branch}, "branch", "All")
    with fourth:
        search = FILTERS.text("Search", "search", "Name, number or source ID")
    url_filters.render_refused()
    return WaitingFilter(
        Missing.parse(missing) if missing else None,
        Fixer(fixer) if fixer else None,
        PeopleFilter(search, branch=branch),
    )


def _export(connection_id: int, only: WaitingFilter) -> str:
    return links.address(
        "/export/readiness.csv",
        connection=connection_id,
        missing=only.missing and only.missing.key,
        who=only.fixer and only.fixer.value,
        branch=only.people.branch,
        search=only.people.search,
    )


def _cells(verdict: PersonVerdict) -> tuple[object, ...]:
    person = verdict.person
    fixers = dict.fromkeys(missing.fixer.value for missing in verdict.missing)
    titles = "; ".join(missing.title for missing in verdict.missing)
    return (
        person.name,
        person.source_id,
        branch_of(person),
        status_of(person),
        titles,
        ", ".join(fixers),
    )
