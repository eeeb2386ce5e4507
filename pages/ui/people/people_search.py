"""Find a person by name, employee number or id."""

from __future__ import annotations

import streamlit as st

from core.errors import HubError
from core.folding import MAX_LENGTH
from core.people.search import FoundPeople, FoundPerson, find_people
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
    text = st.query_params.get("search", "")
    found = None
    try:
        found = find_people(user.actor, text) if text.strip() else None
    except HubError as error:
        _render_field()
        if len(text) <= MAX_LENGTH:
            errors.render(error)
        return
    if found is not None and found.total == 1:
        (person,) = found.rows
        person_page.render(user, str(person.connection_id), person.source_id)
        return
    _render_field()
    if found is not None:
        _render_found(text, found)


def render_box() -> None:
    """Show the search field of the menu, which opens the page."""
    with st.form("find a person", clear_on_submit=True, border=False):
        text = st.text_input("Find a person", placeholder="Name, number or id", max_chars=400)
        if st.form_submit_button("Find", icon=":material/search:", width="stretch") and text.strip():
            st.switch_page("pages/People.py", query_params={"search": text.strip()})


def _render_field() -> None:
    st.title("People")
    FILTERS.text("Name, employee number or id", "search", "For example: tamati, or 10234")
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
    st.caption(f"{number} people match{shown}.")
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
        person.status,
        person.branch,
    )
