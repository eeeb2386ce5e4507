"""Find a person by name, employee number or id."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from connectors.values.code_words import code_words
from core.errors import HubError
from core.folding import MAX_LENGTH
from core.people.search import FoundPeople, FoundPerson, find_people
from core.reports import run_list
from pages.ui.layout import errors, links, tables, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.layout.url_filters import UrlFilters
from pages.ui.people import person_page

FILTERS = UrlFilters("people")
HINT = "Accents, capitals, apostrophes and the order of names do not matter. A number or an id has to be complete."
COLUMNS = (
    Column("Name"),
    Column("Connection"),
    Column("Employee number"),
    Column("Source ID"),
    Column("Target ID"),
    Column("Status"),
    Column("Branch"),
)


def render(user: CurrentUser) -> None:
    """Show the search field and who is found; one who is found alone is shown at once."""
    names = {str(view.id): view.name for view in run_list.integrations(user.actor)}
    text, connection = st.query_params.get("search", ""), st.query_params.get("connection", "")
    found = None
    try:
        only = int(connection) if connection in names else None
        found = find_people(user.actor, text, only) if text.strip() else None
    except HubError as error:
        _render_fields(names)
        if len(text) <= MAX_LENGTH:
            errors.render(error)
        return
    if found is not None and found.total == 1 and connection in {"", *names}:
        (person,) = found.rows
        person_page.render(user, str(person.connection_id), person.source_id)
        return
    _render_fields(names)
    if found is not None:
        _render_found(text, found)


def render_box() -> None:
    """Show the search field of the menu, which opens the page."""
    with st.form("find a person", clear_on_submit=True, border=False):
        text = st.text_input("Find a person", placeholder="Name, number or id", max_chars=400)
        if st.form_submit_button("Find", icon=":material/search:", width="stretch") and text.strip():
            st.switch_page("pages/People.py", query_params={"search": text.strip()})


def _render_fields(names: Mapping[str, str]) -> None:
    st.title("People", anchor=False)
    boxes = st.columns([3, 1])
    with boxes[0]:
        FILTERS.text("Name, employee number or id", "search", "For example: tamati, or 10234")
    if len(names) > 1 or st.query_params.get("connection"):
        with boxes[1]:
            FILTERS.select("Connection", names, "connection", "All")
    url_filters.render_refused()
    st.caption(HINT)


def _render_found(text: str, found: FoundPeople) -> None:
    if not found.total:
        st.info(
            f"Nobody is found by “{plain(text[:100])}”. People that no run or preview has read cannot be found: "
            "run a preview, or ask HR whether they are entered."
        )
        return
    shown = (
        f", the first {len(found.rows)} are shown. Type more of the name"
        if len(found.rows) < found.total
        else ""
    )
    number = f"{found.total:,} or more" if found.or_more else f"{found.total:,}"
    st.caption(f"{number} {'person matches' if found.total == 1 else 'people match'}{shown}.")
    tables.render(COLUMNS, map(_row, found.rows), stacked=True)


def _row(person: FoundPerson) -> tuple[object, ...]:
    where = person_page.address(person.connection_id, person.source_id)
    label = f"{person.name}, source ID {person.source_id} in {person.connection}"
    name = Html(links.anchor(person.name or person.source_id, where, aria_label=label))
    return (
        name,
        person.connection,
        person.employee_number,
        person.source_id,
        person.target_id,
        code_words(person.status or ""),
        person.branch,
    )
